"""Which medium the words point at: "it", "the second one", "the photo I sent", "the blue one", "第二张". Knows the situation, not the tools.

A number counts what was laid out last: a sheet of candidates, what a search showed, several pictures sent at once. "It" is what the
conversation is at: what this turn brought, else what the turn before made, found first, looked at or showed again.
"""

# ruff: noqa: E501 - a pattern is one string, however long

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from assistant.reflex.describing import ancestry, described
from assistant.reflex.numerals import NUMBER_ZH, ORDINAL, number, ordinal
from assistant.reflex.sentences import terms
from assistant.reflex.situation import Outcome, Situation, Thing

_COUNTED = r"one|picture|photo|image|pic|drawing|sketch|candidate|option|version|recording|clip|video|item|result|file|document"
_NTH = re.compile(
    rf"\b(?:the |my )?({ORDINAL})(?: (?:{_COUNTED}))\b|\b(?:the )({ORDINAL})\b"
    r"(?! (?:page|line|word|sentence|paragraph|chapter|section|floor|row|name))(?= ?(\w*))",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"\b(?:number|no\.?|nr\.?|option|candidate)\s*(\d{1,2}|one|two|three|four|five|six|seven|eight)\b|#\s*(\d{1,2})\b"
    r"|\b(?:picture|photo|image)\s+(\d{1,2})\b|(?:^|\b(?:take|like|pick|choose|use|select|with|prefer|keep|love) )#?([1-8])(?=$|[.!,]| (?:best|most|please|is|looks)\b)",
    re.IGNORECASE,
)
_NTH_ZH = re.compile(rf"第({NUMBER_ZH})(?:张|个|幅|段|条|份)|(最后|最新)(?:的)?(?:一)?(?:张|个|幅|段)|(?<![\d第])([1-9])号")
_HANDLE = re.compile(r"\b(?:image|audio|video|file)_\d+\b")
_MANY = r"(two|three|four|five|six|seven|\d)"
_FIRST = re.compile(rf"\bthe first {_MANY}\b|前({NUMBER_ZH})(?:张|个|幅|段)", re.IGNORECASE)
_LAST = re.compile(
    rf"\b(?:the )?last {_MANY}\b|\b(?:these|those|both)(?: {_MANY})?\b|(?:最后|后面?)({NUMBER_ZH})(?:张|个|幅|段)|这({NUMBER_ZH})(?:张|个|幅|段)",
    re.IGNORECASE,
)
_ALL = re.compile(r"\b(?:all|each|every one) (?:of (?:them|these|those)|(?:the )?(?:two|three|four|five|six|seven|eight|\d)|the (?:pictures|images|candidates))\b"
                  r"|\bthem all\b|(?:全部|所有)(?:的)?(?:图片?)?都?|每一?张都?|(?:它们|这些)都", re.I)  # fmt: skip
_ORDINALS = re.compile(rf"\b({ORDINAL})\b", re.IGNORECASE)
_ORDINALS_ZH = re.compile(rf"第({NUMBER_ZH})(?:张|个|幅|段|条|份)?")
_DIGITS = re.compile(
    r"\b(?:numbers?|nos?\.?|pictures|images|options|candidates)?\s*#?([1-8])\s*(?:,|and|&|\+|和|、)\s*#?([1-8])\b(?!\s*(?:steps?|x|×|px|%|个|次|张))",
    re.I,
)
_SENT = re.compile(
    r"\b(?:i|we) (?:just |have )?(?:sent|uploaded|attached|shared|posted|gave you)|attached|uploaded|"
    r"my (?:own )?(?:picture|photo|image|pic)|我(?:刚才?|之前|最早)?(?:发|上传|传|给你)的|附件|上传的",
    re.IGNORECASE,
)
_DREW = re.compile(
    r"\byou (?:just |have )?(?:drew|drawn|made|painted|generated|created)|你(?:刚才?)?(?:画|生成|做)的|刚才?画的", re.IGNORECASE
)
_FOUND = re.compile(r"\byou (?:just |have )?(?:found|showed|shown)|你(?:刚才?)?找(?:到)?的|(?:刚才?)?找到的", re.IGNORECASE)
_BEFORE = re.compile(
    r"\b(?:the )?(?:one|picture|image|version|drawing) (?:right )?before(?: (?:that|it|this|the last(?: one)?))?\b(?! (?:the|i|you|my))"
    r"|\b(?:the )?previous (?:one|picture|image|version|drawing)\b|\bthe earlier (?:one|picture|image|version)\b"
    r"|(?<!最)(?:上|前)一?[张幅个版](?!都)|之前(?:的)?那[张幅个]",
    re.IGNORECASE,
)
_OTHER = re.compile(r"\bthe other (?:one|picture|image|drawing|candidate)\b|另(?:外)?一?[张幅个]", re.IGNORECASE)


