"""Tokens of English feeling: words, neighbouring pairs, negation, emoji and punctuation. Shared by the analyzer and its training script."""

from __future__ import annotations

import re

_PIECE = re.compile(r"[a-z]+(?:'[a-z]+)?|[!?]+|[:;=]['-]?[)(DdPp/\\|oO]|<3|[\U0001F300-\U0001FAFF\u2600-\u27BF]|\.{3,}", re.IGNORECASE)
_LONG = re.compile(r"([a-z])\1{2,}", re.IGNORECASE)
NEGATIONS = frozenset(
    """
    not no never none nothing neither nor cannot cant can't don't dont doesn't doesnt didn't didnt won't wont wouldn't isn't isnt
    wasn't wasnt aren't arent weren't ain't aint hardly barely without lack lacks couldn't shouldn't hasn't haven't
    """.split()
)
_REACH = 3
"""Words after a negation that it turns."""


def pieces(text: str) -> list[str]:
    """Lower-case words, emoji, smileys and runs of ! or ?, in order."""
    found = []
    for piece in _PIECE.findall(text.replace("’", "'")):
        low = _LONG.sub(r"\1\1", piece.lower())
        if low[0] in "!?":
            low = (
                "!"
                if set(low) == {"!"} and len(low) == 1
                else "!!"
                if set(low) == {"!"}
                else "?"
                if set(low) == {"?"} and len(low) == 1
                else "?!"
            )
        elif low.startswith("..."):
            low = "..."
        found.append(low)
    return found


def features(text: str) -> list[str]:
    """Distinct features: words (marked when negated) and pairs."""
    found: list[str] = []
    turned = 0
    before = ""
    for word in pieces(text):
        plain = word.isalpha() or "'" in word
        if word in NEGATIONS:
            turned = _REACH
            found.append(word)
        elif not plain:
            turned = 0
            found.append(word)
        else:
            found.append(f"not_{word}" if turned else word)
            turned = max(0, turned - 1)
        if before:
            found.append(f"{before}_{word}")
        before = word
    return list(dict.fromkeys(found))
