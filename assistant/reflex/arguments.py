"""From a request's words to a tool's arguments, or to the question that must be asked first. Knows the tools' schemas, calls none."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from assistant.reflex import reaching
from assistant.reflex.clauses import split_requests
from assistant.reflex.commands import command
from assistant.reflex.conditions import asks_of_a_case, general
from assistant.reflex.documents import page_of
from assistant.reflex.drawing import drawing
from assistant.reflex.drawing_terms import beyond
from assistant.reflex.editing import enlarges, instruction
from assistant.reflex.features import chinese
from assistant.reflex.form_fields import asks_for_papers
from assistant.reflex.phrases import after_colon, asked_medium, bare, every, how_many, limit, price_filter, quoted, search_query, topic
from assistant.reflex.pointing import misses, point, several
from assistant.reflex.sentences import terms
from assistant.reflex.situation import Situation
from assistant.reflex.summaries import summary_topic
from assistant.reflex.tabular import asks_of_rows, is_superlative

MARKS = re.compile(r"\s*\[\d+\]")


@dataclass(frozen=True)
class Filled:
    """Arguments ready for the tool."""

    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """What must be asked of the person: a key of `ask.*` in the words."""

    key: str


_PRONOUN = re.compile(
    r"\b(?:it|its|it's|this|that|they|them|their|those|these|he|his|him|she|her)\b|^(?:why|how come|since when|"
    r"and|what about|how about)\b|它|他|她|那个|这个|那(?:么|里)?|呢[？?]?$|^为什么",
    re.IGNORECASE,
)


def follows_up(words: str) -> bool:
    """True for a short question that leans on the turn before it: "and what about its price?", "why?", "那保修呢"."""
    content = terms(words)
    return (len(content) <= 3 and bool(_PRONOUN.search(words.strip()))) or len(content) == 0


def question_of(words: str, situation: Situation) -> str:
    """The question in full: a follow-up is joined with what the turn before it was about."""
    if situation.previous_words and follows_up(words) and not situation.attached:
        searched = [str(o.arguments["query"]) for o in situation.previous_outcomes if o.tool == "search" and o.arguments.get("query")]
        return f"{bare(words).strip(' ?？')} {topic(searched[-1] if searched else situation.previous_words)}"
    return words


_TOLD = re.compile(r"^(?:and |then )?(?:tell|show) me |告诉我|说说", re.IGNORECASE)


def _search(words: str, situation: Situation) -> Filled | Ask:
    parts = [p for whole in words.split(". ") for p in split_requests(whole)]
    standing = [p for place, p in enumerate(parts) if not (follows_up(p) or (place and len(terms(_TOLD.sub("", p))) < 2))] or parts
    first = standing[0] if len(standing) < len(parts) else words
    full = question_of(first, situation)
    condition, rest = price_filter(full)
    modality, rest = asked_medium(rest)
    about = summary_topic(first)
    query = about or (general(rest) if asks_of_a_case(rest) and not condition else search_query(rest))
    if reaching.way(first):
        query = reaching.general(query)
    if not terms(query) and not modality:
        return Ask("search") if not terms(first) else Filled({"query": first.strip()})
    arguments: dict[str, Any] = {"query": query[:2000]}
    if modality:
        arguments["modalities"] = [modality]
    if condition:
        arguments["filter"] = condition
    if count := how_many(first):
        arguments["k"] = min(count, 20)
    elif asks_for_papers(first):
        arguments["k"] = 20
    elif about:
        arguments["k"] = 10
    elif is_superlative(first) or (condition and every(first)):
        arguments["k"] = 20 if condition else 10
    if not modality and not about and (condition or asks_of_rows(first) or limit(first)):
        arguments["rows"] = True
    return Filled(arguments)


_UNLIKE = re.compile(r"\b(?:less like|unlike|not like|nothing like|but not)\b|不要像|不像|别像|少一?点像", re.IGNORECASE)


def _examples(words: str, situation: Situation) -> dict[str, Any]:
    """The examples that are liked and those that are not, when the words name several: "more like these two, less like the last"."""
    kinds = ("image", "audio", "video")
    wanted, *unwanted = _UNLIKE.split(words, maxsplit=1)
    unlike = several(unwanted[0], situation, kinds) if unwanted else []
    liked = [handle for handle in several(wanted, situation, kinds) if handle not in unlike]
    if not unlike and len(liked) < 2:
        return {}
    if not liked and (media := point(wanted, situation, kinds)):
        liked = [media]
    found: dict[str, Any] = {"media": liked[0], "also": liked[1:]} if liked else {}
    return found | ({"unlike": unlike} if unlike and liked else {})


def _find_similar(words: str, situation: Situation) -> Filled | Ask:
    if examples := _examples(words, situation):
        return Filled(examples)
    media = point(words, situation, ("image", "audio", "video"))
    arguments: dict[str, Any] = {"media": media} if media else {}
    wish = re.search(r"\b(?:but|only|just)\b (?:in |with |a bit )?(.+)$|(?:但是?|只是|不过)(.+?)(?:的)?$", words.strip(" ?.!？"), re.I)
    if wish:
        arguments["query"] = (wish[1] or wish[2]).strip()
    elif media is None:
        named = re.search(
            r"\b(?:similar to|like|resembl\w+|close to)\s+(?!this|that|it|these|those|mine|the (?:one|attached|"
            r"uploaded))(?:an? |the )?(.{3,})$",
            words.strip(" ?.!"),
            re.I,
        )
        other = re.search(r"(?:类似|像|和)(.+?)(?:的|相似|一样|差不多)", words)
        found = named or other
        text = found[1].strip() if found else ""
        if not text or re.match(r"这|那|它|图|照片|(?:my |the )?(?:picture|photo|image)", text):
            return Ask("find_similar")
        arguments["query"] = text
    modality, _ = asked_medium(words)
    if modality and modality not in str(media):
        arguments["modalities"] = [modality]
    if count := how_many(words):
        arguments["k"] = min(count, 20)
    return Filled(arguments)


def _generate_image(words: str, situation: Situation) -> Filled | Ask:
    impossible = beyond(words)
    arguments = None if impossible else drawing(words)
    return Filled(arguments) if arguments else Ask(impossible or "generate_image")


def _edit_image(words: str, situation: Situation) -> Filled | Ask:
    image = point(words, situation, ("image",))
    if image is None:
        return Ask("edit_picture")
    if misses(words, situation, ("image",)):
        return Ask("which_picture")
    wanted = instruction(words)
    kind = {"operation": "upscale"} if enlarges(words) else {}
    return Filled({"instruction": wanted[:1000], "image": image} | kind) if wanted else Ask("edit_image")


def _look(words: str, situation: Situation) -> Filled | Ask:
    image = point(words, situation, ("image", "video"))
    if image is None:
        return Ask("look")
    fallback = "这张图片里有什么？" if situation.language == "zh" else "What is in this picture?"
    return Filled({"question": (words.strip() or fallback)[:1000], "image": image})


def _read_document(words: str, situation: Situation) -> Filled | Ask:
    document = point(words, situation, ("file",))
    if document is None:
        items = [e["hit"]["item"] for o in situation.previous_outcomes for e in o.evidence]
        document = next((str(i.get("parent") or i["id"]) for i in items if i["modality"] in ("text", "file")), None)
    if document is None:
        return Ask("read_document")
    fallback = "总结这份文件" if situation.language == "zh" else "Summarize this document"
    arguments: dict[str, Any] = {"question": (words.strip() or fallback)[:1000], "document": document}
    if page := page_of(words):
        arguments["page"] = page
    return Filled(arguments)


_ABOUT_FEELING = re.compile(
    r"\b(?:emotions?|moods?|feelings?|sentiment|tone|feels?|sounds?|seems?|looks?|angry|sad|happy|upset|"
    r"positive|negative|sarcastic|mad)\b|情绪|情感|心情|语气|表情|正面|负面|生气|开心|难过|感情",
    re.IGNORECASE,
)


def _analyze_emotion(words: str, situation: Situation) -> Filled | Ask:
    transcripts = [o for o in situation.outcomes if o.tool == "transcribe" and not o.failed]
    if transcripts:
        text = str(transcripts[-1].artifact.get("data", {}).get("text") or MARKS.sub("", transcripts[-1].text))
        return Filled({"text": text[:4000], "media": str(transcripts[-1].arguments.get("media") or "")})
    if text := quoted(words) or after_colon(words):
        return Filled({"text": text[:4000]})
    media = point(words, situation, ("audio", "video", "image"))
    if media is not None and situation.attached:
        return Filled({"media": media})
    parts = [p for p in re.split(r"(?<=[.!?。！？])\s*|\n+", words) if p.strip()]
    said = " ".join(p.strip() for p in parts if not _ABOUT_FEELING.search(p) or re.search(r"\bI(?:'m| am| feel)\b|^我", p))
    if len(parts) > 1 and said:
        return Filled({"text": said[:4000]})
    if media is not None:
        return Filled({"media": media})
    if re.match(r"^(?:i(?:'m| am| feel)\b(?! i)|我(?:好|很|真|太|觉得))", words.strip(), re.I):
        return Filled({"text": words.strip()[:4000]})
    return Ask("analyze_emotion")


def _transcribe(words: str, situation: Situation) -> Filled | Ask:
    media = point(words, situation, ("audio", "video"))
    return Ask("transcribe") if media is None else Filled({"media": media})


_SAY = re.compile(
    r"^(?:(?:how (?:do|does|would|should) (?:you|i|one|we) )?(?:pronounce|say)|how (?:is|to pronounce|"
    r"to say)|pronunciation of|what is the pronunciation of|what does|"
    r"read(?: me)?(?: aloud| out loud| out)?|speak(?: aloud| out)?|recite|announce(?: that)?|narrate|"
    r"whisper|shout|voice|say(?: aloud| out loud)?|tts|text to speech|convert to speech)\b[:,]?\s*",
    re.IGNORECASE,
)
_SAY_TAIL = re.compile(
    r"\s*\b(?:aloud|out loud|to me|pronounced|with your voice|sound like when spoken|in (?:english|chinese))\b[\s.!?]*$", re.IGNORECASE
)
_SAY_ZH = re.compile(
    r"^(?:大声|用语音|用声音|语音)?(?:读一?下|读出来|念一?下|读|念|朗读|播报|朗诵|宣布|广播|发音|配音|跟我说|喊一声|说)+[：:，,]?"
)
_SAY_TAIL_ZH = re.compile(
    r"(?:这个词|这个字)?(?:怎么|如何)(?:读|念|发音)[？?]*$|(?:的)?(?:发音|读音)(?:是什么)?[？?]*$|(?:读|念|说)出来$|给我听$"
)
_REFERS = re.compile(
    r"^(?:(?:it|that|this|them|again|slowly|louder|slower|faster|out|the|your|my|last|previous|above|"
    r"following|answer|reply|message|text|result|summary|caption|translation|story|sentence|paragraph|"
    r"what you (?:wrote|said|just wrote)|as|audio|speech|sound|a|voice|with|poem|by|in|of|version|me|to)\b\s*)*$",
    re.IGNORECASE,
)
_REFERS_ZH = re.compile(
    r"^(?:把|将|请|再|一遍|一下|给我听|出来|这段话|这句话|这个|那个|上面|刚才|的|回答|答案|内容|文字|摘要|标题|这|它|听|吧|读|念|慢一点|大声点|用|语音|声音|告诉我|播放|你|说)*$"
)


def _to_say(words: str) -> str:
    """The words to speak that the request itself holds; empty when it points at something said before."""
    if text := quoted(words) or after_colon(words):
        return text
    found = bare(words)
    found = _SAY_TAIL_ZH.sub("", _SAY_ZH.sub("", found, count=1)) if chinese(found) else _SAY_TAIL.sub("", _SAY.sub("", found, count=1))
    found = re.sub(r"^(?:the )?(?:word|sentence|phrase|text)\s+(?=\S)", "", found.strip(" ?？.!。"), flags=re.I)
    spoken = _SAY.match(bare(words)) or _SAY_ZH.match(bare(words)) or _SAY_TAIL_ZH.search(bare(words))
    return found if spoken and not _REFERS.match(found) and not _REFERS_ZH.match(found) else ""


def _speak(words: str, situation: Situation) -> Filled | Ask:
    text = "" if situation.outcomes and not quoted(words) else _to_say(words)
    if not text:
        made = [s.get("caption", "") for o in situation.outcomes for s in o.shown]
        answers = [o.answer or o.text for o in situation.outcomes if not o.failed]
        caption = made and re.search(r"caption|title|标题|说明", words, re.I)
        text = str(made[-1]) if caption else (answers[-1] if answers else situation.previous_answer)
    text = MARKS.sub("", text).strip()
    return Filled({"text": text[:4000], "language": "zh" if chinese(text) else "en"}) if text else Ask("speak")


def _control_device(words: str, situation: Situation) -> Filled | Ask:
    arguments = command(words)
    if arguments is None and situation.previous_outcomes and situation.previous_outcomes[-1].tool == "control_device":
        before = situation.previous_outcomes[-1].arguments
        arguments = command(f"{words} {before.get('device', '')} {before.get('area', '')}")
    return Filled(arguments) if arguments else Ask("control_device")


_EXTRACTORS: dict[str, Callable[[str, Situation], Filled | Ask]] = {
    "search": _search, "find_similar": _find_similar, "generate_image": _generate_image, "edit_image": _edit_image, "look": _look,
    "read_document": _read_document, "analyze_emotion": _analyze_emotion, "transcribe": _transcribe, "speak": _speak,
    "control_device": _control_device,
}  # fmt: skip


def fill(tool: str, words: str, situation: Situation) -> Filled | Ask:
    """Arguments of `tool` for the request `words`, or what to ask first. A tool that is not known gets the words as `query`."""
    extract = _EXTRACTORS.get(tool)
    return extract(words, situation) if extract else Filled({"query": words})
