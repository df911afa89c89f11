"""Thousands of damaged files through the real worker: only Faults come out, the worker stays small, the next good file still works."""

from __future__ import annotations

import io
import random
import time
import zipfile
import zlib
from collections import Counter

import media_samples as samples
import pytest

from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import Busy, Fault, TimedOut, Unavailable

SECONDS = 1.2
"""Time for each kind; the number of cases follows from it."""
LEAST, MOST = 30, 1500
SEED = 20261120
LIMITS = DecodingLimits(decode_seconds=8, decode_bytes=768 * 2**20, audio_seconds=600)
LANDMARKS = (0, 1, 0x7F, 0x80, 0xFF)
KINDS = {
    "png": lambda: samples.noise("PNG", (40, 40)),
    "gif": lambda: samples.gif(3),
    "jpeg": lambda: samples.noise("JPEG", (40, 40)),
    "webp": lambda: samples.noise("WEBP", (40, 40)),
    "pdf": lambda: samples.pdf([[(18, "Warranty"), (11, "Two years from the day of purchase.")]]),
    "wav": lambda: samples.wav(samples.tone(0.3)),
    "mp3": lambda: samples.sound("mp3", "libmp3lame", 0.5),
    "flac": lambda: samples.sound("flac", "flac", 0.3),
    "mp4": lambda: samples.video(1.0),
    "docx": samples.docx,
    "pptx": samples.pptx,
    "json": lambda: b'[{"name": "Jacket", "price": 189.0, "tags": ["a", null]}, {"question": "q", "answer": "a"}]',
    "csv": lambda: 'name,price\n"Jacket; red",189\n夹克,1\n'.encode(),
    "html": lambda: b"<html><head><title>t</title></head><body><h1>a</h1><p>b<br>c<table><tr><td>1<td>2</table></body></html>",
    "md": lambda: "# 标题\n\nwords *here*\n\n```\ncode\n```\n- a\n- b\n".encode(),
}


def mutated(data: bytes, rng: random.Random) -> bytes:
    """One to eight changes: bytes set, flipped, cut out, repeated, inserted, or the end cut off."""
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
            body[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x00"))
    return bytes(body)


def _mutated_png(data: bytes, rng: random.Random) -> bytes:
    """Changed chunks with checksums that fit, so that the decoder behind them is reached."""
    at, chunks = 8, []
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if kind == b"IDAT" and rng.random() < 0.7:
            body = zlib.compress(mutated(zlib.decompress(body), rng))
        elif rng.random() < 0.4:
            body = mutated(body, rng)
        chunks += [samples.png_chunk(kind, body)] * rng.choice((1, 1, 1, 1, 0, 2))
        at += length + 12
    return data[:8] + b"".join(chunks)


def _mutated_package(data: bytes, rng: random.Random) -> bytes:
    """Changed parts in a sound zip archive, so that the XML and document parsers are reached."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        chosen = rng.sample(source.namelist(), 2)
        for name in source.namelist():
            body = source.read(name)
            if name in chosen and rng.random() < 0.1:
                continue
            likely = name in chosen or (rng.random() < 0.5 and name.endswith(("document.xml", "slide1.xml")))
            target.writestr(name, mutated(body, rng) if likely else body)
    return buffer.getvalue()


def damaged(kind: str, data: bytes, rng: random.Random) -> bytes:
    """A damaged file: half of the pictures and packages are damaged inside their own checksums."""
    inside = {"png": _mutated_png, "docx": _mutated_package, "pptx": _mutated_package}.get(kind)
    return inside(data, rng) if inside and rng.random() < 0.7 else mutated(data, rng)


@pytest.fixture(scope="module")
def decoder():
    made = Decoder(LIMITS, workers=1)
    yield made
    made.close()


def _through(decoder: Decoder, content: Content) -> None:
    decoder.read(content)
    if content.modality in ("audio", "video"):
        decoder.pcm(content)
    if content.media_type == "application/pdf":
        decoder.page(content, 1, 0.5)


@pytest.mark.parametrize("kind", KINDS)
def test_only_faults_come_out_and_the_next_file_works(decoder, kind):
    good, rng, outcomes = KINDS[kind](), random.Random(f"{SEED}{kind}"), Counter()
    end = time.monotonic() + SECONDS
    while (time.monotonic() < end or sum(outcomes.values()) < LEAST) and sum(outcomes.values()) < MOST:
        data = damaged(kind, good, rng)
        try:
            content = decoder.admit(data, f"x.{kind}")
            assert content.modality != "image" or (content.width and content.height)
            _through(decoder, content)
            outcomes["read"] += 1
        except (Busy, TimedOut, Unavailable) as fault:
            pytest.fail(f"{kind}: {type(fault).__name__} for {data[:200]!r}")
        except Fault as fault:
            outcomes[fault.code if fault.hint and "0x" not in fault.message else "bad fault"] += 1
        (worker,) = decoder._all
        with open(f"/proc/{worker.process.pid}/statm") as file:
            assert int(file.read().split()[0]) * 4096 <= LIMITS.decode_bytes
    assert sum(outcomes.values()) >= LEAST, outcomes
    assert not outcomes["bad fault"]
    assert decoder.read(decoder.admit(good, f"x.{kind}"))
    print(kind, dict(outcomes))
