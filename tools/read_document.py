"""read_document: reads one attached document: answers with its passages, sums it up, or shows a page. Phrases no answer itself."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence

from pydantic import BaseModel, Field

from retrieval.content import Content
from retrieval.faults import InvalidInput, Unreadable
from retrieval.form_items import KEY_FIELDS, fields_told
from retrieval.items import Draft, Hit, Item
from tools.base import Evidence, Media, Tool, ToolContext, ToolResult
from tools.kit import Kit
from tools.media import resolve
from tools.phrasing import tell
from tools.ranking import rank
from tools.search import passage

_SUMMARY = re.compile(
    r"\b(summar\w*|overview|gist|outline|tl;?dr|sum (it|this|that) up|key points?|main (points?|ideas?)|what('s| is) (it|this|that|"
    r"(this|the) (document|file|pdf)) about|what does (it|this|(the|this) document) say|abstract)\b"
    r"|总结|概括|摘要|概述|概要|要点|大意|主要内容|讲(了|的是)?什么|说(了|的是)?什么|关于什么",
    re.IGNORECASE,
)
_PAGE = re.compile(r"\bpage\s*(\d{1,4})\b|第\s*(\d{1,4})\s*页", re.IGNORECASE)
_SENTENCE = re.compile(r".+?(?:[.!?](?=\s|$)|[。！？]|$)", re.DOTALL)
ENOUGH = 0.25
"""Share of the question's information that the best passage must cover."""
_PASSAGES, _POINTS = 5, 8


class ReadDocumentArguments(BaseModel):
    """What to ask of which document."""

    question: str = Field(min_length=1, max_length=1000, description="The question in the person's words; 'summarize' for a summary.")
    document: str = Field(default="", max_length=200, description="Handle (file_1), file id or item id; empty for the newest document.")
    page: int | None = Field(default=None, ge=1, le=10_000, description="Only this page, counted from 1; leave out for all.")


