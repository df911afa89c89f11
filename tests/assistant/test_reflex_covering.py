"""Entries whose question is another one: those that say all that is asked, and those about another thing."""

import pytest

from assistant.reflex.covering import covering, covers, of_another

SHOP = ("Where is the shop?", "Gale Outdoor is at 12 Harbour Street. Tram 4 stops at the door.")
REPAIRS = ("Do you repair old jackets?", "Yes. After the warranty we repair zips from 15 EUR, seams from 10 EUR and patches from 8 EUR.")
RENT = ("Do you rent out tents?", "Yes. Tents are rented for 12 EUR a day with a deposit of 80 EUR.")
RETURNS = ("Can I return something I ordered?", "Yes. You can return unused goods within 30 days.")
ORDERS = ("Can I change or cancel my order?", "You can change or cancel an order until it is packed.")
HOURS = ("What are your opening hours?", "The shop is open Monday to Saturday from 9:30 to 18:30 and closed on Sunday.")
ZIP = ("可以修拉链吗？", "可以。保修期后修理拉链 15 欧元起。")


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("Which tram goes to the store?", SHOP),
        ("What does fixing a zip cost?", REPAIRS),
        ("How long do I have to return a tent?", RETURNS),
        ("修理拉链多少钱？", ZIP),
        ("how big is the deposit on a hired tent", (RENT[0], RENT[1].replace(" a day", " a day with a deposit of 80 EUR"))),
        ("what time do you shut on a saturday", HOURS),
        ("When are you closed?", HOURS),
    ],
)
def test_an_entry_that_says_all_of_it_covers_a_question(question, entry):
    assert covers(question, *entry, frozenset({"=tent"}))


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("Which bus goes to the store?", SHOP),
        ("Where is the shop?", ("Is the shop large?", "The shop is large.")),
        ("When is my order packed?", ORDERS),
        ("What does fixing a pole cost?", REPAIRS),
        ("Do you not repair zips?", REPAIRS),
        ("How much is it?", REPAIRS),
        ("Which tram goes to the store?", (SHOP[0], SHOP[1] + " And so on." * 60)),
        ("How long do I have to return a canoe?", RETURNS),
    ],
)
def test_one_that_does_not_say_all_of_it_or_not_what_is_asked_does_not(question, entry):
    assert not covers(question, *entry, frozenset({"=tent"}))


ELSEWHERE = frozenset({"jacket", "drizzl", "=return", "=warranty", "hat"})


@pytest.mark.parametrize(
    ("question", "entry", "expected"),
    [
        ("Do you rent out jackets?", RENT, True),
        ("Is the Drizzle Jacket waterproof?", ("Is the Ridge Jacket waterproof?", "Yes. The Ridge Jacket has taped seams."), True),
        ("帐篷怎么退", ("可以租帐篷吗？", "可以。帐篷租金每天 12 欧元。"), True),
        ("Do you rent out tents?", RENT, False),
        ("Do you rent out canoes?", RENT, False),  # nobody knows of canoes: the reader decides
        ("Do you hire out tents?", RENT, False),
        ("How much is the deposit for a tent?", RENT, False),
        ("Do you rent out hats and jackets?", RENT, False),
    ],
)
def test_an_entry_about_another_thing(question, entry, expected):
    assert of_another(question, *entry, ELSEWHERE) == expected


TERMS = "Jackets for five years, tents and backpacks for three years."


@pytest.mark.parametrize(
    ("question", "heading", "told"),
    [
        ("How long is the warranty on a backpack?", "What the warranty covers", TERMS),
        ("How long is the warranty on a backpack?", "Care", ""),
        ("How long is the warranty on a canoe?", "What the warranty covers", ""),
        ("Is there a warranty on a backpack?", "What the warranty covers", ""),  # it asks for nothing that a sentence could show
    ],
)
def test_a_sentence_of_a_passage_says_all_of_it_together_with_its_heading(question, heading, told):
    assert covering(question, heading, f"Keep the receipt. {TERMS}") == told
