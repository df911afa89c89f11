"""Labelled turns for the router: our own example lines, expanded, and what the public sets say of the same classes."""

from __future__ import annotations

import hashlib
import json
import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CLASSES = (
    "search", "find_similar", "generate_image", "edit_image", "look", "read_document", "analyze_emotion", "transcribe", "speak",
    "control_device", "small_talk", "help", "out_of_scope",
)  # fmt: skip
ANYWHERE = (((), 70), (("audio",), 10), (("earlier:image",), 8), (("earlier:file",), 5), (("earlier:audio",), 4))
MIXES: dict[str, tuple[tuple[tuple[str, ...], int], ...]] = {
    "image?": ((("image",), 50), (("earlier:image",), 20), (("image", "earlier:image"), 7), ((), 23)),
    "audio?": ((("audio",), 50), (("video",), 10), (("earlier:audio",), 12), ((), 28)),
    "file?": ((("file",), 45), (("earlier:file",), 25), ((), 30)),
    "find_similar": ((("image",), 40), (("earlier:image",), 25), ((), 25), (("audio",), 10)),
    "generate_image": (((), 62), (("audio",), 12), (("earlier:image",), 22), (("earlier:file",), 4)),
    "analyze_emotion": (((), 60), (("audio",), 15), (("image",), 8), (("earlier:audio",), 8), (("earlier:image",), 5), (("video",), 4)),
    "search": ANYWHERE,
}
"""What is at hand in turns of a class, with weights; a spoken turn always carries `audio`."""


@dataclass(frozen=True)
class Example:
    """One labelled turn."""

    text: str
    label: str
    media: tuple[str, ...]
    earlier: tuple[str, ...]
    source: str
    held: bool
    """Kept back from fitting, for the report."""


def _expand(template: str, slots: dict[str, list[str]], rng: random.Random) -> str:
    """One random reading of a template."""
    while True:
        chosen = re.sub(r"\[([^\[\]]*)\]", lambda m: rng.choice(m[1].split("|")), template)
        if chosen == template:
            break
        template = chosen
    filled = re.sub(r"\{(\w+)\}", lambda m: rng.choice(slots[m[1]]), template)
    return re.sub(r"\s+", " ", filled).strip()


def _at_hand(mark: str, label: str, rng: random.Random) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if mark and not mark.endswith("?"):
        found: tuple[str, ...] = () if mark == "none" else (mark,)
    else:
        mix = MIXES.get(mark or label, ANYWHERE)
        found = rng.choices([m for m, _ in mix], [w for _, w in mix])[0]
    return tuple(m for m in found if ":" not in m), tuple(m.split(":")[1] for m in found if ":" in m)


def _sloppy(text: str, rng: random.Random) -> str:
    """Now and then no capitals, no mark at the end, or one typing error, as people write."""
    if rng.random() < 0.4:
        text = text.lower().rstrip("?.!？。")
    elif rng.random() < 0.3:
        text = text[:1].upper() + text[1:]
    if text.isascii() and rng.random() < 0.08 and len(text) > 8:
        place = rng.randrange(1, len(text) - 2)
        text = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if text.isascii() and rng.random() < 0.1:
        text = rng.choice(["please ", "hey, ", "ok ", "could you ", "hi, ", "assistant, ", "um ", "so "]) + text
    elif not text.isascii() and rng.random() < 0.1:
        text = rng.choice(["请", "麻烦", "那个，", "你好，", "嗯，", "帮忙"]) + text
    return text


