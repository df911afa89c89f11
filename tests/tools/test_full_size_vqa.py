"""Questions about pictures that the chat model answers: what it says of its sureness counts, and one without eyes is refused."""

import base64
import io

import pytest
import tiny_pictures
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from PIL import Image

from retrieval.backends import call, load
from retrieval.faults import InvalidInput, NotInstalled
from tools.vqa.chat_model import create, read


class Scripted(BaseChatModel):
    """A LangChain chat model that gives one reply and keeps what it was shown."""

    reply: str
    seen: list = []
    sees: bool = True

    @property
    def _llm_type(self):
        return "scripted"

    def _generate(self, messages, stop=None, run_manager=None, **options):
        self.seen.append(messages)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.reply))])


def scripted(reply, **more):
    return Scripted(reply=reply, profile={"image_inputs": True}, **more)


def test_the_picture_is_shown_with_the_question():
    model = scripted("The kettle is red.\nAnswer: red\nSure: 80")
    found = create(chat_model=model).answer(tiny_pictures.picture(2000, 100), "What colour is the kettle?", "en")
    assert (found.text, found.value, found.kind, found.confidence) == ("The kettle is red.", "red", "colour", 0.8)
    system, person = model.seen[0]
    assert "English" in system.text
    assert person.text == "What colour is the kettle?"
    image = Image.open(io.BytesIO(base64.b64decode(person.content[1]["base64"])))
    assert image.size == (1536, 77), "no larger than it looks at"


@pytest.mark.parametrize(
    ("reply", "kind", "confidence"),
    [
        ("It is red.\nAnswer: red\nSure: 100", "colour", 0.9),
        ("It is red.", "colour", 0.5),
        ("**It is red.**\n\n**Answer:** red\n**Sure:** 40 %", "colour", 0.4),
        ("The picture does not tell.\nAnswer: nothing\nSure: 0", "unknown", 0.0),
        ("", "unknown", 0.1),
    ],
    ids=["never certain", "untold", "doubtful", "does not tell", "nothing"],
)
def test_how_sure_it_is_counts(reply, kind, confidence):
    found = read(reply, "What colour is the car?", "en")
    assert (found.kind, found.confidence) == (kind, pytest.approx(confidence))
    assert ("not sure" in found.text) == (confidence < 0.5)
    assert found.text
    assert "Sure:" not in found.text


def test_chinese_replies_are_read():
    found = read("水壶是红色的。\n答案：红色\n把握：80", "水壶是什么颜色？", "zh")
    assert (found.text, found.value, found.kind, found.confidence) == ("水壶是红色的。", "红色", "colour", 0.8)
    assert read("", "图里是谁？", "zh").text.startswith("我不确定")


@pytest.mark.parametrize(
    "model", [None, Scripted(reply="red"), scripted("red", sees=False)], ids=["none", "no profile", "refused pictures"]
)
def test_a_model_without_eyes_is_refused(model):
    with pytest.raises(NotInstalled) as caught:
        create(chat_model=model).answer(tiny_pictures.picture(), "What is this?", "en")
    assert "compose" in caught.value.hint
    assert caught.value.code == "chat_model_blind"


def test_it_takes_no_reference():
    with pytest.raises(InvalidInput):
        call(load("tools.vqa", "chat_model"), reference="someone/model", chat_model=None)


def test_a_vision_language_model_of_this_process_answers(tmp_path):
    import tiny_chat_models

    from assistant.chat_models.transformers import create as create_chat
    from retrieval.hosting.host import ModelHost

    folder = tiny_chat_models.gemma3(tmp_path / "gemma3")
    model = create_chat(f"{folder}?dtype=float32", models=ModelHost(tmp_path, 2**30), timeout=60.0)
    found = create(chat_model=model.bind(max_tokens=8).bound).answer(tiny_pictures.picture(), "What is this?", "en")
    assert found.text
    assert found.confidence <= 0.9
