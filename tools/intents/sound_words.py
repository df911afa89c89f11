"""Sound words: what people say of loudness without naming what plays: "louder", "be quiet", "put it on mute". Pure.

In the plain words of `wording`: they mean the volume of what plays music. The words stand alone; with anything else beside them nothing
changes, so that "be quiet for an hour" and "the room is too loud" stay what they are.
"""

from __future__ import annotations

import re

_HEARD = "(?:volume|sounds?|noise|music)"
_IT = "(?:it|that|this|the music|the volume)"
_MADE = rf"(?:(?:get|go|be|sing|speak|talk|play|make|turn)(?: {_IT})?|(?:i|we) (?:want|need) {_IT}(?: to be)?|i'd like {_IT}(?: to be)?)"
_IS = rf"(?:{_IT}|you)(?: (?:is|are)|'s|'re)"
_BIT, _LITTLE = "(?:(?:a )?(?:bit|little|lot|way|much) )?", "(?: a (?:bit|little|lot|tad))?"
_MOVE = "(?:turn|move|crank|pump|push|bring|tune)"
_MODE = "(?:mute|silent|silence|quiet)"
_MEANT: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"(?:(?:please|(?:can|could|would|will) you) )*(?:{said})(?: please)?"), plain)
    for said, plain in (
        (
            rf"(?:{_MADE} )?{_BIT}louder{_LITTLE}|volume up|more volume|speak up|(?:{_IS} )?{_BIT}(?:too|so) (?:quiet|faint)|"
            rf"{_MOVE} up (?:the )?{_HEARD}{_LITTLE}|{_MOVE} (?:the )?{_HEARD} up{_LITTLE}|"
            rf"(?:the )?{_HEARD} (?:is|are) {_BIT}(?:too|so) (?:low|quiet|weak|faint|soft)",
            "increase the volume",
        ),
        (
            rf"(?:{_MADE} )?{_BIT}(?:quieter|softer){_LITTLE}|volume down|less (?:volume|noise)|keep it down|"
            rf"(?:{_IS} )?{_BIT}(?:too|so) (?:loud|noisy)|{_MOVE} down (?:the )?{_HEARD}{_LITTLE}|{_MOVE} (?:the )?{_HEARD} down{_LITTLE}|"
            rf"(?:the )?{_HEARD} (?:is|are) {_BIT}(?:too|so) (?:high|loud|strong)",
            "lower the volume",
        ),
        (
            rf"(?:mute|silence|hush)(?: (?:it|that|this|everything|yourself|(?:the |all )?{_HEARD}))?|"
            rf"(?:(?:be|stay|keep|go) )?(?:quiet|silent|muted)|stop (?:play|playing|that noise|the (?:noise|sound))|"
            rf"(?:(?:put|set|place|switch|go|turn) )?(?:it |the sound |everything )?(?:(?:to|on|into) )?{_MODE}(?: mode)?(?: on)?",
            "mute the volume",
        ),
        (rf"unmute (?:it|that|this|everything|yourself|(?:the )?{_HEARD})|{_MODE} mode off", "unmute the volume"),
    )
)  # fmt: skip


def plain_sound(words: str) -> str:
    """`words` (small letters), or what they mean when they are about loudness alone."""
    said = words.strip()
    return next((plain for pattern, plain in _MEANT if pattern.fullmatch(said)), words)
