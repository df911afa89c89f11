"""Sheets of numbered tiles, and the letters on them."""

import io

import numpy as np
import pytest
from PIL import Image

from ui.api.waveform import waveform
from ui.lettering import font, lines, shortened
from ui.sheet import ACCENT, MOST, Tile, face, sheet


def png(size=(40, 20), colour="red"):
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def test_a_sheet_grows_with_its_tiles():
    one = Image.open(io.BytesIO(sheet([Tile(1, "a", picture=png())])))
    twelve = Image.open(io.BytesIO(sheet([Tile(n, "a", text="words") for n in range(1, 13)], "found")))
    assert twelve.width > one.width
    assert twelve.height > one.height


@pytest.mark.parametrize("tiles", [[], [Tile(1, "a")] * (MOST + 1)])
def test_no_tile_and_too_many_are_refused(tiles):
    with pytest.raises(ValueError, match="tiles do not make a sheet"):
        sheet(tiles)


def test_a_picture_is_shown_whole_with_its_number():
    shown = np.asarray(face(Tile(7, "a", picture=png((40, 20))), 100, 100)).astype(int)
    red = (shown == (255, 0, 0)).all(-1)
    assert red.any(0).all()
    assert 0.45 < red.any(1).mean() < 0.55
    accent = tuple(int(ACCENT[n : n + 2], 16) for n in (1, 3, 5))
    assert (shown[:24, :24] == accent).all(-1).any()


def test_lines_fit():
    letters = font(20)
    text = "a long sentence that does not fit on one line of this width and goes on"
    found = lines(text, letters, 160, 3)
    assert len(found) == 3
    assert all(letters.getlength(line) <= 170 for line in found)
    assert found[-1].endswith("…")
    assert lines("short", letters, 160, 3) == ["short"]
    assert "".join(lines("没有空格的中文也要换行显示出来", font(20, "中"), 100, 9)) == "没有空格的中文也要换行显示出来"


def test_shortened_is_one_line():
    assert shortened("a\n b", 10) == "a b"
    assert shortened("abcdef", 4) == "abc…"


def test_a_waveform_marks_its_stretch():
    samples = np.sin(np.arange(16_000)).astype(np.float32)
    assert waveform(samples, 1.0) != waveform(samples, 1.0, (0.0, 0.5))
    assert waveform(np.zeros(0, np.float32), 0.0)
