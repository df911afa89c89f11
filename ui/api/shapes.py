"""Request bodies of the chat and responses APIs. Knows what the official client may send; fields that change nothing here are accepted.

What would change the answer and is not done (n, tools, a response format) is refused by `check`, because ignoring it would be a lie.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from retrieval.faults import InvalidInput
from ui.api.parts import ImagePart, Parts
from ui.api.words import refuse

Metadata = dict[str, JsonValue]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Message(BaseModel):
    """One message of a history."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | Parts | None = None
    images: Parts | None = None
    """Of an answer of ours that a client sends back whole."""


class StreamOptions(BaseModel):
    """`include_usage` asks for a last chunk with token counts."""

    model_config = ConfigDict(extra="ignore")

    include_usage: bool = False


class Voice(BaseModel):
    """How a spoken answer should sound."""

    model_config = ConfigDict(extra="ignore")

    voice: Any = ""
    format: Literal["wav", "mp3", "flac", "opus", "aac", "pcm16", "pcm"] = "wav"


class _Sampling(_Request):
    """Accepted because clients send them; the bundled model has nothing to sample."""

    model: str = Field(max_length=200)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    user: str | None = Field(default=None, max_length=512)
    store: bool | None = None
    parallel_tool_calls: bool | None = None
    top_logprobs: int | None = Field(default=None, ge=0, le=20)
    service_tier: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_retention: str | None = None
    prompt_cache_options: JsonValue = None
    moderation: JsonValue = None
    tools: list[JsonValue] | None = Field(default=None, max_length=128)
    tool_choice: JsonValue = None
    metadata: Metadata | None = Field(default=None, max_length=16)
    """`collection`, `conversation`, `consent`, `language`, `tool`, `arguments` are ours; the rest is echoed."""
    stream: bool | None = None


class ChatRequest(_Sampling):
    """`POST /v1/chat/completions`."""

    messages: list[Message] = Field(min_length=1)
    n: int | None = Field(default=None, ge=1, le=128)
    max_tokens: int | None = Field(default=None, ge=1, le=10_000_000)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=10_000_000)
    stop: str | list[str] | None = Field(default=None, max_length=256)
    seed: int | None = None
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    logit_bias: dict[str, float] | None = None
    logprobs: bool | None = None
    response_format: dict[str, JsonValue] | None = None
    functions: list[JsonValue] | None = None
    function_call: JsonValue = None
    modalities: list[Literal["text", "audio"]] | None = None
    audio: Voice | None = None
    stream_options: StreamOptions | None = None
    prediction: JsonValue = None
    reasoning_effort: str | None = None
    verbosity: str | None = None
    web_search_options: JsonValue = None

    def check(self) -> None:
        """Refuse what is not done here. Raises InvalidInput."""
        if self.n is not None and self.n > 1:
            raise refuse(InvalidInput, "only_one", param="n")
        if self.tools or self.functions:
            raise refuse(InvalidInput, "own_tools", param="tools" if self.tools else "functions", code="unsupported_parameter")
        if (self.response_format or {}).get("type", "text") != "text":
            raise refuse(InvalidInput, "own_format", param="response_format", code="unsupported_parameter")

    @property
    def spoken(self) -> bool:
        """Whether the answer should be spoken too."""
        return "audio" in (self.modalities or ())


class InputItem(BaseModel):
    """One item of `input`: a message, or a picture of an earlier answer; other types (an earlier answer's tool calls) are passed over."""

    model_config = ConfigDict(extra="ignore")

    type: str = "message"
    role: Literal["system", "developer", "user", "assistant"] = "user"
    content: str | Parts | None = None
    file_id: str | None = None
    result: str | None = None
    """Base64 of the picture of an `image_generation_call`."""

    @property
    def images(self) -> list[ImagePart]:
        """The picture that an earlier answer drew."""
        if self.type != "image_generation_call" or not (self.file_id or self.result):
            return []
        url = f"data:image/png;base64,{self.result}" if self.result else None
        return [ImagePart(type="input_image", image_url=url, file_id=self.file_id)]


class ResponsesRequest(_Sampling):
    """`POST /v1/responses`."""

    model: str = Field(default="assistant", max_length=200)
    input: str | list[InputItem]
    instructions: str | None = None
    conversation: str | dict[str, JsonValue] | None = None
    previous_response_id: str | None = None
    max_output_tokens: int | None = Field(default=None, ge=1, le=10_000_000)
    max_tool_calls: int | None = Field(default=None, ge=1)
    include: list[JsonValue] | None = None
    text: dict[str, JsonValue] | None = None
    reasoning: JsonValue = None
    truncation: str | None = None
    background: bool | None = None
    stream_options: JsonValue = None
    context_management: JsonValue = None
    prompt: JsonValue = None
    image: JsonValue = None

    def check(self) -> None:
        """Refuse what is not done here. Raises InvalidInput."""
        if self.previous_response_id:
            raise refuse(InvalidInput, "previous_response", param="previous_response_id", code="unsupported_parameter")
        if self.background:
            raise refuse(
                InvalidInput, "unsupported", param="background", code="unsupported_parameter", field="background", how="Use stream."
            )
        if self.prompt:
            raise refuse(
                InvalidInput, "unsupported", param="prompt", code="unsupported_parameter", field="prompt", how="Send the words in `input`."
            )
        if self.tools:
            raise refuse(InvalidInput, "own_tools", param="tools", code="unsupported_parameter")
        form = (self.text or {}).get("format")
        if isinstance(form, dict) and form.get("type", "text") != "text":
            raise refuse(InvalidInput, "own_format", param="text.format", code="unsupported_parameter")
