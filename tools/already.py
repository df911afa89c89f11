"""Already: what the library holds for a request to draw something. Precise rather than eager: what is not surely it is not named.

Pictures drawn here from the same words come first. Else other pictures count when the search finds them likely and the judge is sure that
they show each thing in its colour; a request with a setting, a number, places or a style is more than the judge can tell, so that only
the same words answer it. Draws nothing and shows nothing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from retrieval.faults import Fault
from retrieval.items import Hit, Recipe
from retrieval.library import Query
from tools.base import ToolContext
from tools.judge import Judge
from tools.keeping import PICTURES
from tools.kit import Kit
from tools.search import LIKELY, marked
from tools.shapes.prompt import Plan, read
from tools.shapes.tokens import style_of

MOST = 4
DEPTH = 40
"""Generated pictures whose words are compared."""
JUDGED = 6
"""Pictures that the judge looks at, the likeliest first."""
SURE = 0.8
"""Chance by the judge from which a picture is said to be what was asked for. On pictures that nothing was fitted to, half of the right
drawings pass and 68 % of the right photographs; with a wrong noun 0 and 1.3 %, the nearest other noun 3.2 and 1.3 %, no wrong colour.
"""
AGREED = 0.3
"""The same where the picture's own name says so too."""


def find(kit: Kit, context: ToolContext, prompt: str) -> list[Hit]:
    """At most `MOST` pictures that are there already, best first; none is the usual answer. Raises NotFound for an unknown collection."""
    made = _from_the_same_words(kit, context, prompt)
    return [marked(hit, context.language) for hit in (made or _that_show_it(kit, context, prompt))[:MOST]]


def _from_the_same_words(kit: Kit, context: ToolContext, prompt: str) -> list[Hit]:
    """Pictures drawn here, and not changed since, from words that mean the same."""
    drawn = [c.id for c in kit.library.collections(context.owner) if c.name == PICTURES]
    if not drawn:
        return []
    query = Query(
        owner=context.owner, text=prompt, modalities=("image",), filter="generated = true", k=DEPTH,
        collections=tuple(dict.fromkeys((*context.collections, *drawn))),
    )  # fmt: skip
    found = []
    for hit in kit.library.search(query):
        recipe = _recipe(kit, context, hit)
        if recipe is not None and _drawn_as_told(recipe) and same_request(prompt, recipe.prompt) and not hit.item.metadata.get("doubtful"):
            score = hit.item.metadata.get("score")
            found.append(hit.model_copy(update={"probability": float(score) if isinstance(score, int | float) else hit.probability}))
    return sorted(found, key=lambda hit: -hit.probability)


def _that_show_it(kit: Kit, context: ToolContext, prompt: str) -> list[Hit]:
    """Other pictures of the collections of the turn, looked at."""
    plan = read(prompt)
    if not _can_be_judged(plan) or style_of(prompt):
        return []
    query = Query(owner=context.owner, text=prompt, modalities=("image",), k=2 * JUDGED, collections=context.collections)
    hits = [hit for hit in kit.library.search(query) if hit.probability >= LIKELY and not _other_words(kit, context, hit)]
    likely = [hit for hit in hits if named(hit.item.title, plan) != "other"][:JUDGED]
    pictures = [(hit, kit.library.item_content(hit.item.id, context.owner)) for hit in likely]
    there = [(hit, content) for hit, content in pictures if content is not None]
    context.check()
    verdicts = Judge(kit.library).look(prompt, [content for _, content in there], context.language)
    sure = [
        hit.model_copy(update={"probability": verdict.chance}) for (hit, _), verdict in zip(there, verdicts, strict=True)
        if verdict.chance is not None and verdict.chance >= (AGREED if named(hit.item.title, plan) == "same" else SURE)
    ]  # fmt: skip
    return sorted(sure, key=lambda hit: -hit.probability)


def named(title: str, plan: Plan) -> Literal["same", "other", "unknown"]:
    """What the name of a file says of the things that are asked for: it names them, in their colours; others; or nothing that is known."""
    told = {group.thing: set(group.colours) for group in read(re.sub(r"[_\W\d]+", " ", Path(title).stem)).groups}
    wanted = {group.thing: set(group.colours) for group in plan.groups}
    if not told:
        return "unknown"
    if not wanted.keys() <= told.keys() or any(told[thing] and colours and not colours & told[thing] for thing, colours in wanted.items()):
        return "other"
    return "same" if all(colours <= told[thing] for thing, colours in wanted.items()) else "unknown"


def same_request(one: str, other: str) -> bool:
    """Whether two prompts ask for the same: the same words, or the same things, colours, places and setting in other words."""
    if " ".join(one.lower().split()) == " ".join(other.lower().split()):
        return True
    plan = read(one)
    return bool(plan.groups) and plan == read(other) and style_of(one) == style_of(other)


def _can_be_judged(plan: Plan) -> bool:
    told = plan.scene or plan.time or plan.background or plan.texts or plan.unknown
    plain = all(group.count == 1 and group.size == 1.0 and not (group.relation or group.place) for group in plan.groups)
    return plain and not told and 1 <= len(plan.groups) <= 2


def _recipe(kit: Kit, context: ToolContext, hit: Hit) -> Recipe | None:
    try:
        return kit.library.file(hit.item.parent or "", context.owner).recipe
    except Fault:
        return None


def _drawn_as_told(recipe: Recipe) -> bool:
    """The picture is what its prompt says: nothing was changed, nothing left out."""
    return recipe.operation == "generate" and not (recipe.parents or recipe.parameters.get("edits") or recipe.negative_prompt)


def _other_words(kit: Kit, context: ToolContext, hit: Hit) -> bool:
    """Drawn here from its own words, which are not these: a wolf that looks like a dog is a wolf."""
    recipe = _recipe(kit, context, hit) if hit.item.metadata.get("generated") else None
    return recipe is not None and _drawn_as_told(recipe)
