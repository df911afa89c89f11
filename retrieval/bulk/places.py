"""Places: a folder or a bucket that a person names, checked before anything is asked of it. Opens file systems, lists nothing.

Credentials are those of the environment, found by fsspec's own file systems; none is read, shown or kept here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from retrieval.addresses import checked, pinned
from retrieval.faults import InvalidInput, NotAllowed, NotFound, NotInstalled, TooLarge, Unavailable, Unreadable

SCHEMES = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs", "abfs": "adlfs", "memory": "fsspec", "file": ""}
"""Scheme of an address -> the package that speaks with it."""
ATTEMPTS, TIMEOUT = 3, 60
RESOLVE_SECONDS = 10.0


@dataclass(frozen=True)
class Place:
    """Where files lie. `root` is a path for `file`, else bucket and prefix."""

    scheme: str
    root: str

    @property
    def address(self) -> str:
        """How it is called."""
        return self.root if self.scheme == "file" else f"{self.scheme}://{self.root}"

    @property
    def prefix(self) -> str:
        """What the origin of everything below it begins with."""
        return f"{self.address.rstrip('/')}/"

    @property
    def local(self) -> bool:
        """Whether it is a folder of this machine."""
        return self.scheme == "file"


def is_object_store(text: str) -> bool:
    """Whether `text` is an address that only bulk ingestion reads."""
    scheme, found, _ = text.partition("://")
    return bool(found) and scheme.lower() in SCHEMES


def place_of(text: str) -> Place:
    """The place that an address or a folder names. Raises InvalidInput, NotFound."""
    scheme, found, rest = text.partition("://")
    scheme = scheme.lower() if found else "file"
    if scheme not in SCHEMES:
        raise InvalidInput(
            f"'{scheme}://' is no place that is read in bulk.", hint=f"Use a folder, or one of: {', '.join(f'{s}://' for s in SCHEMES)}."
        )
    if scheme == "file":
        path = Path(rest if found else text).expanduser().resolve()
        if not path.is_dir():
            raise NotFound(f"There is no folder '{path}'.", hint="Check the path; single files are read without --bulk.", param="path")
        return Place("file", str(path))
    bucket = rest.partition("/")[0]
    if "@" in bucket or "?" in rest or "#" in rest:
        raise InvalidInput(
            "The address carries a name, a password or options.", hint="Credentials come from the environment, as fsspec finds them.",
            param="path",
        )  # fmt: skip
    if not bucket and scheme != "memory":
        raise InvalidInput(f"'{scheme}://' names no bucket.", hint=f"Write {scheme}://BUCKET/FOLDER.", param="path")
    return Place(scheme, rest.strip("/"))


def opened(place: Place, *, offline: bool, hosts: Sequence[str] = ()) -> Any:
    """The file system of a place, whose address was checked; None for a folder of this machine.

    Raises NotInstalled, NotAllowed when offline and it is not of this machine, InvalidInput for an address of a private network.
    """
    if place.local:
        return None
    package = SCHEMES[place.scheme]
    if find_spec("fsspec") is None or find_spec(package) is None:
        extra = "the extra grown: make install EXTRAS=voice,grown" if package in ("fsspec", "s3fs") else f"it: pip install {package}"
        raise NotInstalled(f"{place.scheme}:// needs the package {package}.", hint=f"Install {extra}.")
    import fsspec

    if place.scheme == "memory":
        return fsspec.filesystem("memory")
    if offline:  # a chain of credentials would ask the metadata service of a cloud
        os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    try:
        system = fsspec.filesystem(place.scheme, use_listings_cache=False)
        endpoint = _endpoint(place, system)
    except ImportError as error:
        raise NotInstalled(f"{package} could not be loaded.", hint="Install the extra grown again.") from error
    except Exception as error:  # whatever the library of a cloud raises: its words may hold keys
        raise unknown(place, error) from None
    _check(endpoint, offline, hosts)
    return system


def _endpoint(place: Place, system: Any) -> str:
    """Where a file system will connect to; it has not done so yet."""
    if place.scheme == "s3":
        system.connect()
        return str(system.s3.meta.endpoint_url)
    if place.scheme == "gs":
        return str(getattr(system, "_location", "") or "https://storage.googleapis.com")
    return str(getattr(system, "account_url", "") or f"https://{system.account_name}.blob.core.windows.net")


def _check(endpoint: str, offline: bool, hosts: Sequence[str]) -> None:
    if of_this_machine(urlsplit(endpoint).hostname or ""):
        return
    if offline:
        raise NotAllowed(
            "This service is offline: only folders and object stores of this machine are read.",
            hint="Start without OFFLINE=1, or point the endpoint at this machine.", code="offline",
        )  # fmt: skip
    pinned(checked(endpoint), hosts, time.monotonic() + RESOLVE_SECONDS)


def of_this_machine(host: str) -> bool:
    """Whether a name or an address is this machine, without asking anybody."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def unknown(place: Place, error: BaseException) -> Unavailable:
    """The fault for what a cloud's library raised, without its words: they may hold keys."""
    return Unavailable(
        f"{place.scheme}:// could not be opened ({type(error).__name__}).",
        hint="Check the credentials and the endpoint in the environment.", code="store_unavailable",
    )  # fmt: skip


def key_of(place: Place, origin: str) -> str:
    """How the file system calls what the library knows as `origin`."""
    return origin if place.local else origin.removeprefix(f"{place.scheme}://")


def read(place: Place, system: Any, origin: str, limit: int) -> bytes:
    """The bytes at an origin, tried again when the store stumbles. Raises NotFound, NotAllowed, TooLarge, Unavailable, Unreadable."""
    for attempt in range(ATTEMPTS):
        try:
            data = _bytes(place, system, origin, limit)
        except FileNotFoundError as error:
            raise NotFound("It is gone since it was listed.", hint="Run it again.", code="gone") from error
        except PermissionError as error:
            raise NotAllowed("It may not be read.", hint="Check the rights of the file.", code="no_access") from error
        except OSError as error:
            if place.local:
                raise Unreadable(f"It cannot be read: {error.strerror or type(error).__name__}.", hint="Check the disk.") from error
        except Exception as error:
            if attempt + 1 == ATTEMPTS:
                raise unknown(place, error) from None
        else:
            if len(data) > limit:
                raise TooLarge(
                    f"The file has more than {limit / 2**20:g} MiB.", hint="Raise limits.file_bytes.", code="file_too_large",
                )  # fmt: skip
            return data
        time.sleep(0.5 * 2**attempt)
    raise Unavailable("The store does not answer.", hint="Run it again.", code="store_unavailable")


def _bytes(place: Place, system: Any, origin: str, limit: int) -> bytes:
    if place.local:
        with Path(origin).open("rb") as file:
            return file.read(limit + 1)
    found: bytes = system.cat_file(key_of(place, origin), start=0, end=limit + 1)
    return found
