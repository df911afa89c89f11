"""Wishes about pictures that rest on what the conversation brought: another one, more like the second, undo, the very same again, yes draw it.

A trained router sees one turn; here the turns before decide. Knows words of both languages and the situation, calls no tool and sees no
picture. A wish that the words alone make clear (a picture for a product) is known without any turn before.
"""

# ruff: noqa: E501 - a pattern is one string, however long

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistant.events import Candidate
from assistant.reflex.drawing import own_picture, product
from assistant.reflex.drawing_terms import how
from assistant.reflex.editing import enlarges, instruction
from assistant.reflex.numerals import NUMBER_ZH, ORDINAL, number
from assistant.reflex.phrases import how_many
from assistant.reflex.pointing import misses, point, pointed, several
from assistant.reflex.router import COSTS, Route, Step
from assistant.reflex.situation import Outcome, Situation
from retrieval.catalogue import say

_MOST = 4
"""Pictures drawn for "more like it" when no number is said, however many the sheet had."""
_SO = r"^\s*(?:(?:please|pls|ok(?:ay)?|yes|yeah|sure|well|now|and|no|hmm|then|so|just|let'?s|(?:can|could|would|will) you|i(?:'d| would) like(?: to)?|i want(?: to)?)\b[,.!]?\s*)*"
_SO_ZH = r"^\s*(?:(?:请|那就?|好的?|嗯|不|再|帮我|给我|麻烦|能不能|可以|我想|我要|就)[，,。\s]*)*"
_END = r"(?:[,\s]*(?:please|pls|thanks|thank you|for me|then|now|again|一下|吧|谢谢|了|呢))*[\s.!?。！？]*$"
_SAME = re.compile(
    r"\b(?:exact(?:ly)? the same|the (?:very|exact) same|bit[- ](?:for|by)[- ]bit|byte[- ](?:for|by)[- ]byte|identical(?:ly)?|reproduce)\b"
    r"|一模一样|完全(?:一样|相同)|原封不动|逐字节|丝毫不差",
    re.IGNORECASE,
)
_DRAWS = re.compile(
    r"\b(?:again|draw|make|paint|generate|repeat|reproduce|render|picture|image|drawing|one|same)\b|[再重画做张幅图]", re.IGNORECASE
)
_LOOKS = re.compile(
    r"\b(?:find|search|look for|looking for|library|collections?|say|read|tell|is|are|does|do you have)\b|找|搜|查|图库|资料|有没有|吗",
    re.I,
)
_UNLESS = re.compile(r"\b(?:but|only|just in|except)\b|但|只是|不过", re.IGNORECASE)
_UNDO = re.compile(
    rf"{_SO}(?:undo|revert|roll ?back|step back|go back|take (?:that|it|this) back|change (?:it|that) back|put it back(?: (?:how|the way) it was)?"
    r"|(?:go |bring it |get |give me )?back to (?:how it was|the way it was|before|(?:the )?(?:previous|earlier|last|one|original|picture|image|version|old).*))"
    r"(?: (?:it|that|this|the (?:last )?(?:change|edit|step)|one step|a step|two steps|three steps|\d steps|(?:to )?(?:the )?(?:original|previous|one before).*))*" + _END
    + rf"|{_SO}(?:show (?:me )?)?the original(?: (?:one|picture|image))?(?: again)?" + _END
    + rf"|{_SO_ZH}(?:撤销|撤回|还原|恢复|退回|倒退|回退|返回|改回去|变回去|回到|取消刚?才?的?修改)"
    r"(?:(?:刚才|上|前|一|两|二|三|\d|步|次|个|张|的|修改|改动|到|原图|原来|之前|以前|样子|最初|那|去|来|版|本)*)" + _END,
    re.IGNORECASE,
)  # fmt: skip
_ORIGINAL = re.compile(r"\boriginal\b|原图|最初|原来", re.IGNORECASE)
_STEPS_BACK = re.compile(rf"\b(two|three|four|five|\d) (?:steps|changes|edits)\b|({NUMBER_ZH})步", re.IGNORECASE)
_THIS = r"(?:one|picture|image|drawing|sketch|candidate|option|version)"
_PICK = re.compile(
    rf"{_SO}(?:i(?:'ll| will)?(?: (?:do|really))? (?:take|like|choose|pick|prefer|love)|(?:let'?s )?(?:take|go (?:on )?with|use|keep|continue with)|pick|choose|select"
    rf"|show me)?\s*(?:the (?:{ORDINAL})(?: {_THIS})?|(?:number|no\.?|option|candidate|picture|image|#)\s*#?\d|the (?:[a-z]+ ){{1,2}}{_THIS}|#?[1-8])"
    r"(?: (?:best|most|is (?:nice|good|great|best|perfect)|looks (?:nice|good|great|best)|it is))?" + _END
    + rf"|{_SO_ZH}(?:用|选择?|挑|喜欢|取|看看?|我喜欢|要)*(?:第{NUMBER_ZH}[张个幅]|最后一?[张个幅]|[1-8]号|[\u3400-\u9fff]{{1,4}}的那[张只个幅])(?:图|图片)?"
    r"(?:最?(?:好看?|不错|棒|漂亮|好))?" + _END,
    re.IGNORECASE,
)  # fmt: skip
_ONE = (
    rf"(?:it\b|them\b|(?:this|that|these|those)\b(?= (?:ones?|{_THIS})\b|\s*(?:[,.!?]|$)|\s+(?:but|please)\b)"
    rf"|(?:the )?(?:{ORDINAL}|other|previous|last)\b|the (?:[a-z]+ ){{0,2}}{_THIS}\b|(?:number|no\.?|option|candidate|picture|image) ?#?\d|#?[1-8]\b)"
)
"""A picture that is pointed at, and not a thing ("that reply", "a coffee shop")."""
_LIKE = re.compile(
    r"\b(?:more|another|others?|some|one more|something|ones?|pictures?|images?)(?: \w+)?(?: of this kind)? (?:like|similar to|in the style of) "
    rf"{_ONE}|\b(?:variations?|variants?|versions?|alternatives?) (?:of|on|for|like) {_ONE}|^(?:like|similar to) {_ONE}|\bvary {_ONE}"
    r"|像.{0,8}(?:那样|这样|这种|那种|一样).{0,6}(?:再|多|来|画|几|更多)|(?:再|多|更多|几|来).{0,6}(?:像|类似|跟|和).{0,10}|(?:变体|变化版|相似的|类似的)",
    re.IGNORECASE,
)
_MORE = re.compile(r"\bmore\b|\bsome\b|variations|variants|versions|alternatives|几|多|更多|些", re.IGNORECASE)
_AGAIN = re.compile(
    rf"{_SO}(?:(?:draw|make|paint|generate|do|give me|show me|try|create) )?(?:(?:it|that|this|them) )?(?:once (?:more|again)|one more(?: time)?|again|another(?: (?:one|try|version|go|time))?|"
    r"(?:a |some )?(?:few )?(?:completely )?(?:new|different|fresh|other) ones?|(?:the )?same(?: (?:one|thing|picture|image|drawing))?(?: again| once more)?|redo|re-?generate|re-?roll|roll again|retry|something else"
    rf"|(?:one|two|three|four|five|six|seven|eight|\d|some|a few) more(?: {_THIS}s?| of (?:it|them|those))?|(?:some )?more(?: of (?:it|them|those|these))?|(?:a )?new {_THIS})"
    r"(?P<how>(?:[,\s]+(?:but|and|with|without|at|in|using|no|seed|guidance|cfg|size|(?:\d{2,6} ?[x×] ?\d{2,6})).*)?)" + _END
    + rf"|{_SO_ZH}(?:再|重新|另外?)?(?:画|来|做|生成|出|换|试|要|给我)*(?:{NUMBER_ZH}|几)?(?:新的?)?(?:张|幅|次|遍|个|一下)(?:新的|别的|不同的|其他的)?(?:图|图片|画)?(?P<how_zh>(?:[，,]?(?:\d|步|种子|不要|没有|尺寸|大小|引导|用).*)?)"
    + _END + rf"|{_SO_ZH}(?:重画|重新画|重来|重做|重新生成|再画|再来|换别的)" + _END,
    re.IGNORECASE,
)  # fmt: skip
_YES = re.compile(
    r"^(?!\s*(?:thanks|please)[\s.!]*$)\s*(?:(?:yes|yeah|yep|sure|ok|okay|please|do it|go ahead|do so|of course|draw (?:it|one)?|make (?:it|one)|please do|do|i do|thanks)[\s,.!]*)+"
    r"(?P<how>.*)$|^\s*(?:(?:是的?|对|好的?|要的?|嗯|行|可以|当然|画吧|画|来吧|请画|请|吧)[，,。！!\s]*)+(?P<how_zh>.*)$",
    re.IGNORECASE,
)
_NEW = re.compile(
    r"\b(?:new|anyway|another|fresh|draw|paint|make|different|own)\b.*\b(?:one|ones|it|anyway|picture|image|drawing)\b|^(?:a )?new(?: one)?\b|\bone more\b"
    r"|画一?[张个幅]?新的|新画|还是画|重新画|另画|再画|画新的|新的|重画|画一[张幅]",
    re.IGNORECASE,
)
_PUT = re.compile(
    r"^\s*(?:(?:please|now|and|then|ok|can you|could you)\b[,]?\s*)*(?:(?:put|place|set|move|let|give|dress|surround) (?:him\b|her\b|this\b|that\b|"
    + _ONE
    + ")"
    r"|(?:put|place|add) (?:an?|some|more) )|^(?:now |and )?(?:with|without|in|on|at) (?:an? |the |some )?\w+(?: \w+){0,2}[\s.!]*$"
    r"|^[把将让给](?:它|他|她|这|那|图)|^(?:加|去掉|换成|改成|变成|放到|放在)",
    re.IGNORECASE,
)
_THE_SAME = re.compile(r"\bsame\b|同样|相同", re.IGNORECASE)
_ONE_MORE_LIKE = re.compile(r"\b(?:one|another)(?: more)? (?:like|similar)|一[张幅个]", re.IGNORECASE)
_ONE_MORE = re.compile(r"\b(?:one|another)\b(?! (?:like|of))|再?[来画]?一[张幅个次]", re.IGNORECASE)


