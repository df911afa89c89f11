"""The HTTP API as the page uses it: one method a request, faults turned into ApiFault. Knows no Streamlit.

Values stay plain JSON here: the page shows what the service says and decides nothing.
"""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import httpx

from ui.chat.faq_client import FaqRequests
from ui.chat.images_client import ImageRequests
from ui.chat.memory_client import MemoryRequests
from ui.chat.reviews_client import ReviewRequests
from ui.chat.session_client import SessionRequests
from ui.chat.widget_client import WidgetRequests

Json = dict[str, Any]


class ApiFault(Exception):
    """The service said no, or did not answer. `hint` says what to do next; `down` is true when nobody listened."""

    def __init__(self, message: str, hint: str = "", status: int = 0, *, down: bool = False) -> None:
        super().__init__(message)
        self.message, self.hint, self.status, self.down = message, hint, status, down


@dataclass(frozen=True)
class Attached:
    """A file as the person gave it: name, media type the browser named (may be empty), bytes."""

    name: str
    media_type: str
    data: bytes
    voice: bool = False
    """Recorded in the page: what the person said, not a sound to work on."""


def part(attached: Attached) -> Json:
    """An attachment as a content part of a chat completion, in OpenAI's shape (bytes travel as base64).

    Only a recording of the person's own voice is `input_audio`; everything else is a `file`, the one part that keeps its name.
    """
    encoded = base64.b64encode(attached.data).decode()
    if attached.voice:
        return {"type": "input_audio", "input_audio": {"data": encoded, "format": "wav"}}
    kind = attached.media_type or "application/octet-stream"
    return {"type": "file", "file": {"filename": attached.name, "file_data": f"data:{kind};base64,{encoded}"}}


