"""Replan: an instruction changes a plan ("make it green", "add a hat", "remove the sun"). Knows no pixel.

Returns None for an instruction that is not about the things of the plan; the caller then tries it on the pixels.
"""

from __future__ import annotations

import re

from tools.shapes import words as w
from tools.shapes.prompt import WORN, Group, Plan, read
from tools.shapes.tokens import Token, tokens
from tools.shapes.vocabulary import things

_REMOVE = re.compile(
    r"\b(remove|delete|erase|take away|take out|get rid of|drop|without|no)\b|去掉|删除|移除|删掉|去除|拿走|不要|擦掉", re.I
)
_ADD = re.compile(r"\b(add|put|place|include|insert|give|draw also|also draw|draw)\b|添加|加上|加入|增加|加|放|再画|画上|给", re.I)
_REPLACE = re.compile(
    r"(?:replace|swap)\s+(?P<a>.+?)\s+(?:with|by|for)\s+(?P<b>.+)|(?:turn|change)\s+(?P<c>.+?)\s+(?:in)?to\s+(?P<d>.+)"
    r"|[把将](?P<e>.+?)(?:换成|变成|改成|换为)(?P<f>.+)", re.I,
)  # fmt: skip
_BIGGER = re.compile(r"\b(bigger|larger|enlarge|grow)\b|更大|大一点|大一些|变大|放大", re.I)
_SMALLER = re.compile(r"\b(smaller|shrink|tinier)\b|更小|小一点|小一些|变小|缩小", re.I)
_PLACES = "beach|night|room|road|field|garden|park|forest|lake|river|farm|street|island|meadow|kitchen"
_ANOTHER = re.compile(rf"\b(an?|another|one|two|three|more|second|some)\s+(?!{_PLACES})|[一两三]|再|加", re.I)
_THEM = re.compile(r"\b(of them|of it|of these|make (it|them)|instead)\b|变成|改成|画成", re.I)


def change(plan: Plan, instruction: str) -> tuple[Plan, str] | None:
    """The changed plan and the name of the operation, or None when the instruction is not about the plan."""
    found = tokens(instruction)
    for rule in (_replaced, _removed, _scaled, _placed, _added, _set_background, _counted, _recoloured, _moved):
        result = rule(plan, instruction, found)
        if result is not None and result[0] != plan:
            return result
    return None


def _targets(plan: Plan, found: list[Token]) -> list[int]:
    """Groups of the plan that the tokens name, first named first."""
    named = [t.value for t in found if t.kind == "thing"]
    return [n for name in named for n, g in enumerate(plan.groups) if g.thing == name]


def strangers(plan: Plan, found: list[Token]) -> list[str]:
    """What the tokens name that is not in the plan: other things, and words without a meaning here."""
    here = {g.thing for g in plan.groups}
    others = [t.words for t in found if t.kind == "thing" and t.value not in here]
    return others + [t.words for t in found if t.kind == "unknown" and t.words.lower() not in w.EDIT_WORDS]


def _with(plan: Plan, index: int, **values: object) -> Plan:
    groups = list(plan.groups)
    groups[index] = groups[index].model_copy(update=values)
    return plan.model_copy(update={"groups": tuple(groups)})


def without(plan: Plan, gone: set[int]) -> Plan:
    """The plan without some groups; what stood on them stands free."""
    keep = [n for n in range(len(plan.groups)) if n not in gone]
    place = {old: new for new, old in enumerate(keep)}
    groups = []
    for old in keep:
        group = plan.groups[old]
        anchor = None if group.anchor is None else place.get(group.anchor)
        groups.append(group.model_copy(update={"anchor": anchor, "relation": "" if anchor is None else group.relation}))
    return plan.model_copy(update={"groups": tuple(groups)})


def _replaced(plan: Plan, instruction: str, found: list[Token]) -> tuple[Plan, str] | None:
    match = _REPLACE.search(instruction)
    if match is None:
        return None
    old = next(match[k] for k in ("a", "c", "e") if match[k])
    new = next(match[k] for k in ("b", "d", "f") if match[k])
    wanted, targets = read(new), _targets(plan, tokens(old))
    if not targets and len(plan.groups) == 1 and re.search(r"\b(it|this|that)\b|它|这", old):
        targets = [0]
    if not wanted.groups or not targets:
        return None
    fresh = wanted.groups[0]
    same = plan.groups[targets[0]]
    kept = {"thing": fresh.thing, "colours": fresh.colours, "size": fresh.size, "count": fresh.count if fresh.count > 1 else same.count}
    return _with(plan, targets[0], **kept), "replace"


def _removed(plan: Plan, instruction: str, found: list[Token]) -> tuple[Plan, str] | None:
    if not _REMOVE.search(instruction):
        return None
    if any(t.kind == "background" for t in found):
        return plan.model_copy(update={"background": "white", "scene": "", "time": ""}), "background"
    if plan.texts and re.search(r"\b(text|words?|writing|caption)\b|文字|字", instruction, re.I):
        return plan.model_copy(update={"texts": ()}), "remove"
    targets = _targets(plan, found)
    if targets and len(set(targets)) < len(plan.groups):
        return without(plan, set(targets)), "remove"
    return None


def _scaled(plan: Plan, instruction: str, found: list[Token]) -> tuple[Plan, str] | None:
    factor = 1.4 if _BIGGER.search(instruction) else 0.65 if _SMALLER.search(instruction) else 0.0
    if not factor or not plan.groups:
        return None
    named = _targets(plan, found)
    if not named and strangers(plan, found):
        return None
    for index in named or range(len(plan.groups)):
        plan = _with(plan, index, size=max(0.3, min(2.5, plan.groups[index].size * factor)))
    return plan, "bigger" if factor > 1 else "smaller"


