"""The review queue: durable, decided once, each owner's own, and forgotten with what it is of."""

import pytest

from assistant import reviews as module
from assistant.review_words import citations, decided, told, waiting
from assistant.reviews import FILE, Review, Reviews
from retrieval.faults import Conflict, NotFound, TooLarge, Unavailable

pytestmark = pytest.mark.case("LLM09")


@pytest.fixture
def reviews(tmp_path):
    queue = Reviews(tmp_path)
    yield queue
    queue.close()


def queued(reviews, *made):
    """Put in the queue, and told to those who asked."""
    for one in made:
        reviews.add(one)
        reviews.delivered(one.id)


def review(**more):
    values = {"owner": "anna", "kind": "medical", "language": "en", "question": "How much?", "draft": "400 mg [1]. Twice [2].",
              "citations": ({"index": 1, "title": "Leaflet"}, {"index": 2, "title": "Box"}), "message": "msg_1", "conversation": "conv_1"}  # fmt: skip
    return Review(**values | more)


def test_what_waits_is_there_after_a_restart_and_is_decided_only_once(reviews, tmp_path):
    made = review()
    queued(reviews, made)
    reviews.close()
    assert reviews.list("anna") == [made.model_copy(update={"delivered": True})]
    assert reviews.waiting() == 1
    done = reviews.decide(made.id, "edited", "root", answer="Ask your doctor; 400 mg [1].")
    assert (done.state, done.answer, done.delivered) == ("edited", "Ask your doctor; 400 mg [1].", False)
    assert [source["index"] for source in citations(done)] == [1]
    for decision in ("approved", "rejected"):
        with pytest.raises(Conflict):
            reviews.decide(made.id, decision, "root", reason="x")
    assert Reviews(tmp_path).get(made.id).answer == done.answer


def test_the_asker_reads_what_became_of_it(reviews):
    made = review(language="zh")
    assert made.id in waiting(made)
    assert "draft" not in str(told(made))
    queued(reviews, made)
    done = reviews.decide(made.id, "rejected", "root", reason="请当面咨询医生。")
    assert "请当面咨询医生。" in decided(done)
    assert "400 mg" not in decided(done) + str(told(done))
    assert told(done)["high_stakes"]["status"] == "rejected"


def test_each_owner_has_their_own_and_takes_them_along(reviews):
    mine, hers = review(), review(owner="bea", conversation="conv_2", message="msg_2")
    queued(reviews, mine, hers)
    assert [one.id for one in reviews.list("bea")] == [hers.id]
    with pytest.raises(NotFound):
        reviews.get(mine.id, "bea")
    assert reviews.forget("bea", conversation="conv_1") == 0
    assert reviews.forget("anna", messages=["msg_1"]) == 1
    assert reviews.forget("bea") == 1
    assert reviews.list() == []


def test_those_that_wait_come_first_and_the_oldest_of_them(reviews):
    old, new, gone = review(created_at=1.0), review(created_at=2.0), review(created_at=0.5)
    queued(reviews, new, gone, old)
    reviews.decide(gone.id, "approved", "root")
    assert [one.id for one in reviews.list("anna")] == [old.id, new.id, gone.id]
    assert [one.id for one in reviews.undelivered()] == [gone.id]
    reviews.delivered(gone.id)
    assert reviews.undelivered() == []


def test_what_is_still_being_drafted_is_not_seen_and_cannot_be_decided(reviews):
    made = review()
    reviews.add(made)
    assert reviews.list() == []
    with pytest.raises(Conflict, match="drafted"):
        reviews.decide(made.id, "approved", "root")
    assert [one.id for one in reviews.undelivered()] == [made.id]
    reviews.delivered(made.id)
    assert reviews.decide(made.id, "approved", "root").answer == made.draft


@pytest.mark.case("LLM10")
def test_the_queue_is_bounded(reviews, monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    for _ in range(2):
        reviews.add(review())
    with pytest.raises(TooLarge):
        reviews.add(review())
    reviews.add(review(owner="bea"))


def test_asking_an_empty_queue_makes_no_file(reviews, tmp_path):
    assert (reviews.list(), reviews.waiting(), reviews.forget("anna"), list(reviews.undelivered())) == ([], 0, 0, [])
    assert not (tmp_path / FILE).exists()


def test_a_damaged_file_is_a_fault(tmp_path):
    (tmp_path / FILE).write_bytes(b"no database" * 100)
    with pytest.raises(Unavailable):
        Reviews(tmp_path).list()
