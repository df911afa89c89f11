"""When a curated answer goes before everything else."""

from __future__ import annotations

from langchain_core.messages import HumanMessage
from reflex_samples import cache, minilm
from test_reflex_conversation import bound

from assistant.chat_models.reflex import create
from assistant.reflex.curated import curated_first
from assistant.reflex.router import Router


def first_call(words, chance, *before):
    human = HumanMessage(words, id="msg_1", additional_kwargs={"words": words, "language": "en", **({"curated": chance} if chance else {})})
    answer = create("", embedder=minilm(), cache_dir=cache(), timeout=30).invoke([*before, human], tools=bound())
    return answer.tool_calls[0] if answer.tool_calls else None


def test_small_talk_that_somebody_curated_is_searched_with_its_very_words():
    call = first_call("Who are you?", 1.0)
    assert (call["name"], call["args"]) == ("search", {"query": "Who are you?"})
    assert first_call("Who are you?", 0.0) is None


def test_a_sure_command_stays_one_unless_an_entry_has_its_words():
    route = Router(minilm()).route("turn on the light in the kitchen", [], [])
    assert not curated_first(route, 0.95)
    assert curated_first(route, 1.0)
    assert not curated_first(route, 0.0)


def test_a_question_goes_to_the_entry():
    assert curated_first(Router(minilm()).route("What does the warranty cover?", [], []), 0.9)
