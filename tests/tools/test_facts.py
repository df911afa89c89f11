"""What people asked to be remembered: kept durably, seen by nobody else, switched off, found by the words of a question, deleted for good."""

import hashlib
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from retrieval.faults import Conflict, InvalidInput, NotFound, Unavailable
from tools import facts as module
from tools.facts import Facts

ME, OTHER = "local", "local.2"


@pytest.fixture
def facts(tmp_path):
    made = Facts(tmp_path)
    yield made
    made.close()


def texts(found):
    return [fact.text for fact in found]


def test_a_fact_is_kept_changed_and_forgotten(facts, tmp_path):
    kept = facts.add(ME, "  my cat is\n called Momo ")
    assert kept.text == "my cat is called Momo"
    assert kept.id.startswith("fact_")
    changed = facts.change(ME, kept.id, "my cat is called Felix")
    assert (changed.id, changed.created_at) == (kept.id, kept.created_at)
    again = Facts(tmp_path)
    assert texts(again.list(ME)) == ["my cat is called Felix"], "it is in the file"
    again.close()
    assert facts.forget(ME, kept.id).text == "my cat is called Felix"
    assert facts.list(ME) == []


def test_what_another_program_has_made_of_the_file_is_read(tmp_path):
    """LangGraph's store made it once, step by step: killed between two steps it never opened its own file again."""
    with closing(sqlite3.connect(tmp_path / "facts.db")) as db:
        db.executescript(
            "CREATE TABLE store_migrations (v INTEGER PRIMARY KEY); INSERT INTO store_migrations VALUES (0), (1);"
            "CREATE TABLE store (prefix text NOT NULL, key text NOT NULL, value text NOT NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,"
            " updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, expires_at TIMESTAMP, PRIMARY KEY (prefix, key));"
        )
        place = f"facts.{hashlib.sha256(ME.encode()).hexdigest()}"
        value = json.dumps({"text": "my cat is called Momo", "created_at": 1.0, "updated_at": 2.0}).encode()
        db.execute("INSERT INTO store (prefix, key, value) VALUES (?, 'fact_1', ?)", (place, value))
        db.commit()
    with closing(Facts(tmp_path)) as facts:
        assert texts(facts.list(ME)) == ["my cat is called Momo"]
        facts.add(ME, "my dog is called Rex")
        assert facts.change(ME, "fact_1", "my cat is called Felix").created_at == 1.0
        assert sorted(texts(facts.list(ME))) == ["my cat is called Felix", "my dog is called Rex"]


def test_a_damaged_file_is_a_fault(tmp_path):
    (tmp_path / "facts.db").write_bytes(b"x" * 4096)
    with closing(Facts(tmp_path)) as facts, pytest.raises(Unavailable, match="facts is damaged"):
        facts.list(ME)


def test_the_same_words_are_one_fact(facts):
    first = facts.add(ME, "I live in Bonn")
    facts.add(ME, "I like tea")
    assert facts.add(ME, "i live in bonn").id == first.id
    assert texts(facts.list(ME)) == ["i live in bonn", "I like tea"]


def test_nobody_sees_the_facts_of_somebody_else(facts):
    mine = facts.add(ME, "my cat is called Momo")
    assert facts.list(OTHER) == []
    assert facts.answering(OTHER, "what is my cat called?") == []
    for call in (lambda: facts.forget(OTHER, mine.id), lambda: facts.change(OTHER, mine.id, "x")):
        with pytest.raises(NotFound):
            call()
    assert facts.forget_all(OTHER) == 0
    facts.switch(OTHER, False)
    assert facts.enabled(ME)
    assert texts(facts.list(ME)) == ["my cat is called Momo"]


def test_off_means_nothing_is_written_or_read_but_everything_can_be_deleted(facts):
    kept = facts.add(ME, "my cat is called Momo")
    facts.switch(ME, False)
    for call in (lambda: facts.add(ME, "x"), lambda: facts.change(ME, kept.id, "x")):
        with pytest.raises(Conflict) as caught:
            call()
        assert caught.value.code == "memory_off"
    assert facts.answering(ME, "what is my cat called?") == facts.near(ME, "cat") == facts.about(ME, "cat") == []
    assert texts(facts.list(ME)) == ["my cat is called Momo"], "the person still sees it"
    assert facts.forget_all(ME) == 1
    facts.switch(ME, True)
    assert facts.add(ME, "I am back").text == "I am back"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("what is my cat called?", ["my cat is called Momo"]),
        ("What's the name of my cat?", ["my cat is called Momo"]),
        ("what is my name?", ["my name is Ada"]),
        ("when is my birthday", ["my birthday is on 3 May"]),
        ("我的狗叫什么？", ["我的狗叫旺财"]),
        ("what colour is my cat?", []),
        ("what is the cat called?", []),
        ("turn off my cat", []),
        ("what is my dog called?", []),
        ("draw my cat", []),
        ("what does my warranty cover?", []),
    ],
)
def test_only_what_a_fact_surely_says_answers_a_question(facts, question, answer):
    for text in ("my cat is called Momo", "my name is Ada", "my birthday is on 3 May", "我的狗叫旺财"):
        facts.add(ME, text)
    assert texts(facts.answering(ME, question)) == answer


def test_the_closest_fact_comes_first(facts):
    facts.add(ME, "my cat Momo likes the red cushion in the kitchen")
    facts.add(ME, "my cat is called Momo")
    assert texts(facts.answering(ME, "who is my cat?"))[0] == "my cat is called Momo"
    assert texts(facts.near(ME, "which cushion"))[0].endswith("in the kitchen")


@pytest.mark.parametrize("text", ["", "  ", "x" * 501])
def test_a_fact_is_a_sentence(facts, text):
    with pytest.raises(InvalidInput):
        facts.add(ME, text)


def test_there_is_an_end_to_it(facts, monkeypatch):
    monkeypatch.setattr(module, "MOST", 2)
    facts.add(ME, "a")
    facts.add(ME, "b")
    with pytest.raises(Conflict) as caught:
        facts.add(ME, "c")
    assert caught.value.code == "memory_full"
    facts.add(ME, "B")


def test_what_is_deleted_is_overwritten_and_asking_makes_no_file(facts, tmp_path):
    assert facts.answering(ME, "what is my cat called?") == []
    assert not (tmp_path / "facts.db").exists()
    facts.forget(ME, facts.add(ME, "my secret word is zanzibar").id)
    assert not [file for file in tmp_path.iterdir() if b"zanzibar" in file.read_bytes()], "the log beside it is emptied too"
    facts.close()
    with closing(sqlite3.connect(tmp_path / "facts.db")) as db:
        assert "local" not in str(db.execute("SELECT * FROM store").fetchall())


def test_many_threads_at_once(facts):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: facts.add(ME, f"fact number {n}"), range(40)))
    assert len({fact.id for fact in facts.list(ME)}) == 40


def test_a_fact_is_forgotten_once(facts):
    kept = facts.add(ME, "my cat is called Momo")

    def forget(_):
        try:
            return facts.forget(ME, kept.id).text
        except NotFound:
            return ""

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(forget, range(8)), reverse=True) == ["my cat is called Momo", *[""] * 7]
