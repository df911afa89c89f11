"""Damaged files: a byte mutator, and mutators that keep checksums and lengths right so that the decoder behind them is reached.

Knows the outlines of the formats; what a damaged file should be answered with is for the study to know.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable
from itertools import pairwise

LANDMARKS = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)
WORDS = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x00", b"\x80\x00\x00\x00", b"\x00\x01\x00\x00", b"\xff\xff\x00\x00")
SIDES = (0, 1, 7, 8, 255, 4096, 13_107, 32_768, 65_535)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """One to eight changes: bytes set, flipped, cut out, repeated, inserted, overwritten, or the end cut off."""
    body = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        if not body:
            break
        at, span = rng.randrange(len(body)), min(rng.randint(1, 64), len(body))
        act = rng.randrange(6)
        if act == 0:
            body[at] = rng.choice(LANDMARKS)
        elif act == 1:
            body[at] ^= 1 << rng.randrange(8)
        elif act == 2:
            del body[at : at + span]
        elif act == 3:
            body[at:at] = body[at : at + span] * rng.choice((1, 2, 50))
        elif act == 4:
            body[at:at] = rng.randbytes(span)
        elif rng.random() < 0.2:
            del body[at:]
        else:
            body[at : at + 4] = rng.choice(WORDS)
    return bytes(body)


def _overwritten(data: bytes, rng: random.Random, places: tuple[tuple[int, int], ...]) -> bytes:
    """Fields (offset, width in bytes) set to awkward numbers; a place behind the end is left out."""
    body = bytearray(data)
    for at, width in rng.sample(places, rng.randint(1, min(3, len(places)))):
        if at + width <= len(body):
            value = rng.choice((0, 1, 2, 3, 255, 65_535, 2**31 - 1, 2**32 - 1, rng.getrandbits(32))) & (2 ** (8 * width) - 1)
            body[at : at + width] = value.to_bytes(width, "little")
    return bytes(body)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(data: bytes, rng: random.Random) -> bytes:
    """Changed, doubled, lost and added chunks with checksums that fit."""
    at, chunks = 8, []
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if kind == b"IHDR" and rng.random() < 0.3:
            body = struct.pack(">IIBBBBB", rng.choice(SIDES), rng.choice(SIDES), rng.choice((1, 2, 4, 8, 16)), rng.choice((0, 2, 3, 4, 6)),
            0, 0, rng.randrange(2))  # fmt: skip
        elif kind == b"IDAT" and rng.random() < 0.7:
            body = zlib.compress(mutated(zlib.decompress(body), rng))
        elif rng.random() < 0.4:
            body = mutated(body, rng)
        chunks += [png_chunk(kind, body)] * rng.choice((1, 1, 1, 1, 0, 2))
        if rng.random() < 0.2:
            chunks.append(png_chunk(*_png_extra(rng)))
        at += length + 12
    return data[:8] + b"".join(chunks)


def _png_extra(rng: random.Random) -> tuple[bytes, bytes]:
    packed = zlib.compress(bytes(rng.choice((10, 100_000, 3_000_000))), 9)
    return rng.choice(
        [
            (b"zTXt", b"k\x00\x00" + packed), (b"iCCP", b"p\x00\x00" + packed), (b"iTXt", b"k\x00\x01\x00\x00\x00" + packed),
            (b"acTL", struct.pack(">II", rng.choice((0, 1, 10_000, 2**32 - 1)), 0)), (b"tRNS", rng.randbytes(rng.randint(0, 300))),
            (b"fcTL", struct.pack(">IIIIIHHBB", 0, rng.choice(SIDES), rng.choice(SIDES), 0, 0, 1, 1, 0, 0)),
            (b"eXIf", b"MM\x00*" + rng.randbytes(40)), (b"PLTE", rng.randbytes(rng.choice((3, 5, 768, 900)))),
        ]
    )  # fmt: skip


def gif(data: bytes, rng: random.Random) -> bytes:
    """Boxes of the screen and of single frames, code sizes, and blocks doubled."""
    starts = [at for at in range(13, len(data) - 10) if data[at] == 0x2C]
    if not starts:
        return mutated(data, rng)
    body, at = bytearray(data), rng.choice(starts)
    place = at + 1 if rng.random() < 0.8 else 4
    for field in rng.sample((0, 2, 4, 6) if place != 4 else (2, 4), 2):
        body[place + field : place + field + 2] = rng.choice(SIDES).to_bytes(2, "little")
    if rng.random() < 0.3:
        body[at + 10] = rng.choice((0, 1, 2, 11, 12, 13, 255))
    return mutated(bytes(body), rng) if rng.random() < 0.3 else bytes(body)


def jpeg(data: bytes, rng: random.Random) -> bytes:
    """Segments changed, doubled or lost with lengths that fit; sizes in the frame header; the scan damaged."""
    at, parts = 2, [data[:2]]
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        mark, body = data[at + 1], data[at + 4 : at + 2 + length]
        if mark in (0xC0, 0xC2) and rng.random() < 0.5:
            body = bytes([8]) + struct.pack(">HH", rng.choice(SIDES), rng.choice(SIDES)) + body[5:]
        elif rng.random() < 0.3:
            body = mutated(body, rng)[:65_000]
        parts += [b"\xff" + bytes([mark]) + struct.pack(">H", len(body) + 2) + body] * rng.choice((1, 1, 1, 0, 2, 3))
        at += length + 2
    scan = mutated(data[at:], rng) if rng.random() < 0.6 else data[at:] * rng.choice((1, 2, 20))
    return b"".join(parts) + scan + rng.choice((b"", b"\xff\xd9"))


def riff(data: bytes, rng: random.Random) -> bytes:
    """Chunks of a WebP or WAV changed, doubled or lost, with lengths that fit or lie."""
    at, parts = 12, []
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        kind, body = data[at : at + 4], data[at + 8 : at + 8 + length]
        if kind == b"fmt " and rng.random() < 0.6:
            body = _overwritten(body, rng, ((0, 2), (2, 2), (4, 4), (8, 4), (12, 2), (14, 2)))
        elif rng.random() < 0.5:
            body = mutated(body, rng)
        said = rng.choice((0, 2**31 - 1, 2**32 - 1)) if rng.random() < 0.2 else len(body)
        parts += [kind + struct.pack("<I", said) + body + b"\x00" * (len(body) % 2)] * rng.choice((1, 1, 1, 0, 2))
        at += 8 + length + length % 2
    joined = data[8:12] + b"".join(parts)
    return b"RIFF" + struct.pack("<I", rng.choice((len(joined), 0, 2**32 - 1))) + joined


_OGG_TABLE: list[int] = []


def _ogg_sum(page: bytes) -> int:
    if not _OGG_TABLE:
        for n in range(256):
            value = n << 24
            for _ in range(8):
                value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
            _OGG_TABLE.append(value)
    found = 0
    for byte in page:
        found = (found << 8 & 0xFFFFFFFF) ^ _OGG_TABLE[found >> 24 ^ byte]
    return found


def ogg(data: bytes, rng: random.Random) -> bytes:
    """Pages changed, doubled, lost or moved, with checksums that fit."""
    starts = [at for at in range(len(data) - 4) if data[at : at + 4] == b"OggS"] + [len(data)]
    pages = [data[here:then] for here, then in pairwise(starts)]
    for n, page in enumerate(pages):
        if rng.random() < 0.4:
            head = 27 + page[26]
            page = page[:head] + mutated(page[head:], rng)  # noqa: PLW2901
            if rng.random() < 0.3:
                page = _overwritten(page, rng, ((5, 1), (6, 8), (14, 4), (18, 4)))  # noqa: PLW2901
            bare = page[:22] + b"\x00" * 4 + page[26:]
            pages[n] = page[:22] + struct.pack("<I", _ogg_sum(bare)) + page[26:]
    if len(pages) > 2 and rng.random() < 0.3:
        del pages[rng.randrange(1, len(pages))]
    return b"".join(pages * rng.choice((1, 1, 1, 2)))


def boxes(data: bytes, rng: random.Random) -> bytes:
    """An MP4: fields inside the index boxes changed, or boxes moved, doubled and lost, with lengths that fit."""
    body = bytearray(data)
    names = [n for n in (b"mvhd", b"tkhd", b"mdhd", b"stsd", b"stts", b"stsc", b"stsz", b"stco", b"elst", b"avcC", b"esds") if n in data]
    for name in rng.sample(names, min(len(names), rng.randint(1, 3))):
        at = data.index(name) + 4 + 4 * rng.randrange(1, 12)
        body[at : at + 4] = rng.choice(WORDS)
    return mutated(bytes(body), rng) if rng.random() < 0.3 else bytes(body)


def flac(data: bytes, rng: random.Random) -> bytes:
    """The stream's own description changed: block sizes, rate, channels, samples."""
    body = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(8, min(26, len(body)))
        body[at] = rng.choice((*LANDMARKS, rng.randrange(256)))
    return mutated(bytes(body), rng) if rng.random() < 0.5 else bytes(body)


INSIDE: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "png": png, "gif": gif, "jpeg": jpeg, "webp": riff, "wav": riff, "ogg": ogg, "opus": ogg, "mp4": boxes, "m4a": boxes, "flac": flac,
}  # fmt: skip
"""Kind -> the mutator that knows its outline."""