@dataclass(frozen=True)
class Wish:
    """What the newest turn wants of pictures."""

    calls: tuple[tuple[str, dict[str, Any]], ...]
    """(tool, arguments) in order; empty when `ask` must be answered first."""
    reason: str
    """Key of `route.*` in the words."""
    ask: str = ""
    """Key of `ask.*`: no such picture is there."""


def wish(situation: Situation, tools: Sequence[str], route: Route) -> Wish | None:
    """The wish of the newest turn; None when the words are to be routed as any others. Only `tools` are called."""
    found = _offered(situation) or _wanted(situation, route)
    return found if found is not None and all(tool in tools for tool, _ in found.calls) else None


def clear(situation: Situation, tools: Sequence[str], route: Route) -> bool:
    """Whether the wish is one that leaves nothing to a language model: undo, the very same again, yes to an offer."""
    found = wish(situation, tools, route)
    return found is not None and not found.ask and found.reason in ("same", "undo", "offer")


def _wanted(situation: Situation, route: Route) -> Wish | None:
    words = situation.words
    if about := product(words):
        return Wish((("generate_image", how(words) | {"about": about}),), "product")
    if not route.plan and (sought := own_picture(words)):
        return Wish((("search", {"query": sought, "modalities": ["image"]}),), "own")
    if situation.attached and not _UNDO.match(words):
        return None
    at = point(words, situation, ("image",))
    if _SAME.search(words) and _DRAWS.search(words) and not _LOOKS.search(words) and not _UNLESS.search(words):
        return Wish((("repeat_image", {"image": at}),), "same") if at and _drawn(at, situation) else _no_picture(words, situation)
    if at is None:
        return None
    last = _last_drawing(situation)
    if _UNDO.match(words) and (last or situation.attached or _pictures_last(situation)):
        return _undo(words, situation)
    if last is not None and _PICK.match(words) and (chosen := pointed(words, situation, ("image",))):
        return Wish((("show_image", {"image": chosen}),), "picked")
    if last is not None and misses(words, situation, ("image",)) and (_PICK.match(words) or _LIKE.search(words)):
        return Wish((), "picked", ask="which_picture")
    if last is not None and not last.offers and _LIKE.search(words) and not _LOOKS.search(words) and _drawn(at, situation):
        return _more_like(words, at, situation)
    if last is not None and _AGAIN.match(words):
        return _again(last, at, situation)
    return _changes(words, situation, route)


