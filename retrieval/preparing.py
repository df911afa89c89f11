"""Preparing: what stands between the drafts of a file and the store: words for media, and vectors. Knows no database, no file and no store.

A worker on another machine prepares with the same code as the library, so that both come to the same items.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from retrieval.content import Content, Modality
from retrieval.embedders.base import Embedder, Vectors
from retrieval.faults import Cancelled, Fault
from retrieval.items import Draft, Item

Describe = Mapping[Modality, Callable[[Content], str]]
EMBED_AT_ONCE = 128
_log = logging.getLogger(__name__)


def words_of(item: Item, source: str = "") -> str:
    """What the text embedder reads: the text, under its heading when that is more than the name of the file.

    Of an FAQ entry the question alone: questions are compared with questions. On 183 paraphrased questions over 151 entries the mean
    reciprocal rank by cosine is 0.825 so, and 0.709 with the answer read along, which outweighs the question.
    """
    if item.metadata.get("faq") and isinstance(item.metadata.get("question"), str):
        return str(item.metadata["question"])
    if item.modality == "text" and (not item.title or item.title == source):
        return item.text
    return f"{item.title}\n{item.text}".strip()


def seeing(embedders: Mapping[str, Embedder], modality: Modality) -> list[Embedder]:
    """The embedders that take a medium, each once: one may have the role for pictures and that for sounds."""
    able = {e.space: e for role, e in embedders.items() if role != "text_embedder" and modality in e.modalities}
    return list(able.values())


@dataclass
class Prepared:
    """Items on their way into the store, by id: their media and the vectors they have already."""

    items: list[Item] = field(default_factory=list)
    media: dict[str, Content] = field(default_factory=dict)
    vectors: dict[str, dict[str, Vectors]] = field(default_factory=lambda: defaultdict(dict))
    warnings: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    """Name of the file an item came from, when that differs from item to item."""


class Preparing:
    """Describes media and embeds items. Safe for threads."""

    def __init__(self, embedders: Mapping[str, Embedder], describe: Describe) -> None:
        self.embedders, self._describe = embedders, describe

    def described(self, medium: Content, draft: Draft, prepared: Prepared) -> str:
        """The words of a draft with what is seen or heard in its medium; what cannot be described is a warning of `prepared`."""
        describe = self._describe.get(draft.modality)
        if describe is None:
            return draft.text
        try:
            found = describe(medium).strip()
        except Cancelled:
            raise
        except Fault as fault:
            prepared.warnings.append(f"not_described: {draft.title}: {fault.message}")
            return draft.text
        except Exception:
            # One picture that the description stumbles over must not cost the whole document.
            _log.exception("describing a %s failed", draft.modality)
            prepared.warnings.append(f"not_described: {draft.title}")
            return draft.text
        return "\n".join(part for part in (draft.text, found) if part)

    def embed(self, prepared: Prepared, source: str = "", tell: Callable[[float], None] = lambda part: None) -> None:
        """Give the items the vectors they lack; `source` is the name of the file they are from. What fails is a warning, words raise."""
        jobs: list[tuple[Embedder, str, Content]] = []
        words = self.embedders.get("text_embedder")
        for item in prepared.items:
            text = words_of(item, prepared.sources.get(item.id, source))
            if words is not None and text:
                jobs.append((words, item.id, Content.from_text(text)))
            medium = prepared.media.get(item.id)
            if medium is not None:
                jobs += [(embedder, item.id, medium) for embedder in seeing(self.embedders, medium.modality)]
        jobs = [job for job in jobs if job[1] not in prepared.vectors[job[0].space]]
        jobs.sort(key=lambda job: job[0].space)
        done = 0
        while done < len(jobs):
            embedder = jobs[done][0]
            block = [job for job in jobs[done : done + EMBED_AT_ONCE] if job[0] is embedder]
            self._embed_block(embedder, block, prepared)
            done += len(block)
            tell(done / len(jobs))

    def _embed_block(self, embedder: Embedder, block: list[tuple[Embedder, str, Content]], prepared: Prepared) -> None:
        try:
            vectors = embedder.embed([content for _, _, content in block])
        except Fault as fault:
            if len(block) > 1:  # find out which one it is
                for job in block:
                    self._embed_block(embedder, [job], prepared)
                return
            if block[0][2].modality == "text":
                raise
            prepared.warnings.append(f"not_embedded: {block[0][2].name}: {fault.message}")
            return
        for (_, identity, _), vector in zip(block, vectors, strict=True):
            prepared.vectors[embedder.space][identity] = vector
