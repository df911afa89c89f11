"""`assistant draw` and `assistant pictures` beside a running server: drawn, shown, found, changed, repeated, saved and deleted."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from own_service import serving_here
from PIL import Image
from typer.testing import CliRunner

from retrieval.faults import Fault
from ui.chat.client import ApiFault
from ui.cli.main import app


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The data directory of a service that runs in this process."""
    with serving_here(tmp_path_factory.mktemp("drawing")) as folder:
        yield folder


def invoke(data, *words, **more):
    done = CliRunner().invoke(app, [*words, "--data-dir", str(data)], **more)
    if isinstance(done.exception, (Fault, ApiFault)):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def call(data, *words):
    return json.loads(invoke(data, *words, "--json"))


def draw(data, *words):
    return call(data, "draw", *words, "--size", "128x128")["data"]


def opened(row):
    return Image.open(io.BytesIO(Path(row["path"]).read_bytes()))


@pytest.fixture(scope="module")
def circle(data, tmp_path_factory):
    """A drawn picture and where it was saved."""
    return draw(data, "a red circle", "--seed", "21", "--out", str(tmp_path_factory.mktemp("out")))[0]


def test_seeds_count_and_files(data, tmp_path):
    made = draw(data, "a red circle", "-n", "2", "--seed", "0", "--out", str(tmp_path / "new"))
    assert [row["number"] for row in made] == [1, 2]
    assert {row["recipe"]["seed"] for row in made} == {0, 1}
    assert {row["path"] for row in made} == {str(tmp_path / "new" / name) for name in ("a-red-circle.png", "a-red-circle-2.png")}
    again = draw(data, "a red circle", "--seed", "0", "--out", str(tmp_path / "again"))[0]
    first = next(row for row in made if row["recipe"]["seed"] == 0)
    assert Path(first["path"]).read_bytes() == Path(again["path"]).read_bytes()


def test_options_reach_the_recipe(data):
    made = draw(data, "a blue square", "--without", "a circle", "--steps", "3", "--guidance", "2.5", "--seed", "9")[0]["recipe"]
    assert (made["seed"], made["width"], made["height"], made["negative_prompt"]) == (9, 128, 128, "a circle")


def test_people_read_lines(data, circle):
    assert circle["file_id"] in invoke(data, "pictures", "list", "red circle", "--made")
    shown = invoke(data, "pictures", "show", circle["file_id"][:15])
    assert "seed: 21" in shown
    assert "prompt: a red circle" in shown
    told = invoke(data, "draw", "a green circle", "--size", "128x128")
    assert told.startswith("1. ")
    assert "a green circle" in told


def test_a_change_knows_where_it_came_from(data, circle, tmp_path):
    changed = call(data, "pictures", "edit", circle["file_id"], "make it blue", "--seed", "2", "--out", str(tmp_path))["data"][0]
    assert changed["recipe"]["parents"]
    assert opened(changed).size == (128, 128)
    known = call(data, "pictures", "show", "last")
    assert (known["id"], known["chain"][0]["id"]) == (changed["file_id"], circle["file_id"])
    assert changed["file_id"] in [row["id"] for row in call(data, "pictures", "show", circle["file_id"])["children"]]
    assert circle["file_id"] in invoke(data, "pictures", "show", changed["file_id"])


def test_files_are_changed_too_and_masks_are_kept_to(data, tmp_path):
    photo, mask = tmp_path / "photo.png", tmp_path / "mask.png"
    Image.new("RGB", (96, 64), "#208040").save(photo)
    marks = Image.new("L", (96, 64))
    marks.paste(255, (48, 0, 96, 64))
    marks.save(mask)
    changed = call(data, "pictures", "edit", str(photo), "a red circle", "--mask", str(mask), "--out", str(tmp_path))["data"][0]
    picture = opened(changed).convert("RGB")
    assert set(picture.crop((0, 0, 48, 64)).get_flattened_data()) == {(0x20, 0x80, 0x40)}
    Image.new("L", (9, 9), 255).resize((32, 32)).save(mask)
    with pytest.raises(ApiFault, match="32 x 32") as caught:
        call(data, "pictures", "edit", str(photo), "a red circle", "--mask", str(mask))
    assert (caught.value.status, bool(caught.value.hint)) == (400, True)


