"""Forms: what an invoice, a bill or a receipt in a picture says of itself, read where its labels stand."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.form_items import names_on
from retrieval.key_fields import Token, fields_of, shown
from retrieval.recognition import Line
from tools.form_fields import asked_field, bears, naming
from tools.phrasing import tell
from tools.vqa.base import Region, VisualAnswer


def form_field(question: str, lines: Sequence[Line], language: str) -> VisualAnswer | None:
    """The asked field of the paper in the picture; None when it is none, does not say, or when the question names somebody else."""
    field = asked_field(question)
    tokens = [Token(line.text, line.box, 1) for line in lines]
    found = next((one for one in fields_of(tokens) if one.name == field), None) if field else None
    if found is None:
        return None
    names = "\n".join(names_on(tokens))
    if not all(bears(names, word) for word in naming(question)):
        return None  # how much one thing on the receipt costs is told by its row
    value, sure = shown(found), {line.box: line.confidence for line in lines}
    read = list(dict.fromkeys((found.label, found.at)))
    regions = tuple(Region(box=token.box, label=token.text, confidence=round(sure[token.box], 3)) for token in read)
    return VisualAnswer(
        text=tell(language, "vqa.field", field=tell(language, f"field.{field}"), value=value), kind="text", value=value,
        confidence=min(region.confidence for region in regions), regions=regions,
    )  # fmt: skip
