"""Addresses that lead where nobody may: spellings, redirects, names that change, parsers that disagree, and bodies without end."""

from __future__ import annotations

import gzip
import ipaddress
import random
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote

from benchmarks.reliability._web import Web, hostile_web
from benchmarks.reliability.study import Outcome, Study, Tick
from retrieval.faults import Fault
from retrieval.fetching import FetchLimits, fetch
from retrieval.posting import post

TARGETS = (
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",  # noqa: S104
    "100.64.0.1",
    "100.100.100.200", "192.0.0.192", "168.63.129.16", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
)  # fmt: skip
SIX = (
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::127.0.0.1",
    "64:ff9b:1::7f00:1",
    "3fff::1",
)
NAMES = {
    "localhost.test": ["127.0.0.1"], "six.test": ["::1"], "metadata.google.internal": ["169.254.169.254"],
    "mixed.test": ["93.184.216.34", "10.0.0.1"],
    "mixed6.test": ["2606:2800:220:1:248:1893:25c8:1946", "::1"], "mapped.test": ["::ffff:127.0.0.1"], "nat.test": ["64:ff9b::7f00:1"],
    "isatap.test": ["2001:4860::5efe:7f00:1"],
}  # fmt: skip
SCHEMES = ("file:///etc/passwd", "gopher://127.0.0.1/x", "data:text/plain,x", "ftp://127.0.0.1/")
PUBLIC = "93.184.216.34"
SECONDS, BYTES = 2.0, 10_000_000


def _numbers(address: str, dice: random.Random) -> str:
    """One of the ways in which C libraries write an IPv4 address."""
    parts = [int(part) for part in address.split(".")]
    whole = int(ipaddress.IPv4Address(address))
    each = [dice.choice((str(part), hex(part), oct(part).replace("o", ""), f"0x{part:08x}", f"0{part:o}")) for part in parts]
    return dice.choice((
        address, str(whole), hex(whole), f"0{whole:o}", ".".join(each), f"{parts[0]}.{whole & 0xFFFFFF}",
        f"{parts[0]}.{parts[1]}.{whole & 0xFFFF}",
        address + ".", f"{each[0]}.{hex(whole & 0xFFFFFF)}",
    ))  # fmt: skip


def _inside(address: str, dice: random.Random) -> str:
    """An IPv6 address that leads to an IPv4 one."""
    four = ipaddress.IPv4Address(address)
    high, low = int(four) >> 16, int(four) & 0xFFFF
    return dice.choice((
        f"[::ffff:{address}]", f"[::ffff:{high:x}:{low:x}]", f"[0:0:0:0:0:FFFF:{high:04X}:{low:04X}]",
        f"[64:ff9b::{high:x}:{low:x}]", f"[::{address}]",
        f"[2002:{high:x}:{low:x}::]", f"[2001:4860::5efe:{high:x}:{low:x}]", f"[::ffff:0:{high:x}:{low:x}]",
    ))  # fmt: skip


_DIGITS = {ord(str(n)): chr(0xFF10 + n) for n in range(10)}
_CIRCLED = {ord(str(n)): (chr(0x2460 + n - 1) if n else "\u24ea") for n in range(10)}
_DRESSES: tuple[Callable[[str], str], ...] = (
    lambda host: host, lambda host: host.upper(), lambda host: host.translate(_DIGITS), lambda host: host.translate(_CIRCLED),
    lambda host: host.replace(".", "\u3002"), lambda host: host.replace(".", "\uff0e"), lambda host: quote(host, safe="[]:"),
    lambda host: "".join(f"%{byte:02x}" for byte in host.encode()), lambda host: f"example.org@{host}", lambda host: f"{host}#@example.org",
    lambda host: f"example.org\\@{host}", lambda host: f"a:b@{host}", lambda host: f"{host}\\.example.org", lambda host: f"\t{host}",
    lambda host: host + "%00", lambda host: host.replace("]", "%25lo]") if "]" in host else host + "\u00ad",
    lambda host: f"example.org:80@{host}",
)  # fmt: skip


def spelling(dice: random.Random, port: int) -> str:
    """An address of something private, one way or another."""
    host = dice.choice((
        _numbers(dice.choice(TARGETS), dice), _numbers(TARGETS[0], dice), _inside(dice.choice(TARGETS), dice),
        f"[{dice.choice(SIX)}]", dice.choice(list(NAMES)), "localhost",
        "flip.test",
    ))  # fmt: skip
    host = dice.choice(_DRESSES)(host) if dice.random() < 0.6 else host
    scheme = dice.choice(("http://", "https://", "HTTP://", "http:/", "http:", "http:///", "//", "hTTps://", "http:\\\\"))
    scheme = scheme if dice.random() < 0.3 else "http://"
    where = dice.choice((f":{port}", f":{port}", f":{port}", "", ":80", ":0", f":{port + 65536}", ":22", ":6379", f":0{port}", ":"))
    return f"{scheme}{host}{where}{dice.choice(('/', '', '/latest/meta-data/', '?x=1', '/%2e%2e/', '/a#b', '//127.0.0.1/'))}"


