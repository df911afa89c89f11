"""What was found, as whoever writes an answer reads it. Knows the shape of evidence, no question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistant.reflex.rows import Row, what_it_is


@dataclass(frozen=True)
class Hit:
    """One piece of evidence."""

    number: int
    item: dict[str, Any]
    probability: float

    @property
    def title(self) -> str:
        """Its title, or else its name."""
        return str(self.item.get("title") or self.item.get("metadata", {}).get("name") or self.item["id"])

    @property
    def text(self) -> str:
        """All that it says."""
        return str(self.item.get("text") or "")

    @property
    def source(self) -> str:
        """Id of the file that it is of, or its own."""
        return str(self.item.get("parent") or self.item["id"])

    @property
    def metadata(self) -> dict[str, Any]:
        """Its columns and marks."""
        return dict(self.item.get("metadata") or {})

    @property
    def label(self) -> str:
        """What it is, without what is said about it: the title and the short cells of its row."""
        if not self.is_row:
            return self.title
        return what_it_is(Row(0, self.title, "", self.metadata))

    @property
    def is_row(self) -> bool:
        """Whether it is a row of a table, and no curated answer."""
        return (self.item.get("locator") or {}).get("row") is not None and not self.metadata.get("faq")

    @property
    def question(self) -> str:
        """The question of a curated answer."""
        return str(self.metadata.get("question") or self.title)

    @property
    def answer(self) -> str:
        """The answer of a curated answer; of anything else all it says."""
        return str(self.metadata.get("answer") or self.text).strip()


def hits_of(evidence: Sequence[dict[str, Any]]) -> list[Hit]:
    """The pieces of evidence in their order."""
    return [Hit(int(e["number"]), e["hit"]["item"], float(e["hit"].get("probability") or 0.0)) for e in evidence]