def fault_of(response: httpx.Response) -> ApiFault:
    """The ApiFault that an error response means; its body has been read."""
    try:
        error = response.json()["error"]
        message, hint = str(error.get("message", "")), str(error.get("hint", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        message, hint = "", ""
    message = message.removesuffix(hint).strip() or f"HTTP {response.status_code}"
    return ApiFault(message, hint, response.status_code)


def lines_of(chunks: Iterator[str]) -> Iterator[Json]:
    """JSON of each `data:` line of an event stream until `[DONE]`; comments, blank and broken lines are passed over."""
    for line in chunks:
        if not line.startswith("data:"):
            continue
        body = line.removeprefix("data:").strip()
        if body == "[DONE]":
            return
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield value


class Stream:
    """An answer on its way: iterate for the chunks; `close` from any thread stops the work at the service.

    It has a connection of its own, whose socket it keeps: the service sends no byte before the first event, and closing a response
    does not wake a thread that waits for one. Shutting down the socket does.
    """

    def __init__(self, http: httpx.Client, request: httpx.Request) -> None:
        self._http, self._request = http, request
        self._socket: socket.socket | None = None
        self._closed = False
        request.extensions["trace"] = self._trace

    def _trace(self, name: str, info: Mapping[str, Any]) -> None:
        if name.endswith("connect_tcp.complete"):
            self._socket = info["return_value"].get_extra_info("socket")

    def __iter__(self) -> Iterator[Json]:
        try:
            response = self._http.send(self._request, stream=True)
            try:
                if response.is_error:
                    response.read()
                    raise fault_of(response)
                yield from lines_of(response.iter_lines())
            finally:
                response.close()
        except httpx.HTTPError as error:
            if not self._closed:
                raise ApiFault(str(error) or type(error).__name__, down=isinstance(error, httpx.ConnectError)) from error
        finally:
            self._http.close()

    def close(self) -> None:
        """Hang up; iterating ends at once."""
        self._closed = True
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:  # the other side hung up first
                return


class Api(FaqRequests, ImageRequests, MemoryRequests, SessionRequests, ReviewRequests, WidgetRequests):
    """One service at one address, as one person (one bearer token)."""

    def __init__(self, address: str, token: str = "", timeout: float = 60.0) -> None:
        self.address = address.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = self._client(httpx.Timeout(timeout, connect=5.0))

    def _client(self, timeout: httpx.Timeout) -> httpx.Client:
        # trust_env off: a proxy of the environment must never see what a person says to their own machine.
        return httpx.Client(base_url=self.address, headers=self._headers, timeout=timeout, trust_env=False)

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise ApiFault(str(error) or type(error).__name__, down=isinstance(error, httpx.ConnectError)) from error
        if response.is_error:
            raise fault_of(response)
        return response

    def _json(self, method: str, path: str, **options: Any) -> Json:
        answer = self._send(method, path, **options).json()
        return cast(Json, answer) if isinstance(answer, dict) else {"data": answer}

    def _data(self, path: str, **options: Any) -> list[Json]:
        return cast(list[Json], self._json("GET", path, **options).get("data", []))

    # ---- what runs
    def readiness(self) -> Json:
        """`/readyz`, also when it answers 503 because a part still loads. Raises ApiFault when nobody listens."""
        try:
            answer = self._http.get("/readyz").json()
        except httpx.HTTPError as error:
            raise ApiFault(str(error), down=True) from error
        except ValueError as error:
            raise ApiFault("The address answers, but not as this service does.", down=True) from error
        return cast(Json, answer) if isinstance(answer, dict) else {}

    def emotion_policy(self, language: str) -> Json:
        """What may be read of feelings here: `allowed`, and if not the `reason`."""
        return self._json("GET", "/v1/emotion", params={"language": language})

    def audit(self, limit: int = 100, *, everyone: bool = False, action: str = "") -> list[Json]:
        """What must be answerable for, newest first; of one action, or of one group of them."""
        chosen = {"everyone": "true"} if everyone else {}
        return self._data("/v1/audit", params={"limit": limit, **chosen, **({"action": action} if action else {})})

    def models(self) -> list[Json]:
        """The models and back-ends that run."""
        return self._data("/v1/models")

    # ---- conversations
    def conversations(self, query: str = "") -> list[Json]:
        """Conversations, newest first; `query` matches titles and words said."""
        return self._data("/v1/conversations", params={"query": query} if query else None)

    def about(self, conversation: str) -> Json:
        """One conversation without its messages."""
        return self._json("GET", f"/v1/conversations/{conversation}")

    def conversation(self, conversation: str) -> Json:
        """One conversation with its `messages`, oldest first, whose words are in `content`."""
        return {**self.about(conversation), "messages": self._data(f"/v1/conversations/{conversation}/messages")}

    def begin(self, collections: Sequence[str] = (), consent: bool = False) -> str:
        """The id of a new conversation."""
        body = {"collections": list(collections), "consent": consent}
        return str(self._json("POST", "/v1/conversations", json=body)["id"])

    def change(self, conversation: str, **changes: Any) -> None:
        """Change `title`, `collections` or `consent`."""
        self._send("PATCH", f"/v1/conversations/{conversation}", json=changes)

    def forget(self, conversation: str) -> None:
        """Delete a conversation."""
        self._send("DELETE", f"/v1/conversations/{conversation}")

    def forget_after(self, conversation: str, message: str) -> None:
        """Delete a message and everything after it."""
        self._send("DELETE", f"/v1/conversations/{conversation}/messages/{message}")

    def turn(self, parts: Sequence[Json], conversation: str, options: Mapping[str, Any]) -> Stream:
        """Send a turn; iterating the Stream gives the chunks of the answer. `options` join the body (`metadata`)."""
        body = {"model": "assistant", "stream": True, "messages": [{"role": "user", "content": list(parts)}], **options}
        # No read timeout: a slow tool is not a fault, and the person can stop it.
        http = self._client(httpx.Timeout(None, connect=5.0, write=60.0))
        headers = {"X-Conversation": conversation} if conversation else {}
        return Stream(http, http.build_request("POST", "/v1/chat/completions", json=body, headers=headers))

    def speech(self, text: str, language: str) -> bytes:
        """`text` as sound (wav)."""
        body = {"model": "assistant", "input": text, "response_format": "wav", "language": language}
        return self._send("POST", "/v1/audio/speech", json=body).content

    # ---- the library
    def collections(self) -> list[Json]:
        """Collections with their counts."""
        return self._data("/v1/vector_stores")

    def make_collection(self, name: str) -> Json:
        """A new collection."""
        return self._json("POST", "/v1/vector_stores", json={"name": name})

    def drop_collection(self, collection: str) -> None:
        """Delete a collection."""
        self._send("DELETE", f"/v1/vector_stores/{collection}")

    def attached(self, collection: str) -> list[Json]:
        """Files of a collection with their status."""
        return self._data(f"/v1/vector_stores/{collection}/files", params={"limit": 10_000})

    def map(self, collection: str, query: str = "", thumbnails: int = 0, *, holes: bool = False) -> Json:
        """A collection in the plane: points, regions, near-duplicates, and `query` among what it finds."""
        asked = {"query": query, "thumbnails": thumbnails, "holes": holes}
        return self._json("GET", f"/v1/vector_stores/{collection}/map", params={key: value for key, value in asked.items() if value})

    def upload(self, file: Attached, purpose: str = "assistants", origin: str = "") -> Json:
        """Store a file; nothing reads it yet. `origin` is the path it was read at, for one that may change there."""
        kind = file.media_type or "application/octet-stream"
        fields = {"purpose": purpose, **({"origin": origin} if origin else {})}
        return self._json("POST", "/v1/files", files={"file": (file.name, file.data, kind)}, data=fields)

    def attach(self, collection: str, file_id: str) -> Json:
        """Begin to read a stored file into a collection."""
        return self._json("POST", f"/v1/vector_stores/{collection}/files", json={"file_id": file_id})

    def attach_url(self, collection: str, url: str) -> Json:
        """Fetch the file behind an address and begin to read it; one that has not changed there stays as it is."""
        return self._json("POST", f"/v1/vector_stores/{collection}/files", json={"url": url})

    def detach(self, collection: str, file_id: str) -> None:
        """Take a file and its items out of a collection."""
        self._send("DELETE", f"/v1/vector_stores/{collection}/files/{file_id}")

    def file(self, file_id: str) -> Json:
        """What is known of a file: `filename`, `media_type`, `modality`, size."""
        return self._json("GET", f"/v1/files/{file_id}")

    def content(self, file_id: str, form: str = "content") -> tuple[bytes, str]:
        """Bytes and media type of a file; `form` is content | thumbnail."""
        response = self._send("GET", f"/v1/files/{file_id}/{form}")
        return response.content, response.headers.get("content-type", "").split(";")[0]

    def item(self, item_id: str) -> Json:
        """One item: `title`, `text`, `modality`, `locator`, `metadata`."""
        return self._json("GET", f"/v1/items/{item_id}")

    def thumbnail(self, item_id: str) -> bytes:
        """A small picture (PNG) of an item; nothing for one of words only, or one that is gone. Raises ApiFault when nobody listens."""
        try:
            return self._send("GET", f"/v1/items/{item_id}/thumbnail").content
        except ApiFault as fault:
            if fault.down:
                raise
            return b""

    def evidence(self, path: str, places: Mapping[str, str | Sequence[str]]) -> tuple[bytes, str]:
        """The place a citation points at, drawn (a picture) or as JSON; `path` is `files/{id}` or `items/{id}`."""
        response = self._send(
            "GET", f"/v1/{path}/evidence", params={key: value if isinstance(value, str) else list(value) for key, value in places.items()}
        )
        return response.content, response.headers.get("content-type", "").split(";")[0]
