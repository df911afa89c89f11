"""Recipes: kept inside stored and served pictures, found by a copy sent back in, and followed to the oldest picture."""

import subprocess
import sys
from pathlib import Path

import pytest
from tool_samples import OWNER, NoText, attach, make_kit, run, turn

from retrieval.faults import NotFound
from tools import edit_image, generate_image
from tools.recipes import chain, embed, extract, file_of, recipe_of


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    yield from make_kit(tmp_path_factory.mktemp("recipes"), recognizer=NoText())


@pytest.fixture(scope="module")
def line(kit):
    """A picture and two changes of it."""
    context = turn(kit)
    made = [run(generate_image.create(kit), context, prompt="a red circle", width=96, height=96, seed=0)]
    made += [run(edit_image.create(kit), context, instruction=words) for words in ("make it green", "rotate it left")]
    return [result.shown[0].file_id for result in made]


def test_a_stored_picture_carries_its_recipe(kit, line):
    for file_id in line:
        content = kit.library.open_file(file_id, OWNER)
        assert extract(content.data) == kit.library.file(file_id, OWNER).recipe


def test_what_is_found_is_the_same_bytes(kit, line):
    file = kit.library.file(line[0], OWNER)
    collection = kit.library.ensure_collection(generate_image.PICTURES, OWNER)
    item = next(i for i in kit.library.items(collection.id, OWNER) if i.parent == line[0])
    assert item.blob == file.sha256, "nothing was kept twice"


def test_the_chain_goes_from_the_oldest_to_the_picture(kit, line):
    assert [file.id for file in chain(kit.library, line[2], OWNER)] == line
    assert [file.id for file in chain(kit.library, line[0], OWNER)] == line[:1]


def test_the_chain_of_a_changed_photograph_begins_with_it(kit):
    import media_samples as samples

    context = turn(kit)
    photo = attach(kit, context, samples.picture(size=(80, 60)), "red.png")
    changed = run(edit_image.create(kit), context, instruction="make it black and white")
    assert [file.id for file in chain(kit.library, changed.shown[0].file_id, OWNER)] == [photo.file_id, changed.shown[0].file_id]


def test_a_chain_ends_where_a_parent_was_deleted(kit):
    context = turn(kit)
    first = run(generate_image.create(kit), context, prompt="a blue star", width=64, height=64, seed=3).shown[0].file_id
    second = run(edit_image.create(kit), context, instruction="make it yellow").shown[0].file_id
    kit.library.delete_file(first, OWNER)
    assert [file.id for file in chain(kit.library, second, OWNER)] == [second]


def test_others_see_no_chain(kit, line):
    with pytest.raises(NotFound):
        chain(kit.library, line[2], "somebody else")


def test_a_copy_sent_back_in_is_known_again(kit, line):
    context = turn(kit)
    sent = attach(kit, context, kit.library.open_file(line[1], OWNER).data, "download.png")
    assert sent.file_id != line[1]
    assert file_of(kit.library, sent.file_id, OWNER) == line[1]
    assert recipe_of(kit.library, sent.file_id, OWNER).parameters["edits"] == ["make it green"]


def test_a_recipe_that_was_forged_into_another_picture_is_not_believed(kit, line):
    import media_samples as samples

    context = turn(kit)
    photo = kit.decoder.admit(samples.png_bytes(samples.sign(["HELLO"], size=(200, 80))), "photo.png", "")
    forged = embed(photo, kit.library.file(line[0], OWNER).recipe)
    sent = attach(kit, context, forged.data, "forged.png")
    assert recipe_of(kit.library, sent.file_id, OWNER) is None


KILLED = """
import os, pathlib, sys
sys.path.insert(0, "tests")
from tool_samples import NoText, make_kit, turn, run
from tools.generate_image import create
kit = next(make_kit(pathlib.Path(sys.argv[1]), recognizer=NoText()))
context = turn(kit)
def told(*args, **named):
    print(args[0], flush=True)
    os.kill(os.getpid(), 9)
context.show = told
run(create(kit), context, prompt="a red circle", width=64, height=64, seed=0)
"""


def test_a_picture_is_stored_before_it_is_told(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], cwd=Path(__file__).parents[2], check=False, capture_output=True, text=True
    )
    assert done.returncode == -9, done.stderr
    for kit in make_kit(tmp_path, recognizer=NoText()):
        file = kit.library.file(done.stdout.strip(), OWNER)
        assert extract(kit.library.open_file(file.id, OWNER).data) == file.recipe
