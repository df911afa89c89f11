"""Masks of both kinds become one, wrong ones are told, and pictures change their form without losing what they say."""

import io

import pytest
from PIL import Image

from retrieval.content import Content
from retrieval.faults import InvalidInput
from retrieval.items import Recipe
from ui.api.image_formats import encoded, see_through
from ui.api.masks import fitted, mask_of


def content(image, kind="PNG"):
    out = io.BytesIO()
    image.save(out, kind)
    width, height = image.size
    return Content(modality="image", media_type=f"image/{kind.lower()}", data=out.getvalue(), name="m.png", width=width, height=height)


def opened(found):
    return Image.open(io.BytesIO(found.data if isinstance(found, Content) else found))


def marked(found):
    """The box that is white."""
    image = opened(found)
    assert image.mode == "L"
    assert set(image.get_flattened_data()) <= {0, 255}
    return image.getbbox()


def painted(mode, ground, mark, box=(8, 4, 20, 12), size=(40, 24)):
    image = Image.new(mode, size, ground)
    image.paste(mark, box)
    return image


def test_what_is_transparent_changes_whatever_its_colour():
    assert marked(mask_of(content(painted("RGBA", (255, 255, 255, 255), (255, 255, 255, 0))))) == (8, 4, 20, 12)
    assert marked(mask_of(content(painted("RGBA", (0, 0, 0, 255), (0, 0, 0, 0))))) == (8, 4, 20, 12)
    assert marked(mask_of(content(painted("LA", (0, 255), (255, 0))))) == (8, 4, 20, 12)


@pytest.mark.parametrize(
    ("mode", "black", "white"), [("L", 0, 255), ("RGB", "black", "white"), ("RGBA", (0, 0, 0, 255), (255, 255, 255, 255)), ("1", 0, 1)]
)
def test_what_is_white_changes_where_nothing_is_transparent(mode, black, white):
    assert marked(mask_of(content(painted(mode, black, white)))) == (8, 4, 20, 12)


def test_a_jpeg_mask_has_clean_edges():
    found = marked(mask_of(content(painted("RGB", "black", "white", (8, 8, 24, 16)), "JPEG")))
    assert all(abs(have - want) <= 1 for have, want in zip(found, (8, 8, 24, 16), strict=True))


@pytest.mark.parametrize(
    "empty", [Image.new("L", (40, 24), 0), Image.new("RGB", (40, 24), "#303030"), Image.new("RGBA", (40, 24), "black")]
)
def test_a_mask_that_marks_nothing_is_told(empty):
    with pytest.raises(InvalidInput, match="marks nothing") as caught:
        mask_of(content(empty))
    assert (caught.value.param, bool(caught.value.hint)) == ("mask", True)


def test_a_mask_of_another_size_is_told_with_both_sizes():
    with pytest.raises(InvalidInput, match=r"40 x 24 pixels; the picture is 64 x 64") as caught:
        mask_of(content(painted("L", 0, 255)), (64, 64))
    assert caught.value.param == "mask"
    assert marked(mask_of(content(painted("L", 0, 255)), (40, 24)))


def test_words_are_no_mask():
    with pytest.raises(InvalidInput, match="not a picture"):
        mask_of(Content.from_text("white"))


def test_fitted_covers_and_keeps_the_middle():
    wide = content(painted("RGB", "black", "red", (16, 0, 24, 24)))
    found = fitted(wide, 24, 24)
    assert (found.width, found.height, opened(found).size) == (24, 24, (24, 24))
    assert opened(found).getpixel((12, 12)) == (255, 0, 0)
    assert opened(found).getpixel((1, 12)) == (0, 0, 0)
    assert fitted(wide, 40, 24) is wide
    assert marked(fitted(mask_of(content(painted("L", 0, 255))), 80, 48)) == (16, 8, 40, 24)


RECIPE = Recipe(prompt="a <blue> dog & 狗", seed=0, width=40, height=24, model="diffusion")


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_every_format_has_the_same_picture(form):
    picture = content(painted("RGB", "white", "red"))
    found = opened(encoded(picture, form, 100, RECIPE))
    assert (found.format.lower(), found.size) == (form, (40, 24))
    assert found.convert("RGB").getpixel((14, 8))[0] > 240
    assert found.convert("RGB").getpixel((14, 8))[2] < 20


@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_a_copy_says_who_made_it_and_compression_makes_it_smaller(form):
    picture = content(Image.effect_noise((64, 64), 60).convert("RGB"))
    best, small = encoded(picture, form, None, RECIPE), encoded(picture, form, 10, RECIPE)
    assert len(small) < len(best)
    xmp = opened(best).info["xmp"]
    assert b"trainedAlgorithmicMedia" in xmp
    assert "a &lt;blue&gt; dog &amp; 狗".encode() in xmp


def test_what_is_behind_becomes_white_in_a_jpeg():
    clear = content(painted("RGBA", (0, 0, 0, 0), (255, 0, 0, 255)))
    assert see_through(clear)
    assert not see_through(content(painted("RGBA", (0, 0, 0, 255), (255, 0, 0, 255))))
    assert min(opened(encoded(clear, "jpeg")).getpixel((38, 22))) > 240
    assert opened(encoded(clear, "webp")).convert("RGBA").getpixel((38, 22))[3] == 0
