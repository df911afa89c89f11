"""The layers around models and tools: their order, the bounds of a turn, tools described once, and a history that a kill left open."""

from types import SimpleNamespace

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool

from assistant import layers
from assistant.layers import Bounded, Described, Layers
from assistant.memory import repaired


class Noting(AgentMiddleware):
    def __init__(self, name, noted):
        super().__init__()
        self.called, self.noted = name, noted

    async def awrap_model_call(self, request, handler):
        self.noted.append(f"{self.called} in")
        found = await handler(request)
        self.noted.append(f"{self.called} out")
        return found


class OnlyTools(AgentMiddleware):
    async def awrap_tool_call(self, request, handler):
        return ToolMessage("changed", tool_call_id=(await handler(request)).tool_call_id)


def model_request(context, tools=()):
    return ModelRequest(
        model=FakeListChatModel(responses=["x"]), messages=[HumanMessage("hi")], tools=list(tools), runtime=SimpleNamespace(context=context)
    )


def context():
    return SimpleNamespace(model_calls=0, tool_calls=0)


async def said(request):
    return ModelResponse(result=[AIMessage("said")])


async def test_the_first_layer_is_the_outermost_and_each_is_asked_for_what_it_does():
    noted = []
    stack = Layers([Noting("a", noted), OnlyTools(), Noting("b", noted)])
    assert (await stack.awrap_model_call(model_request(context()), said)).result[0].text == "said"
    assert noted == ["a in", "b in", "b out", "a out"]

    async def run(request):
        return ToolMessage("found", tool_call_id="1")

    assert (await stack.awrap_tool_call(SimpleNamespace(), run)).text == "changed"


async def test_a_turn_ends_after_its_last_call():
    bounded, request = Bounded(2, 1), model_request(context())
    found = [(await bounded.awrap_model_call(request, said)).result[0] for _ in range(3)]
    assert [message.text for message in found] == ["said", "said", "Model call limits exceeded: run limit (2/2)"]

    async def run(request):
        return ToolMessage("found", tool_call_id=request.tool_call["id"])

    calls = [SimpleNamespace(tool_call={"id": str(n), "name": "search"}, runtime=request.runtime) for n in range(2)]
    first, second = [await bounded.awrap_tool_call(call, run) for call in calls]
    assert (first.text, first.status, second.status, second.tool_call_id) == ("found", "success", "error", "1")


async def test_a_tool_is_described_once(monkeypatch):
    @tool
    def look(question: str) -> str:
        """Look."""

    seen, described, made = [], Described(), []
    convert = layers.convert_to_openai_tool
    monkeypatch.setattr(layers, "convert_to_openai_tool", lambda one: made.append(one) or convert(one))

    async def asked(request):
        seen.append(request.tools)
        return ModelResponse(result=[])

    own = {"type": "function", "function": {"name": "weather__forecast"}}
    for _ in range(3):
        await described.awrap_model_call(model_request(context(), [look, own]), asked)
    assert len(made) == 1
    assert [entry["function"]["name"] for entry in seen[-1]] == ["look", "weather__forecast"]


def test_a_call_without_a_result_gets_one():
    calls = [{"name": "search", "args": {}, "id": name, "type": "tool_call"} for name in ("1", "2")]
    whole = [HumanMessage("q"), AIMessage("", tool_calls=calls), ToolMessage("found", tool_call_id="1")]
    mended = repaired(whole)
    assert [(m.tool_call_id, m.status) for m in mended if isinstance(m, ToolMessage)] == [("2", "error"), ("1", "success")]
    assert repaired(mended) == mended
