"""Which medium the words point at: "it", "the second one", "the photo I sent", "第二张". Knows the situation, not the tools."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.reflex.numerals import NUMBER_ZH, ORDINAL, number, ordinal
from assistant.reflex.situation import Outcome, Situation, Thing

_NTH = re.compile(
    rf"\b(?:the |my )?({ORDINAL})(?: (?:one|picture|photo|image|pic|drawing|recording|clip|video|item|"
    rf"result|file|document))\b|\b(?:the )({ORDINAL})\b"
    r"(?! (?:page|line|word|sentence|paragraph|chapter|section|floor|row|name))",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"\b(?:number|no\.?|nr\.?|#)\s*(\d{1,2}|one|two|three|four|five)\b|\b(?:picture|photo|image)\s+(\d{1,2})\b", re.IGNORECASE
)
_NTH_ZH = re.compile(rf"第({NUMBER_ZH})(?:张|个|幅|段|条|份)|(最后|最新)(?:一)?(?:张|个|幅|段)")
_HANDLE = re.compile(r"\b(?:image|audio|video|file)_\d+\b")
_TOGETHER = re.compile(
    r"\bthe first (two|three|four|five|\d)\b|\b(?:these|those|both) ?(two|three|four|five|\d)?\b"
    rf"|前({NUMBER_ZH})(?:张|个|幅|段)", re.IGNORECASE,
)  # fmt: skip
_ORDINALS = re.compile(rf"\b({ORDINAL})\b", re.IGNORECASE)
_ORDINALS_ZH = re.compile(rf"第({NUMBER_ZH})(?:张|个|幅|段|条|份)?")
_SENT = re.compile(
    r"\b(?:i|we) (?:just |have )?(?:sent|uploaded|attached|shared|posted|gave you)|attached|uploaded|"
    r"my (?:own )?(?:picture|photo|image|pic)|我(?:刚才?|之前)?(?:发|上传|传)的|附件|上传的",
    re.IGNORECASE,
)
_MADE = re.compile(
    r"\byou (?:just )?(?:drew|made|painted|generated|created|found|showed)|你(?:刚才?)?(?:画|生成|做|找)的|刚才画的", re.IGNORECASE
)


def _place(text: str) -> int | None:
    """The place the words name, counted from 1, -1 for the last."""
    if found := _NTH.search(text):
        return ordinal(found[1] or found[2])
    if found := _NUMBERED.search(text):
        value = number(found[1] or found[2])
        return int(value) if value is not None else None
    if found := _NTH_ZH.search(text):
        value = -1 if found[2] else number(found[1])
        return int(value) if value is not None else None
    return None


def _listed(outcomes: Sequence[Outcome], modalities: Sequence[str]) -> list[str]:
    """What the last answer listed, in its order: handles of shown media, else ids of the evidence."""
    shown = [str(s["handle"]) for o in outcomes for s in o.shown if not modalities or s["modality"] in modalities]
    if shown:
        return shown
    items = [e["hit"]["item"] for o in outcomes for e in o.evidence]
    return [str(item["id"]) for item in items if not modalities or item["modality"] in modalities]


def _pick(things: Sequence[str], place: int) -> str | None:
    if place == -1 and things:
        return things[-1]
    return things[place - 1] if 1 <= place <= len(things) else None


def point(text: str, situation: Situation, modalities: Sequence[str]) -> str | None:
    """Handle or item id of the medium meant; empty for the newest that fits; None when the conversation has none.

    An ordinal counts what this turn brought, else what the last answer listed, else all media that fit.
    """
    media = [m for m in situation.media if m.modality in modalities]
    if found := _HANDLE.search(text):
        return found.group()
    named = [m for m in media if len(m.name) > 3 and not m.made and m.name.lower() in text.lower()]
    if named:
        return named[-1].handle
    place = _place(text)
    if place is not None:
        brought = [m.handle for m in situation.attached if m.modality in modalities]
        lists = (brought if len(brought) > 1 else [], _listed(situation.previous_outcomes, modalities), [m.handle for m in media])
        for things in lists:
            if chosen := _pick(things, place):
                return chosen
    if situation.outcomes and (fresh := _listed(situation.outcomes, modalities)):
        return fresh[0]
    return _newest(text, media, situation, modalities)


def several(text: str, situation: Situation, modalities: Sequence[str]) -> list[str]:
    """Handles of all media that the words name by place ("the first and the third one", "these two"), in the order named."""
    listed = _listed(situation.previous_outcomes, modalities) or [m.handle for m in situation.media if m.modality in modalities]
    if (together := _TOGETHER.search(text)) and listed:
        many = int(number(together[1] or together[2] or together[3] or "2") or 2)
        return listed[:many] if together[1] or together[3] else listed[-many:]
    places = [ordinal(found[1]) for found in _ORDINALS.finditer(text)] + [number(found[1]) for found in _ORDINALS_ZH.finditer(text)]
    chosen = [_pick(listed, int(place)) for place in places if place is not None]
    return [handle for handle in dict.fromkeys(chosen) if handle] + [found.group() for found in _HANDLE.finditer(text)]


def _newest(text: str, media: Sequence[Thing], situation: Situation, modalities: Sequence[str]) -> str | None:
    if _SENT.search(text) and (sent := [m for m in media if not m.made]):
        return sent[-1].handle
    if _MADE.search(text) and (made := [m for m in media if m.made]):
        return made[-1].handle
    if attached := [m for m in situation.attached if m.modality in modalities]:
        return attached[-1].handle
    if media:
        return media[-1].handle
    listed = _listed(situation.previous_outcomes, modalities)
    return listed[0] if listed else None
