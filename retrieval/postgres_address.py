"""The address of a PostgreSQL database: which ones are taken. Opens no connection."""

from __future__ import annotations

import ipaddress
from urllib.parse import parse_qs, urlsplit

from retrieval.faults import InvalidInput, NotAllowed

SCHEMES = ("postgres://", "postgresql://")


def checked(address: str, offline: bool = False) -> str:
    """An address `postgres://[USER@]HOST[:PORT]/NAME`. Raises InvalidInput for another or one with a password; NotAllowed."""
    try:
        parts = urlsplit(address)
        asked = parse_qs(parts.query)
        secret = parts.password is not None or "password" in asked
    except ValueError:
        parts, asked, secret = urlsplit(""), {}, False
    if secret:
        raise InvalidInput(
            "The address of the database has a password in it.",
            hint="Addresses are shown: put it into the setting database_password instead.", param="database",
        )  # fmt: skip
    if not address.startswith(SCHEMES) or len(parts.path) < 2:
        raise InvalidInput(f"'{address[:100]}' is no address of a database.", hint="Write postgres://HOST/NAME.", param="database")
    named = parts.netloc.rpartition("@")[2].split(",") + ",".join(asked.get("host", []) + asked.get("hostaddr", [])).split(",")
    if offline and not all(_of_this_machine(host) for host in named):
        raise NotAllowed("With offline only a database of this machine is used.", hint="Unset offline, or database.", param="database")
    return address


def _of_this_machine(host: str) -> bool:
    name = host[1:].partition("]")[0] if host.startswith("[") else host if host.count(":") > 1 else host.partition(":")[0]
    if name in ("", "localhost") or name.startswith(("/", "%2F", "%2f", "@")):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
