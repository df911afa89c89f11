"""Open questions: recorded, bounded, forgotten, put together, and turned into curated answers with cases."""

import pytest
from library_samples import minilm, open_library

from retrieval import open_questions
from retrieval.faq_records import Row
from retrieval.faults import NotFound


@pytest.fixture(scope="module")
def encoder():
    return minilm()


@pytest.fixture
def library(tmp_path, encoder):
    made = open_library(tmp_path, embedders={"text_embedder": encoder})
    made.ensure_collection("default", "ann")
    yield made
    made.close()


def ask(library, *texts, outcome="refused", **more):
    return [library.faq.questions.record(text, outcome, "default", "ann", **more) for text in texts]


def test_what_asks_the_same_is_put_together_and_the_most_asked_comes_first(library):
    ask(library, "Do you repair tents?")
    ask(library, "Are you open on Sunday?", "are you open sundays", "Are you open on Sunday", outcome="refused")
    ask(library, "Open on Sunday?", outcome="down", comment="useless")
    first, second = library.faq.questions.clusters("default", "ann")
    assert (first.count, first.question.lower().rstrip("?")) == (4, "are you open on sunday")
    assert first.outcomes == {"refused": 3, "down": 1}
    assert first.comments == ("useless",)
    assert len(first.questions) == 4
    assert "are you open sundays" in first.examples
    assert (second.count, second.question) == (1, "Do you repair tents?")


def test_chinese_goes_by_words(library):
    ask(library, "周日营业吗", "星期天营业吗", "怎么修帐篷", "周日几点营业")
    clusters = library.faq.questions.clusters("default", "ann")
    assert {"周日营业吗", "星期天营业吗"} <= set(clusters[0].examples)
    assert all("怎么修帐篷" not in cluster.examples or cluster.count == 1 for cluster in clusters)


def test_other_numbers_and_denials_stay_apart(library):
    ask(library, "Does it fit the iPhone 12?", "Does it fit the iPhone 13?", "Can I wash it?", "Can I not wash it?")
    assert len(library.faq.questions.clusters("default", "ann")) == 4


def test_an_answer_closes_them_and_makes_an_entry_and_cases(library):
    ask(library, "Are you open on Sunday?", "are you open sundays", "are you open sundays")
    (cluster,) = library.faq.questions.clusters("default", "ann")
    entry = library.faq.add(Row(cluster.question, "From 10 to 16."), "default", "ann", closes=cluster.questions)
    assert library.faq.questions.all("default", "ann") == []
    assert {entry.question, *entry.paraphrases} == {"Are you open on Sunday?", "are you open sundays"}
    cases = library.faq.questions.cases("default", "ann")
    assert {case.question for case in cases} == {"Are you open on Sunday?", "are you open sundays"}
    golden = cases[0].golden()
    assert golden["expected_sources"] == [entry.question]
    assert (golden["answerable"], golden["expected_answer"]) == (True, "From 10 to 16.")
    for case in cases:
        assert library.faq.match(case.question, [entry.collection], "ann").sure
    library.faq.change(entry.id, Row(entry.question, "From 9 to 16.", entry.paraphrases), "ann")
    assert {case.answer for case in library.faq.questions.cases("default", "ann")} == {"From 9 to 16."}
    library.faq.remove(entry.id, "ann")
    assert library.faq.questions.cases("default", "ann") == []


def test_closing_what_is_not_open_adds_nothing(library):
    with pytest.raises(NotFound, match="question-none"):
        library.faq.add(Row("Why?", "Because."), "default", "ann", closes=["question-none"])
    assert library.faq.all("default", "ann") == []


def test_questions_go_with_their_conversation_message_and_collection(library):
    ask(library, "One?", conversation="conv_1", message="msg_1")
    ask(library, "Two?", conversation="conv_1", message="msg_2")
    ask(library, "Three?", conversation="conv_2", message="msg_3")
    questions = library.faq.questions
    assert questions.forget("bob", conversation="conv_1") == 0
    assert questions.forget("ann", messages=["msg_2"]) == 1
    assert questions.forget("ann", conversation="conv_1") == 1
    assert [q.text for q in questions.all("default", "ann")] == ["Three?"]
    library.delete_collection("default", "ann")
    library.ensure_collection("default", "ann")
    assert questions.all("default", "ann") == []


def test_a_message_opens_one_question_for_each_reason(library):
    ask(library, "One?", message="msg_1")
    ask(library, "One?", message="msg_1")
    ask(library, "One?", message="msg_1", outcome="down")
    assert sorted(q.outcome for q in library.faq.questions.all("default", "ann")) == ["down", "refused"]


def test_only_the_newest_are_kept(library, monkeypatch):
    monkeypatch.setattr(open_questions, "KEPT", 3)
    ask(library, *(f"Question number {word}?" for word in ("a", "b", "c", "d", "e")))
    assert [q.text[-2] for q in library.faq.questions.all("default", "ann")] == ["e", "d", "c"]


def test_dismissed_and_wordless(library):
    (kept,) = ask(library, "Why?")
    assert ask(library, "?!") == [None]
    assert library.faq.questions.dismiss([kept.id], "default", "ann") == 1
    with pytest.raises(NotFound):
        library.faq.questions.dismiss([kept.id], "default", "ann")
    assert library.faq.questions.clusters("default", "ann") == []
