"""Adapted: what is said when a model that a person trained on data of their own cannot be read. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retrieval.faults import NotInstalled, Unavailable


@contextmanager
def reading(what: str, folder: Path) -> Iterator[None]:
    """Around the reading of `what` in `folder`. Raises NotInstalled when a file is missing, Unavailable when one is damaged."""
    from safetensors import SafetensorError

    try:
        yield
    except FileNotFoundError as error:
        raise NotInstalled(
            f"There is no {what} in '{folder}'.",
            hint="`assistant train list` shows those there are; `assistant train use --undo` goes back.", code="model_missing",
        ) from error  # fmt: skip
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise Unavailable(
            f"The {what} in '{folder}' cannot be read: {error}.", hint="Go back with: assistant train use --undo.", code="weights_damaged"
        ) from error
