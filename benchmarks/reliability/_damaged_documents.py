"""Damaged documents and models: PDFs written as object graphs with loops, office packages, tables, meshes. Knows no decoder."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable

from benchmarks.reliability._damage import mutated


def pdf_file(objects: dict[int, bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A PDF of these objects with a cross-reference table that fits; object 1 is the catalogue."""
    body, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), {}
    for number, content in objects.items():
        places[number] = len(body)
        body += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start, last = len(body), max(objects)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (last + 1)
    for number in range(1, last + 1):
        body += b"%010d 00000 %s \n" % (places.get(number, 0), b"n" if number in places else b"f")
    return bytes(body + b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (last + 1, trailer, start))


def stream(data: bytes, more: bytes = b"", packed: bool = True) -> bytes:
    """A stream object of `data`."""
    if packed:
        data, more = zlib.compress(data, 9), more + b" /Filter /FlateDecode"
    return b"<< /Length %d %s >>\nstream\n" % (len(data), more) + data + b"\nendstream"


def _reference(rng: random.Random, most: int) -> bytes:
    return b"%d 0 R" % rng.randint(1, most)


_KEYS = (b"/Kids", b"/Parent", b"/Outlines", b"/First", b"/Next", b"/Prev", b"/Last", b"/Contents", b"/Resources", b"/Font", b"/XObject",
         b"/Annots", b"/OpenAction", b"/Names", b"/Dest", b"/SMask", b"/ColorSpace", b"/ToUnicode", b"/Count", b"/MediaBox", b"/Rotate",
         b"/Length", b"/Filter", b"/DecodeParms", b"/Type", b"/Subtype", b"/Encoding", b"/FontFile2", b"/AcroForm", b"/XFA")  # fmt: skip


def _value(rng: random.Random, most: int, depth: int = 0) -> bytes:
    act = rng.randrange(9 if depth < 4 else 7)
    if act <= 1:
        return _reference(rng, most)
    if act == 2:
        return rng.choice((b"0", b"1", b"-1", b"1e9", b"99999999999", b"0.0000001", b"true", b"null"))
    if act == 3:
        return rng.choice(
            (b"/Page", b"/Pages", b"/Image", b"/Form", b"/FlateDecode", b"/LZWDecode", b"/ASCII85Decode", b"/DeviceRGB", b"/JavaScript")
        )
    if act == 4:
        return b"[" * rng.choice((1, 3, 400)) + b"0 0 612 792" + b"]" * rng.choice((1, 3, 400))
    if act <= 6:
        return b"(" + mutated(b"words of a text", rng).replace(b"(", b"").replace(b")", b"") + b")"
    if act == 7:
        return b"[" + b" ".join(_value(rng, most, depth + 1) for _ in range(rng.randint(0, 5))) + b"]"
    return b"<<" + b" ".join(rng.choice(_KEYS) + b" " + _value(rng, most, depth + 1) for _ in range(rng.randint(0, 4))) + b">>"


_DRAWN = b"BT /F1 14 Tf 72 700 Td (Warranty) Tj 0 -20 Td (Two years.) Tj ET q 100 0 0 100 72 500 cm /I1 Do Q"


def pdf(data: bytes, rng: random.Random) -> bytes:
    """A generated graph: a small sound document of which some entries point anywhere, itself included; now and then a changed real one."""
    if rng.random() < 0.3:
        return _changed_pdf(data, rng)
    most = rng.randint(8, 14)
    parts: dict[int, dict[bytes, bytes]] = {
        1: {b"/Type": b"/Catalog", b"/Pages": b"2 0 R", b"/Outlines": b"7 0 R"},
        2: {b"/Type": b"/Pages", b"/Kids": b"[3 0 R]", b"/Count": b"1"},
        3: {b"/Type": b"/Page", b"/Parent": b"2 0 R", b"/MediaBox": b"[0 0 612 792]", b"/Contents": b"4 0 R",
            b"/Resources": b"<< /Font << /F1 5 0 R >> /XObject << /I1 6 0 R >> >>"},
        5: {b"/Type": b"/Font", b"/Subtype": b"/Type1", b"/BaseFont": b"/Helvetica"},
        7: {b"/Type": b"/Outlines", b"/First": b"8 0 R", b"/Last": b"8 0 R"},
        8: {b"/Title": b"(x)", b"/Parent": b"7 0 R", b"/Next": b"8 0 R", b"/Prev": b"8 0 R"},
    }  # fmt: skip
    for number in range(9, most + 1):
        parts[number] = {rng.choice(_KEYS): _value(rng, most) for _ in range(3)}
    for _ in range(rng.randint(1, 5)):
        parts[rng.choice(list(parts))][rng.choice(_KEYS)] = _value(rng, most)
    objects = {n: b"<< " + b" ".join(k + b" " + v for k, v in entries.items()) + b" >>" for n, entries in parts.items()}
    drawn = mutated(_DRAWN, rng) if rng.random() < 0.5 else _DRAWN * rng.choice((1, 1, 500))
    objects[4] = stream(drawn, packed=rng.random() < 0.5)
    side = rng.choice((1, 8, 8, 30_000, 100_000))
    bits = rng.choice((1, 8, 16, 99))
    pixels = bytes(rng.choice((64 * 3, 0, 3_000_000)))
    objects[6] = stream(
        pixels, b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent %d /ColorSpace /DeviceRGB" % (side, side, bits)
    )
    if rng.random() < 0.3:
        objects[5] = objects[5][:-3] + b" /ToUnicode 15 0 R >>"
        objects[15] = stream(b"/CIDInit\n" + b"1 beginbfrange <0000> <ffff> <0041> endbfrange\n" * rng.choice((1, 2000)))
    return pdf_file(objects, b"/Root 1 0 R" + rng.choice((b"", b" /Prev 9", b" /Prev 0", b" /XRefStm 15", b" /Encrypt 9 0 R")))