def ours(public: Path, per_line: int, seed: int) -> Iterator[Example]:
    """Our lines, each read `per_line` times (lines without choices once per mix of media, three times at most)."""
    rng = random.Random(seed)
    table = tomllib.loads((HERE / "slots.toml").read_text("utf-8"))
    if public.is_dir():
        _enrich(table, public, rng)
    for language in ("en", "zh"):
        for label in CLASSES:
            seen: set[tuple[str, tuple[str, ...], tuple[str, ...]]] = set()
            for line in (HERE / language / f"{label}.txt").read_text("utf-8").splitlines():
                if not line.strip() or line.startswith("#"):
                    continue
                mark, _, rest = line[1:].partition(" ") if line.startswith("@") else ("", "", line)
                varied = "[" in rest or "{" in rest
                rng = random.Random(f"{seed} {label} {line}")  # a new line leaves the readings of the others as they are
                for _ in range(per_line if varied else 3):
                    text = _sloppy(_expand(rest, table[language], rng), rng)
                    media, earlier = _at_hand(mark, label, rng)
                    if (text, media, earlier) not in seen:
                        seen.add((text, media, earlier))
                        yield Example(text, label, media, earlier, "ours", False)


def _enrich(table: dict[str, dict[str, list[str]]], public: Path, rng: random.Random) -> None:
    """Real scenes, feelings and product names beside ours, so that the router learns the frame and not our nouns."""
    parti = [line.split("\t")[0] for line in (public / "prompts/dev/parti_prompts.tsv").read_text("utf-8").splitlines()[1:]]
    table["en"]["scene"] += rng.sample([p for p in parti if 2 < len(p.split()) < 14], 200)
    feelings = [line.split("\t")[0] for line in (public / "emotion_text/dev/goemotions.tsv").read_text("utf-8").splitlines()[1:4000]]
    table["en"]["feelingtext"] += rng.sample([f for f in feelings if 3 < len(f.split()) < 20], 250)
    table["en"]["sentence"] += rng.sample([f for f in feelings if 3 < len(f.split()) < 12], 120)
    names = [json.loads(line)["name"] for line in (public / "products/dev/retail_demo_products.jsonl").open(encoding="utf-8")]
    table["en"]["noun"] += [name.lower() for name in rng.sample(sorted(set(names)), 80)]


_OUT = (
    "transfer pay_bill book_flight book_hotel alarm timer reminder reminder_update weather play_music next_song update_playlist what_song "
    "order shopping_list shopping_list_update todo_list todo_list_update calendar calendar_update schedule_meeting meeting_schedule "
    "schedule_maintenance make_call text uber directions traffic gas current_location find_phone share_location balance bill_balance "
    "bill_due transactions spending_history pin_change report_fraud report_lost_card freeze_account credit_score credit_limit "
    "exchange_rate flight_status restaurant_reservation restaurant_suggestion cancel_reservation confirm_reservation car_rental "
    "roll_dice calculator date time translate pto_balance pto_request pto_request_status pto_used payday income insurance_change "
    "rewards_balance redeem_rewards order_checks new_card min_payment travel_notification order_status flip_coin"
).split()
_KNOW = (
    "definition nutrition_info calories recipe ingredients_list ingredient_substitution cook_time food_last vaccines plug_type "
    "international_visa jump_start oil_change_how tire_change improve_credit_score carry_on travel_alert international_fees fun_fact"
).split()
_TALK = (
    "greeting goodbye thank_you tell_joke are_you_a_bot what_is_your_name how_old_are_you where_are_you_from who_made_you "
    "who_do_you_work_for do_you_have_pets what_are_your_hobbies meaning_of_life yes no maybe repeat cancel"
).split()
CLINC = (
    dict.fromkeys(_OUT, "out_of_scope") | dict.fromkeys(_KNOW, "search") | dict.fromkeys(_TALK, "small_talk")
    | {"smart_home": "control_device", "change_volume": "control_device", "what_can_i_ask_you": "help"}
)  # fmt: skip
_HWU_SCENARIO = {"iot": "control_device", "audio": "control_device"} | dict.fromkeys(
    "alarm calendar email lists play music weather transport takeaway social news datetime".split(), "out_of_scope"
)
_HWU_INTENT = dict.fromkeys(["qa_factoid", "qa_definition", "cooking_recipe"], "search") | dict.fromkeys(
    ["qa_stock", "qa_currency", "qa_maths"], "out_of_scope"
) | dict.fromkeys(
    "general_praise general_negate general_affirm general_confirm general_dontcare general_joke general_explain general_repeat "
    "general_commandstop".split(), "small_talk",
)  # fmt: skip
_SNIPS = dict.fromkeys(["AddToPlaylist", "BookRestaurant", "GetWeather", "PlayMusic", "RateBook"], "out_of_scope")
_CHATTER_TALK = {"greetings", "humor", "emotion", "ai", "botprofile", "conversations", "gossip", "personal", "psychology"}
_CHATTER_KNOW = {"science", "history", "computers", "literature", "food", "sports", "money", "trivia", "politics"}


