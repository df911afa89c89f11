"""Invoices that are asked for what stands on them, of the real service: by who sent them, in two languages, or right after they came."""

from __future__ import annotations

import pytest
from api_app import ask, data_url, ingest, running
from invoice_samples import CHINESE, ENGLISH, FRENCH, GERMAN
from media_samples import placed_pdf

FILES = {
    "larkspur.pdf": placed_pdf(ENGLISH), "sander.pdf": placed_pdf(GERMAN), "morvan.pdf": placed_pdf(FRENCH),
    "xinghai.pdf": placed_pdf(CHINESE, "STSong-Light"),
}  # fmt: skip


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("forms")) as client:
        store = client.post("/v1/vector_stores", json={"name": "invoices"}).json()["id"]
        client.asked = {"metadata": {"collection": store}}
        for name, data in FILES.items():
            ingest(client, store, name, data)
        yield client


def told(answer):
    """(text, names of the files that are cited, whether it refused)."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    message = body["choices"][0]["message"]
    return message["content"], [str(note) for note in message["annotations"]], body["trace"]["refused"]


@pytest.mark.parametrize(
    ("question", "said", "file"),
    [
        ("What is the total of the Larkspur invoice?", "33.00 GBP", "larkspur"),
        ("What is the invoice number of the invoice from Larkspur Tools?", "LT-20931", "larkspur"),
        ("When was the invoice from Blumenhof Sander issued?", "2024-06-03", "sander"),
        ("When is the Blumenhof Sander invoice due?", "2024-06-17", "sander"),
        ("How much VAT is on the Atelier Morvan invoice?", "24.00 EUR", "morvan"),
        ("how much was the morvan bill", "144.00 EUR", "morvan"),
        ("What is the IBAN on the Sander invoice?", "DE02 1203 0000 0000 2020 51", "sander"),
        ("星海科技的发票总额是多少？", "1272.00 CNY", "xinghai"),
        ("上海星海科技有限公司的发票号码是多少？", "24312000000012345678", "xinghai"),
        ("星海科技的发票是哪天开的？", "2024-03-15", "xinghai"),
    ],
)
def test_a_field_of_the_invoice_that_is_meant(api, question, said, file):
    text, notes, refused = told(ask(api, question, **api.asked))
    assert not refused, text
    assert said in text
    assert len(notes) == 1
    assert file in notes[0]


@pytest.mark.parametrize(
    "question",
    [
        "What is the total of the Quillfeather invoice?",
        "When was the invoice from Brightwater Marine issued?",
        "东方玻璃厂的发票总额是多少？",
    ],
)
def test_an_invoice_that_is_not_there_is_not_answered_from_another(api, question):
    text, notes, refused = told(ask(api, question, **api.asked))
    assert refused, text
    assert not notes


def test_an_invoice_that_is_brought_needs_no_name(api):
    file = {"type": "file", "file": {"filename": "larkspur.pdf", "file_data": data_url(FILES["larkspur.pdf"], "application/pdf")}}
    for question, said in (("What is the total amount of this invoice?", "33.00 GBP"), ("这张发票什么时候要付款？", "2024-04-13")):
        text, notes, refused = told(ask(api, [{"type": "text", "text": question}, file]))
        assert not refused, text
        assert said in text
        assert notes


@pytest.mark.parametrize("question", ["Which invoices do I have?", "list all invoices", "有哪些发票？"])
def test_the_invoices_are_listed_with_what_is_to_be_paid(api, question):
    text, notes, refused = told(ask(api, question, **api.asked))
    assert not refused, text
    for name, total in (("larkspur", "33.00 GBP"), ("sander", "25.68 EUR"), ("morvan", "144.00 EUR"), ("xinghai", "1272.00 CNY")):
        assert f"{name}.pdf ({total}" in text
    assert len(notes) == len(FILES)


def test_totals_in_several_currencies_are_not_ranked(api):
    text, _, _ = told(ask(api, "Which invoice is the highest?", **api.asked))
    assert "xinghai.pdf (1272.00 CNY" not in text
    assert "larkspur.pdf (33.00 GBP" not in text


def test_a_summary_of_an_invoice_is_what_it_says_of_itself(api):
    text, notes, refused = told(ask(api, "Summarize the Larkspur invoice", **api.asked))
    assert not refused, text
    assert "Total amount: 33.00 GBP" in text
    assert "Names" not in text
    assert len(notes) == 1
