"""Files for the tests, made here: pictures, sounds, videos and documents as bytes. Nothing is read from disk."""

from __future__ import annotations

import io
import math
import struct
import zipfile
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from retrieval.waves import wav as samples_as_wav


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), colour: Any = "red", mode: str = "RGB", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, colour).save(buffer, kind, **options)
    return buffer.getvalue()


def noise(kind: str = "PNG", size: tuple[int, int] = (64, 64), seed: int = 0) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def smooth(kind: str = "PNG", size: tuple[int, int] = (64, 64)) -> bytes:
    """A picture of slow changes, as photographs are."""
    down, across = np.mgrid[0 : size[1], 0 : size[0]]
    pixels = np.stack([down * 3, across * 3, 255 - down * 2], axis=-1).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def sign(
    lines: Sequence[str], size: tuple[int, int] = (640, 360), ink: str = "black", paper: str = "white", points: int = 44
) -> Image.Image:
    image = Image.new("RGB", size, paper)
    font = ImageFont.load_default(points)
    for place, line in enumerate(lines):
        ImageDraw.Draw(image).text((30, 30 + place * points * 1.6), line, fill=ink, font=font)
    return image


def png_bytes(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def huge_png(side: int) -> bytes:
    """A valid 1-bit PNG of side x side pixels, compressed to next to nothing."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = b"\x00" * (side // 8 + 2)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


def gif(frames: int, size: tuple[int, int] = (48, 48)) -> bytes:
    """A GIF of differing frames, written block by block."""
    block = io.BytesIO()
    block.write(b"GIF89a" + struct.pack("<HHBBB", *size, 0x80, 0, 0) + bytes([0, 0, 0, 255, 255, 255]))
    one = gif_frame(8, 8)
    for _ in range(frames):
        block.write(one)
    return block.getvalue() + b";"


def gif_frame(width: int, height: int, left: int = 0, top: int = 0) -> bytes:
    buffer = io.BytesIO()
    Image.new("P", (8, 8)).save(buffer, "GIF")
    body = buffer.getvalue()
    at = body.index(b",", 13 + 3 * (2 << (body[10] & 7)))
    tail = body[at + 10 : body.rindex(b";")]
    return b"," + struct.pack("<HHHHB", left, top, width, height, 0) + tail


def tone(seconds: float = 1.0, hertz: float = 440.0, rate: int = 16_000) -> np.ndarray[Any, Any]:
    return (0.4 * np.sin(2 * math.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def wav(samples: np.ndarray[Any, Any] | None = None, rate: int = 16_000) -> bytes:
    values = tone() if samples is None else samples
    return samples_as_wav(values, rate)


@lru_cache
def sound(container: str, codec: str, seconds: float = 1.0, rate: int = 48_000) -> bytes:
    """A tone in `container` (mp3, flac, ogg, mp4, webm, adts) by `codec`."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate)
        stream.layout = "mono"
        shape = stream.codec_context.format.name if stream.codec_context.format else "fltp"
        values = tone(seconds, rate=rate)
        for at in range(0, len(values), 960):
            frame = av.AudioFrame.from_ndarray(values[None, at : at + 960], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = rate, at
            out.mux(stream.encode(_converted(frame, shape, rate)))
        out.mux(stream.encode(None))
    return buffer.getvalue()


def _converted(frame: Any, shape: str, rate: int) -> Any:
    import av

    pieces = av.AudioResampler(format=shape, layout="mono", rate=rate).resample(frame)
    return pieces[0]


@lru_cache
def video(
    seconds: float = 6.0, with_sound: bool = True, size: tuple[int, int] = (160, 120), container: str = "mp4", codec: str = "mpeg4"
) -> bytes:
    """A video whose picture turns from red to green to blue, a third each, at 10 frames a second."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        pictures = out.add_stream(codec, rate=10)
        pictures.width, pictures.height = size
        pictures.pix_fmt = "yuv420p"
        track = out.add_stream("aac" if container == "mp4" else "libopus", rate=48_000) if with_sound else None
        if track is not None:
            track.layout = "mono"
        total = int(seconds * 10)
        for n in range(total):
            colour = np.array([(220, 20, 20), (20, 200, 20), (20, 20, 220)][min(2, n * 3 // total)], np.uint8)
            frame = av.VideoFrame.from_ndarray(np.broadcast_to(colour, (size[1], size[0], 3)).copy(), format="rgb24")
            out.mux(pictures.encode(frame))
        out.mux(pictures.encode(None))
        if track is not None:
            shape = track.codec_context.format.name if track.codec_context.format else "fltp"
            values = tone(seconds, rate=48_000)
            for at in range(0, len(values), 960):
                sound_frame = av.AudioFrame.from_ndarray(values[None, at : at + 960], format="fltp", layout="mono")
                sound_frame.sample_rate, sound_frame.pts = 48_000, at
                out.mux(track.encode(_converted(sound_frame, shape, 48_000)))
            out.mux(track.encode(None))
    return buffer.getvalue()


def pdf(pages: Sequence[Sequence[tuple[int, str]]], image: Image.Image | None = None, encrypt: Any = None) -> bytes:
    """A PDF; each page is a list of (font size, line). `image` is drawn on the first page."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen import canvas

    buffer = io.BytesIO()
    sheet = canvas.Canvas(buffer, pagesize=A4, encrypt=encrypt)
    for number, lines in enumerate(pages):
        y = 780
        for size, line in lines:
            sheet.setFont("Helvetica-Bold" if size > 14 else "Helvetica", size)
            sheet.drawString(72, y, line)
            y -= int(size * 1.4) if line else 2 * size
        if image is not None and number == 0:
            sheet.drawImage(ImageReader(image), 100, 200, 200, 150)
        sheet.showPage()
    sheet.save()
    return buffer.getvalue()


def placed_pdf(words: Sequence[tuple[float, float, str]], font: str = "Helvetica") -> bytes:
    """A page with words at (x, y), in points from its lower left corner."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen import canvas

    if font == "STSong-Light":
        pdfmetrics.registerFont(UnicodeCIDFont(font))
    buffer = io.BytesIO()
    sheet = canvas.Canvas(buffer, pagesize=A4)
    sheet.setFont(font, 10)
    for x, y, text in words:
        sheet.drawString(x, y, text)
    sheet.showPage()
    sheet.save()
    return buffer.getvalue()


def turned(data: bytes, degrees: int) -> bytes:
    """A PDF with its first page shown turned by `degrees`."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    document[0].set_rotation(degrees)
    buffer = io.BytesIO()
    document.save(buffer)
    document.close()
    return buffer.getvalue()


def docx() -> bytes:
    from docx import Document

    document = Document()
    document.add_heading("Warranty", 1)
    document.add_paragraph("The warranty covers seams and zips for two years from the day of purchase.")
    document.add_heading("How to claim", 2)
    document.add_paragraph("Send the jacket with its receipt. 请附上收据。")
    table = document.add_table(rows=2, cols=2)
    for row, cells in enumerate((("Part", "Years"), ("Zip", "2"))):
        for column, words in enumerate(cells):
            table.cell(row, column).text = words
    document.add_picture(io.BytesIO(noise(size=(80, 80))))
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def pptx() -> bytes:
    from pptx import Presentation
    from pptx.util import Inches

    deck = Presentation()
    for title, body in (("Plans", "We open a shop in Oslo in March."), ("Budget", "The budget is 40000 euros.")):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
    slide.shapes.add_picture(io.BytesIO(noise(size=(90, 90))), Inches(1), Inches(2), Inches(2), Inches(2))
    slide.notes_slide.notes_text_frame.text = "Mention the reserve of 5000 euros."
    buffer = io.BytesIO()
    deck.save(buffer)
    return buffer.getvalue()


@lru_cache
def mesh(kind: str = "glb") -> bytes:
    """A red box of 1 x 2 x 3 called Crate, as stl, stl_ascii, obj, ply, off, glb or gltf (everything embedded)."""
    import json

    import trimesh
    from trimesh.exchange.gltf import export_gltf

    box = trimesh.creation.box((1, 2, 3))
    box.visual.face_colors = (220, 20, 20, 255)
    scene = trimesh.Scene()
    scene.add_geometry(box, node_name="Crate", geom_name="Crate")
    if kind == "gltf":
        files = export_gltf(scene, embed_buffers=True)
        return bytes(json.dumps(json.loads(files["model.gltf"])).encode())
    made = scene.export(file_type=kind) if kind == "glb" else box.export(file_type=kind)
    return made.encode() if isinstance(made, str) else bytes(made)


def archive(names: Sequence[str], body: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, body)
    return buffer.getvalue()
