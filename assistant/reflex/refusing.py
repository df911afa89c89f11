"""Refusing: what is said when nothing that was found answers, with what came closest. Knows hits, no question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.reflex.hits import Hit
from assistant.reflex.summaries import without_verdict
from retrieval.catalogue import say
from retrieval.form_items import KEY_FIELDS, fields_told

NEAR = 0.015
"""Least calibrated probability of a find that a refusal names as the closest: the best of a collection about other things is not close."""
BRIEF = 220
"""Characters of what came closest that a refusal shows: most curated answers are shorter, and often it is what was meant."""
_TOLD = ("title", "text", "modality")


@dataclass(frozen=True)
class Answer:
    """What to say."""

    text: str
    refused: bool = False


def first_told(answers: Iterable[Answer]) -> Answer:
    """The first answer that is no refusal, made only when it is needed; the last refusal when there is none. Raises ValueError for none."""
    answer: Answer | None = None
    for answer in answers:
        if not answer.refused:
            break
    if answer is None:
        raise ValueError("no answers")
    return answer


def refusal(hits: Sequence[Hit], language: str, collections: Sequence[dict[str, Any]]) -> Answer:
    """Says what was searched and shows the closest find, without a mark: it is no evidence."""
    places = say("assistant", language, "refuse.joint").join(_collection(c, language) for c in collections)
    waiting = sum(int(c.get("waiting") or 0) for c in collections)
    if waiting:
        return Answer(say("assistant", language, "refuse.reading", collections=places, count=waiting), True)
    if collections and all("items" in c and int(c["items"] or 0) == 0 for c in collections):
        return Answer(say("assistant", language, "refuse.empty", collections=places), True)
    said = say("assistant", language, "refuse.searched", collections=places) if places else say("assistant", language, "refuse.nowhere")
    told = [hit for hit in hits if hit.item["modality"] == "text"] or hits  # a picture is close only where pictures were asked for
    near = next((hit for hit in told if hit.probability >= NEAR), None)
    if near is not None:
        said += ("" if language == "zh" else " ") + say("assistant", language, "refuse.closest", closest=_brief(near))
    return Answer(said, True)


def closest_hits(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The finds that a tool turned down (`data["closest"]` of its result), in the shape of evidence, to be named in the refusal."""
    return [
        {"number": 0, "hit": {"probability": c.get("probability"), "item": {"id": c.get("item_id", ""), **{k: c.get(k) for k in _TOLD}}}}
        for c in data.get("closest") or ()
    ]


def _collection(info: dict[str, Any], language: str) -> str:
    if "items" not in info:
        return f"“{info.get('name', '')}”"
    items = int(info["items"] or 0)
    return say("assistant", language, "refuse.one_item" if items == 1 else "refuse.collection", name=info.get("name", ""), items=items)


def _brief(hit: Hit) -> str:
    """What it says, and where; a curated answer without its yes or no, which is to another question."""
    text = fields_told(hit.text) if hit.metadata.get(KEY_FIELDS) else " ".join(hit.text.split())
    if text != hit.title:
        text = without_verdict(text.removeprefix(hit.title).strip())
    short = text if len(text) <= BRIEF else text[:BRIEF].rsplit(" ", 1)[0] + "…"
    return f"“{short}” ({hit.title})" if short and short != hit.title else f"“{hit.title}”"
