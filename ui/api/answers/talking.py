"""What the chat, the responses and the route answer. Documentation only."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, JsonValue

from retrieval.items import Citation, Recipe
from ui.api.answers.base import Error, Facts, Seconds
from ui.api.answers.feeling import Feeling


class Candidate(BaseModel):
    """A tool that was considered."""

    tool: str
    score: float
    reason: str
    cost: Literal["fast", "moderate", "slow"]


class Step(BaseModel):
    """A tool that ran."""

    tool: str
    arguments: Facts
    ok: bool
    ms: float
    error: str | None


class Trace(BaseModel):
    """How an answer came about. A stream tells each part where it is known."""

    route: list[Candidate] = []
    plan: list[str] = []
    steps: list[Step] = []
    timings_ms: dict[str, float] = {}
    refused: bool = False
    conversation: str | None = None
    message_id: str | None = None
    language: str = ""
    chat_model: str = ""
    heard: str = ""
    heard_confidence: float | None = None
    emotion: Feeling | None = None
    media: list[Facts] = []
    text: str = ""
    """The words as they were corrected at the end, when they differ from those streamed."""
    event: Facts = {}


class CitationNote(Citation):
    """Evidence of one `[n]` of the answer."""

    type: Literal["citation"]


class Address(BaseModel):
    """A data: URL, or a path of this server for what is too large."""

    url: str


class DrawnImage(BaseModel):
    """A picture of an answer."""

    type: Literal["image_url"]
    image_url: Address
    index: int
    file_id: str
    recipe: Recipe | None = None


class SpokenAudio(BaseModel):
    """A spoken answer."""

    id: str
    data: str
    """Base64."""
    expires_at: Seconds
    transcript: str
    file_id: str


class ChatMessage(BaseModel):
    """The answer."""

    role: Literal["assistant"]
    content: str
    refusal: str | None
    annotations: list[CitationNote]
    images: list[DrawnImage] = []
    audio: SpokenAudio | None = None
    reasoning_content: str = ""


class Choice(BaseModel):
    """The one answer there is."""

    index: int
    message: ChatMessage
    finish_reason: Literal["stop"]
    logprobs: None


class TokenUsage(BaseModel):
    """Tokens, counted by the chat model."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletion(BaseModel):
    """`POST /v1/chat/completions`."""

    id: str
    object: Literal["chat.completion"]
    created: Seconds
    model: str
    system_fingerprint: str | None
    choices: list[Choice]
    usage: TokenUsage
    trace: Trace


class Delta(BaseModel):
    """What a chunk adds."""

    role: Literal["assistant"] = "assistant"
    content: str = ""
    annotations: list[CitationNote] = []
    images: list[DrawnImage] = []
    media: list[Facts] = []
    audio: SpokenAudio | None = None
    reasoning_content: str = ""


class ChunkChoice(BaseModel):
    """The one answer as it grows."""

    index: int
    delta: Delta
    finish_reason: Literal["stop"] | None
    logprobs: None


class ChatCompletionChunk(BaseModel):
    """A `data:` line of a streamed completion; the last line is `[DONE]`."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: Seconds
    model: str
    system_fingerprint: str | None
    choices: list[ChunkChoice]
    usage: TokenUsage | None = None
    trace: Trace | None = None


ChatEvent = ChatCompletionChunk | Error


class ResponseUsage(BaseModel):
    """Tokens, in the words of the responses API."""

    input_tokens: int
    input_tokens_details: dict[str, int]
    output_tokens: int
    output_tokens_details: dict[str, int]
    total_tokens: int


class OutputItem(BaseModel):
    """A message, or a picture that was drawn."""

    id: str
    type: Literal["message", "image_generation_call"]
    status: str
    role: Literal["assistant"] = "assistant"
    content: list[Facts] = []
    file_id: str = ""
    result: str | None = None


class ResponseObject(BaseModel):
    """`POST /v1/responses`."""

    id: str
    object: Literal["response"]
    created_at: Seconds
    status: Literal["in_progress", "completed", "failed"]
    model: str
    output: list[OutputItem]
    usage: ResponseUsage | None
    trace: Trace
    error: Facts | None
    incomplete_details: None
    parallel_tool_calls: bool
    previous_response_id: None
    tool_choice: JsonValue
    tools: list[JsonValue]
    text: JsonValue
    metadata: Facts | None = None
    instructions: str | None = None
    conversation: Facts | None = None


class ResponseEvent(BaseModel):
    """A `data:` line of a streamed response."""

    type: str
    sequence_number: int
    response: ResponseObject | None = None


class RouteAnswer(BaseModel):
    """`POST /v1/route`: the candidates, and what would run."""

    route: list[Candidate]
    plan: list[str]
