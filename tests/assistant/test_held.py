"""Held: no word, thought or medium of a draft passes, and a report that is read holds the turn from then on."""

import pytest

from assistant.events import Routed, ShownMedia, TextDelta, Thinking, ToolFinished, ToolStarted
from assistant.held import Held
from assistant.high_stakes import about
from assistant.stakes import Stakes
from tools.base import Shown

DRAFT = "the draft says 400 mg"
REPORT = "Patient: A. Findings: fracture of the left radius. Diagnosis: closed fracture. Haemoglobin 9 g/dl, glucose 8.4 mmol/l."
pytestmark = pytest.mark.case("LLM09", "LLM02")


def finished(tool, text=DRAFT):
    return ToolFinished(id="1", tool=tool, arguments={"query": "q"}, ok=True, ms=1.0, text=text, data={"found": text})


def judged(text):
    kind = about([text])
    return Stakes(kind=kind, policy="review") if kind else None


@pytest.mark.parametrize("policy", ["review", "cite", "decline"])
def test_nothing_of_a_draft_passes(policy):
    held = Held(Stakes(kind="medical", policy=policy), lambda text: None, [])
    shown = ShownMedia(media=Shown(file_id="file-1", handle="image_1", modality="image", media_type="image/png", caption=DRAFT))
    events = [Routed(route=(), plan=()), ToolStarted(id="1", tool="look", arguments={}), finished("look"), Thinking(text=DRAFT),
              TextDelta(text=DRAFT), shown]  # fmt: skip
    told = [passed for event in events for passed in held.pass_on(event)]
    assert [event.type for event in told] == ["routed", "tool_started", "tool_finished"]
    assert DRAFT not in "".join(event.model_dump_json() for event in told)
    assert held.text == DRAFT


def test_evidence_of_a_search_may_be_seen_where_it_is_cited_but_not_before_a_review():
    for policy, seen in (("cite", True), ("review", False)):
        (event,) = Held(Stakes(kind="legal", policy=policy), lambda text: None, []).pass_on(finished("search"))
        assert (DRAFT in event.model_dump_json()) is seen


def test_a_report_that_is_read_holds_what_is_said_of_it():
    held = Held(None, judged, [])
    assert held.pass_on(TextDelta(text="One moment. "))
    (event,) = held.pass_on(finished("read_document", REPORT))
    assert held.stakes == Stakes(kind="medical", policy="review")
    assert "fracture" not in event.model_dump_json()
    assert held.pass_on(TextDelta(text=DRAFT)) == ()


def test_other_documents_hold_nothing():
    held = Held(None, judged, [])
    invoice = finished("read_document", "Invoice 1234. Kettle 59.90 EUR, VAT 19 percent, total 71.28 EUR, payable within 14 days.")
    assert held.pass_on(invoice) == (invoice,)
    assert held.pass_on(TextDelta(text="It is 71.28 EUR."))
