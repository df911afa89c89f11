"""The recipe inside a PNG: any recipe survives, the pixels stay, and bytes nobody trusts give None."""

import io
import json
import struct
import zlib
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from retrieval import recipe_chunk
from retrieval.decoding_limits import DecodingLimits
from retrieval.items import Recipe
from retrieval.pictures import rewritten

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=80)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8,
)  # fmt: skip
RECIPES = st.builds(
    Recipe, prompt=TEXT, negative_prompt=TEXT, seed=st.integers(0, 2**32 - 1), width=st.integers(1, 4096), height=st.integers(1, 4096),
    steps=st.integers(1, 150), guidance=st.floats(0, 30), model=TEXT, model_sha256=TEXT, parents=st.lists(TEXT, max_size=3).map(tuple),
    operation=TEXT, parameters=st.dictionaries(TEXT, JSON, max_size=4),
)  # fmt: skip
RECIPE = Recipe(prompt="a blue dog", seed=0, width=8, height=8, model="drawing-1")


def png(**options):
    out = io.BytesIO()
    Image.new("RGB", (16, 12), (10, 200, 30)).save(out, "PNG", **options)
    return out.getvalue()


PLAIN = png()


def chunk(kind, body, crc=None):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body) if crc is None else crc)


def with_chunk(body, crc=None, kind=b"iTXt"):
    return PLAIN[:33] + chunk(kind, body, crc) + PLAIN[33:]


def pixels(data):
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image.tobytes()


@given(RECIPES)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=80)
def test_any_recipe_survives_and_the_same_recipe_gives_the_same_bytes(recipe):
    written = recipe_chunk.written(PLAIN, recipe)
    assert recipe_chunk.read(written) == recipe
    assert recipe_chunk.written(PLAIN, recipe) == written
    assert pixels(written) == pixels(PLAIN)
    assert ElementTree.fromstring(recipe_chunk.provenance(recipe)) is not None, "the XMP is well-formed whatever the prompt is"


@given(RECIPES, RECIPES)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=20)
def test_a_new_recipe_takes_the_place_of_the_old_one(old, new):
    assert recipe_chunk.written(recipe_chunk.written(PLAIN, old), new) == recipe_chunk.written(PLAIN, new)


@given(st.binary(max_size=300), st.integers(0, 400))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=80)
def test_hostile_bytes_give_a_recipe_or_none_and_never_an_error(noise, at):
    good = recipe_chunk.written(PLAIN, RECIPE)
    for data in (noise, good[: at % len(good)], good[:at] + noise + good[at + len(noise) :], with_chunk(b"recipe\0\0\0\0\0" + noise)):
        assert isinstance(recipe_chunk.read(data), Recipe | None)


@pytest.mark.parametrize("data", [
    b"", PLAIN, b"\x89PNG\r\n\x1a\n", PLAIN[:20], b"\xff\xd8\xff\xe0 a JPEG",
    with_chunk(b"recipe\0\0\0\0\0" + b"[" * 100_000),
    with_chunk(b"recipe\0\0\0\0\0" + b"9" * 100_000),
    with_chunk(b"recipe\0\0\0\0\0{}"),
    with_chunk(b"recipe\0\0\0\0\0" + RECIPE.model_dump_json().encode(), crc=7),
    with_chunk(b"recipe\0\1\0\0\0" + zlib.compress(RECIPE.model_dump_json().encode())),
    with_chunk(b"recipe\0" + RECIPE.model_dump_json().encode(), kind=b"tEXt"),
    with_chunk(b"recipe\0\0\0\0\0" + json.dumps({**RECIPE.model_dump(), "prompt": "x" * 2**19}).encode()),
    PLAIN[:33] + chunk(b"iTXt", b"note\0\0\0\0\0x") * 100 + recipe_chunk.written(PLAIN, RECIPE)[33:],
    PLAIN[:-12] + recipe_chunk.written(PLAIN, RECIPE)[33:],
], ids=["empty", "foreign", "signature", "cut off", "jpeg", "nested", "a huge number", "not a recipe", "wrong checksum", "compressed",
        "other chunk", "too large", "too many chunks", "after the pixels"])  # fmt: skip
def test_what_is_no_recipe_gives_none(data):
    assert recipe_chunk.read(data) is None


def test_a_recipe_that_is_too_large_leaves_the_picture_as_it_is():
    assert recipe_chunk.written(PLAIN, RECIPE.model_copy(update={"prompt": "x" * recipe_chunk.LARGEST})) == PLAIN


def test_other_kinds_of_files_stay_as_they_are():
    assert recipe_chunk.written(b"\xff\xd8\xff", RECIPE) == b"\xff\xd8\xff"


def test_the_door_keeps_the_recipe_and_drops_everything_else():
    info = PngInfo()
    info.add_text("Author", "somebody")
    sent = recipe_chunk.written(png(pnginfo=info), RECIPE) + b"hidden"
    kept = rewritten(sent, DecodingLimits()).data
    assert recipe_chunk.read(kept) == RECIPE
    assert b"somebody" not in kept
    assert b"hidden" not in kept


@pytest.mark.parametrize(("recipe", "said"), [
    (RECIPE, "trainedAlgorithmicMedia"),
    (RECIPE.model_copy(update={"model": "shapes-1"}), "algorithmicMedia"),
    (RECIPE.model_copy(update={"parents": ("0" * 64,), "operation": "inpaint"}), "compositeWithTrainedAlgorithmicMedia"),
    (RECIPE.model_copy(update={"parents": ("0" * 64,), "model": "pixels-1", "parameters": {"shows": ""}}), "algorithmicallyEnhanced"),
    (RECIPE.model_copy(update={"parents": ("0" * 64,), "model": "pixels-1", "parameters": {"shows": "a dog"}}), "trainedAlgorithmicMedia"),
    (RECIPE.model_copy(update={"parents": ("0" * 64,), "parameters": {"edits": ["make it red"]}}), "trainedAlgorithmicMedia"),
])  # fmt: skip
def test_the_picture_says_how_it_came_about(recipe, said):
    with Image.open(io.BytesIO(recipe_chunk.written(PLAIN, recipe))) as image:
        image.load()
        assert f"digitalsourcetype/{said}" in image.text["XML:com.adobe.xmp"]
        assert "a blue dog" in image.text["XML:com.adobe.xmp"]
