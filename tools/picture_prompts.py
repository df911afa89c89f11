"""Picture prompts: from a product of the library to the words of a picture of it, with the place that describes it. Draws nothing.

The item says what the product is (title, category, description) and how it looks (colour, setting). What is not said is not made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from retrieval.faults import NotFound
from retrieval.items import Hit, Item
from retrieval.labels import translated
from retrieval.library import Query
from retrieval.segmentation import query_words, terms, words
from tools.base import Evidence, ToolContext
from tools.image_generators.shapes import ShapesGenerator
from tools.kit import Kit
from tools.phrasing import listed, tell
from tools.shapes.palette import NAMES
from tools.shapes.tokens import Token, tokens

Purpose = Literal["marketing", "sketch"]
COVERED = 0.75
"""Share of the words of a product's name that its item must have: "the purple kettle" is not the red one."""
SEARCHED, SCANNED = 10, 1000
"""Hits that are compared with the name; items of a collection among which those of a file are looked for."""
PRODUCT_KEYS = frozenset({"sku", "price", "category", "description", "colour", "color", "name"})
_STYLES: dict[Purpose, str] = {"marketing": "3d style", "sketch": "flat style"}
"""Those of the bundled pipeline."""
_MANNERS: dict[Purpose, str] = {
    "marketing": "professional product photograph, soft studio light, clean background",
    "sketch": "concept sketch, pencil lines on white paper",
}
_UNWANTED = "text, watermark"
_IDLE = re.compile(
    r"\b(product|article|item|picture|photo|image|our|marketing|concept|sketch)s?\b|产品|商品|宣传图|概念图|图片|我们的", re.I
)
_NUMBER = re.compile(r"[\d.]+")


class Described(BaseModel):
    """A picture's words, and where they are from."""

    model_config = ConfigDict(frozen=True)

    prompt: str
    negative_prompt: str = ""
    evidence: Evidence
    """The item, numbered for this turn."""
    title: str
    """Name of the product."""


def described(kit: Kit, context: ToolContext, about: str, purpose: Purpose) -> Described:
    """The prompt for a picture of the product `about`: an item id, a file id, or words. Raises NotFound with what comes closest."""
    hit = _by_id(kit, context, about) or _by_words(kit, context, about)
    bundled = isinstance(kit.image_generator, ShapesGenerator)
    return Described(
        prompt=_plain(hit.item, purpose) if bundled else _rich(hit.item, purpose), negative_prompt="" if bundled else _UNWANTED,
        evidence=context.cite(hit), title=name_of(hit.item),
    )  # fmt: skip


def _by_id(kit: Kit, context: ToolContext, about: str) -> Hit | None:
    """The item of this id, or the first with words of the file of this id."""
    try:
        return _sure(kit.library.item(about.strip(), context.owner))
    except NotFound:
        pass
    file_id = next((m.file_id for m in context.media if about.strip() == m.handle), about.strip())
    if not file_id.startswith("file-"):
        return None
    items = (item for c in context.collections for item in kit.library.items(c, context.owner, SCANNED) if item.parent == file_id)
    return next((_sure(item) for item in items if item.text or item.title), None)


def _sure(item: Item) -> Hit:
    return Hit(item=item, score=1.0, probability=1.0)


def _by_words(kit: Kit, context: ToolContext, about: str) -> Hit:
    """The best hit that is a product and has the words of its name. Raises NotFound."""
    said = _IDLE.sub(" ", about).strip() or about
    query = Query(owner=context.owner, text=said, modalities=("text",), k=SEARCHED, collections=context.collections)
    hits = [hit for hit in kit.library.search(query) if _is_product(hit.item)]
    best = max(hits, key=lambda hit: round(covered(said, hit.item), 3), default=None)
    if best is not None and covered(said, best.item) >= COVERED:
        return best
    closest = listed(dict.fromkeys(name_of(hit.item) for hit in hits[:3]), context.language)
    raise NotFound(
        tell(context.language, "picture_prompts.nothing", about=about[:160]), param="about", code="no_such_product",
        hint=tell(context.language, "picture_prompts.closest" if closest else "picture_prompts.describe", closest=closest),
    )  # fmt: skip


def covered(said: str, item: Item) -> float:
    """Share, 0 to 1, of the words of a name that stand in the title, the text or the metadata of an item."""
    wanted = {term for word in query_words(said) for term in terms(word)}
    there = set(terms(f"{item.title} {item.text}"))
    return len(wanted & there) / len(wanted) if wanted else 0.0


def _is_product(item: Item) -> bool:
    name = name_of(item)
    return bool(PRODUCT_KEYS & item.metadata.keys() or list(_things(name)) or (not name.isascii() and _last_word(name)))


def name_of(item: Item) -> str:
    """What a product is called: its name in a table, else the last part of its heading."""
    name = item.metadata.get("name")
    return name if isinstance(name, str) and name else item.title.rsplit("›", 1)[-1].strip()


def _said(item: Item, *keys: str) -> str:
    return next((value.strip() for key in keys if isinstance(value := item.metadata.get(key), str) and value.strip()), "")


def _things(text: str) -> Iterator[Token]:
    return (token for token in tokens(_NUMBER.sub(" ", text)) if token.kind == "thing")


def noun_of(item: Item) -> str:
    """The English word for what it is.

    A thing in its name; else that of its category, when the description names it too; else the last word of the name.
    """
    description, category = _said(item, "description"), _said(item, "category")
    named = list(_things(name_of(item)))
    if named:
        return _english(named[-1])
    both = {token.value for token in _things(description)}
    shared = next((token for token in _things(category) if token.value in both), None)
    if shared is not None:
        return next(_english(token) for token in _things(description) if token.value == shared.value)
    return _last_word(name_of(item)) or name_of(item)


def _last_word(name: str) -> str:
    """The last word of a name that is no number and no colour, in English; empty for Chinese that cannot be translated."""
    said = [word for word in words(_NUMBER.sub(" ", name)) if word not in NAMES]
    return translated(said[-1]).lower() if said else ""


def _english(token: Token) -> str:
    return (translated(token.words) or token.value) if token.chinese else token.words


def colour_of(item: Item) -> str:
    """Its colour in English: as the metadata has it, else the first that its name or its words name; empty for none."""
    told = _said(item, "colour", "color", "颜色").lower()
    if told:
        return (told if told.isascii() else NAMES[told]) if told in NAMES else ""
    return next((token.value for text in (name_of(item), item.text) for token in tokens(text) if token.kind == "colour"), "")


def _plain(item: Item, purpose: Purpose) -> str:
    """What the bundled pipeline reads: a thing, its colour, its setting, a style."""
    noun, colour, setting = noun_of(item), colour_of(item), _said(item, "setting")
    thing = _with_article(f"{colour} {noun}".strip(), noun)
    return f"{thing} {setting}".strip() + f", {_STYLES[purpose]}"


def _rich(item: Item, purpose: Purpose) -> str:
    """What a full-size pipeline reads: the product with its own description."""
    description = _said(item, "description") or " ".join(item.text.split())[:300]
    noun, colour, setting = noun_of(item), colour_of(item), _said(item, "setting")
    thing = _with_article(f"{colour} {noun}".strip(), noun)
    return ", ".join(part for part in (f"{thing} {setting}".strip(), description, _MANNERS[purpose]) if part)


def _with_article(said: str, noun: str) -> str:
    if noun.endswith("s") and not noun.endswith("ss"):
        return said
    return f"{'an' if said[:1].lower() in 'aeiou' else 'a'} {said}"
