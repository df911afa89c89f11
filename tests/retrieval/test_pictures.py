import io

import media_samples as samples
import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import TooLarge, Unreadable
from retrieval.pictures import embedded, from_pixels, rewritten, to_jpeg

LIMITS = DecodingLimits()


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.int16)


def test_png_and_jpeg_and_webp_keep_their_kind_and_size():
    for kind in ("PNG", "JPEG", "WEBP"):
        picture = rewritten(samples.noise(kind, (64, 48)), LIMITS)
        assert (picture.media_type, picture.width, picture.height) == (f"image/{kind.lower()}", 64, 48)


def test_png_is_kept_to_the_last_bit_and_jpeg_is_not_lost_twice():
    png, jpeg = samples.noise("PNG"), samples.smooth("JPEG")
    assert (pixels(rewritten(png, LIMITS).data) == pixels(png)).all()
    assert np.abs(pixels(rewritten(jpeg, LIMITS).data) - pixels(jpeg)).mean() < 0.3


def test_an_animation_becomes_its_first_frame():
    picture = rewritten(samples.gif(3), LIMITS)
    assert (picture.media_type, picture.width) == ("image/png", 48)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.case("U11")
def test_orientation_is_applied_and_position_and_camera_are_gone(orientation):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    image = Image.new("RGB", (64, 32), "red")
    image.paste("blue", (0, 0, 32, 32))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif, comment=b"SecretComment")
    picture = rewritten(buffer.getvalue(), LIMITS)
    assert (picture.width, picture.height) == ((64, 32) if orientation < 5 else (32, 64))
    assert b"Secret" not in picture.data
    assert not Image.open(io.BytesIO(picture.data)).getexif()
    assert "comment" not in Image.open(io.BytesIO(picture.data)).info


@pytest.mark.parametrize("tail", [b"<script>alert(1)</script>", samples.archive(["x"]), b"%PDF-1.4"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
@pytest.mark.case("U08")
def test_bytes_after_the_picture_are_gone(kind, tail):
    assert tail not in rewritten(samples.picture(kind) + tail, LIMITS).data


@pytest.mark.case("U11")
def test_text_chunks_are_gone():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "SecretName")
    assert b"SecretName" not in rewritten(samples.picture("PNG", pnginfo=notes), LIMITS).data


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_png_mode_becomes_a_showable_one(mode):
    image = (
        Image.new("L", (16, 16), 200).convert("I").point(lambda v: v * 256)
        if mode.startswith("I")
        else Image.new("RGBA", (16, 16), "white")
    )
    image = image.convert(mode)
    picture = rewritten(samples.png_bytes(image), LIMITS)
    shown = Image.open(io.BytesIO(picture.data))
    assert shown.mode in ("L", "LA", "P", "RGB", "RGBA")
    assert np.asarray(shown.convert("L")).mean() > 190


def test_transparency_survives():
    picture = rewritten(samples.picture("PNG", colour=(255, 0, 0, 0), mode="RGBA"), LIMITS)
    assert Image.open(io.BytesIO(picture.data)).convert("RGBA").getpixel((0, 0))[3] == 0


def test_cmyk_and_colour_profiles_are_turned_into_plain_colours():
    assert Image.open(io.BytesIO(rewritten(samples.picture("JPEG", mode="CMYK", colour=(0, 255, 255, 0)), LIMITS).data)).mode == "RGB"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = rewritten(samples.picture("PNG", icc_profile=profile), LIMITS)
    assert "icc_profile" not in Image.open(io.BytesIO(picture.data)).info
    assert tuple(pixels(picture.data)[0, 0]) == (255, 0, 0)
    assert rewritten(samples.picture("PNG", icc_profile=b"nonsense"), LIMITS).width == 64


@pytest.mark.parametrize("part", [0.5, 0.9, None])
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.case("U01")
def test_a_cut_picture_is_truncated(part, seed):
    for kind in ("PNG", "JPEG"):
        data = samples.noise(kind, seed=seed)
        with pytest.raises(Unreadable) as caught:
            rewritten(data[: int(len(data) * part) if part else -1], LIMITS)
        assert caught.value.code == "image_truncated"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (samples.huge_png(13_000), "image_too_large"),
        (samples.huge_png(50_000), "image_too_large"),
        (samples.gif(1)[:-1] + samples.gif_frame(13_107, 13_107) + b";", "image_too_large"),
        (samples.gif(10_000), "too_many_frames"),
    ],
)
@pytest.mark.case("U02", "U03", "U04", "U05", "ASVS 5.2.6")
def test_bombs_are_too_large(data, code):
    with pytest.raises(TooLarge) as caught:
        rewritten(data, LIMITS)
    assert caught.value.code == code


@pytest.mark.case("U05")
def test_animated_webp_and_png_count_their_frames():
    frames = [Image.open(io.BytesIO(samples.noise(size=(16, 16), seed=n))) for n in range(70)]
    for kind in ("WEBP", "PNG"):
        buffer = io.BytesIO()
        frames[0].save(buffer, kind, save_all=True, append_images=frames[1:])
        with pytest.raises(TooLarge) as caught:
            rewritten(buffer.getvalue(), LIMITS)
        assert caught.value.code == "too_many_frames"


@pytest.mark.case("U11")
def test_a_text_bomb_is_refused_or_dropped():
    import zlib

    bomb = samples.png_chunk(b"zTXt", b"k\x00\x00" + zlib.compress(b"\0" * 100_000_000, 9))
    data = samples.picture("PNG")
    at = data.index(b"IDAT") - 4
    with pytest.raises((TooLarge, Unreadable)):
        rewritten(data[:at] + bomb + data[at:], LIMITS)


@pytest.mark.parametrize(
    ("size", "code"), [((1, 1), "image_too_small"), ((1, 30_000), "image_too_small"), ((8, 30_000), "image_too_narrow")]
)
@pytest.mark.case("U06")
def test_specks_and_lines_are_refused(size, code):
    with pytest.raises(Unreadable) as caught:
        rewritten(samples.picture("PNG", size), LIMITS)
    assert caught.value.code == code


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\x04\x00\x00\x00WEBP"])
@pytest.mark.case("U09")
def test_magic_alone_is_unreadable(data):
    with pytest.raises(Unreadable):
        rewritten(data, LIMITS)


def test_pictures_inside_documents_are_left_out_when_small_or_damaged():
    assert embedded(samples.noise(size=(20, 20)), LIMITS) is None
    assert embedded(b"nonsense", LIMITS) is None
    assert embedded(samples.noise(size=(60, 60)), LIMITS).media_type == "image/png"


def test_decoded_pictures_are_written_within_the_limit():
    assert to_jpeg(Image.new("RGB", (2000, 1000)), longest=500).width == 500
    assert from_pixels(Image.new("RGBA", (10, 10)), LIMITS).media_type == "image/png"
    with pytest.raises(TooLarge):
        from_pixels(Image.new("L", (200, 200)), DecodingLimits(image_pixels=10_000))
