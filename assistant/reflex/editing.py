"""How to change a picture: the instruction in a request's words, without what only says which picture is meant. Knows no generator."""

# ruff: noqa: E501 - a pattern is one string, however long

from __future__ import annotations

import re

from assistant.reflex.numerals import NUMBER_ZH, ORDINAL
from assistant.reflex.phrases import bare, quoted

_EDIT_WRAP = re.compile(
    r"^(?:(?:please )?(?:edit|modify|change|alter|adjust|fix) (?:this|the|my|that)(?: attached)? (?:picture|"
    r"photo|image|pic)\s*(?:[:,]|so that)\s*)",
    re.IGNORECASE,
)


def edit(text: str) -> str:
    """The instruction of `edit_image`: the request without its politeness; empty when there is none."""
    found = _EDIT_WRAP.sub("", bare(text)).strip(" .!")
    if re.fullmatch(
        r"(?:edit|modify|change|photoshop|编辑|修改|[pP]|修)(?:一下)?(?: ?(?:this|the|my|that|这张|这个))?"
        r"(?: ?(?:picture|photo|image|pic|图片|照片|图))?",
        found,
        re.I,
    ):
        return ""
    return found or quoted(text)


_COUNTED = r"(?:ones?|pictures?|photos?|images?|pics?|drawings?|sketch(?:es)?|candidates?|options?|versions?)"
_WHICH = re.compile(
    rf"\b(?:the|my) (?:(?:first|last) (?:two|three|four|five|\d)|{ORDINAL}|other|previous|earlier|latest)(?:(?:,| and|,? and the| and) (?:the )?{ORDINAL})* {_COUNTED}"
    rf"(?: (?:that )?(?:i|you) (?:just |have )?(?:sent|uploaded|attached|drew|made|painted|found|showed))?"
    rf"|\b(?:the|my) {ORDINAL}(?: and (?:the )?{ORDINAL})?(?= (?:a bit|a little|much|into|to|on|in|at|by|and|with|\w+er|black|red|blue|green|yellow|orange|purple|pink|brown|white|gray|grey|"
    r"again|upside|left|right)\b|[,.!?]|$)"
    rf"|\bthe (?:first|last) (?:two|three|four|five|\d)\b|\b(?:them )?(?:both|all)(?: of)?(?: (?:them|these|those))?(?: {_COUNTED})?\b|\b(?:these|those)(?: (?:two|three|four|\d))?(?: {_COUNTED})?\b"
    rf"|\b(?:numbers?|no\.?|option|candidate|picture|image|photo) ?#?\d(?:(?:,|,? and| and number) #?\d)*\b|#\d\b|\b(?:image)_\d+\b"
    rf"|\b(?:the|my) (?:own )?(?:\w+ )?{_COUNTED} (?:that )?(?:i|you) (?:just |have )?(?:sent|uploaded|attached|shared|drew|drawn|made|painted|generated|found|showed)(?: me)?\b"
    rf"|\bthe {_COUNTED} (?:right )?before(?: (?:that|it|this))?\b|\b(?:the|my|this|that) (?:\w+ ){{0,2}}(?:one|ones)\b",
    re.IGNORECASE,
)
_WHICH_ZH = re.compile(
    rf"第{NUMBER_ZH}[张个幅](?:(?:和|跟|、|与)第?{NUMBER_ZH}[张个幅]?)*(?:图片?|照片|画)?|(?:最后|前|后面?|这){NUMBER_ZH}[张个幅](?:图片?|照片|画)?|(?:最后|上|前|这|那|另)(?:外)?一?[张幅](?:图片?|照片|画)?"
    r"|(?:刚才|之前)(?:的)?那[张幅个](?:图片?|照片|画)?|(?:我|你)(?:刚才?|之前)?(?:发|上传|传|画|生成|做|找到?)的(?:那[张幅个]|第.[张幅个])?(?:图片?|照片|画)?"
    r"|[^\W把将让给用a-z]{1,4}的那[张幅只个]|(?:全部|所有)的?图片?|每一?张|[1-9]号(?:图|图片)?"
)
_TAKES = re.compile(
    r"^(?:i(?:'ll)? (?:really )?(?:like|take|prefer|want|choose|pick|love)|take|pick|use|choose|go with)? ?\bit\b(?: (?:best|most|is (?:nice|good|great)))?\s*[,;:.]\s*(?:and |but |now |then )*"
    r"|^(?:take|pick|use|choose|go with) it and (?:then )?|^(?:我)?(?:喜欢|要|选|用)?它(?:不错|很?好)?[，,。；]\s*(?:但|不过|再|然后)*",
    re.IGNORECASE,
)


def instruction(text: str) -> str:
    """What is to be changed, whichever picture is meant: "make the second one red" -> "make it red"; empty when nothing is said."""
    words = edit(text)
    parts = re.split(r"([\"“”「『][^\"”」』]*[\"”」』])", words)  # what is quoted stays as it is
    plain = "".join(part if place % 2 else _WHICH_ZH.sub("它", _WHICH.sub("it", part)) for place, part in enumerate(parts))
    plain = re.sub(r"\b(?:from|in|on|to|of) it\b(?=\s*$)", lambda found: found[0], _TAKES.sub("", plain.strip()))
    plain = re.sub(r"它+", "它", plain).strip(" ,，;")
    return plain if plain.strip() not in ("", "it", "它") else ""


_LARGER = re.compile(
    r"\bup-?scal\w+|\bupsampl\w+|\benlarge\b(?! the (?!picture|image|photo|drawing))|\bsuper[- ]?resol\w+|\bhi(?:gh(?:er)?)?[- ]?res(?:olution)?\b|\b(?:better|more|higher|double|increase|raise|improve)(?: the)? resolution\b"
    r"|\b(?:in|to) (?:4k|8k|hd|full hd)\b|^(?:please )?(?:make|blow|scale|get)? ?(?:it|this|that|them|the (?:picture|image|photo|drawing|whole thing))?(?: up)?,? ?"
    r"(?:a (?:bit|little|lot) |much |even |\d times |two times |three times |four times )?(?:bigger|larger|(?:twice|double)(?: as)?(?: (?:big|large|the size|its size))|as (?:big|large))\b"
    r"|^(?:把|将|让|给)?(?:它|图|图片|图像|照片|画|这张图?|这幅画?|整张图)?(?:再|都)?(?:放大|变大|弄大|调大)(?:一?[点些倍]|两倍|\d倍|四倍|到.*)*[吧了。！]*$|超分|高清|分辨率(?:提高|更高|高)|(?:提高|更高|增加|提升)(?:的)?分辨率|^(?:再)?大一[点些]",
    re.IGNORECASE,
)


def enlarges(text: str) -> bool:
    """Whether a picture is to be larger as a whole, and not a thing in it ("make the dog bigger")."""
    return bool(_LARGER.search(instruction(text)))
