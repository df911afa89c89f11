"""Processors of transformers: what makes a model's inputs of words, pictures and sounds. Knows files, no model.

Most of those that take videos need torchvision for that alone, which must come from the same index as torch; without it they are made
without their video part.
"""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from retrieval.faults import NotInstalled

_NAMES = ("processor_config.json", "preprocessor_config.json", "tokenizer_config.json")
VIDEO = "video_processor"
_lock = threading.Lock()


def sees_videos() -> bool:
    """Whether processors have their video part here."""
    return importlib.util.find_spec("torchvision") is not None


def load_processor(folder: str | Path, **options: Any) -> Any:
    """The processor in `folder`, if need be without its video part. Raises NotInstalled when it lacks another package."""
    import transformers

    try:
        return transformers.AutoProcessor.from_pretrained(folder, **options)
    except ImportError as error:
        whole = getattr(transformers, _class_of(Path(folder)), None)
        if whole is None or VIDEO not in whole.get_attributes():
            hint = "Install the package it names; torchvision must come from the same index as torch."
            raise NotInstalled(f"The processor in {folder} cannot be built: {str(error)[:300]}", hint=hint) from error
        return _without_video(whole).from_pretrained(folder, **options)


def _class_of(folder: Path) -> str:
    for name in _NAMES:
        if (folder / name).is_file():
            told = json.loads((folder / name).read_text("utf-8"))
            if found := told.get("processor_class"):
                return str(found)
    return ""


def _without_video(whole: Any) -> Any:
    """The processor class `whole` with nothing in the place of its video part."""
    parts = list(whole.get_attributes())
    others: Any = type(whole.__name__, (whole,), {"get_attributes": classmethod(lambda cls: [part for part in parts if part != VIDEO])})

    def load_parts(cls: Any, *args: Any, **options: Any) -> list[Any]:
        found = list(others._get_arguments_from_pretrained(*args, **options))
        found.insert(parts.index(VIDEO), None)
        return found

    def check(self: Any, name: str, part: Any) -> Any:
        return None if name == VIDEO and part is None else whole.check_argument_for_proper_class(self, name, part)

    return type(
        whole.__name__, (whole,), {"_get_arguments_from_pretrained": classmethod(load_parts), "check_argument_for_proper_class": check}
    )


class _Auto:
    """Stands in for AutoProcessor."""

    from_pretrained = staticmethod(load_processor)


@contextmanager
def given_to_sentence_transformers() -> Iterator[None]:
    """Lets that library load its processors by `load_processor`: it offers no other way to hand it one."""
    from sentence_transformers.base.modules import transformer

    with _lock:
        before, transformer.AutoProcessor = transformer.AutoProcessor, _Auto
        try:
            yield
        finally:
            transformer.AutoProcessor = before
