import pytest

from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import TooLarge
from retrieval.sections import Sections


def test_sections_carry_their_headings_and_spans():
    sections = Sections("manual.docx", DecodingLimits())
    sections.paragraph("Before any heading.")
    drafts = list(sections.heading(1, "Warranty"))
    sections.paragraph("Two years.")
    sections.paragraph("Part | Years", tight=True)
    drafts += list(sections.flush())
    assert [(d.title, d.text) for d in drafts] == [("manual.docx", "Before any heading."), ("Warranty", "Two years.\nPart | Years")]
    whole = "Before any heading.\n\nTwo years.\nPart | Years"
    assert [whole[slice(*d.locator.char_span)] for d in drafts] == [d.text for d in drafts]


def test_a_slide_has_its_page_instead():
    sections = Sections("deck.pptx", DecodingLimits())
    sections.paragraph("Words")
    (draft,) = sections.flush(page=4)
    assert (draft.locator.page, draft.locator.char_span) == (4, None)


def test_too_much_text_stops():
    sections = Sections("x", DecodingLimits(text_chars=100))
    sections.paragraph("0123456789" * 9)
    with pytest.raises(TooLarge):
        sections.paragraph("0123456789")
