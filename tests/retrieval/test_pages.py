import media_samples as samples
import numpy as np
import pytest

from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import InvalidInput, TooLarge, Unreadable
from retrieval.pages import fractions, open_pdf, page_at, rendered

LIMITS = DecodingLimits()


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_box_lies_where_the_ink_is_however_the_page_is_turned(degrees):
    data = samples.turned(samples.pdf([[(20, "INK")]]), degrees)
    with open_pdf(data, LIMITS) as document:
        page = document[0]
        textpage = page.get_textpage()
        textpage.count_rects(0, 3)
        left, top, right, bottom = fractions(page, *textpage.get_rect(0))
        picture = np.asarray(rendered(page, LIMITS, scale=2).convert("L"))
    ink = np.argwhere(picture < 128) / picture.shape
    assert (left, top) == pytest.approx((ink[:, 1].min(), ink[:, 0].min()), abs=0.01)
    assert (right, bottom) == pytest.approx((ink[:, 1].max(), ink[:, 0].max()), abs=0.01)


def test_rendering_stays_within_the_pixel_limit():
    with open_pdf(samples.pdf([[(11, "x")]]), LIMITS) as document:
        assert rendered(document[0], LIMITS, longest=800).size == (567, 800) or max(rendered(document[0], LIMITS, longest=800).size) in (
            800,
            801,
        )
        small = rendered(document[0], DecodingLimits(image_pixels=50_000), scale=10)
        assert small.width * small.height < 52_000


def test_pages_count_from_one():
    with open_pdf(samples.pdf([[(11, "x")]] * 2), LIMITS) as document:
        assert page_at(document, 2) is not None
        with pytest.raises(InvalidInput):
            page_at(document, 3)
        with pytest.raises(InvalidInput):
            page_at(document, 0)


@pytest.mark.case("P01")
def test_too_many_pages_and_damage_are_faults():
    with pytest.raises(TooLarge) as caught, open_pdf(samples.pdf([[(11, "x")]] * 3), DecodingLimits(pdf_pages=2)):
        pass
    assert caught.value.code == "too_many_pages"
    with pytest.raises(Unreadable), open_pdf(b"%PDF-1.4 nothing", LIMITS):
        pass


@pytest.mark.case("P03")
def test_a_password_is_asked_for_clearly():
    from reportlab.lib.pdfencrypt import StandardEncryption

    locked = samples.pdf([[(11, "secret")]], encrypt=StandardEncryption("word"))
    with pytest.raises(Unreadable) as caught, open_pdf(locked, LIMITS):
        pass
    assert caught.value.code == "pdf_encrypted"
    open_to_all = samples.pdf([[(11, "no secret")]], encrypt=StandardEncryption("", ownerPassword="word"))
    with open_pdf(open_to_all, LIMITS) as document:
        assert len(document) == 1
