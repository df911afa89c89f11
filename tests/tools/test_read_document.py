"""read_document: passages with page and box, a summary with marks, a page, and refusals."""

import pytest
from tool_samples import NoText, attach, make_kit, run, turn

from retrieval.faults import InvalidInput
from tools.read_document import create

PAGES = (
    ["Lamp G40", "The Gale lamp G40 shines for forty hours on one charge.", "It weighs one hundred and twenty grams."],
    ["Care", "Clean the lamp with a dry cloth only.", "Never put the lamp into water."],
    ["Warranty", "The warranty lasts two years from the day of purchase.", "Keep the receipt."],
)


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    yield from make_kit(tmp_path_factory.mktemp("read"), recognizer=NoText())


@pytest.fixture(scope="module")
def pdf():
    import io

    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    page = canvas.Canvas(out)
    for title, *lines in PAGES:
        page.setFont("Helvetica-Bold", 20)
        page.drawString(72, 760, title)
        page.setFont("Helvetica", 12)
        for n, line in enumerate(lines):
            page.drawString(72, 720 - n * 20, line)
        page.showPage()
    page.save()
    return out.getvalue()


def test_an_answer_rests_on_a_page_and_a_box(kit, pdf):
    context = turn(kit)
    media = attach(kit, context, pdf, "lamp.pdf")
    result = run(create(kit), context, question="How long does the warranty last?")
    item = result.evidence[0].hit.item
    assert "two years" in item.text
    assert item.locator.page == 3
    assert item.locator.bbox is not None
    assert item.parent == media.file_id
    assert "[1] lamp.pdf" in result.text


def test_a_summary_has_a_mark_for_each_point(kit, pdf):
    context = turn(kit)
    attach(kit, context, pdf, "lamp.pdf")
    result = run(create(kit), context, question="Summarize this document")
    assert result.answer.count("\n- ") == len(result.evidence) >= 3
    assert {e.hit.item.locator.page for e in result.evidence} == {1, 2, 3}


@pytest.mark.parametrize(("question", "page"), [("Read page 2", None), ("What is on it?", 2), ("第2页写了什么", None)])
def test_a_page_can_be_asked_for(kit, pdf, question, page):
    context = turn(kit)
    attach(kit, context, pdf, "lamp.pdf")
    result = run(create(kit), context, question=question, page=page)
    assert "dry cloth" in result.text
    assert {e.hit.item.locator.page for e in result.evidence} == {2}


def test_a_page_that_is_not_there_names_the_last(kit, pdf):
    context = turn(kit)
    attach(kit, context, pdf, "lamp.pdf")
    with pytest.raises(InvalidInput) as caught:
        run(create(kit), context, question="read page 9")
    assert "3" in caught.value.hint


def test_what_the_document_does_not_say_is_refused(kit, pdf):
    context = turn(kit)
    attach(kit, context, pdf, "lamp.pdf")
    result = run(create(kit), context, question="Who founded Singapore airlines?")
    assert result.refused
    assert "lamp.pdf" in result.text


def test_chinese_text_is_read_too(kit):
    context = turn(kit, "zh")
    attach(kit, context, "说明\n\n保修期为两年，从购买之日算起。\n\n请只用干布擦拭。".encode(), "说明.txt")
    result = run(create(kit), context, question="保修期多长？")
    assert "两年" in result.evidence[0].hit.item.text
