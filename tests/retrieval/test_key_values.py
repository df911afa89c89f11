"""Amounts, dates and numbers as they are printed in several countries."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.key_values import amount_in, currencies, date_in, iban_in, number_in


@pytest.mark.parametrize(
    ("words", "amount", "currency"),
    [
        ("$4.11", 4.11, "USD"), ("EUR 1.234,56", 1234.56, "EUR"), ("1,234.56 USD", 1234.56, "USD"), (": 1 234,50 €", 1234.5, "EUR"),
        ("Rs 1939", 1939.0, "INR"), ("¥12,800.00", 12800.0, "CNY"), ("CHF 1'250.00", 1250.0, "CHF"), ("-20.00 €", -20.0, "EUR"),
        ("-$4.00", -4.0, "USD"), ("3.500,00 元", 3500.0, "CNY"), ("20% 9,34 €", 9.34, "EUR"), ("2 x 14.50", 14.5, ""),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_its_country_writes_it(words, amount, currency):
    value = amount_in(words)
    assert value is not None
    assert (value.amount, value.currency) == (amount, currency)


def test_dates_and_rates_are_no_amounts():
    assert amount_in("due on 21.05.14 at 19%") is None
    assert amount_in("August 3 , 2014 $4.11").amount == 4.11
    assert amount_in("41,31 8,68 49,99").amount == 49.99


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("7. Mai 2014", date(2014, 5, 7)), ("August 3 , 2014", date(2014, 8, 3)), ("3rd of March 2021", date(2021, 3, 3)),
        ("02 Juillet 2015", date(2015, 7, 2)), ("29 maart 2014", date(2014, 3, 29)), ("21.05.14", date(2014, 5, 21)),
        ("2024年3月15日", date(2024, 3, 15)), ("2022-11-28", date(2022, 11, 28)), ("03/20/2023", date(2023, 3, 20)),
        ("15 de enero de 2022", date(2022, 1, 15)), ("28/11/2022", date(2022, 11, 28)), ("5 août 2020", date(2020, 8, 5)),
    ],
)  # fmt: skip
def test_a_date_is_read_in_the_words_of_its_language(words, day):
    assert date_in(f"Date: {words}").day == day


def test_what_may_be_two_days_is_left_as_it_is_printed():
    value = date_in("8/9/2022")
    assert value.day is None
    assert value.printed == "8/9/2022"
    assert date_in("8/9/2022", day_first=True).day == date(2022, 9, 8)
    assert date_in("8/9/2022", day_first=False).day == date(2022, 8, 9)
    assert date_in("31/31/2022") is None


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (": 42183017", "42183017"), (" n° 2022089083 ", "2022089083"), (" INV/2023/03/0008", "INV/2023/03/0008"), (" #A-17", "A-17"),
        (" Nr. R2024-118", "R2024-118"), ("：04403180", "04403180"), (" No. 7781", "7781"),
    ],
)  # fmt: skip
def test_a_number_stands_right_behind_its_label(words, number):
    assert number_in(words).printed == number


@pytest.mark.parametrize("words", ["", " of the month", ": 21.05.2014", ": 12,50", " 2024-05-06", ": x1"])
def test_what_is_no_number_of_a_thing(words):
    assert number_in(words) is None


def test_an_account_number_in_groups():
    assert iban_in("IBAN : FR76 10107 00245 00617052317 39 - BIC").printed == "FR76 10107 00245 00617052317 39"
    assert iban_in("IBAN: see below") is None


def test_currencies_by_sign_and_code():
    assert currencies("Total EUR 5 or $6, Euro") == ["EUR", "USD"]


@given(st.text(max_size=200))
def test_any_words_are_read_without_harm(words):
    for look in (amount_in, date_in, number_in, iban_in):
        value = look(words)
        assert value is None or value.printed.strip() in " ".join([words, words.strip()])


@given(st.integers(0, 10**9), st.sampled_from([",", "."]))
def test_an_amount_with_cents_comes_back(cents, mark):
    thousands = "." if mark == "," else ","
    whole = f"{cents // 100:,}".replace(",", thousands)
    assert amount_in(f"€ {whole}{mark}{cents % 100:02d}").amount == pytest.approx(cents / 100)
