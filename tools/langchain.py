"""LangChain: shows a Tool to the agent as a StructuredTool. All contact of this package with LangChain is here.

The model sees the tool's `arguments` and nothing else; the ToolContext comes from LangGraph's runtime (`runtime.context`). A Fault goes
up as it is: the agent's middleware turns it into a message. The artifact is the ToolResult as plain data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from retrieval.faults import InvalidInput, Unavailable
from tools.base import Tool, ToolContext

if TYPE_CHECKING:
    from langchain_core.tools import StructuredTool


def as_langchain(tool: Tool) -> StructuredTool:
    """`tool` with `response_format="content_and_artifact"`: content is the result's text, artifact its JSON form."""
    from langchain.tools import ToolRuntime
    from langchain_core.tools import StructuredTool

    class Strict(StructuredTool):
        """Turns a schema error into a Fault that says which argument is wrong, and knows the Tool that it shows."""

        source: Any = Field(default=tool, exclude=True, repr=False)

        def _parse_input(self, tool_input: str | dict[str, Any], tool_call_id: str | None) -> str | dict[str, Any]:
            try:
                return super()._parse_input(tool_input, tool_call_id)
            except ValidationError as error:
                raise invalid(tool.name, error) from error

    def call(runtime: Any, **values: Any) -> tuple[str, dict[str, Any]]:
        context = runtime.context
        if not isinstance(context, ToolContext):
            raise Unavailable(f"The tool '{tool.name}' was called outside a turn.", hint="Pass a ToolContext as the agent's context.")
        context.before = before((runtime.state or {}).get("messages", ()))
        result = tool.run(check(tool, values), context)
        return result.text, result.model_dump(mode="json")

    # LangGraph finds what to inject by the real type in the signature; a name in a string would not be resolved from here.
    call.__annotations__["runtime"] = ToolRuntime
    return Strict(
        name=tool.name, description=tool.description, args_schema=tool.arguments, func=call, response_format="content_and_artifact",
        metadata={"cost": tool.cost},
    )  # fmt: skip


def before(messages: Sequence[Any]) -> str:
    """What was said and found between the person's last turn and the one before it."""
    turns = [place for place, message in enumerate(messages) if message.type == "human"]
    if len(turns) < 2:
        return ""
    return "\n".join(str(message.text) for message in messages[turns[-2] + 1 : turns[-1]])


def check(tool: Tool, values: dict[str, Any]) -> Any:
    """`values` as an instance of the tool's schema. Raises InvalidInput that names the argument."""
    try:
        return tool.arguments.model_validate(values)
    except ValidationError as error:
        raise invalid(tool.name, error) from error


def invalid(name: str, error: ValidationError) -> InvalidInput:
    """The fault for a call that does not fit the schema."""
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "arguments"
    return InvalidInput(
        f"The tool '{name}' cannot use '{where}': {first['msg']}.", hint="Correct that argument and call it again.", param=where,
        code="invalid_arguments",
    )  # fmt: skip
