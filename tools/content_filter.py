"""The content filter: whether words ask for a drawing that is clearly unlawful or explicitly sexual. It looks at words, not at pictures.

The rules that ship are encoded, so that nobody reads them by accident: `content_filter.json` holds the base64 of lines `kind, name,
pattern`. An operator may switch them off and may add words of their own in a plain file, one a line, `#` before a comment.
"""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from retrieval.faults import InvalidInput, NotAllowed
from tools.phrasing import tell

REFUSED = ("minors", "violence", "explicit", "forgery")
"""Kinds of what is refused, the gravest first; each has its sentence in the words."""
_NEAR = 60
"""Characters between a word for a child and one for undress that still belong together."""
_INVISIBLE = re.compile(r"[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_CHINESE = r"\u3400-\u9fff"
_SPELLED = re.compile(r"(?<!\w)(?:[^\W\d_][ .\-_*+/|]){2,}[^\W\d_](?!\w)")
_DIGITS = str.maketrans("013457@$!", "oieastasi")
_MIXED = re.compile(r"\S*(?:[a-z][013457@$!]|[013457@$!][a-z])\S*")
_SIMPLIFIED = str.maketrans("體處強姦兒蘿護偽鈔脫褲亂倫陰莖愛個們這學齡歲", "体处强奸儿萝护伪钞脱裤乱伦阴茎爱个们这学龄岁")
_LOOKALIKES = str.maketrans("аеорсухіјѕԁɡһԛԝοανικрт", "aeopcyxijsdghqwoavikpt")
"""Cyrillic and Greek letters that are read as Latin ones."""


class ContentFilter:
    """Refuses words. Safe for threads."""

    def __init__(self, enabled: bool = True, words: Path | None = None) -> None:
        """`words` is the operator's own file, which holds also when the rules that ship are off.

        Raises InvalidInput when it cannot be read.
        """
        self._enabled = enabled
        self._own = _own(words) if words else None

    def check(self, text: str, language: str = "en", *, before: str = "", unwanted: str = "") -> None:
        """Pass, or raise NotAllowed (code `content_refused`) with the reason.

        `before` is what the picture already shows, when `text` changes it; `unwanted` is what must not be in the picture.
        """
        said, shows = normal(f"{before} . {text}"), normal(before)
        kind = "own" if self._own and self._own.search(said) else ""
        if self._enabled and not kind:
            rules = _rules()
            undressing = bool(rules["undress"].search(normal(unwanted)) or (shows and rules["bare"].search(_innocent(normal(text)))))
            kind = self._kind(_innocent(said), undressing)
        if kind:
            raise NotAllowed(
                tell(language, f"content_filter.{kind}"), hint=tell(language, "content_filter.hint"), param="prompt",
                code="content_refused",
            )  # fmt: skip

    def _kind(self, said: str, undressing: bool) -> str:
        """Which kind of refusal the words meet; empty for none. `undressing`: whoever is in the picture is to wear nothing."""
        rules = _rules()
        undressed = undressing and bool(rules["person"].search(said))
        if rules["minors"].search(said) or self._of_a_child(said, undressed):
            return "minors"
        found = next((kind for kind in REFUSED if rules[kind].search(said)), "")
        return found or ("explicit" if undressed else "")

    def _of_a_child(self, said: str, undressed: bool) -> bool:
        rules = _rules()
        children = [match.span() for match in rules["minor"].finditer(said)]
        return bool(children) and (undressed or any(
            max(start, match.start()) - min(end, match.end()) <= _NEAR
            for match in rules["weak"].finditer(said) for start, end in children
        ))  # fmt: skip


def _innocent(said: str) -> str:
    """Without what only sounds like it."""
    return _rules()["pass"].sub(" ", said)


def normal(text: str) -> str:
    """The words however they were written: one case and width, no accents, nothing between the letters; spellings in doubt are added."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold().translate(_SIMPLIFIED).translate(_LOOKALIKES)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    spelled = " ".join(re.sub(r"[^\w]|_", "", run) for run in _SPELLED.findall(text))
    digits = " ".join(word.translate(_DIGITS) for word in _MIXED.findall(text))
    plain = " ".join(re.sub(r"[\W_]+", " ", f"{text} {spelled} {digits}").split())
    apart = re.sub(f"(?<=[{_CHINESE}])(?=[a-z0-9])|(?<=[a-z0-9])(?=[{_CHINESE}])", " ", plain)
    return re.sub(f"(?<=[{_CHINESE}]) +(?=[{_CHINESE}])", "", apart)


@lru_cache
def _rules() -> Mapping[str, re.Pattern[str]]:
    """One pattern for each kind of line."""
    encoded = json.loads(files("tools").joinpath("content_filter.json").read_text("ascii"))["rules"]
    lines = [line.split("\t") for line in base64.b64decode("".join(encoded)).decode("utf-8").splitlines()]
    names = {name: pattern for kind, name, pattern in lines if kind == "macro"}
    found: dict[str, list[str]] = {}
    for kind, _, pattern in lines:
        if kind != "macro":
            found.setdefault(kind, []).append(re.sub(r"<(?!!|=)(\w+)>", lambda m: names[m[1]], pattern))
    return {kind: re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) for kind, patterns in found.items()}


def _own(path: Path) -> re.Pattern[str] | None:
    """Whole words of the operator's file, Chinese ones anywhere; None when it holds none."""
    try:
        lines = path.expanduser().read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"The setting 'content_filter_words' names '{path}', which cannot be read.", hint="Name a text file in UTF-8, one word a line.",
            param="content_filter_words",
        ) from error  # fmt: skip
    words = [normal(line) for line in lines if line.strip() and not line.lstrip().startswith("#")]
    patterns = [re.escape(word) if re.search(f"[{_CHINESE}]", word) else rf"\b{re.escape(word)}\b" for word in words if word]
    return re.compile("|".join(patterns)) if patterns else None
