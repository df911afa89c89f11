"""Key fields of invoices, wherever they stand on the page."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoice_samples import CHINESE, ENGLISH, FRENCH, GERMAN
from media_samples import pdf, placed_pdf

from retrieval.form_items import KEY_FIELDS, draft, with_names
from retrieval.key_fields import MOST_TOKENS, Token, fields_of, shown, tokens_in
from retrieval.readers.pdf import create


def card(words, font="Helvetica"):
    """The item of the fields in a PDF with these words."""
    drafts = list(create().read(placed_pdf(words, font), "paper.pdf"))
    return next((one for one in drafts if one.metadata.get(KEY_FIELDS)), None)


def test_an_english_invoice_beside_its_labels():
    found = card(ENGLISH)
    wanted = {
        "invoice_number": "LT-20931", "date": "2024-03-14", "due_date": "2024-04-13", "total_amount": 33.0, "subtotal": 27.5,
        "tax_amount": 5.5, "currency": "GBP",
    }  # fmt: skip
    assert {name: found.metadata.get(name) for name in wanted} == wanted
    assert "Total amount: 33.00 GBP (Total due £33.00)" in found.text
    assert "Larkspur Tools Ltd" in found.text
    assert found.locator.page == 1
    left, top, right, bottom = found.locator.bbox
    assert 0.5 < left < right < 1  # the boxes of the labels and the values, in the right half of the page
    assert 0 < top < 0.1 < 0.35 < bottom < 0.5


def test_a_german_one_below_its_labels():
    found = card(GERMAN).metadata
    assert found["invoice_number"] == "R2024-118"
    assert found["customer_number"] == "40021"
    assert found["date"] == "2024-06-03"
    assert found["due_date"] == "2024-06-17"
    assert found["total_amount"] == 25.68
    assert found["tax_amount"] == 1.68
    assert found["iban"] == "DE02 1203 0000 0000 2020 51"


def test_a_chinese_one():
    found = card(CHINESE, "STSong-Light")
    assert found.metadata["invoice_number"] == "24312000000012345678"
    assert found.metadata["date"] == "2024-03-15"
    assert found.metadata["total_amount"] == 1272.0
    assert found.metadata["tax_amount"] == 72.0
    assert found.metadata["currency"] == "CNY"
    assert "上海星海科技有限公司" in found.text


def test_a_french_one_whose_number_and_date_share_a_line():
    found = card(FRENCH).metadata
    assert found["invoice_number"] == "F-2023-0417"
    assert found["date"] == "2023-11-09"
    assert found["due_date"] == "2023-12-09"
    assert (found["net_amount"], found["tax_amount"], found["total_amount"]) == (120.0, 24.0, 144.0)


@pytest.mark.parametrize(
    "words",
    [
        "Our shop sends an invoice with every order. The total depends on what you buy.",
        "Minutes of the meeting, 12 May 2024. The number of members is 42.",
        "The receipt of this letter was confirmed on 3 March 2020.",
    ],
)
def test_what_only_speaks_of_invoices_has_no_fields(words):
    assert not any(one.metadata.get(KEY_FIELDS) for one in create().read(pdf([[(11, words), (11, "It goes on.")]]), "letter.pdf"))


def test_a_column_of_taxes_is_not_one_tax():
    tokens = [
        Token("Invoice no 4711", (0.1, 0.1, 0.3, 0.11), 1), Token("Total", (0.6, 0.5, 0.65, 0.51), 1), Token("20.00 €", (0.8, 0.5, 0.9, 0.51), 1),
        Token("VAT", (0.5, 0.3, 0.55, 0.31), 1), Token("1.20", (0.5, 0.32, 0.55, 0.33), 1), Token("0.70", (0.5, 0.34, 0.55, 0.35), 1),
    ]  # fmt: skip
    assert {one.name: shown(one) for one in fields_of(tokens)} == {"invoice_number": "4711", "total_amount": "20.00 EUR"}


def test_a_book_is_not_looked_through():
    page = [Token("Invoice no 4711", (0.1, 0.1, 0.3, 0.11), 1), Token("Total 20.00 €", (0.1, 0.2, 0.3, 0.21), 1)]
    assert draft(page, "a.pdf") is not None
    assert draft(page * MOST_TOKENS, "a.pdf") is None


@given(
    st.lists(
        st.tuples(st.text(max_size=40), st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.2), st.floats(0, 0.05), st.integers(1, 2)),
        max_size=12,
    )
)
def test_any_page_is_read_without_harm(given_tokens):
    tokens = [Token(f"Invoice {text}", (x, y, x + wide, y + high), page) for text, x, y, wide, high, page in given_tokens]
    for one in fields_of(tokens):
        assert shown(one)


def test_recognised_rows_and_columns_without_places():
    words = (
        "Aster Bakery Ltd\nReceipt no.  7741  Customer no.  90210\nKlant  Factuur datum\nQ77 Q78  8-9-2022  extra\n"
        "Date  Due date\n13/09/2022  27/09/2022\nGrand total  £12.40\nColours: white."
    )
    found = draft(list(tokens_in(words, 0)), "scan.png", placed=False)
    wanted = {"invoice_number": "7741", "customer_number": "90210", "date": "2022-09-13", "due_date": "2022-09-27", "total_amount": 12.4}
    assert {name: found.metadata.get(name) for name in wanted} == wanted
    assert found.locator.bbox is None
    assert "Copper Kettle" in with_names(found.text, [Token("Copper Kettle Inc.", (0, 0, 1, 0.1), 1)])


def typed(page):
    """Words where they stand in a text in letters of one width: two spaces part them."""
    parts = [(row, m) for row, line in enumerate(page.strip("\n").splitlines()) for m in re.finditer(r"\S+(?: \S+)*", line)]
    return [Token(m.group(), (m.start() / 100, row / 60, m.end() / 100, (row + 0.7) / 60), 1) for row, m in parts]


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        (
            """