def _place(text: str, about: str = "") -> int | None:
    """The place the words name, counted from 1, -1 for the last. "the second dog" of a picture `about` dogs names none."""
    for nth in _NTH.finditer(text):
        if nth[1] or not set(terms(nth[3] or "")) & set(terms(about)):
            return ordinal(nth[1] or nth[2])
    if found := _NUMBERED.search(text):
        value = number(next(group for group in found.groups() if group))
    elif found := _NTH_ZH.search(text):
        value = -1 if found[2] else number(found[1] or found[3])
    else:
        return None
    return int(value) if value is not None else None


def _listed(outcomes: Sequence[Outcome], modalities: Sequence[str]) -> list[str]:
    """What an answer listed, in its order: handles of shown media, else ids of the evidence."""
    shown = [str(s["handle"]) for o in outcomes for s in o.shown if not modalities or s["modality"] in modalities]
    if shown:
        return list(dict.fromkeys(shown))
    items = [e["hit"]["item"] for o in outcomes for e in o.evidence]
    return [str(item["id"]) for item in items if not modalities or item["modality"] in modalities]


def layouts(situation: Situation, modalities: Sequence[str]) -> list[list[str]]:
    """What was laid out to choose from, two or more at once, the newest first; at the end all media that fit, in the order they came."""
    found = [[t.handle for t in situation.attached if t.modality in modalities]]
    for turn in reversed(situation.turns):
        found += [_listed(turn.outcomes, modalities), [t.handle for t in turn.attached if t.modality in modalities]]
    media = [t.handle for t in situation.media if t.modality in modalities]
    return [*(things for things in found if len(things) > 1), sorted(media, key=_number)]


def _number(handle: str) -> int:
    return int(handle.rpartition("_")[2]) if handle[-1:].isdigit() else 0


def _pick(things: Sequence[str], place: int) -> str | None:
    if place == -1 and things:
        return things[-1]
    return things[place - 1] if 1 <= place <= len(things) else None


def point(text: str, situation: Situation, modalities: Sequence[str]) -> str | None:
    """Handle or item id of the medium meant; the one the conversation is at when the words name none; None when there is none."""
    return pointed(text, situation, modalities) or _current(situation, modalities)


def pointed(text: str, situation: Situation, modalities: Sequence[str]) -> str | None:
    """The same, None when the words name no medium, or one that is not there."""
    media = [m for m in situation.media if m.modality in modalities]
    if found := _HANDLE.search(text):
        return found.group()
    named = [m for m in media if len(m.name) > 3 and not m.made and m.name.lower() in text.lower()]
    if named:
        return named[-1].handle
    scope = _scope(text, media)
    within = [m for m in media if scope(m)] if scope else media
    at = _current(situation, modalities, scope)
    thing = next((m for m in media if m.handle == at), None)
    place = _place(text, thing.about if thing else "")
    if place is not None:
        return (
            _pick([m.handle for m in sorted(within, key=lambda m: _number(m.handle))], place)
            if scope
            else _at_place(place, situation, modalities)
        )
    if scope:
        return at
    if _OTHER.search(text):
        return _other(at, situation, modalities)
    if _BEFORE.search(text):
        return _before(thing, media, situation)
    return described(text, media, at)


def _scope(text: str, media: Sequence[Thing]) -> Callable[[Thing], bool] | None:
    """Which media "that I sent", "that you drew", "that you found" leaves. What was changed of a photograph was not drawn."""
    if _SENT.search(text):
        return lambda thing: not thing.made
    if _DREW.search(text):
        made = [thing for thing in media if thing.drawn or (thing.made and not thing.tool)]
        own = {thing.handle for thing in media if thing.made}
        drew = {thing.handle for thing in made if ancestry(thing.handle, media)[-1] in own}
        return lambda thing: thing.handle in (drew or {one.handle for one in made})
    if _FOUND.search(text):
        return lambda thing: thing.made and not thing.drawn
    return None