def _changes(words: str, situation: Situation, route: Route) -> Wish | None:
    """A change of a picture: of several that are named, or in words ("put it on a beach") that are a change only because one is there."""
    changes = route.plan == ("edit_image",)
    meant = _pictures_last(situation) and (
        (route.plan == ("control_device",) and pointed(words, situation, ("image",))) or (not _sure(route) and _PUT.match(words))
    )
    if not changes and not meant:
        return None
    many = several(words, situation, ("image",))
    if len(many) < 2:
        if changes or misses(words, situation, ("image",)):
            return None  # read like any other change
        many = [str(point(words, situation, ("image",)))]
    wanted = instruction(words)
    kind = {"operation": "upscale"} if enlarges(words) else {}
    return Wish(tuple([("edit_image", {"instruction": wanted, "image": one} | kind) for one in many]), "change") if wanted else None


def _sure(route: Route) -> bool:
    return bool(route.plan) and route.candidates[0].score >= 0.75


def _offered(situation: Situation) -> Wish | None:
    """The drawing that the turn before offered, when this one takes it."""
    before = situation.previous_outcomes[-1] if situation.previous_outcomes else None
    if before is None or before.tool != "generate_image" or not before.offers or situation.attached:
        return None
    words = situation.words
    yes = _YES.match(words)
    more = (yes["how"] or yes["how_zh"] or "") if yes else ""
    if (
        (yes and (not more.strip(" .!。！") or how(more) or _NEW.search(more)))
        or (_NEW.search(words) and len(words.split()) < 9)
        or _AGAIN.match(words)
    ):
        kept = {key: value for key, value in before.arguments.items() if key != "new"}
        return Wish((("generate_image", kept | how(words) | {"new": True}),), "offer")
    return None