def reachable(address: str) -> bool:
    """Whether an address may be connected to: an opinion of its own, from the networks alone."""
    ip = ipaddress.ip_address(address)
    if ip.version == 6:
        return ip in ipaddress.ip_network("2000::/3") and not any(ip in ipaddress.ip_network(n) for n in (
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")) and ip.packed[10:12] != b"\x5e\xfe"  # fmt: skip
    private = (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "168.63.129.16/32",
    )  # fmt: skip
    return not any(ip in ipaddress.ip_network(network) for network in private)


def _slow(door: BaseHTTPRequestHandler) -> None:
    door.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    while True:
        door.wfile.write(b"x")
        door.wfile.flush()
        time.sleep(0.1)


def _endless(door: BaseHTTPRequestHandler) -> None:
    door.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        door.wfile.write(b"x" * 65536)


def _headers(door: BaseHTTPRequestHandler) -> None:
    door.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        door.wfile.write(b"X-More: " + b"y" * 1000 + b"\r\n")


def _interim(door: BaseHTTPRequestHandler) -> None:
    while True:
        door.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def _packed(door: BaseHTTPRequestHandler) -> None:
    data = gzip.compress(gzip.compress(bytes(10_000_000)))
    door.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(data) + data)


def _giant(door: BaseHTTPRequestHandler) -> None:
    door.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\nx")


def _chunks(door: BaseHTTPRequestHandler) -> None:
    door.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        door.wfile.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")


def _trailers(door: BaseHTTPRequestHandler) -> None:
    door.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n")
    while True:
        door.wfile.write(b"X-More: y\r\n")


BODIES = {"/slow": _slow, "/endless": _endless, "/headers": _headers, "/interim": _interim, "/packed": _packed, "/giant": _giant,
          "/chunks": _chunks,
          "/trailers": _trailers}  # fmt: skip


def _asks(url: str, how: str, hosts: tuple[str, ...], seconds: float = SECONDS) -> str:
    """The code of the refusal, or empty when something was fetched."""
    try:
        if how == "post":
            post(url, {"question": "?"}, seconds=seconds, hosts=hosts)
        else:
            fetch(url, FetchLimits(BYTES, seconds, hosts))
    except Fault as fault:
        return fault.code
    except Exception as error:
        return f"broken: {error!r}"
    return ""


def _leads(web: Web, dice: random.Random, number: int, outcome: Outcome) -> None:
    web.tried.clear()
    web.answered.clear()
    target = spelling(dice, web.canary)
    how = dice.choice(("direct", "direct", "post", "redirect", "twice"))
    url = target
    if how in ("redirect", "twice"):
        for _ in range(1 if how == "redirect" else 2):
            url = f"http://{web.door}/to/{dice.choice((301, 302, 303, 307, 308))}?{url}"
        if dice.random() < 0.1:
            url = f"http://{web.door}/to/302?{dice.choice(SCHEMES)}"
    code = _asks(url, how, (web.door,))
    seen = f"trial {number}: {how} {url!r} ({target!r})"
    if not code:
        outcome.fail(f"{seen}: something was fetched")
    if code.startswith("broken"):
        outcome.fail(f"{seen}: {code}")
    if web.knocks:
        outcome.fail(f"{seen}: the canary was reached")
        web.knocks.clear()
    checked_first: dict[str, list[str]] = {}
    for name, found in web.answered:
        checked_first.setdefault(name, found)
    known = {address for found in checked_first.values() for address in found}
    for address, _ in web.tried:
        if not reachable(address) or address not in known:
            outcome.fail(f"{seen}: a connection to {address} was tried; the names were checked as {checked_first}")


def _ends(web: Web, path: str, outcome: Outcome) -> float:
    import resource

    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    code = _asks(f"http://{web.door}{path}", "direct", (web.door,), 1.0)
    took, grown = time.monotonic() - began, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    if not code:
        outcome.fail(f"{path}: something was fetched")
    if took > 10:
        outcome.fail(f"{path}: it took {took:.1f} s")
    if grown > 4 * BYTES / 2**20 + 10:
        outcome.fail(f"{path}: memory grew by {grown:.0f} MiB")
    return took


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """`trials` addresses in one hostile web, then every kind of body."""
    outcome, dice, flips = Outcome(), random.Random(seed), [0]

    def answers(host: str) -> list[str] | None:
        if host == "flip.test":  # public when it is checked, private when it is asked again
            flips[0] += 1
            return [PUBLIC] if flips[0] % 2 else ["127.0.0.1"]
        if host in NAMES:
            return NAMES[host]
        if host.strip(".").endswith((".org", ".test")):
            return [PUBLIC]
        with suppress(ValueError):
            ipaddress.ip_address(host)
            return None
        return None if host == "localhost" or host[:1].isdigit() else []

    with hostile_web(answers) as web:
        connected = 0
        for number in range(trials):
            flips[0] = 0
            _leads(web, dice, number, outcome)
            connected += len(web.tried)
            outcome.done += 1
            tick(1)
        web.bodies |= BODIES
        slowest = max(_ends(web, path, outcome) for path in BODIES)
    outcome.figures |= {
        "addresses": outcome.done, "canary connects": sum("canary" in failure for failure in outcome.failures),
        "connections to public addresses tried": connected, "kinds of bodies": len(BODIES), "slowest body s": round(slowest, 2),
    }  # fmt: skip
    outcome.notes.append("Connections to public addresses are noted and refused on this machine; names are answered by the study.")
    return outcome


STUDY = Study(
    name="urls",
    title="Addresses that lead where nobody may",
    goal="2,000 spellings, redirects and names that change: no canary reached, only checked addresses asked",
    unit="addresses",
    trials={"fast": 400, "full": 4_000, "nightly": 40_000},
    run=run,
    covers=("S01", "S02", "S03", "S04", "S05"),
)
