"""Adapted: the models a person trained on data of their own: where they lie, how good they are, and which of them are in use.

Each is a folder `DATA_DIR/models/NAME` with weights and `card.json`; `DATA_DIR/models/active.json` names the one in use for each role, and
what was in use before. Knows no training; `assistant.settings` reads from here, `assistant/training` writes.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from retrieval.blobs import write_durably
from retrieval.faults import Conflict, InvalidInput, NotFound, Unreadable

FOLDER, ACTIVE, CARD = "models", "active.json", "card.json"
_NAME = re.compile(r"[\w][\w-]{0,63}")
_KEPT = 20
"""Changes that can be undone."""


class Card(BaseModel):
    """What is known of an adapted model."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: str
    """encoder | router | emotion | fusion | image-lora"""
    roles: dict[str, str]
    """Role of the settings -> back-end that loads it."""
    replaces: dict[str, str] = Field(default_factory=dict)
    """Role -> back-end it was adapted from; it stands in for no other. A role that is left out may be replaced whatever serves it."""
    reference: str = ""
    """Folder inside that of the model that the back-end is given; empty for the model's own."""
    better: bool
    """Whether it was better than what it was adapted from, on the rows that were held back."""
    scores: dict[str, float]
    """`before_...` and `after_...` of rows it was not trained on; `kept_...`: how far the rest stayed as it was, 1 for all of it."""
    rows: dict[str, int]
    """trained, held_back, repeated (left out), passed_over (could not be used)."""
    seed: int
    seconds: float
    sha256: str
    created_at: float
    """Seconds since the epoch."""
    notes: tuple[str, ...] = ()
    """What is worth knowing of this training."""


class Chosen(BaseModel):
    """What serves a role: enough to load it, also when its card is gone."""

    model_config = ConfigDict(frozen=True)

    name: str
    backend: str
    replaces: str | None
    """Back-end that it stands in for; None for any."""
    reference: str = ""


class _Active(BaseModel):
    model_config = ConfigDict(frozen=True)

    use: dict[str, Chosen] = Field(default_factory=dict)
    """By role."""
    earlier: tuple[dict[str, Chosen], ...] = ()
    """`use` before each change, the last change last."""


def check_name(name: str) -> str:
    """The name. Raises InvalidInput when it is none for a folder."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"'{name}' is no name for a model.", hint="Use letters, digits, - and _, at most 64.", param="name")
    return name


def folder(data_dir: Path) -> Path:
    """Where the models lie."""
    return data_dir / FOLDER


def listed(data_dir: Path) -> list[Card]:
    """All of them, the newest first."""
    cards = [card(data_dir, path.parent.name) for path in folder(data_dir).glob(f"*/{CARD}") if not path.parent.name.startswith(".")]
    return sorted(cards, key=lambda one: -one.created_at)


def card(data_dir: Path, name: str) -> Card:
    """Of one. Raises NotFound, Unreadable."""
    path = folder(data_dir) / check_name(name) / CARD
    try:
        return Card.model_validate_json(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise NotFound(
            f"There is no adapted model '{name}'.", hint="`assistant train list` shows those there are.", param="name"
        ) from error
    except (OSError, ValidationError) as error:
        raise Unreadable(f"The card of '{name}' cannot be read.", hint=f"Remove the folder {path.parent} and train again.") from error


def active(data_dir: Path) -> dict[str, str]:
    """Role -> name of the model in use. Raises Unreadable."""
    return {role: one.name for role, one in _active(data_dir).use.items()}


def chosen(data_dir: Path, profile: dict[str, str]) -> dict[str, str]:
    """Role -> `back-end:folder` of what is in use and stands in for what `profile` (role -> back-end) has there. Raises Unreadable."""
    found = {}
    for role, one in _active(data_dir).use.items():
        if one.replaces in (None, profile.get(role, "").partition(":")[0]):
            found[role] = f"{one.backend}:{(folder(data_dir) / one.name / one.reference).resolve()}"
    return found


def use(data_dir: Path, name: str) -> Card:
    """Use a model for its roles from the next start on. Raises NotFound, Conflict for one that was no better."""
    known = card(data_dir, name)
    if not known.better:
        raise Conflict(
            f"'{name}' was no better than what it began from, so it is not used.",
            hint=f"Train with more or other data; or remove it with: assistant train remove {name}.", param="name", code="not_better",
        )  # fmt: skip
    before = _active(data_dir)
    now = {
        role: Chosen(name=name, backend=backend, replaces=known.replaces.get(role), reference=known.reference)
        for role, backend in known.roles.items()
    }
    _write(data_dir, _Active(use=before.use | now, earlier=(*before.earlier, before.use)[-_KEPT:]))
    return known


def undo(data_dir: Path) -> dict[str, str]:
    """Take the last change back; role -> name of what is in use now. Raises Conflict when there is none."""
    now = _active(data_dir)
    if not now.earlier:
        raise Conflict("There is no change to take back.", hint="`assistant train list` shows what is in use.", code="nothing_to_undo")
    kept = {role: one for role, one in now.earlier[-1].items() if (folder(data_dir) / one.name / CARD).is_file()}
    _write(data_dir, _Active(use=kept, earlier=now.earlier[:-1]))
    return active(data_dir)


def remove(data_dir: Path, name: str) -> None:
    """Delete a model. Raises NotFound, Conflict for one in use."""
    card(data_dir, name)
    if name in active(data_dir).values():
        raise Conflict(f"'{name}' is in use.", hint="Go back first, with: assistant train use --undo.", param="name", code="in_use")
    shutil.rmtree(folder(data_dir) / name)


def _active(data_dir: Path) -> _Active:
    path = folder(data_dir) / ACTIVE
    try:
        return _Active.model_validate(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return _Active()
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path} cannot be read.", hint="Delete it to go back to the models that come along.") from error


def _write(data_dir: Path, now: _Active) -> None:
    write_durably(folder(data_dir) / ACTIVE, now.model_dump_json(indent=1).encode())
