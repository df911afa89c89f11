"""`assistant faq` beside a running server: a gap is listed, answered, and becomes a case that passes."""

from __future__ import annotations

import json

import pytest
from test_cli_commands import answered, assistant, serving

pytestmark = pytest.mark.slow


@pytest.fixture
def data(tmp_path):
    with serving(tmp_path / "data") as folder:
        yield folder


def test_import_ask_answer_and_evaluate(data, tmp_path):
    faq = tmp_path / "faq.csv"
    faq.write_text("question,answer\nWho are you?,I am Ada.\n,nothing\n", "utf-8")
    done = answered(data, "faq", "import", str(faq), code=1)
    assert (done["added"], done["problems"][0]["line"]) == (1, 3)
    assert answered(data, "ask", "who are you")["answer"] == "I am Ada. [1]"
    assert answered(data, "ask", "Do you repair tents?")["refused"]
    (cluster,) = answered(data, "faq", "questions")["data"]
    made = answered(data, "faq", "answer", cluster["id"], "Yes, in our workshop.")
    assert made["question"] == "Do you repair tents?"
    golden = tmp_path / "golden.jsonl"
    assistant(data, "faq", "cases", "--out", str(golden))
    assert json.loads(golden.read_text("utf-8"))["expected_answer"] == "Yes, in our workshop."
    scored = answered(data, "eval", "grounding", str(golden), "--min-right", "1")
    assert (scored["passed"], scored["figures"]["golden"]["right"]) == (True, 1.0)
    answered(data, "faq", "edit", made["id"], "--answer", "Yes.", "--also", "修帐篷吗")
    assistant(data, "faq", "export", str(tmp_path / "out.csv"))
    assert "修帐篷吗" in (tmp_path / "out.csv").read_text("utf-8")
    answered(data, "faq", "remove", made["id"])
    assert [e["question"] for e in answered(data, "faq", "list")["data"]] == ["Who are you?"]
    assert "nothing with the id" in assistant(data, "faq", "remove", "faq-none", "--yes", code=1).stderr