def _changed_pdf(data: bytes, rng: random.Random) -> bytes:
    """A real document with numbers and references changed in place, or its streams packed anew after a change."""
    body = data
    for _ in range(rng.randint(1, 5)):
        found = list(re.finditer(rb"(?<![0-9])\d{1,4}(?![0-9])", body))
        if found:
            one = rng.choice(found)
            body = (
                body[: one.start()]
                + str(rng.choice((0, 1, 2, 7, 9999))).encode().rjust(len(one[0]), b"0")[-len(one[0]) :]
                + body[one.end() :]
            )
    return body


def package(data: bytes, rng: random.Random) -> bytes:
    """Changed parts in a sound zip archive, so that the XML and document parsers are reached."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        chosen = rng.sample(source.namelist(), 2)
        for name in source.namelist():
            body = source.read(name)
            if name in chosen and rng.random() < 0.1:
                continue
            likely = name in chosen or (rng.random() < 0.5 and name.endswith(("document.xml", "slide1.xml")))
            target.writestr(name, _changed_xml(body, rng) if likely else body)
    return buffer.getvalue()


def _changed_xml(body: bytes, rng: random.Random) -> bytes:
    """Bytes changed, or whole elements doubled, swapped, nested or lost, so that the XML stays well-formed more often."""
    elements = list(re.finditer(rb"<([\w:]+)[^<>]*/>|<([\w:]+)[^<>]*>[^<>]*</\2>", body))
    if not elements or rng.random() < 0.3:
        return mutated(body, rng)
    for _ in range(rng.randint(1, 4)):
        one, other = rng.choice(elements), rng.choice(elements)
        put = rng.choice((b"", one[0] * 2, other[0], one[0] * 300, re.sub(rb'"[^"]*"', b'"-99999999999"', one[0]), b"&x;" + one[0]))
        body = body.replace(one[0], put, 1)
    if rng.random() < 0.1:
        body = re.sub(rb"^(<\?xml[^>]*\?>)?", rb'\1<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z SYSTEM "file:///etc/passwd">]>', body, count=1)
    return body


def json_text(data: bytes, rng: random.Random) -> bytes:
    """Values of a JSON file exchanged for awkward ones."""
    text = data
    for _ in range(rng.randint(1, 4)):
        put = rng.choice((b"1e999", b"NaN", b'"\\ud800"', b"[[[[[]]]]]", b"9" * 400, b"{}", b'""', b'"\\u0000"', b"-0", b"null"))
        text = re.sub(rb'\d+(?:\.\d+)?|"[^"]*"(?!\s*:)', lambda found, put=put: put if rng.random() < 0.3 else found[0], text)
    return mutated(text, rng) if rng.random() < 0.3 else text


def glb(data: bytes, rng: random.Random) -> bytes:
    """A model whose JSON or bytes are changed, with lengths that fit."""
    size = struct.unpack_from("<I", data, 12)[0]
    described, rest = data[20 : 20 + size], data[20 + size :]
    if rng.random() < 0.8:
        numbers = rng.choice((b"0", b"-1", b"5126", b"99", b"4294967295", b"1e300", b"null", b'"x"', b"[]"))
        described = re.sub(rb"(?<=:)\d+", lambda found: numbers if rng.random() < 0.15 else found[0], described)
    described += b" " * (-len(described) % 4)
    body = struct.pack("<II", len(described), 0x4E4F534A) + described + (mutated(rest, rng) if rng.random() < 0.4 else rest)
    return b"glTF" + struct.pack("<II", 2, 12 + len(body)) + body


def stl(data: bytes, rng: random.Random) -> bytes:
    """A binary STL with awkward numbers and a count that fits its length."""
    count = rng.choice((1, 2, 12))
    body = bytearray(data[84 : 84 + 50 * count])
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(body) // 4) * 4
        body[at : at + 4] = struct.pack("<f", rng.choice((0.0, float("nan"), float("inf"), -1e38, 1e-45, 1e30)))
    return data[:80] + struct.pack("<I", len(body) // 50) + bytes(body)


def words(data: bytes, rng: random.Random) -> bytes:
    """A model written as text, or a table: numbers and whole lines exchanged."""
    lines = data.split(b"\n")
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(lines))
        put = rng.choice((b"-1", b"0", b"nan", b"1e999", b"99999999999", b"", b"x"))
        lines[at] = rng.choice((re.sub(rb"-?\d+(?:\.\d+)?", put, lines[at]), lines[at] * 2, b"", rng.choice(lines)))
    body = b"\n".join(lines * rng.choice((1, 1, 1, 20)))
    return mutated(body, rng) if rng.random() < 0.3 else body


def nested(data: bytes, rng: random.Random) -> bytes:
    """A text with marks that nest: tags, lists, quotes and links, many deep."""
    marks = (
        b"<div>",
        b"<table><tr><td>",
        b"<!--",
        b"<b",
        b"</p>",
        b"&#x110000;",
        b"> ",
        b"- ",
        b"[a](",
        b"```\n",
        b"| a | b |\n|--|--|\n",
        b"\x00",
    )
    at = rng.randrange(len(data) + 1)
    put = b"".join(rng.choice(marks) * rng.choice((1, 2, 300)) for _ in range(rng.randint(1, 5)))
    return data[:at] + put + data[at:]


INSIDE: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "pdf": pdf, "docx": package, "pptx": package, "json": json_text, "glb": glb, "gltf": json_text, "stl": stl, "obj": words, "ply": words,
    "off": words, "csv": words, "html": nested, "md": nested,
}  # fmt: skip
"""Kind -> the mutator that knows its outline."""