Receipt
Invoice number 5F3A8B21-0001
Date paid March 3, 2024
Nimbus Hosting, Inc.                         Bill to
$20.00 paid on March 3, 2024
Subtotal                                    $20.00
Amount paid                                 $20.00
""",
            {"invoice_number": "5F3A8B21-0001", "date": "2024-03-03", "total_amount": 20.0, "currency": "USD"},
        ),
        (
            """
Tax Invoice                      Invoice Number # FABCN1900012345
Sold By: Retail Net Pvt Ltd      GSTIN - 29AABCU9603R1ZX
Order ID: OD110812345678901      Order Date: 08-12-2018    Invoice Date: 09-12-2018
Grand Total                                     ₹ 319.00
""",
            {"invoice_number": "FABCN1900012345", "date": "2018-12-09", "total_amount": 319.0, "order_number": "OD110812345678901"},
        ),
        (
            """
Voltaire Energie
Votre facture du 12/10/2020
N° de facture : 10 123 456 789
TVA                        12,41 €
Total TTC                  92,56 €
Montant à payer avant le 02/11/2020      92,56 €
""",
            {
                "invoice_number": "10 123 456 789",
                "date": "2020-10-12",
                "due_date": "2020-11-02",
                "total_amount": 92.56,
                "tax_amount": 12.41,
            },
        ),
        (
            """
Fattura n. 87/2021            Data: 14/05/2021
Officine Bellini S.r.l.
Imponibile        100,00
Totale fattura    122,00 €
Scadenza          14/06/2021
""",
            {"invoice_number": "87/2021", "date": "2021-05-14", "due_date": "2021-06-14", "net_amount": 100.0, "total_amount": 122.0},
        ),
        (
            """
增值税专用发票
发票代码：044001900111        发票号码：12345678
开票日期：2023年11月02日
购买方名称：北京清河书店
合计                            ¥450.00            ¥40.50
价税合计（大写）肆佰玖拾元伍角    （小写）¥490.50
""",
            {"invoice_number": "12345678", "date": "2023-11-02", "total_amount": 490.5, "currency": "CNY"},
        ),
    ],
    ids=["paid", "india", "france", "italy", "china"],
)
def test_papers_of_other_countries(page, wanted):
    found = draft(typed(page), "paper.pdf").metadata
    assert {name: found.get(name) for name in wanted} == wanted


def test_who_sends_it_and_who_gets_it_are_among_its_names():
    page = "INVOICE\nFrom: Meadow Design Studio    Invoice #: 1042\nTo: Harbour Books    Date: 7 Feb 2022\nBalance Due: $1,250.00"
    names = draft(typed(page), "paper.pdf").text.rpartition("Names: ")[2]
    assert "Meadow Design Studio" in names
    assert "Harbour Books" in names
