"""Which paper is meant, and which field of it."""

from __future__ import annotations

import pytest

from assistant.reflex.form_fields import asks_for_papers, told_field, told_papers, told_summary
from assistant.reflex.hits import Hit
from tools.form_fields import asked_field, naming


def card(number, title, text, collection="vs_1", **metadata):
    return Hit(number, {"id": title, "title": title, "modality": "text", "text": text, "collection": collection,
                        "metadata": {"key_fields": True, **metadata}}, 0.5)  # fmt: skip


AWS = card(1, "aws.pdf", "Invoice number: 421 (No. 421)\nTotal amount: 4.11 USD (Total $4.11)\nNames: Amazon Web Services, AWS",
           total_amount=4.11, currency="USD")  # fmt: skip
COOL = card(2, "cool.pdf", "Invoice number: 992\nDate: 2014-03-29\nTotal amount: 49.90 USD\nNames: Coolblue B.V.",
            total_amount=49.9, currency="USD")  # fmt: skip


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("What is the invoice number?", "invoice_number"), ("what's the total due on this bill", "total_amount"),
        ("When is it due?", "due_date"), ("when do I have to pay the invoice?", "due_date"), ("How much VAT is on it?", "tax_amount"),
        ("What is their VAT number?", "vat_number"), ("What is the total without VAT?", "net_amount"), ("When was it issued?", "date"),
        ("发票号码是多少？", "invoice_number"), ("最晚什么时候付款？", "due_date"), ("税额是多少？", "tax_amount"), ("Do you ship abroad?", ""),
    ],
)  # fmt: skip
def test_what_is_asked_for(question, field):
    assert asked_field(question) == field


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What is the invoice number of the Coolblue invoice and when was it issued?",
         "cool.pdf: number 992 [2]. cool.pdf: date 2014-03-29 [2]."),
        ("How much is the Coolblue invoice and what is the IBAN?", "cool.pdf: total 49.90 USD [2]."),
    ],
)  # fmt: skip
def test_two_fields_are_told_where_two_are_asked_for(question, told):
    assert told_field(question, [AWS, COOL], "en") == told


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is the total of the Amazon Web Services invoice?", ["Amazon", "Web", "Services"]), ("When is the Coolblue B.V. bill due?", ["Coolblue"]),
        ("How much is this receipt?", []), ("这张发票什么时候要付款？", []), ("星海科技的发票总额是多少？", ["星海科技"]),
        ("How much is the milk on the receipt?", ["milk"]),
    ],
)  # fmt: skip
def test_whom_a_question_names(question, words):
    assert naming(question) == words


def test_the_paper_that_bears_the_name():
    assert told_field("What is the total of the AWS invoice?", [AWS, COOL], "en") == "aws.pdf: total 4.11 USD (Total $4.11) [1]."
    assert told_field("Coolblue的发票号码是多少？", [AWS, COOL], "zh") == "cool.pdf：编号 992 [2]。"
    assert told_field("What is the total of the Vodafone invoice?", [AWS, COOL], "en") == ""
    assert told_field("How much is the milk on the Coolblue receipt?", [AWS, COOL], "en") == ""
    assert told_field("How much is the shipping on the Amazon Web Services invoice?", [AWS, COOL], "en") == ""
    assert told_field("What is the total of the invoice from Amazon Web Services Europe?", [AWS, COOL], "en")


def test_without_a_name_only_the_one_that_was_brought_or_the_only_one():
    brought = card(3, "photo.pdf", "Invoice number: 7\nDue date: 2024-01-02\nNames: Ember", collection="")
    assert told_field("When is this invoice due?", [AWS, brought], "en") == "photo.pdf: due 2024-01-02 [3]."
    assert told_field("What is the total of the invoice?", [AWS], "en")
    assert told_field("What is the total of the invoice?", [AWS, COOL], "en") == ""
    assert told_field("What is the total?", [AWS], "en") == ""


def test_a_field_that_the_paper_does_not_say_is_not_told():
    assert told_field("When was the AWS invoice issued?", [AWS, COOL], "en") == ""


def test_papers_are_listed_and_ranked():
    assert (
        told_papers("Which invoices do I have?", [AWS, COOL], "en")
        == "I found 2: aws.pdf (4.11 USD) [1]; cool.pdf (49.90 USD, 2014-03-29) [2]."
    )
    assert told_papers("list the invoices from Coolblue", [AWS, COOL], "en") == "I found cool.pdf (49.90 USD, 2014-03-29) [2]."
    assert "cool.pdf" in told_papers("Which invoice is the most expensive?", [AWS, COOL], "en")
    assert "aws.pdf" in told_papers("金额最小的发票是哪张？", [AWS, COOL], "zh")
    assert told_papers("What is the total of the AWS invoice?", [AWS, COOL], "en") == ""
    rupees = card(4, "oyo.pdf", "Total amount: 1939.00 INR\nNames: OYO", total_amount=1939.0, currency="INR")
    assert told_papers("Which invoice is the highest?", [AWS, rupees], "en") == ""
    assert not asks_for_papers("Do you send invoices?")


def test_a_summary_is_of_one_paper():
    assert "Total amount: 49.90 USD" in told_summary("Coolblue invoice", [AWS, COOL], "en")
    assert told_summary("Coolblue", [AWS, COOL], "en") == ""
    assert told_summary("invoices", [AWS, COOL], "en") == ""