class ReadDocumentTool(Tool):
    """Questions about one document."""

    name = "read_document"
    description = (
        "Read a document that the person attached (PDF, Word, slides, table, text): answer a question from it, sum it up, or read a page."
    )
    arguments = ReadDocumentArguments
    cost = "moderate"
    effect = "reads"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._lock = threading.Lock()
        self._read: OrderedDict[str, tuple[Draft, ...]] = OrderedDict()

    def run(self, args: ReadDocumentArguments, context: ToolContext) -> ToolResult:
        """Numbered passages with page and box. `refused` when no passage bears on the question."""
        media, content = resolve(self._kit, context, args.document, "file", "text")
        context.check()
        drafts = self._drafts(content)
        context.check()
        page = args.page or _page_in(args.question)
        if page is not None:
            drafts = _of_page(drafts, page, context.language)
        numbered = [(n, d) for n, d in enumerate(drafts) if d.text.strip()]
        if not numbered:
            raise Unreadable(
                tell(context.language, "read_document.empty", name=media.name),
                hint=tell(context.language, "read_document.empty_hint"),
            )
        if _SUMMARY.search(args.question) or (page is not None and not _beyond_page(args.question)):
            return self._summary(media, [d for _, d in numbered], context, page)
        return self._passages(args.question, media, [d for _, d in numbered], context)

    def _drafts(self, content: Content) -> tuple[Draft, ...]:
        """The document in passages; the last few stay in memory for the next question."""
        key = content.sha256
        with self._lock:
            if key in self._read:
                self._read.move_to_end(key)
                return self._read[key]
        if content.modality == "text":
            drafts: tuple[Draft, ...] = tuple(_split(content.text))
        else:
            drafts = tuple(self._kit.decoder.read(content))
        with self._lock:
            self._read[key] = drafts
            while len(self._read) > 8:
                self._read.popitem(last=False)
        return drafts

    def _passages(self, question: str, media: Media, drafts: Sequence[Draft], context: ToolContext) -> ToolResult:
        ranked = rank(question, drafts)
        best = [(drafts[n], score) for n, score in ranked if score >= ENOUGH][:_PASSAGES]
        known = {id(draft) for draft, _ in best}  # what was read off an invoice goes along: it is short, and in words that all ask with
        best += [(draft, ENOUGH) for draft in drafts if draft.metadata.get(KEY_FIELDS) and id(draft) not in known]
        if not best and len(drafts) <= 2:
            best = [(draft, ENOUGH) for draft in drafts]
        if not best:
            closest = [
                {"title": drafts[n].title, "text": drafts[n].text[:200], "page": drafts[n].locator.page, "probability": s}
                for n, s in ranked[:3]
            ]
            text = tell(context.language, "read_document.nothing", name=media.name or media.handle, question=question[:120])
            return ToolResult(text=text, refused=True, data={"closest": closest, "document": media.handle})
        pieces = [_cite(context, media, draft, score) for draft, score in best]
        text = "\n\n".join(passage(p, context.language) for p in pieces)
        return ToolResult(text=text, evidence=tuple(pieces), data={"document": media.handle, "passages": len(pieces)})

    def _summary(self, media: Media, drafts: Sequence[Draft], context: ToolContext, page: int | None) -> ToolResult:
        """The first sentence or two under each heading, each with its mark."""
        points: list[tuple[Draft, str]] = []
        seen: set[str] = set()
        for draft in sorted(drafts, key=lambda draft: not draft.metadata.get(KEY_FIELDS)):
            heading = draft.title or f"page {draft.locator.page}"
            opening = fields_told(draft.text) if draft.metadata.get(KEY_FIELDS) else _opening(draft.text, 2 if page is not None else 1)
            if not opening or (page is None and heading in seen and len(drafts) > _POINTS):
                continue
            seen.add(heading)
            points.append((draft, opening))
        step = max(1, -(-len(points) // _POINTS))
        chosen = points[::step][:_POINTS]
        pieces: list[Evidence] = []
        lines = []
        for draft, opening in chosen:
            piece = _cite(context, media, draft, 0.9)
            pieces.append(piece)
            lines.append(f"- {opening} [{piece.number}]")
        key = "read_document.page" if page is not None else "read_document.summary"
        head = tell(context.language, key, name=media.name or media.handle, page=page, count=len(drafts))
        answer = head + "\n" + "\n".join(lines)
        return ToolResult(text=answer, answer=answer, evidence=tuple(pieces), data={"document": media.handle, "summary": True})


def _cite(context: ToolContext, media: Media, draft: Draft, score: float) -> Evidence:
    """The passage as evidence in the medium itself, with its page and box."""
    item = Item(
        id=media.file_id, collection="", owner=context.owner, modality="text", title=media.name or media.handle, text=draft.text,
        media_type=media.media_type, parent=media.file_id if media.file_id.startswith("file-") or media in context.media else None,
        locator=draft.locator, metadata={**draft.metadata, **({"heading": draft.title} if draft.title else {})},
    )  # fmt: skip
    return context.cite(Hit(item=item, score=score, probability=score))


def _page_in(question: str) -> int | None:
    match = _PAGE.search(question)
    return int(match[1] or match[2]) if match else None


def _beyond_page(question: str) -> bool:
    """True when the question asks for more than the page itself."""
    rest = _PAGE.sub(" ", question)
    rest = re.sub(
        r"\b(read|show|open|what|is|on|the|does|say|says|tell|me|about|of|go|to|please|this|document|pdf|file|in|written)\b|[读看打开显示写了什么内容的是上请告诉我文件]",
        " ",
        rest,
        flags=re.I,
    )
    return bool(re.search(r"\w{2,}|[\u3400-\u9fff]{2,}", rest))


def _of_page(drafts: Sequence[Draft], page: int, language: str) -> tuple[Draft, ...]:
    pages = sorted({d.locator.page for d in drafts if d.locator.page is not None})
    if not pages:
        return tuple(drafts)
    chosen = tuple(d for d in drafts if d.locator.page == page)
    if not chosen:
        raise InvalidInput(
            tell(language, "read_document.no_page", page=page, last=pages[-1]),
            hint=tell(language, "read_document.no_page_hint", last=pages[-1]),
            param="page",
            code="no_such_page",
        )
    return chosen


def _opening(text: str, count: int) -> str:
    """The first `count` sentences, cut to 240 characters."""
    sentences = [s.strip() for s in _SENTENCE.findall(" ".join(text.split())) if len(s.strip()) > 12]
    opening = " ".join(sentences[:count])
    return opening if len(opening) <= 240 else opening[:238].rsplit(" ", 1)[0] + " …"


def _split(text: str) -> list[Draft]:
    """Paragraphs of plain text."""
    return [Draft(modality="text", text=p.strip()) for p in re.split(r"\n\s*\n", text) if p.strip()]


def create(kit: Kit) -> ReadDocumentTool:
    """The tool."""
    return ReadDocumentTool(kit)
