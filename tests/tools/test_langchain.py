"""LangChain: the model sees only the arguments, the context comes from the runtime, faults go up, the artifact is the result."""

import asyncio

import pytest
from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel, Field

from retrieval.faults import Fault, InvalidInput, NotFound
from tools.base import Tool, ToolContext, ToolResult
from tools.langchain import as_langchain, check


class Arguments(BaseModel):
    words: str = Field(min_length=1, max_length=20, description="What to repeat.")
    times: int = Field(default=1, ge=1, le=3, description="How often.")


class Echo(Tool):
    name = "echo"
    description = "Repeats words."
    arguments = Arguments

    def run(self, args, context):
        if args.words == "fail":
            raise NotFound("No such words.", hint="Say others.")
        return ToolResult(text=" ".join([args.words] * args.times) + f" for {context.owner}", data={"times": args.times})


class Scripted(GenericFakeChatModel):
    def bind_tools(self, tools, **options):
        return self


def context():
    return ToolContext(owner="ann", collections=(), language="en", open=lambda file_id: None)


def agent(arguments):
    call = AIMessage("", tool_calls=[{"name": "echo", "args": arguments, "id": "c1"}])
    model = Scripted(messages=iter([call, AIMessage("done")]))
    return create_agent(model, [as_langchain(Echo())], context_schema=ToolContext)


def answer(arguments):
    result = agent(arguments).invoke({"messages": [("user", "go")]}, context=context())
    return next(m for m in result["messages"] if isinstance(m, ToolMessage))


def test_the_model_sees_only_the_arguments():
    schema = convert_to_openai_tool(as_langchain(Echo()))["function"]
    assert schema["name"] == "echo"
    assert set(schema["parameters"]["properties"]) == {"words", "times"}
    assert schema["parameters"]["properties"]["words"]["description"] == "What to repeat."


def test_the_context_comes_from_the_runtime_and_the_artifact_is_the_result():
    message = answer({"words": "hi", "times": 2})
    assert message.content == "hi hi for ann"
    assert ToolResult.model_validate(message.artifact).data == {"times": 2}
    assert message.status == "success"


def test_defaults_are_filled_in():
    assert answer({"words": "hi"}).content == "hi for ann"


def test_a_model_cannot_forge_the_context():
    assert answer({"words": "hi", "runtime": {"context": {"owner": "eve"}}}).content == "hi for ann"


def test_it_works_asynchronously():
    result = asyncio.run(agent({"words": "hi"}).ainvoke({"messages": [("user", "go")]}, context=context()))
    assert any(isinstance(m, ToolMessage) and m.content == "hi for ann" for m in result["messages"])


def test_a_fault_goes_up():
    with pytest.raises(NotFound, match="No such words"):
        answer({"words": "fail"})


@pytest.mark.parametrize(("arguments", "param"), [({"words": ""}, "words"), ({"words": "a", "times": 9}, "times"), ({}, "words")])
def test_bad_arguments_are_a_fault_that_names_them(arguments, param):
    with pytest.raises(Fault) as caught:
        check(Echo(), arguments)
    assert caught.value.param == param
    with pytest.raises(Fault):
        answer(arguments)
    assert isinstance(caught.value, InvalidInput)