def _no_picture(words: str, situation: Situation) -> Wish | None:
    """The very same again, of nothing: asked back when the words speak of a picture, else not about pictures at all."""
    speaks = re.search(
        r"\b(?:picture|image|drawing|draw|paint|bit[- ](?:for|by)[- ]bit|byte[- ](?:for|by)[- ]byte)\b|[画图张幅]", words, re.I
    )
    return Wish((("repeat_image", {"image": ""}),), "same", ask="repeat_image") if speaks else None


def _undo(words: str, situation: Situation) -> Wish:
    """The picture the conversation is at before its last changes; every one that the last turn changed."""
    before = [o for o in situation.previous_outcomes if o.tool == "edit_image" and o.shown]
    pictures = [str(o.shown[0]["handle"]) for o in before] if len(before) > 1 else [str(point("", situation, ("image",)))]
    steps = _STEPS_BACK.search(words)
    many = int(number(steps[1] or steps[2]) or 1) if steps else 1
    wanted: dict[str, Any] = {"original": True} if _ORIGINAL.search(words) else {"back": min(many, 50)}
    return Wish(tuple([("show_image", {"image": one} | wanted) for one in pictures]), "undo")


def _more_like(words: str, at: str, situation: Situation) -> Wish:
    """Variations, as many as said; else as many as there were to choose from."""
    many = how_many(words) or _more(words)
    sheet = next((len(o.shown) for turn in reversed(situation.turns) for o in turn.outcomes if any(s["handle"] == at for s in o.shown)), 1)
    many = many or (min(sheet, _MOST) if _MORE.search(words) and not _ONE_MORE_LIKE.search(words) else 1)
    wanted = _UNLESS.split(words, maxsplit=1)[1].strip(" ,，.。!") if _UNLESS.search(words) else ""
    arguments: dict[str, Any] = {"image": at, "operation": "variation"} | ({"instruction": wanted} if wanted else {})
    return Wish((("edit_image", arguments | ({"n": min(many, 8)} if many > 1 else {})),), "like")