def _at_place(place: int, situation: Situation, modalities: Sequence[str]) -> str | None:
    if place == -1 and (single := _newest_listed(situation, modalities)):
        return single
    return next((chosen for things in layouts(situation, modalities) if (chosen := _pick(things, place))), None)


def _newest_listed(situation: Situation, modalities: Sequence[str]) -> str | None:
    """The last of what came last, were it one thing alone."""
    attached = [t.handle for t in situation.attached if t.modality in modalities]
    rows = [attached, *(_listed(turn.outcomes, modalities) for turn in reversed(situation.turns))]
    return next((row[-1] for row in rows if row), None)


def _other(at: str | None, situation: Situation, modalities: Sequence[str]) -> str | None:
    """Of two, the one that the conversation is not at; of more, none."""
    pair = next(iter(layouts(situation, modalities)), [])
    return next((handle for handle in pair if handle != at), None) if len(pair) == 2 else None


def _before(thing: Thing | None, media: Sequence[Thing], situation: Situation) -> str | None:
    """What the picture was changed from; for one that was not changed, what came before it or before its sheet."""
    if thing is None or thing.before:
        return thing.before if thing else None
    sheet = next((row for row in layouts(situation, (thing.modality,))[:-1] if thing.handle in row), [thing.handle])
    first = min(_number(handle) for handle in sheet)
    earlier = [m.handle for m in media if _number(m.handle) < first]
    return max(earlier, key=_number, default=None)


def misses(text: str, situation: Situation, modalities: Sequence[str]) -> bool:
    """True when the words name a medium by its place, its source or its looks, and no such medium is there."""
    media = [m for m in situation.media if m.modality in modalities]
    if not media or pointed(text, situation, modalities):
        return False
    return (
        _place(text) is not None
        or bool(_scope(text, media) or _OTHER.search(text) or _BEFORE.search(text))
        or described(text, [], None) == ""
    )


def several(text: str, situation: Situation, modalities: Sequence[str]) -> list[str]:
    """Handles of all media that the words name by place ("the first and the third one", "these two"), in the order named."""
    listed = layouts(situation, modalities)[0] or _listed(situation.previous_outcomes, modalities)
    if (last := _LAST.search(text)) and listed:
        return listed[-_many(last) :]
    if (first := _FIRST.search(text)) and listed:
        return listed[: _many(first)]
    if _ALL.search(text) and listed:
        return listed
    places = [ordinal(found[1]) for found in _ORDINALS.finditer(text)] + [number(found[1]) for found in _ORDINALS_ZH.finditer(text)]
    places += [int(value) for found in _DIGITS.finditer(text) for value in found.groups()] if len(places) < 2 else []
    chosen = [_pick(listed, int(place)) for place in places if place is not None]
    return [handle for handle in dict.fromkeys(chosen) if handle] + [found.group() for found in _HANDLE.finditer(text)]


def _many(found: re.Match[str]) -> int:
    return int(number(next((group for group in found.groups() if group), "two")) or 2)


def _current(situation: Situation, modalities: Sequence[str], fits: Callable[[Thing], bool] | None = None) -> str | None:
    """What the conversation is at, among the media that `fits` leaves."""
    media = [m for m in situation.media if m.modality in modalities]
    known = {m.file_id: m for m in media if m.file_id} | {m.handle: m for m in media}

    def good(handle: str) -> bool:
        thing = known.get(handle)
        return fits is None or (thing is not None and fits(thing))

    def brought(outcomes: Sequence[Outcome]) -> str | None:
        for outcome in reversed(outcomes):
            used = str(outcome.arguments.get("image") or outcome.arguments.get("media") or "")
            row = _listed([outcome], modalities)
            row = [known[used].handle] if used in known and not outcome.shown else row
            if row := [handle for handle in row if good(handle)]:
                return row[0]
        return None

    if fresh := brought(situation.outcomes):
        return fresh
    if attached := [m.handle for m in situation.attached if m.modality in modalities and good(m.handle)]:
        return attached[-1]
    for turn in reversed(situation.turns):
        if at := brought(turn.outcomes):
            return at
        if sent := [m.handle for m in turn.attached if m.modality in modalities and good(m.handle)]:
            return sent[-1]
    left = [m.handle for m in media if good(m.handle)]
    return left[-1] if left else None
