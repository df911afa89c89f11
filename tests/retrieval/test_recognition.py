import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import media_samples as samples
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from retrieval.recognition import Line, TextRecognizer, rows, words

CHINESE_FONTS = sorted(Path("/usr/share/fonts").rglob("*CJK*.ttc"))


@pytest.fixture(scope="module")
def recognizer():
    return TextRecognizer()


def test_a_sign_is_read_with_its_place(recognizer, caplog):
    with caplog.at_level(logging.DEBUG):
        first, second = recognizer.read(np.asarray(samples.sign(["NO ENTRY", "Staff only"], (400, 220))))
    assert (first.text, second.text) == ("NO ENTRY", "Staff only")
    assert first.box[3] <= second.box[1] + 0.02
    assert all(0 <= edge <= 1 for edge in first.box)
    assert first.confidence > 0.8
    assert not [record for record in caplog.records if record.name.lower().startswith("rapidocr")]


@pytest.mark.skipif(not CHINESE_FONTS, reason="no Chinese font on this machine")
def test_chinese_is_read(recognizer):
    image = Image.new("RGB", (320, 120), "white")
    ImageDraw.Draw(image).text((20, 20), "保修两年", fill="black", font=ImageFont.truetype(str(CHINESE_FONTS[0]), 60))
    assert words(recognizer.read(np.asarray(image))) == "保修两年"


def test_a_picture_without_text_has_no_lines(recognizer):
    assert recognizer.read(np.full((120, 160, 3), 200, np.uint8)) == []


def test_several_threads_get_their_own_words(recognizer):
    signs = [np.asarray(samples.sign([word], (240, 90), points=32)) for word in ("ALPHA", "BRAVO", "CHARLIE")]
    with ThreadPoolExecutor(3) as pool:
        assert [words(lines) for lines in pool.map(recognizer.read, signs)] == ["ALPHA", "BRAVO", "CHARLIE"]


def line(text, left, top, width=0.2, height=0.05):
    return Line(text, (left, top, left + width, top + height), 0.9)


def test_reading_order_is_rows_from_the_top():
    lines = [
        line("24.00", 0.7, 0.3),
        line("Socks", 0.1, 0.31),
        line("Receipt", 0.3, 0.1),
        line("Jacket", 0.1, 0.4),
        line("189.00", 0.7, 0.405),
    ]
    assert [[part.text for part in row] for row in rows(lines)] == [["Receipt"], ["Socks", "24.00"], ["Jacket", "189.00"]]
    assert words(lines) == "Receipt\nSocks  24.00\nJacket  189.00"


def test_importing_and_making_one_is_free():
    code = (
        "import sys, retrieval.recognition as r; r.TextRecognizer(); print(sorted({'rapidocr', 'onnxruntime', 'cv2'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.strip() == "[]"
