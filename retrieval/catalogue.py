"""User-facing words: one TOML file per language and package (`assistant/words/en.toml`, `.../zh.toml`)."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files

LANGUAGES = ("en", "zh")


@lru_cache
def _words(package: str, language: str) -> dict[str, str]:
    table = tomllib.loads(files(package).joinpath("words", f"{language}.toml").read_text("utf-8"))
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat.update({f"{key}.{name}": text for name, text in value.items()})
        else:
            flat[key] = value
    return flat


def say(package: str, language: str, key: str, **values: object) -> str:
    """The sentence `key` of `package` in `language` (English when that language lacks it), filled with `values`.

    Raises KeyError for a key that no language has: a missing sentence is a bug, not an input.
    """
    words = _words(package, language if language in LANGUAGES else "en")
    template = words[key] if key in words else _words(package, "en")[key]
    return template.format(**values)


def language_of(text: str) -> str:
    """`zh` when at least a fifth of the letters are Chinese characters, else `en`."""
    letters = [c for c in text if c.isalpha()]
    chinese = sum("\u3400" <= c <= "\u9fff" for c in letters)
    return "zh" if letters and chinese / len(letters) >= 0.2 else "en"
