"""YAML files that people write: read as plain values, with the line in every complaint. Knows nothing of what they mean.

`on`, `off`, `yes` and `no` are words here, not truth values: a lamp is `power: off`. A key that stands twice is a mistake, not a choice.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from retrieval.faults import InvalidInput, NotFound, TooLarge

MOST_BYTES = 2**20
_WORDS = "yYnNoO"
"""First letters of the words that YAML 1.1 takes for truth values and that are words here."""


class Strict(BaseModel):
    """A part of a file; a key that nobody reads is a slip of the pen, and is said."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Form = TypeVar("Form", bound=Strict)


def read(path: Path) -> Any:
    """The values in `path`. Raises NotFound, TooLarge, InvalidInput."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise TooLarge(f"{path} is larger than {MOST_BYTES} bytes.", hint="Split it.")
        text = path.read_text("utf-8")
    except OSError as error:
        raise NotFound(f"{path} cannot be read.", hint="Check that it exists.") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8 text.", hint="Save it as UTF-8.") from error
    return parse(text, str(path))


def parse(text: str, name: str) -> Any:
    """The values in `text`; `name` is what complaints call it. Raises InvalidInput."""
    import yaml

    try:
        return yaml.load(text, Loader=_loader())  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where else ""
        raise InvalidInput(f"{name}{line}: {getattr(error, 'problem', None) or error}.", hint="Correct that line.") from error
    except RecursionError as error:
        raise InvalidInput(f"{name} is nested too deeply.", hint="No file read here needs more than a few levels.") from error


def checked(form: type[Form], found: Any, name: str) -> Form:
    """The values that were read, in their form; `name` is what complaints call the file. Raises InvalidInput that says where."""
    try:
        return form.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"{name}: {where or 'the file'}: {first['msg']}.", hint="docs/devices.md describes the file.") from error


@cache
def _loader() -> Any:
    import yaml

    class Plain(yaml.SafeLoader):  # type: ignore[misc]  # yaml has no types
        """Values only; no anchors (a short file could grow without end), no double keys, words stay words."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.events.AliasEvent):
                raise yaml.constructor.ConstructorError(None, None, "references (*name) are not read here", self.peek_event().start_mark)
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen: set[Any] = set()
            for key, _ in node.value:
                name = self.construct_object(key, deep=True)
                if not isinstance(name, str | int | float):
                    raise yaml.constructor.ConstructorError(None, None, "a key must be a word", key.start_mark)
                if name in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"'{name}' stands twice", key.start_mark)
                seen.add(name)
            return super().construct_mapping(node, deep)

    boolean = "tag:yaml.org,2002:bool"
    Plain.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not (tag == boolean and first in _WORDS)]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return Plain
