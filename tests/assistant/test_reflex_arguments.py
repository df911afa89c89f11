"""From words to a tool's arguments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reflex.arguments import Ask, Filled, fill, follows_up, question_of
from assistant.reflex.documents import page_of
from assistant.reflex.situation import Outcome, Situation, Thing

EMPTY = Situation()
FULL = Situation(
    earlier=[Thing("image_1", "image", "a.png"), Thing("audio_1", "audio"), Thing("file_1", "file", "r.pdf")],
    previous_answer="The warranty covers two years [1].",
)
TOOLS = (
    "search", "find_similar", "generate_image", "edit_image", "look", "read_document", "analyze_emotion", "transcribe", "speak",
    "control_device",
)  # fmt: skip


def given_(tool, words, situation=FULL):
    found = fill(tool, words, situation)
    assert isinstance(found, Filled), found
    return found.arguments


@pytest.mark.parametrize(
    ("tool", "words", "arguments"),
    [
        ("search", "find a red jacket under 60 euros", {"query": "red jacket", "filter": "price < 60", "rows": True}),
        ("search", "show me three pictures of a boat", {"query": "boat", "modalities": ["image"], "k": 3}),
        ("search", "find a red jacket and tell me what it costs", {"query": "red jacket"}),
        ("search", "which jacket is the cheapest", {"query": "which jacket is the cheapest", "k": 10, "rows": True}),
        ("edit_image", "make the sky darker please", {"instruction": "make the sky darker", "image": "image_1"}),
        ("look", "what colour is it", {"question": "what colour is it", "image": "image_1"}),
        ("read_document", "what is on page 7", {"question": "what is on page 7", "document": "file_1", "page": 7}),
        ("transcribe", "write it down", {"media": "audio_1"}),
        ("speak", "read that out loud", {"text": "The warranty covers two years.", "language": "en"}),
        ("speak", 'say "good morning"', {"text": "good morning", "language": "en"}),
        ("speak", "how do you pronounce quinoa", {"text": "quinoa", "language": "en"}),
        ("speak", "用语音说“欢迎光临”", {"text": "欢迎光临", "language": "zh"}),
        ("speak", "这个词怎么发音：联觉", {"text": "联觉", "language": "zh"}),
        ("analyze_emotion", "how does she feel: I hate it", {"text": "I hate it"}),
        ("analyze_emotion", "He did not call for a week. Is he angry?", {"text": "He did not call for a week."}),
        ("find_similar", "more like this but cheaper", {"media": "audio_1", "query": "cheaper"}),
    ],
)
def test_filled(tool, words, arguments):
    assert given_(tool, words) == arguments


@pytest.mark.parametrize(
    ("tool", "words", "key"),
    [
        ("generate_image", "draw", "generate_image"),
        ("look", "what is in the picture", "look"),
        ("edit_image", "make it darker", "edit_picture"),
        ("read_document", "what is on page 3", "read_document"),
        ("transcribe", "transcribe this", "transcribe"),
        ("speak", "read it aloud", "speak"),
        ("find_similar", "more like this", "find_similar"),
        ("analyze_emotion", "how does she feel", "analyze_emotion"),
        ("control_device", "do it", "control_device"),
        ("search", "find", "search"),
    ],
)
def test_what_is_missing_is_asked_for(tool, words, key):
    found = fill(tool, words, EMPTY)
    assert found == Ask(key) or (tool == "search" and found == Filled({"query": "find"}))


FOUND = Situation(
    earlier=[Thing(f"image_{n}", "image") for n in range(1, 5)],
    previous_outcomes=[
        Outcome("search", {}, "", {"shown": [{"handle": f"image_{n}", "modality": "image", "caption": ""} for n in range(1, 5)]}, False)
    ],
)


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("more like the first two, less like the last one", {"media": "image_1", "also": ["image_2"], "unlike": ["image_4"]}),
        ("more like the first and the third one", {"media": "image_1", "also": ["image_3"]}),
        ("like the second one but not like the first one", {"media": "image_2", "also": [], "unlike": ["image_1"]}),
        ("更像第一张和第二张，不要像第四张", {"media": "image_1", "also": ["image_2"], "unlike": ["image_4"]}),
        ("前两张这样的再来几张", {"media": "image_1", "also": ["image_2"]}),
        ("more like the second one", {"media": "image_2"}),
    ],
)
def test_several_examples(words, arguments):
    assert given_("find_similar", words, FOUND) == arguments


def test_chained_arguments_come_from_results():
    shown = [{"handle": "image_5", "modality": "image", "caption": "a blue dog"}]
    drawn = Situation(outcomes=[Outcome("generate_image", {"prompt": "a blue dog"}, "", {"shown": shown, "answer": "Here."}, False)])
    assert given_("speak", "read the caption aloud", drawn)["text"] == "a blue dog"
    assert given_("edit_image", "make it darker", drawn)["image"] == "image_5"
    heard = Situation(outcomes=[Outcome("transcribe", {"media": "audio_1"}, "", {"data": {"text": "I am so glad"}}, False)])
    assert given_("analyze_emotion", "tell me how she feels", heard) == {"text": "I am so glad", "media": "audio_1"}


def test_follow_ups():
    assert follows_up("and what about its price?")
    assert follows_up("那保修呢")
    assert not follows_up("what does the warranty of the camp lantern cover?")
    before = Outcome("search", {"query": "how much does the camp lantern cost"}, "", {}, False)
    after = Situation(previous_words="how much does the camp lantern cost", previous_outcomes=[before])
    assert question_of("and what colour is it?", after) == "what colour is it camp lantern"


@pytest.mark.parametrize(
    ("words", "page"),
    [("page 12", 12), ("the second page", 2), ("第五页", 5), ("slide three", 3), ("the last page", None), ("pages", None)],
)
def test_pages(words, page):
    assert page_of(words) == page


@given(st.sampled_from(TOOLS), st.text(max_size=200))
def test_any_words_give_arguments_or_a_question(tool, words):
    for situation in (EMPTY, FULL):
        assert isinstance(fill(tool, words, situation), Filled | Ask)
