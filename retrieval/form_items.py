"""Items of forms: what is stored of an invoice beside its passages, so that it is found by whom it names and tells its fields."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from retrieval.items import Draft, Locator
from retrieval.key_fields import Token, fields_of, is_label, named, shown

KEY_FIELDS = "key_fields"
"""The metadata of an item that tells the fields of its document."""
_NAMES = "Names: "
MOST_NAMES = 30
_PRINTED = 120
"""Characters of what is printed that are shown beside a value."""
_LEGAL = re.compile(
    r"(?:[A-ZÀ-Þ&][\w&.'’-]*,?\s){1,5}(?:AG|SE|KG|GmbH|mbH|UG|OHG|Ltd\.?|Limited|LLC|LLP|Inc\.?|Corp\.?|PLC|B\.?V\.?|N\.?V\.?|S\.?A\.?S?\.?"
    r"|SARL|S\.?r\.?l\.?|S\.?p\.?A\.?|S\.?L\.?|AB|A/S|Oy|Pvt\.?(?: Ltd\.?)?|Co\.?)(?!\w)"
    r"|[\u4e00-\u9fff（）()]{2,24}(?:公司|集团|商店|酒店|中心)"
)
_PARTY = re.compile(
    r"(?:^|\b)(?:from|(?:bill|sold|ship|issued?|invoiced?)(?:ed)? (?:to|by)|to|seller|vendor|supplier|customer|client"
    r"|销售方|购买方|开票方|收款方|付款方|卖方|买方)(?:名称)?\s*[:：]\s*(\S.{1,60})$",
    re.IGNORECASE,
)
"""Who sends and who gets it, where the page says so."""
_CAPITALS = re.compile(r"\b[A-ZÀ-Þ][A-ZÀ-Þ&-]{2,}\b(?:[ ][A-ZÀ-Þ][A-ZÀ-Þ&-]{2,}\b){0,2}")
_TOP = 0.25
"""The part of the first page, from its top, where whoever writes names themselves."""
_DOMAIN = re.compile(r"(?:@|www\.|https?://(?:www\.)?)([a-z0-9-]{3,})\.[a-z.]{2,6}\b", re.I)
_HEADED = re.compile(r"(?:[A-ZÀ-Þ][\w&.'’-]*)(?:\s(?:[A-ZÀ-Þ&][\w&.'’-]*|of|de|der|van|the|and)){0,4}")


def names_on(tokens: Sequence[Token], name: str = "") -> list[str]:
    """Whoever a document speaks of: companies, what is written in capitals, domains, what stands at its top; the file's own name first."""
    found: Counter[str] = Counter()
    stem = re.sub(r"\.\w{2,5}$", "", name)
    found[" ".join(re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]+", " ", stem).split())] = 100
    for token in tokens:
        found.update(" ".join(one.split()).strip(" ,.-") for one in _LEGAL.findall(token.text))
        found.update(_CAPITALS.findall(token.text))
        found.update({one.strip(): 3 for one in _PARTY.findall(token.text)})
        found.update(one.lower() for one in _DOMAIN.findall(token.text))
        if token.page == 1 and token.box[1] < _TOP and _HEADED.fullmatch(token.text.strip()):
            found[token.text.strip()] += 2
    names: dict[str, str] = {}
    for one, _ in found.most_common():
        if len(one) > 1 and not is_label(one):
            names.setdefault(one.lower().strip("."), one)
    return list(names.values())[:MOST_NAMES]


def draft(tokens: Sequence[Token], name: str, *, placed: bool = True) -> Draft | None:
    """An item that tells the fields of the document `name`, one a line; None for none. With the page of what is to be paid and, when the
    tokens are `placed`, the box around all that was read there."""
    found = fields_of(tokens)
    if not found:
        return None
    lines = []
    metadata: dict[str, object] = {KEY_FIELDS: True}
    for one in found:
        told = shown(one)
        printed = " ".join((one.at.text if one.at is one.label else f"{one.label.text} {one.at.text}").split())
        lines.append(f"{named(one.name)}: {told}" + (f" ({printed[:_PRINTED]})" if printed != told else ""))
        metadata[one.name] = one.value.amount if one.value.amount is not None else shown(one)
    lines.append(f"{_NAMES}{', '.join(names_on(tokens, name))}")
    first = next((one for one in found if one.name == "total_amount"), found[0]).at
    boxes = [box for one in found for token in (one.label, one.at) if token.page == first.page for box in [token.box]]
    around = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    if currency := next((one.value.currency for one in found if one.value.currency), ""):
        metadata["currency"] = currency
    place = Locator(page=first.page or None, bbox=around if placed else None)
    return Draft(modality="text", text="\n".join(lines), title=name, metadata=metadata, locator=place)


def fields_told(text: str) -> str:
    """The fields of such an item on one line, without the names that only help to find it."""
    return "; ".join(line for line in text.splitlines() if not line.startswith(_NAMES))


def with_names(text: str, tokens: Sequence[Token]) -> str:
    """The words of such an item with more names, of a letterhead that is a picture."""
    before, _, names = text.rpartition(_NAMES)
    return f"{before}{_NAMES}{', '.join(dict.fromkeys([*names.split(', '), *names_on(tokens)]))}"
