"""search: finds passages, pictures and sounds in the person's collections by words. Knows the library, phrases no answer itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

from retrieval.content import Modality
from retrieval.items import Hit, Locator
from retrieval.labels import named_in
from retrieval.library import Query
from tools.base import Evidence, Shown, Tool, ToolContext, ToolResult
from tools.curated import curated
from tools.kit import Kit
from tools.media import show_item
from tools.phrasing import listed, tell

WORTH_READING = 0.03
"""Calibrated probability from which passages go to the chat model, whose reader decides whether they answer. On XQuAD (70 paragraphs,
English) no answerable question is lost here, and 59 % of questions about other paragraphs still pass; at 0.5 it would be 19 % and 9 %."""
WORTH_SHOWING = 0.25
"""Probability from which a picture or sound is shown: nothing after this tool checks it."""
CERTAIN, LIKELY = 0.85, 0.5
"""Probability of the best hit from which found media are told as found, and from which as likely; below it is not sure."""
_QUOTED = 700
_SHOWN = 8
MOST_ROWS = 60
"""Rows of tables that are handed over to be compared, those that fit the words best."""
_WIDE = 200
"""Hits among which those rows are looked for."""


_ANYTHING = re.compile(
    r"(?:(?:(?:do|did) (?:you|we) (?:have|sell|stock|carry)|have you(?: got)?|(?:is|are) there|i (?:want|need)|can i (?:buy|get))\s+)?"
    r"(?:(?:list|show|find|give|get|me|us|all|every|any|some|of|the|your|my|our|what|which|kinds?|a|list)\s+)*"
    r"(?:products?|items?|things?|articles?|goods|something|anything|everything|stuff)"
    r"(?:\s+(?:do you|you|there|is|are|we|have|sell|that|which|costs?|priced))*"
    r"|(?:你们|列出|找|看看|给我|所有|全部|哪些|什么|一些|没有|的|有|卖)*(?:商品|产品|东西|货品)(?:有哪些|吗)?", re.IGNORECASE,
)  # fmt: skip


def asks_for_anything(query: str) -> bool:
    """Whether the words name no kind of thing: with a condition everything that meets it is meant, as in "all products under 50 euros"."""
    return bool(_ANYTHING.fullmatch(query.strip(" ?.!？。！")))


class SearchArguments(BaseModel):
    """What to look for."""

    query: str = Field(min_length=1, max_length=2000, description="What to look for, in the person's words; a whole question works best.")
    modalities: list[Modality] = Field(
        default_factory=list,
        max_length=5,
        description="Only these kinds, e.g. ['image'] for pictures, ['audio'] for sounds; empty for everything.",
    )
    filter: str = Field(
        default="", max_length=500, description='Condition on metadata, e.g. price < 60 and category = "jackets"; empty for none.'
    )
    k: int = Field(default=5, ge=1, le=20, description="How many results at most.")
    rows: bool = Field(
        default=False, description="All rows of tables too, not only the best: to compare, rank, count or list things, e.g. the cheapest."
    )


class SearchTool(Tool):
    """Cross-modal retrieval."""

    name = "search"
    description = (
        "Search the person's own documents, pictures and sounds. Use it for every question about facts, products, policies or files, "
        "and to find pictures or sounds by a description."
    )
    arguments = SearchArguments
    cost = "fast"
    effect = "reads"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def run(self, args: SearchArguments, context: ToolContext) -> ToolResult:
        """Numbered passages, or the media that were asked for. `refused` when nothing is probable enough."""
        context.check()
        if not args.filter and not args.modalities and (told := curated(self._kit, context, args.query)) is not None:
            return told
        hits = self._kit.library.search(
            Query(
                owner=context.owner,
                text=args.query,
                modalities=tuple(args.modalities),
                filter=args.filter,
                k=args.k,
                collections=context.collections,
            )
        )
        rows = self._rows(args, context) if args.rows else []
        return present(
            self._kit, context, hits, subject=args.query, media_wanted=bool(args.modalities) and "text" not in args.modalities,
            all_fit=bool(args.filter) and asks_for_anything(args.query), rows=rows,
        )  # fmt: skip

    def _rows(self, args: SearchArguments, context: ToolContext) -> list[Hit]:
        """Rows of tables, those that fit the words best first. A table is often not in the language of the question."""
        found: dict[str, Hit] = {}
        asked = dict.fromkeys((args.query, " ".join(named_in(args.query)[0]) or args.query))
        for text in asked:
            query = Query(
                owner=context.owner, text=text, modalities=("text",), filter=args.filter, k=_WIDE, collections=context.collections
            )
            for hit in self._kit.library.search(query):
                if hit.item.locator.row is not None and not hit.item.metadata.get("faq"):
                    before = found.get(hit.item.id)
                    found[hit.item.id] = hit if before is None or hit.score > before.score else before
        return sorted(found.values(), key=lambda hit: -hit.score)[:MOST_ROWS]


def present(
    kit: Kit, context: ToolContext, hits: list[Hit], *, subject: str, media_wanted: bool, show_from: float = WORTH_SHOWING,
    all_fit: bool = False, rows: Sequence[Hit] = (),
) -> ToolResult:  # fmt: skip
    """Hits as a result: supported ones numbered and shown, or a refusal with the closest ones. `all_fit`: only the filter was asked for.

    `rows` are handed over behind them, however likely they are: whoever reads them compares them.
    """
    hits = [marked(hit, context.language) for hit in hits]
    good = [hit for hit in hits if all_fit or hit.probability >= (show_from if media_wanted else WORTH_READING)]
    if not media_wanted and hits and good:
        # The chance is that of being the answer, which one passage takes from the next: what follows a good one may complete it.
        good = hits
    if not good and not rows:
        return _refusal(context, hits, subject)
    closest = {} if good else {"closest": _closest(hits)}
    known = {hit.item.id for hit in good}
    pieces = [context.cite(hit) for hit in (*good, *(row for row in rows if row.item.id not in known))]
    shown: list[Shown] = []
    for piece in pieces:
        context.check()
        visible = piece.hit.item.modality in ("image", "audio", "video") and piece.hit.probability >= show_from
        if visible and len(shown) < _SHOWN:
            medium = show_item(kit, context, piece.hit, caption(piece.hit, context.language))
            if medium is not None:
                shown.append(medium)
    lines = [passage(piece, context.language) for piece in pieces]
    answer = _listing(context.language, pieces) if media_wanted else ""
    data = {"results": [_row(piece) for piece in pieces], "query": subject} | closest
    return ToolResult(text="\n\n".join(lines), answer=answer, evidence=tuple(pieces), shown=tuple(shown), data=data)


def passage(piece: Evidence, language: str) -> str:
    """One numbered passage as the chat model reads it."""
    item = piece.hit.item
    place = where(item.locator, language)
    head = f"[{piece.number}] {item.title or item.modality}" + (f" ({place})" if place else "")
    extra = ", ".join(f"{k}: {v}" for k, v in sorted(item.metadata.items()) if isinstance(v, str | int | float) and len(str(v)) <= 60)
    body = " ".join(item.text.split())
    if len(body) > _QUOTED:
        body = body[:_QUOTED].rsplit(" ", 1)[0] + " …"
    return "\n".join(part for part in (head, body, extra if item.metadata and item.modality != "text" else "") if part)


def where(locator: Locator, language: str) -> str:
    """The place in the source, in words."""
    if locator.page is not None:
        return tell(language, "place.page", page=locator.page)
    if locator.time_span is not None:
        start, end = locator.time_span
        return tell(language, "place.time", start=f"{start:.1f}", end=f"{end:.1f}")
    if locator.row is not None:
        return tell(language, "place.row", row=locator.row)
    return ""


def marked(hit: Hit, language: str) -> Hit:
    """The hit; a picture that was made here says so in its title, and so in its citation."""
    item, mark = hit.item, tell(language, "search.made_here", title="")
    if not item.metadata.get("generated") or item.title.endswith(mark):
        return hit
    return hit.model_copy(update={"item": item.model_copy(update={"title": f"{item.title}{mark}"})})


def caption(hit: Hit, language: str) -> str:
    """Title and first words of a found medium, and whether it was made here."""
    item = hit.item
    prompt = item.metadata.get("prompt")
    if isinstance(prompt, str) and prompt:
        made = bool(item.metadata.get("generated"))
        return tell(language, "search.made_here", title=prompt[:120]) if made else prompt[:120]
    return item.title or " ".join(item.text.split())[:120]


def _listing(language: str, pieces: list[Evidence]) -> str:
    """A finished sentence that names what was found, and how sure that is."""
    names = listed((f"{caption(p.hit, language)} [{p.number}]" for p in pieces[:_SHOWN]), language)
    best = max(piece.hit.probability for piece in pieces)
    key = "found" if best >= CERTAIN else "likely" if best >= LIKELY else "unsure"
    return tell(language, f"search.{key}_one" if len(pieces) == 1 else f"search.{key}", count=len(pieces), names=names)


def _refusal(context: ToolContext, hits: list[Hit], subject: str) -> ToolResult:
    """Nothing is good enough: say so and keep the closest for the person to judge."""
    closest = _closest(hits)
    text = tell(
        context.language,
        "search.nothing_closest" if closest else "search.nothing",
        subject=subject[:120],
        closest=_titles(closest, context.language),
    )
    return ToolResult(text=text, refused=True, data={"closest": closest, "query": subject})


def _closest(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """What came nearest, for a refusal to name."""
    return [
        {
            "item_id": h.item.id, "title": h.item.title, "modality": h.item.modality, "text": " ".join(h.item.text.split())[:200],
            "probability": round(h.probability, 4), "file_id": h.item.parent,
        }
        for h in hits[:3]
    ]  # fmt: skip


def _titles(closest: list[dict[str, Any]], language: str) -> str:
    return listed(dict.fromkeys(str(c["title"] or c["modality"]) for c in closest), language)


def _row(piece: Evidence) -> dict[str, Any]:
    item = piece.hit.item
    return {
        "number": piece.number, "item_id": item.id, "title": item.title, "modality": item.modality, "file_id": item.parent,
        "probability": round(piece.hit.probability, 4), "locator": item.locator.model_dump(exclude_none=True),
        "generated": bool(item.metadata.get("generated")),
    }  # fmt: skip


def create(kit: Kit) -> SearchTool:
    """The tool."""
    return SearchTool(kit)