def _rows(public: Path) -> Iterator[tuple[str, str, str]]:
    """(text, label, source) of every row whose class is one of ours beyond doubt."""
    texts = public / "intent_text/dev"
    for line in (texts / "clinc150.tsv").read_text("utf-8").splitlines()[1:]:
        text, intent, *_ = line.split("\t")
        if intent in CLINC:
            yield text, CLINC[intent], "clinc150"
    for line in (texts / "hwu64.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        label = _HWU_INTENT.get(row["intent"]) or _HWU_SCENARIO.get(row["scenario"])
        if label:
            yield row["text"], label, "hwu64"
    for line in (texts / "snips7.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        if row["intent"] in _SNIPS:
            yield row["text"], _SNIPS[row["intent"]], "snips7"
    for line in (texts / "banking77.tsv").read_text("utf-8").splitlines()[1:]:
        text = line.split("\t")[0]
        if text.endswith("?") and text.lower().startswith(("what", "how", "why", "where", "which", "is ", "are ", "do ", "does ", "can ")):
            yield text, "search", "banking77"
    for line in (texts / "nlupp.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        if row["text"].endswith("?") and {"request_info", "how", "limits", "when"} & set(row["intents"]):
            yield row["text"], "search", "nlupp"


def _questions(public: Path) -> Iterator[tuple[str, str, str]]:
    """(text, label, source) of questions to a knowledge base and of small talk."""
    for line in (public / "faq/dev/covid_faq.jsonl").open(encoding="utf-8"):
        question = json.loads(line)["question"]
        if question.isascii():
            yield question, "search", "covid_faq"
    for line in list((public / "faq/dev/medquad.jsonl").open(encoding="utf-8"))[::4]:
        yield json.loads(line)["question"], "search", "medquad"
    for name in ("english", "chinese"):
        for line in (public / f"faq/dev/chatterbot_{name}.jsonl").open(encoding="utf-8"):
            row = json.loads(line)
            if row["topic"] in _CHATTER_TALK | _CHATTER_KNOW and row["turns"]:
                yield row["turns"][0], "small_talk" if row["topic"] in _CHATTER_TALK else "search", f"chatterbot_{name}"
    for name in ("xquad.en", "xquad.zh", "cmrc2018_dev", "drcd_dev"):
        table = json.loads((public / f"qa_extractive/dev/{name}.json").read_text("utf-8"))
        for article in table["data"]:
            for paragraph in article["paragraphs"][:3]:
                for question in paragraph["qas"][:2]:
                    yield question["question"], "search", name


def attached_questions(public: Path, seed: int, share: int = 700) -> Iterator[Example]:
    """Questions of all kinds asked with a medium attached: they are about the document, or about the picture."""
    rng = random.Random(seed)
    found = [
        text for text, label, source in _questions(public) if label == "search" and not source.startswith("chatterbot") and len(text) < 90
    ]
    clinc = [text for text, label, source in _rows(public) if label == "search" and source in ("clinc150", "hwu64", "nlupp")]
    for label, medium in (("read_document", "file"), ("look", "image")):
        for text in rng.sample(found, share) + rng.sample(clinc, share // 2):
            yield Example(text, label, (medium,), (), "attached", False)


def public_examples(public: Path, seed: int) -> Iterator[Example]:
    """The public rows; one in five is held back by the hash of its text, so that the split never moves."""
    rng = random.Random(seed)
    for text, label, source in (*_rows(public), *_questions(public)):
        held = int(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(), 16) % 5 == 0
        media, earlier = _at_hand("", "", rng) if not held else ((), ())
        yield Example(text, label, media, earlier, source, held)