def _placed(plan: Plan, instruction: str, found: list[Token]) -> tuple[Plan, str] | None:
    """A known thing goes to a new place: "put the dog on a beach". Who says "put a dog on the beach" wants one more."""
    wanted = read(instruction)
    here = {g.thing for g in plan.groups}
    if not (wanted.scene or wanted.time) or any(g.thing not in here or g.anchor is not None for g in wanted.groups):
        return None
    if _ANOTHER.search(instruction) and wanted.groups:
        return None
    scene = wanted.scene or plan.scene
    return plan.model_copy(update={"background": "", "scene": scene, "time": wanted.time or plan.time}), "background"


def _added(plan: Plan, instruction: str, found: list[Token]) -> tuple[Plan, str] | None:
    if not _ADD.search(instruction):
        return None
    wanted = read(_ADD.sub(" ", instruction, count=1))
    if wanted.texts:
        plan = plan.model_copy(update={"texts": (*plan.texts, *wanted.texts)[:3]})
    known = {g.thing: n for n, g in enumerate(plan.groups)}
    place = {n: known[g.thing] for n, g in enumerate(wanted.groups) if g.thing in known and _is_anchor(wanted.groups, n)}
    if wanted.groups and len(place) == len(wanted.groups):
        return None
    groups = list(plan.groups)
    for n, group in enumerate(wanted.groups):
        if n not in place:
            place[n] = len(groups)
            groups.append(group)
    for n, group in enumerate(wanted.groups):
        if place[n] >= len(plan.groups):
            groups[place[n]] = _seated(group, place, groups, len(plan.groups))
    if not wanted.groups and not wanted.texts:
        return None
    return plan.model_copy(update={"groups": tuple(groups[:12])}), "add"


def _is_anchor(groups: tuple[Group, ...], index: int) -> bool:
    """True when another of the new groups stands to this one ("a hat on the cat")."""
    return any(g.anchor == index for g in groups)


def _seated(group: Group, place: dict[int, int], groups: list[Group], old: int) -> Group:
    """A new group tied to what it was asked to stand to; a hat finds a head by itself."""
    if group.anchor is not None:
        anchor = place[group.anchor]
        relation = "wears" if group.thing in WORN and things()[groups[anchor].thing].head else group.relation
        return group.model_copy(update={"anchor": anchor, "relation": relation})
    if group.thing in WORN:
        heads = [n for n, g in enumerate(groups[:old]) if things()[g.thing].head]
        if heads:
            return group.model_copy(update={"anchor": heads[0], "relation": "wears"})
    return group


def _set_background(plan: Plan, instruction: str, found: list[Token]) -> tuple[Plan, str] | None:
    wanted = read(instruction)
    if wanted.background:
        return plan.model_copy(update={"background": wanted.background, "scene": "", "time": ""}), "background"
    colours = [t.value for t in found if t.kind == "colour"]
    if any(t.kind == "background" for t in found) and colours:
        return plan.model_copy(update={"background": colours[0], "scene": "", "time": ""}), "background"
    if re.search(r"\b(day ?time|by day|daylight)\b|白天", instruction, re.I):
        return plan.model_copy(update={"background": "", "time": ""}), "background"
    return None


def _counted(plan: Plan, instruction: str, found: list[Token]) -> tuple[Plan, str] | None:
    numbers = [int(t.value) for t in found if t.kind == "count" and t.words not in ("a", "an", "one", "一")]
    targets = _targets(plan, found)
    if not numbers or not plan.groups or not (targets or _THEM.search(instruction) or len(found) <= 3):
        return None
    return _with(plan, targets[0] if targets else 0, count=max(1, min(9, numbers[0]))), "count"


def _recoloured(plan: Plan, instruction: str, found: list[Token]) -> tuple[Plan, str] | None:
    colours = tuple(t.value for t in found if t.kind == "colour")[:2]
    if not colours or not plan.groups:
        return None
    targets = _targets(plan, found)
    if not targets and strangers(plan, found):
        return None
    index = targets[0] if targets else 0
    old = plan.groups[index].colours
    parts = [w.PARTS.get(t.words, "") for t in found if t.kind == "part"]
    if "accent" in parts:
        return _with(plan, index, colours=(old[0] if old else "", colours[0])), "recolour"
    if re.search(r"\b(all|everything|both|every)\b|全部|所有|都", instruction, re.I):
        for n in range(len(plan.groups)):
            plan = _with(plan, n, colours=colours)
        return plan, "recolour"
    return _with(plan, index, colours=(*colours, *old[len(colours) : 2])), "recolour"


def _moved(plan: Plan, instruction: str, found: list[Token]) -> tuple[Plan, str] | None:
    wanted = read(instruction)
    names = {g.thing: n for n, g in enumerate(plan.groups)}
    for group in wanted.groups:
        if group.thing not in names:
            continue
        index = names[group.thing]
        if group.anchor is not None and wanted.groups[group.anchor].thing in names:
            anchor = names[wanted.groups[group.anchor].thing]
            if plan.groups[anchor].anchor != index and anchor != index:
                return _with(plan, index, relation=group.relation, anchor=anchor), "move"
        if group.place:
            return _with(plan, index, place=group.place, relation="", anchor=None), "move"
    side = re.search(r"\b(left|right|top)\b|左|右|上", instruction, re.I)
    targets = _targets(plan, found)
    if side and targets and re.search(r"\b(move|put|shift|place)\b|移|放", instruction, re.I):
        place = {"左": "left", "右": "right", "上": "top"}.get(side[0], side[0].lower())
        return _with(plan, targets[0], place=place, relation="", anchor=None), "move"
    return None
