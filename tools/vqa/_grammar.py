"""Grammar: English nouns as sentences need them: plurals, articles, is and are. Sees no picture and knows no Chinese."""

from __future__ import annotations

from tools.vqa._names import IRREGULAR, names, singular

_PAIRS = frozenset({"scissors", "glasses", "pants", "shorts", "headphones", "binoculars"})
_MASS = frozenset(
    """
    bread cheese bacon popcorn sushi rice chocolate candy honey milk coffee beer wine water fire money corn garlic broccoli tennis lightning
    juice cream yogurt ginger asparagus outwear
    """.split()
)
_UNCHANGED = frozenset({"sheep", "fish", "deer", "blowfish", "dice", "squid", "shrimp"})
_ENDING_IN_OES = frozenset({"potato", "tomato", "mango", "volcano"})
_SINGULAR_IN_S = frozenset({"bus", "cactus", "octopus", "walrus", "dress", "glass", "windsor", "nautilus", "ibis", "stegosaurus", "lotus"})


def is_mass(noun: str) -> bool:
    """Whether a noun is not counted in English."""
    return noun in _MASS


def is_many(noun: str) -> bool:
    """Whether a noun is a plural as it stands: `scissors`, `dogs`, `mice`."""
    last = noun.lower().split()[-1] if noun.split() else ""
    if last in _SINGULAR_IN_S or last in _UNCHANGED or last.endswith("ss"):
        return False
    return last in IRREGULAR or last.endswith("s")


def one_of(noun: str) -> str:
    """A single one: `pair of scissors`, `cherry` of `cherries`."""
    if noun in _PAIRS:
        return f"pair of {noun}"
    if not is_many(noun):
        return noun
    known = names().get(noun)
    return next((word for word in (known.also if known else ()) if plural(word) == noun), singular(noun))


def plural(noun: str) -> str:
    """More than one: `mice`, `boxes`, `pairs of scissors`."""
    if noun in _PAIRS:
        return f"pairs of {noun}"
    if noun in _UNCHANGED or is_many(noun):
        return noun
    irregular = next((many for many, one in IRREGULAR.items() if noun == one or noun.endswith(f" {one}")), "")
    if irregular:
        return noun.removesuffix(IRREGULAR[irregular]) + irregular
    if noun.endswith(("s", "sh", "ch", "x")) or noun in _ENDING_IN_OES:
        return noun + "es"
    return noun[:-1] + "ies" if noun.endswith("y") and noun[-2:-1] not in tuple("aeiou") else noun + "s"


def with_article(said: str, noun: str = "") -> str:
    """`a red car`, `an orange`; without one where the noun takes none. `noun` is the last part of what is said."""
    if is_mass(noun or said) or is_many(noun or said):
        return said
    return f"{'an' if said[:1].lower() in tuple('aeiou') and not said.startswith(('uf', 'uni')) else 'a'} {said}"
