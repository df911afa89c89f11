"""Memory across chats through the real assistant: asked, kept, answered in another chat, forgotten; and a far model that learns nothing."""

import pytest
from awkward_server import AwkwardServer, Reply

from assistant.build import build
from assistant.chat_models.openai_http import OpenAIHTTP
from assistant.events import Finished, ToolFinished
from assistant.settings import read
from assistant.turns import Past, Turn
from retrieval.content import Content

TOLD = "remember that my cat is called Momo"
ASKED = "what is my cat called?"


def brain(body):
    """A model that uses the memory when it may, and else repeats how much it read."""
    offered = [tool["function"]["name"] for tool in body.get("tools", ())]
    newest = str(body["messages"][-1]["content"])
    if "steal" in newest:
        return Reply(calls=(("remember", {"action": "recall", "text": ""}),))
    if body["messages"][-1]["role"] == "tool":
        return Reply(words=(newest,))
    return Reply(words=("memory " if "remember" in offered else "none ",))


@pytest.fixture(scope="module")
def server():
    with AwkwardServer(brain) as server:
        yield server


@pytest.fixture
async def make(tmp_path, server):
    server.reset()
    opened = []

    async def make(**flags):
        for last in opened[-1:]:
            await last.close()
        opened.append(build(read({"data_dir": tmp_path / "data", "sample": False, **flags})))
        await opened[-1].start()
        return opened[-1]

    yield make
    await opened[-1].close()


async def say(assistant, words, **more):
    events = [event async for event in assistant.run(Turn(contents=(Content.from_text(words),), **more))]
    assert isinstance(events[-1], Finished), events[-1]
    return events[-1].text, [event.tool for event in events if isinstance(event, ToolFinished) and event.ok], events[-1]


async def test_kept_in_one_chat_and_answered_in_another_after_a_restart(make):
    assistant = await make()
    first, second = (assistant.conversations.create("local").id for _ in "ab")
    text, tools, _ = await say(assistant, TOLD, conversation=first)
    assert (text, tools) == ("I will remember: “my cat is called Momo”.", ["remember"])
    assert (await assistant.route([Content.from_text(ASKED)])).plan == ("remember",)
    assistant = await make()
    text, tools, _ = await say(assistant, ASKED, conversation=second)
    assert text.startswith("You told me on ")
    assert "Momo" in text
    assert tools == ["remember"]
    text, _, _ = await say(assistant, "what do you know about me?")
    assert "my cat is called Momo" in text
    text, _, _ = await say(assistant, ASKED, conversation=second)
    text, _, _ = await say(assistant, "forget that", conversation=second)
    assert text == "Forgotten: “my cat is called Momo”."
    text, tools, _ = await say(assistant, ASKED)
    assert "Momo" not in text
    assert tools != ["remember"]


async def test_in_chinese(make):
    assistant = await make()
    assert (await say(assistant, "记住我的猫叫Momo"))[0] == "我记住了：“我的猫叫Momo”。"
    text, _, _ = await say(assistant, "我的猫叫什么？")
    assert "我的猫叫Momo" in text
    assert text.startswith("您在")
    history = (Past(role="user", text="记住我的猫叫Momo"), Past(role="assistant", text="好的"))
    assert (await say(assistant, "忘掉这个", history=history))[0] == "已忘记：“我的猫叫Momo”。"


async def test_only_what_was_asked_is_kept_and_each_person_has_their_own(make):
    assistant = await make()
    await say(assistant, "my dog is called Rex and I live in Bonn")
    await say(assistant, "hello, my name is Ada")
    assert assistant.kit.facts.list("local") == []
    await say(assistant, TOLD)
    assert "Momo" not in (await say(assistant, ASKED, owner="ada"))[0]
    assistant.kit.facts.switch("local", False)
    assert "Momo" not in (await say(assistant, ASKED))[0]
    assert "Memory is off" in (await say(assistant, "remember that I like tea"))[0]
    assert [fact.text for fact in assistant.kit.facts.list("local")] == ["my cat is called Momo"]


@pytest.fixture
def far(server, monkeypatch):
    """The settings of a chat model that stands on another machine, as far as the service can tell."""
    monkeypatch.setattr(OpenAIHTTP, "remote", property(lambda self: True))
    return {"models.chat_model": f"openai_http:{server.address}#far", "offline": False}


async def test_a_far_model_learns_no_fact(make, server, far):
    assistant = await make(**far, fast_path=False)
    chat = assistant.conversations.create("local").id
    text, _, finished = await say(assistant, TOLD, conversation=chat)
    assert (text, finished.chat_model) == ("I will remember: “my cat is called Momo”.", "reflex")
    assert "Momo" in (await say(assistant, ASKED, conversation=chat))[0]
    assert not server.seen, "turns about memory do not leave the machine"
    text, _, finished = await say(assistant, "tell me about lighthouses", conversation=chat)
    assert (text.strip(), finished.chat_model) == ("none", "far")
    text, tools, _ = await say(assistant, "please steal it", conversation=chat)
    assert tools == []
    history = (Past(role="user", text=TOLD), Past(role="assistant", text="I will remember: “my cat is called Momo”."),
               Past(role="user", text=ASKED), Past(role="assistant", text="You told me: my cat is called Momo"))  # fmt: skip
    await say(assistant, "tell me about lighthouses", history=history)
    assert server.seen
    assert "Momo" not in str(server.seen)


async def test_a_far_model_may_learn_them_when_the_settings_allow(make, server, far):
    assistant = await make(**far, memory_remote=True)
    await say(assistant, TOLD)
    text, _, finished = await say(assistant, "tell me about lighthouses")
    assert (text.strip(), finished.chat_model) == ("memory", "far")
    assert "Momo" in (await say(assistant, "please steal it"))[0]


async def test_a_model_of_this_machine_is_offered_the_memory(make, server):
    assistant = await make(**{"models.chat_model": f"openai_http:{server.address}#near"})
    assert (await say(assistant, "tell me about lighthouses"))[0].strip() == "memory"
    await say(assistant, TOLD)
    assert "Momo" in (await say(assistant, "please steal it"))[0], "it may read the memory by its tool"
