"""Live voice with consent and without: a spoken turn is read in words and voice, or not at all, and the audit log knows which."""

from types import SimpleNamespace

import httpx
import pytest
from own_service import service_here
from realtime_talk import question, talking


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    with service_here(tmp_path_factory.mktemp("felt")) as (_, bound), httpx.Client(base_url=bound.address, timeout=60) as http:
        yield SimpleNamespace(address=bound.address, http=http)


def spoken_turn(address, **ours):
    """What was read of a spoken turn of a session with these settings of its own; None when nothing was."""
    with talking(address) as talk:
        talk.update(output_modalities=["text"], assistant=ours)
        talk.hear(question())
        assert talk.until("response.done")["response"]["status"] == "completed"
        return next((event["event"]["emotion"] for event in talk.all("assistant.turn_event") if event["event"]["type"] == "felt"), None)


def uses(http):
    return [(entry["why"], entry["modalities"], entry["consent"]) for entry in http.get("/v1/audit").json()["data"] if entry["modalities"]]


def test_without_consent_nothing_is_read_and_with_it_words_and_voice_are(here):
    assert spoken_turn(here.address) is None
    assert uses(here.http) == []
    read = spoken_turn(here.address, consent=True)
    assert set(read["modalities"]) == {"text", "audio"}
    assert read["modalities"]["audio"]["dimensions"]["arousal"] >= 0
    assert read["disagreement"]["text"]
    assert [(why, sorted(modalities), consent) for why, modalities, consent in uses(here.http)] == [("tone", ["audio", "text"], True)]


def test_consent_holds_for_its_session_alone(here):
    before = len(uses(here.http))
    assert spoken_turn(here.address, consent=True) is not None
    assert spoken_turn(here.address) is None
    assert len(uses(here.http)) == before + 1


def test_in_a_workplace_nothing_is_read_whatever_was_agreed_to(tmp_path):
    with service_here(tmp_path, deployment="workplace") as (_, bound), httpx.Client(base_url=bound.address, timeout=60) as http:
        assert spoken_turn(bound.address, consent=True) is None
        assert uses(http) == []
        refused = [entry for entry in http.get("/v1/audit").json()["data"] if entry["outcome"] == "emotion_forbidden"]
        assert [(entry["why"], entry["deployment"]) for entry in refused] == [("tone", "workplace")]
