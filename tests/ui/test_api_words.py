"""The words of the API: both languages say the same things, and a refusal can be said in either."""

import re
import tomllib
from importlib.resources import files

import pytest

from retrieval.faults import InvalidInput, NotFound
from ui.api.words import refuse, translate

TABLES = {language: tomllib.loads((files("ui") / "words" / f"{language}.toml").read_text("utf-8"))["api"] for language in ("en", "zh")}


def test_both_languages_have_the_same_sentences():
    assert set(TABLES["en"]) == set(TABLES["zh"])


@pytest.mark.parametrize("key", sorted(TABLES["en"]))
def test_a_sentence_takes_the_same_values_in_both(key):
    fields = [set(re.findall(r"(?<!\{)\{(\w+)\}", TABLES[language][key])) for language in TABLES]
    assert fields[1] <= fields[0]


def test_every_refusal_has_a_hint():
    assert {key for key in TABLES["en"] if not key.endswith("_hint")} == {key[:-5] for key in TABLES["en"] if key.endswith("_hint")}


def test_a_refusal_is_said_again_in_chinese():
    fault = refuse(NotFound, "model", param="model", code="model_not_found", model="gpt", known="assistant")
    assert "gpt" in fault.message
    assert "assistant" in fault.hint
    assert "没有模型" in translate(fault, "zh").message
    assert fault.code == "model_not_found"


def test_other_faults_stay_as_they_are():
    fault = InvalidInput("Too small.", hint="Grow.")
    assert translate(fault, "zh").message == "Too small."
