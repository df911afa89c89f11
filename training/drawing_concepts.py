"""Which drawings the text-to-image pipeline learns, and the words for each of them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

STYLES = ("noto", "fluent3d", "fluentflat")
"""In the order of `tools.image_generators._diffusion.text.STYLES`."""
UNDRAWN = re.compile(
    r"flag of|keycap|button\b|o’clock|-thirty|^family|^kiss (wo)?m|^couple with heart (wo)?m|\bsquare$|^(man|woman|men|women) (?!and)"
    r"|input |Japanese “|arrow$|^(no |non-)|\bsuit$|arrow curving|heavy |facing right|^person (?!in bed|taking)"
)
"""Signs, letters, flags, clock times, and people who differ only in sex from others: not things one asks a picture of."""
PHRASINGS = ("{}", "a {}", "the {}", "{} drawing", "a picture of a {}")
WORDS = Path(__file__).with_name("drawing_words.txt")
"""Everyday words for concepts with an official name."""

SKY = frozenset(
    (
        "sun|cloud|airplane|rocket|balloon|crescent moon|full moon|star|rainbow|bird|dove|eagle|butterfly|kite|helicopter|flying saucer"
        "|comet|parachute|ringed planet|satellite|glowing star|shooting star|high voltage|small airplane|parrot|owl|bat|snowflake"
    ).split("|")
)
"""Concepts whose natural place is above."""


def chosen(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The drawings to learn."""
    return [r for r in rows if r["style"] in STYLES and (r["label"] in ("man", "woman") or not UNDRAWN.search(r["label"]))]


def concepts(labels: list[str], rows: list[dict[str, str]]) -> list[dict[str, object]]:
    """What is written beside the model for the reader of prompts: names, everyday words, Chinese names, natural place and size."""
    from emoji import EMOJI_DATA, config

    config.load_language("zh")

    aliases = {}
    for entry in WORDS.read_text("utf-8").splitlines():
        name, _, words = entry.partition(":")
        aliases[name.strip()] = [w.strip() for w in words.split(",") if w.strip()]
    taken = {label.lower() for label in labels}
    found: list[dict[str, object]] = []
    for label in labels:
        mine = [r for r in rows if r["label"] == label]
        kind = mine[0]["keywords"].rsplit(", ", 1)[-1]
        signs = "".join(chr(int(code, 16)) for code in Path(mine[0]["file"]).stem.split("_", 1)[1].replace("_", "-").split("-"))
        known = EMOJI_DATA.get(signs) or EMOJI_DATA.get(signs + "\ufe0f") or {}
        chinese = str(known.get("zh", "")).strip(":").replace("_", "")
        plain = label.lower().replace("’", "'")
        words = [w for w in (plain, *aliases.get(label, ())) if w not in taken or w == plain]
        if chinese and len(chinese) + (kind in ("animals & nature", "food & drink")) > 1 and not chinese.isascii():
            words.append(chinese)
        taken |= set(words)
        place = "sky" if label in SKY else "ground" if kind in ("animals & nature", "travel & places") else "float"
        found.append({"name": label, "words": list(dict.fromkeys(words)), "place": place, "size": 0.36, "kind": kind})
    return found


def phrasings(labels: list[str], rows: list[dict[str, str]]) -> tuple[list[str], list[int], list[float]]:
    """Texts, the concept of each, and its weight: every name in several phrasings, and the keywords that only one concept has."""
    keywords = {r["label"]: [k for k in r["keywords"].split(", ")[:-1] if k != r["label"]] for r in rows}
    owners = Counter(k for label in labels for k in set(keywords[label]))
    texts, owner, weight = [], [], []
    for n, label in enumerate(labels):
        alone = [k for k in keywords[label] if owners[k] == 1 and k not in labels][:3]
        texts += [p.format(label) for p in PHRASINGS] + alone
        owner += [n] * (len(PHRASINGS) + len(alone))
        weight += [1.0] * len(PHRASINGS) + [0.3] * len(alone)
    return texts, owner, weight
