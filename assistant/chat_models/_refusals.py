"""The errors of an OpenAI-compatible server as Faults that say what to do. Knows the client's exceptions, no model and no message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import openai

from retrieval.faults import Busy, Fault, InvalidInput, NotAllowed, NotFound, TimedOut, Unavailable

_LOG = "Look at that server's log, then ask again."


@contextmanager
def faults(address: str, model: str) -> Iterator[None]:
    """Turn the client's errors into Faults. The key never enters a message."""
    try:
        yield
    except (openai.APITimeoutError, TimeoutError) as error:
        hint = "Is the model still loading? Ask again, or raise limits.turn_seconds."
        raise TimedOut(f"{address} did not answer in time.", hint=hint) from error
    except openai.APIConnectionError as error:
        hint = "Start that server, or correct chat_model in assistant.toml (`reflex` needs no server)."
        raise Unavailable(f"No chat model answers at {address}.", hint=hint) from error
    except openai.APIStatusError as error:
        raise _refused(error, address, model) from error
    except openai.LengthFinishReasonError as error:
        hint = "Ask for less at once, or raise that server's limit of tokens."
        raise InvalidInput(f"The answer of '{model}' was cut at its length limit.", hint=hint, code="chat_model_length") from error
    except openai.OpenAIError as error:
        raise Unavailable(f"The chat model at {address} broke off.", hint=_LOG) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:  # what the client makes of an answer in another form
        hint = "Does the address end where the API begins, often with /v1? If it does: " + _LOG[0].lower() + _LOG[1:]
        raise Unavailable(f"What {address} answered is no chat completion.", hint=hint) from error


def _refused(error: openai.APIStatusError, address: str, model: str) -> Fault:
    status, said = error.status_code, _said(error)
    if status in (401, 403):
        return NotAllowed(
            f"{address} refused the key ({status}).", hint="Set OPENAI_API_KEY to a key of that server.", code="chat_model_key"
        )
    if status == 404:
        return NotFound(f"{address} has no model '{model}'{said}.", hint=f"List its models: curl {address}/models", code="model_not_found")
    if status == 429:
        return _busy(error, address, said)
    if status in (400, 413, 415, 422):
        hint = "It needs a model with tool calling; a long conversation may be over its context."
        return InvalidInput(f"'{model}' at {address} refused the request{said}.", hint=hint, code="chat_model_refused")
    return Unavailable(f"The chat model at {address} failed with status {status}.", hint=_LOG)


def _busy(error: openai.APIStatusError, address: str, said: str) -> Busy:
    wait = 0.0
    with suppress(ValueError):
        wait = float(error.response.headers.get("retry-after", ""))
    when = f"Ask again in {wait:.0f} s." if 0 < wait < 86_400 else "Ask again in a moment."
    return Busy(f"The chat model at {address} is busy{said}.", hint=when)


def _said(error: openai.APIStatusError) -> str:
    body: Any = error.body if isinstance(error.body, dict) else {}
    inner = body.get("error")
    message = inner.get("message") if isinstance(inner, dict) else body.get("message") or inner
    return f": {str(message)[:200].rstrip('.')}" if message else ""