def test_variations_and_upscaling(data, circle, tmp_path):
    varied = call(data, "pictures", "vary", circle["file_id"], "-n", "2", "--seed", "5")["data"]
    assert len({row["file_id"] for row in varied}) == 2
    larger = call(data, "pictures", "upscale", circle["file_id"], "--out", str(tmp_path))["data"][0]
    assert opened(larger).size == (256, 256)


def test_again_tells_whether_the_bytes_are_the_same(data, circle, tmp_path):
    assert call(data, "pictures", "again", circle["file_id"])["identical"] is True
    assert "the bytes are the same" in invoke(data, "pictures", "again", circle["path"])
    assert call(data, "pictures", "recipe", circle["path"]) == {"recipe": circle["recipe"], "file_id": circle["file_id"]}
    plain = tmp_path / "plain.png"
    Image.new("RGB", (64, 64), "red").save(plain)
    with pytest.raises(ApiFault, match="no recipe"):
        call(data, "pictures", "recipe", str(plain))


def test_a_file_from_elsewhere_is_made_again_from_the_recipe_it_brings(data, tmp_path):
    made = draw(data, "a yellow triangle", "--seed", "11", "--out", str(tmp_path))[0]
    assert call(data, "pictures", "delete", made["file_id"]) == {"deleted": [made["file_id"]]}
    assert call(data, "pictures", "recipe", made["path"])["file_id"] is None
    again = call(data, "pictures", "again", made["path"])
    assert again["identical"] is True
    assert again["file_id"] != made["file_id"]


def test_found_by_likeness_and_colour(data, circle):
    square = draw(data, "a green square", "--seed", "1")[0]
    assert square["file_id"] in [row["id"] for row in call(data, "pictures", "list", "--colour", "green")["data"]]
    assert circle["file_id"] not in [row["id"] for row in call(data, "pictures", "list", "--colour", "green", "--made")["data"]]
    like = call(data, "pictures", "list", "--like", circle["file_id"], "--limit", "3")["data"]
    assert like
    assert circle["file_id"] not in [row["id"] for row in like]


def test_saved_again(data, circle, tmp_path):
    saved = call(data, "pictures", "save", circle["file_id"], "--out", str(tmp_path))["data"][0]
    assert Path(saved["path"]).read_bytes() == Path(circle["path"]).read_bytes()


def test_delete_asks(data):
    made = draw(data, "a blue triangle")[0]["file_id"]
    runner = CliRunner().invoke(app, ["pictures", "delete", made, "--data-dir", str(data)], input="n\n")
    assert runner.exit_code == 1
    assert invoke(data, "pictures", "delete", made, "--yes") == "Deleted 1.\n"
    with pytest.raises(Fault, match="no picture"):
        call(data, "pictures", "show", made)


@pytest.mark.parametrize(
    ("words", "told"),
    [(["draw", " "], "says nothing"), (["draw", "a dot", "--size", "20000x20000"], "not a size"), (["draw", "a dot", "-n", "99"], "at most 8"),
     (["draw", "a dot", "--steps", "10000"], "at most 100"), (["pictures", "show", "file-"], "pictures begin"),
     (["pictures", "list", "--colour", "loud"], "not a colour"), (["pictures", "edit", "nothing", "make it red"], "no picture 'nothing'")],
)  # fmt: skip
def test_what_is_wrong_is_told(data, circle, words, told):
    draw(data, "a red square")
    with pytest.raises((Fault, ApiFault), match=told) as caught:
        call(data, *words)
    assert caught.value.hint


def test_pictures_are_shown_in_a_terminal_with_colours(monkeypatch):
    from rich.console import Console

    from ui.cli import made_pictures, output

    out = io.StringIO()
    monkeypatch.setattr(output, "console", lambda: Console(file=out, force_terminal=True, color_system="truecolor", width=80))
    data = io.BytesIO()
    Image.new("RGB", (20, 10), "#ff0000").save(data, "PNG")
    made_pictures.tell({"number": 1, "file_id": "file-1", "caption": "red", "score": 0.5, "doubtful": True, "note": ""}, data.getvalue())
    assert "38;2;255;0;0" in out.getvalue()
