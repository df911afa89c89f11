"""Back-ends by file name: the file `retrieval/embedders/minilm.py` is the embedder `minilm` in the settings.

Listing never imports; choosing imports only what was chosen, because native libraries can be slow or absent.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from retrieval.faults import InvalidInput, NotInstalled


def names(package: str) -> list[str]:
    """Names of the back-ends in `package` (dotted), without importing any of them."""
    spec = find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise InvalidInput(f"'{package}' is not a package of back-ends.")
    found = pkgutil.iter_modules(spec.submodule_search_locations)
    return sorted(m.name for m in found if m.name != "base" and not m.name.startswith("_"))


def load(package: str, name: str) -> Any:
    """The factory `create` of back-end `name`.

    Raises InvalidInput for an unknown name, NotInstalled when a package it needs is missing.
    """
    known = names(package)
    role = package.rsplit(".", 1)[-1]
    if name not in known:
        raise InvalidInput(f"'{name}' is not one of {role}.", hint=f"Choose one of: {', '.join(known)}.", param=role)
    try:
        return importlib.import_module(f"{package}.{name}").create
    except ModuleNotFoundError as error:
        raise NotInstalled(
            f"The {role} back-end '{name}' needs the package '{error.name}'.",
            hint="Install it with: make install EXTRAS=all, or choose another back-end in assistant.toml.",
        ) from error


def call(create: Callable[..., Any], *, reference: str = "", **offered: Any) -> Any:
    """`create` with those of `offered` that its signature names: a back-end asks for what it needs and for nothing else.

    Raises InvalidInput for a reference to a back-end that takes none.
    """
    wanted = inspect.signature(create).parameters
    if reference and "reference" not in wanted:
        name = create.__module__.rsplit(".", 1)[-1]
        raise InvalidInput(f"'{name}' takes no reference, but got '{reference}'.", hint=f"Write only the name: {name}.")
    given = {name: value for name, value in (offered | {"reference": reference}).items() if name in wanted}
    return create(**given)