def _more(words: str) -> int:
    """`four more`, `再来四张`: how many more are wanted, 0 when no number is said."""
    return int(how(words).get("n", 0))


def _again(last: Outcome, at: str, situation: Situation) -> Wish:
    """What was drawn or varied last, once more with another seed and what is said otherwise; "the same but" keeps the seed."""
    words = situation.words
    changed = how(words)
    same = bool(_THE_SAME.search(words))
    if same and not changed:
        return Wish((("repeat_image", {"image": at}),), "same")
    kept = {key: value for key, value in last.arguments.items() if key not in ("seed", "new")}
    if _ONE_MORE.search(words):
        kept.pop("n", None)
    if last.tool == "edit_image":
        allowed = {key: value for key, value in changed.items() if key in ("n", "seed", "steps", "guidance")}
        kept["image"] = kept.get("image") or next(
            (t.before for t in situation.media if last.shown and t.handle == last.shown[0]["handle"]), ""
        )
        if kept.get("operation", "change") == "change":
            allowed.setdefault("seed", _fresh(situation))
        return Wish((("edit_image", kept | allowed),), "again")
    seed = next((s["recipe"]["seed"] for s in last.shown if same and s["handle"] == at and s.get("recipe")), None)
    kept |= {"seed": seed} if seed is not None else {}
    return Wish((("generate_image", kept | changed | {"new": True}),), "again")


def _fresh(situation: Situation) -> int:
    """A seed that another turn would not have, and this one always has."""
    return zlib.crc32(f"{situation.identity}{len(situation.turns)}{situation.words}".encode())


def _drawn(handle: str, situation: Situation) -> bool:
    return any(thing.handle == handle and thing.drawn for thing in situation.media)


def _last_drawing(situation: Situation) -> Outcome | None:
    """What the last turn that used a tool drew or changed; None when it used another tool. What only shows or looks leaves it as it was."""
    for turn in reversed(situation.turns):
        for outcome in reversed(turn.outcomes):
            if outcome.tool in ("show_image", "look"):
                continue
            if outcome.tool not in ("generate_image", "edit_image", "repeat_image"):
                return None
            if outcome.tool != "repeat_image" and not outcome.failed:
                return outcome
    return None


def _pictures_last(situation: Situation) -> bool:
    """Whether the last turn that brought or used anything was about pictures."""
    for turn in reversed(situation.turns):
        if turn.outcomes:
            return any(o.tool in ("generate_image", "edit_image", "repeat_image", "show_image", "look") for o in turn.outcomes)
        if turn.attached:
            return any(thing.modality == "image" for thing in turn.attached)
    return False


def routed(route: Route, found: Wish, words: str, language: str) -> Route:
    """`route` with the steps of the wish, and the reason for it."""
    plan = tuple(tool for tool, _ in found.calls) or route.plan
    if not plan:
        return route
    reason = say("assistant", language, f"route.{found.reason}")
    first = [Candidate(tool=tool, score=1.0, reason=reason, cost=COSTS.get(tool, "fast")) for tool in dict.fromkeys(plan)]
    rest = (c for c in route.candidates if c.tool not in plan)
    steps = tuple(Step(tool=tool, words=words) for tool in plan)
    return Route(candidates=(*first, *rest), plan=plan, intent=plan[0], steps=steps)
