"""A small real server that speaks the shape of the API, so that the page can be tested against answers nobody can wait for.

It serves what the page must survive: slow turns, refusals, faults in the middle, hostile text. The real service is met in tests/journeys.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import threading
import time
import uuid
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, UploadFile
from fastapi.responses import JSONResponse, Response, StreamingResponse
from PIL import Image

HOSTILE = (
    '![x](http://{host}/pixel.png) <img src="http://{host}/tag.png"> [click](javascript:alert(1)) '
    "[a]: http://{host}/ref ![][a] :red[fake] $x$ `![y](http://{host}/code.png)` <script>alert(3)</script> <svg onload=alert(4)></svg> "
    '<iframe srcdoc="<script>alert(5)</script>"></iframe> $\\href{{javascript:alert(6)}}{{x}}$ $\\includegraphics{{http://{host}/tex.png}}$ '
    "$\\undefined<img src=x onerror=alert(7)>$ $$\\frac{{$$ \n\n```mermaid\ngraph TD; A[<img src=http://{host}/m.png onerror=alert(8)>]\n```\n\n"
    "<a href='javascript:alert(9)'>y</a> [z]( javascript:alert(10) ) <http://{host}/auto> ![r][1]\n\n[1]: http://{host}/reference.png\n"
)
CITATION = {
    "type": "citation", "index": 1, "item_id": "item-1", "title": "warranty.pdf", "modality": "text",
    "locator": {"page": 3, "bbox": [0.1, 0.2, 0.9, 0.3]},
    "cited_text": "Two years from the day of purchase.", "score": 0.92, "file_id": "file-1", "media_type": "application/pdf",
}  # fmt: skip


def picture(colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "PNG")
    return out.getvalue()


class Service:
    """State of the server, open to the tests."""

    def __init__(self) -> None:
        self.conversations: dict[str, dict[str, Any]] = {}
        self.collections: dict[str, dict[str, Any]] = {"vs_1": {"id": "vs_1", "name": "default", "items": 214, "file_counts": {"total": 1}}}
        self.attached: dict[str, list[dict[str, Any]]] = {
            "vs_1": [
                {
                    "id": "file-1",
                    "filename": "warranty.pdf",
                    "status": "completed",
                    "items": 12,
                    "usage_bytes": 40_000,
                    "warnings": ["scanned, text recognised"],
                }
            ]
        }
        self.files: dict[str, tuple[str, bytes, str]] = {"file-1": ("warranty.pdf", b"%PDF-1.4", "application/pdf")}
        self.pictures: dict[str, dict[str, Any]] = {}
        self.asked_for: list[dict[str, str]] = []
        """Queries of `/v1/images`."""
        self.identical = True
        self.go_on = threading.Event()
        """A turn that says `wait` goes on when this is set."""
        self.cancelled = threading.Event()
        self.bodies: list[dict[str, Any]] = []
        self.hostile_host = "127.0.0.1:9"
        self.refuse_uploads = False
        self.purposes: dict[str, str] = {}
        self.app = self._routes()
        self._server = uvicorn.Server(uvicorn.Config(self.app, port=0, log_config=None, log_level="critical", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        self.address = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def close(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(10)

    def say(self, conversation: str, role: str, text: str, **more: Any) -> dict[str, Any]:
        message = {
            "id": f"msg_{uuid.uuid4().hex[:8]}", "conversation": conversation, "role": role, "content": text, "media": [],
            "annotations": [], "trace": {}, "state": "finished", "created_at": time.time(), **more,
        }  # fmt: skip
        self.conversations[conversation]["messages"].append(message)
        return message

    def begin(self, title: str = "", **more: Any) -> str:
        key = f"conv_{uuid.uuid4().hex[:8]}"
        now = time.time()
        self.conversations[key] = {
            "id": key,
            "title": title,
            "collections": [],
            "consent": False,
            "created_at": now,
            "updated_at": now,
            "messages": [],
            **more,
        }
        return key

    def paint(self, count: int, prompt: str, colour: str = "blue") -> list[dict[str, Any]]:
        """Pictures as an answer shows them, kept as the service keeps them; the last one hardly shows what was asked for."""
        made = []
        for number in range(count):
            key = f"file-made-{len(self.pictures) + 1}"
            self.files[key] = (f"{prompt}.png", picture(colour), "image/png")
            recipe = {"prompt": prompt, "seed": number, "width": 64, "height": 48, "steps": 8, "model": "shapes", "operation": "generate"}
            shown = {"file_id": key, "handle": f"image_{len(self.pictures) + 1}", "modality": "image", "media_type": "image/png",
                     "caption": prompt, "recipe": recipe, "score": 0.91 - 0.2 * number}  # fmt: skip
            self.pictures[key] = {**shown, "prompt": prompt, "generated": True, "chain": [], "children": []}
            made.append(shown)
        return made

    def _routes(self) -> FastAPI:  # noqa: C901 - a table of routes
        app = FastAPI()

        def missing() -> JSONResponse:
            error = {
                "message": "No such thing. Look at the list.",
                "type": "NotFound",
                "param": None,
                "code": "not_found",
                "hint": "Look at the list.",
            }
            return JSONResponse({"error": error}, 404)

        @app.get("/readyz")
        def readyz() -> Any:
            return {"ready": True, "parts": {"store": "ready", "sample": "loading"}}

        @app.get("/v1/models")
        def models() -> Any:
            return {
                "data": [
                    {
                        "id": "assistant",
                        "role": "chat_model",
                        "backend": "reflex",
                        "name": "reflex",
                        "kind": "learned",
                        "licence": "Apache-2.0",
                        "bytes": 9_000_000,
                        "scores": {"accuracy": 0.94},
                        "limits": "Quotes; cannot phrase.",
                    }
                ]
            }

        @app.get("/v1/conversations")
        def listed(query: str = "") -> Any:
            found = [
                {k: v for k, v in c.items() if k != "messages"} for c in self.conversations.values() if query.lower() in c["title"].lower()
            ]
            return {"data": sorted(found, key=lambda c: -c["updated_at"])}

        @app.post("/v1/conversations")
        async def made(request: Request) -> Any:
            body = await request.json()
            return self.conversations[self.begin(collections=body.get("collections", []), consent=body.get("consent", False))]

        @app.get("/v1/conversations/{key}")
        def one(key: str) -> Any:
            found = self.conversations.get(key)
            return {k: v for k, v in found.items() if k != "messages"} if found else missing()

        @app.get("/v1/conversations/{key}/messages")
        def said(key: str) -> Any:
            return {"data": self.conversations[key]["messages"]}

        @app.patch("/v1/conversations/{key}")
        async def changed(key: str, request: Request) -> Any:
            self.conversations[key].update(await request.json())
            return self.conversations[key]

        @app.delete("/v1/conversations/{key}")
        def gone(key: str) -> Any:
            return {"deleted": self.conversations.pop(key, None) is not None}

        @app.delete("/v1/conversations/{key}/messages/{message}")
        def cut(key: str, message: str) -> Any:
            kept = self.conversations[key]["messages"]
            self.conversations[key]["messages"] = kept[: [m["id"] for m in kept].index(message)]
            return {"deleted": True}

        @app.get("/v1/vector_stores")
        def shelves() -> Any:
            return {"data": list(self.collections.values())}

        @app.post("/v1/vector_stores")
        async def shelf(request: Request) -> Any:
            key = f"vs_{len(self.collections) + 1}"
            self.collections[key] = {"id": key, "name": (await request.json())["name"], "items": 0, "file_counts": {"total": 0}}
            self.attached[key] = []
            return self.collections[key]

        @app.delete("/v1/vector_stores/{key}")
        def unshelve(key: str) -> Any:
            return {"deleted": self.collections.pop(key, None) is not None}

        @app.get("/v1/vector_stores/{key}/files")
        def on_shelf(key: str) -> Any:
            return {"data": self.attached[key]}

        @app.post("/v1/vector_stores/{key}/files")
        async def attach(key: str, request: Request) -> Any:
            body = await request.json()
            if body.get("url", "").startswith("http://10."):
                error = {"message": "The address is not fetched.", "type": "InvalidInput", "param": "url", "code": "url_not_allowed"}
                return JSONResponse({"error": error}, 400)
            if body.get("url"):
                self.files["file-url"] = (body["url"].rpartition("/")[2], b"hello", "text/plain")
            file = body.get("file_id") or "file-url"
            self.attached[key].append(
                {"id": file, "filename": self.files[file][0], "status": "completed", "items": 1, "usage_bytes": 9, "warnings": []}
            )
            return self.attached[key][-1]

        @app.delete("/v1/vector_stores/{key}/files/{file}")
        def detach(key: str, file: str) -> Any:
            self.attached[key] = [f for f in self.attached[key] if f["id"] != file]
            return {"deleted": True}

        @app.post("/v1/files")
        async def upload(request: Request, file: UploadFile) -> Any:
            if self.refuse_uploads:
                error = {
                    "message": "virus.exe is not read. Send a document.",
                    "type": "UnsupportedType",
                    "param": None,
                    "code": "unsupported_type",
                    "hint": "Send a document.",
                }
                return JSONResponse({"error": error}, 415)
            key = f"file-{len(self.files) + 1}"
            self.files[key] = (file.filename or "", await file.read(), file.content_type or "")
            self.purposes[key] = str((await request.form()).get("purpose"))
            return {"id": key, "filename": file.filename}

        @app.get("/v1/files/{key}/evidence")
        def evidence(key: str) -> Any:
            return Response(picture("white"), media_type="image/png")

        @app.get("/v1/items/{key}/evidence")
        def item_evidence(key: str) -> Any:
            return {"text": "Two years.", "context": "It lasts: Two years. Nothing else."}

        @app.get("/v1/files/{key}")
        def about(key: str) -> Any:
            return {"id": key, "filename": self.files[key][0], "media_type": self.files[key][2], "modality": "file"}

        @app.get("/v1/files/{key}/{form}")
        def content(key: str, form: str) -> Any:
            if key not in self.files:
                return missing()
            return Response(self.files[key][1], media_type=self.files[key][2])

        @app.get("/v1/images")
        def gallery(request: Request) -> Any:
            asked = dict(request.query_params)
            self.asked_for.append(asked)
            found = [p for p in self.pictures.values() if asked.get("q", "") in p["prompt"]]
            found = [p for p in found if asked.get("generated", "") != "true" or p["generated"]]
            limit = int(asked.get("limit", 24))
            return {"object": "list", "data": found[:limit], "has_more": len(found) > limit}

        @app.get("/v1/images/{key}")
        def one_picture(key: str) -> Any:
            return self.pictures.get(key) or missing()

        @app.post("/v1/images/{key}/again")
        def again(key: str) -> Any:
            return {"identical": self.identical, "file_id": key}

        @app.post("/v1/audio/speech")
        def speech() -> Any:
            return Response(b"RIFF0000WAVE", media_type="audio/wav")

        @app.post("/v1/chat/completions")
        async def turn(request: Request) -> Any:
            body = await request.json()
            self.bodies.append(body)
            key = request.headers["x-conversation"]
            parts = body["messages"][0]["content"]
            text = next((p["text"] for p in parts if p["type"] == "text"), "")
            if "too much" in text:
                error = {
                    "message": "Too many turns. Wait a moment.",
                    "type": "Busy",
                    "param": None,
                    "code": "busy",
                    "hint": "Wait a moment.",
                }
                return JSONResponse({"error": error}, 429)
            return StreamingResponse(self._answer(key, text, parts, body.get("metadata") or {}), media_type="text/event-stream")

        return app

    async def _answer(self, key: str, text: str, parts: list[dict[str, Any]], metadata: dict[str, Any]) -> Any:
        media = []
        for part in parts:
            if part["type"] == "file" and part["file"]["file_data"].startswith("data:image/"):
                handle = f"file-{len(self.files) + 1}"
                self.files[handle] = ("photo.png", base64.b64decode(part["file"]["file_data"].split(",")[1]), "image/png")
                media.append({"handle": "image_1", "file_id": handle, "modality": "image", "media_type": "image/png", "name": "photo.png"})
        self.conversations[key]["title"] = self.conversations[key]["title"] or text[:40]
        self.say(key, "user", text, media=media)
        answer = self.say(key, "assistant", "", state="running")
        finished = False
        try:
            async for chunk in self._named(metadata, answer) if "tool" in metadata else self._chunks(text, answer):
                yield f"data: {json.dumps(chunk)}\n\n"
            finished = True
            answer["state"] = "finished" if answer["state"] == "running" else answer["state"]
            yield "data: [DONE]\n\n"
        finally:
            if not finished:
                answer["state"] = "interrupted"
                self.cancelled.set()

    async def _named(self, metadata: dict[str, Any], answer: dict[str, Any]) -> Any:
        """A turn that names its tool: one picture comes of it."""
        arguments = json.loads(metadata["arguments"])
        made = self.paint(1, str(arguments.get("instruction") or arguments.get("prompt")), "red")
        answer["media"] += made
        step = {"id": "1", "tool": metadata["tool"], "arguments": arguments, "ok": True, "ms": 3.0}
        answer["trace"] = {"route": [{"tool": metadata["tool"], "score": 1.0, "reason": "asked for directly"}], "steps": [step]}
        answer["content"] = "Done."
        yield {"choices": [{"index": 0, "delta": {"content": "Done."}}]}

    async def _drawn(self, text: str, answer: dict[str, Any], event: Any) -> Any:
        """Four pictures, seen while they are drawn."""
        arguments = {"prompt": text, "n": 4}
        yield event("tool_started", id="1", tool="generate_image", arguments=arguments)
        yield event("tool_progress", tool="generate_image", message="2 before you", fraction=0.0)
        for number in range(4):
            data = base64.b64encode(picture("gray")).decode()
            yield event("tool_preview", tool="generate_image", number=number, media_type="image/png", data=data)
        while "wait" in text and not self.go_on.is_set():
            await asyncio.sleep(0.05)
        made = self.paint(4, text)
        for shown in made:
            answer["media"].append(shown)
            yield event("shown", media=shown)
        rows = [{"file_id": s["file_id"], "number": n, "score": s["score"], "doubtful": n == 4} for n, s in enumerate(made, 1)]
        step = {"id": "1", "tool": "generate_image", "arguments": arguments, "ok": True, "ms": 31.0, "data": {"pictures": rows}}
        yield event("tool_finished", **step, text="made 4")
        answer["trace"]["steps"] = [step]

    async def _chunks(self, text: str, answer: dict[str, Any]) -> Any:
        def words(piece: str) -> dict[str, Any]:
            answer["content"] += piece
            return {"choices": [{"index": 0, "delta": {"content": piece}}]}

        def event(kind: str, **more: Any) -> dict[str, Any]:
            return {"choices": [], "trace": {"event": {"type": kind, **more}}}

        route = [{"tool": "search", "score": 0.9, "reason": "asks for a fact", "cost": "fast"}]
        answer["trace"] = {"route": route, "plan": ["search"], "steps": [], "timings_ms": {"total": 12.0}, "refused": False}
        yield event("routed", route=route, plan=["search"])
        if "slow" in text:
            for number in range(600):
                yield words(f"word{number} ")
                await asyncio.sleep(0.05)
        elif "break" in text:
            answer["state"], answer["trace"]["error"] = (
                "failed",
                {"message": "The turn failed. Try again.", "hint": "Try again.", "code": "internal_error"},
            )
            yield {"error": answer["trace"]["error"]}
        elif "hostile" in text:
            yield words(HOSTILE.format(host=self.hostile_host))
        elif "options" in text:
            async for chunk in self._drawn(text, answer, event):
                yield chunk
            yield words("Here are 4 pictures.")
        elif "offer" in text:
            step = {"id": "1", "tool": "generate_image", "arguments": {"prompt": "a lamp"}, "ok": True, "ms": 3.0, "data": {"offer": True}}
            answer["trace"]["steps"] = [step]
            yield words("There is one already. Shall I draw a new one?")
        elif "dog" in text:
            yield event("tool_started", id="1", tool="generate_image", arguments={"prompt": text})
            self.files["file-dog"] = ("dog", picture("blue"), "image/png")
            shown = {
                "file_id": "file-dog",
                "handle": "image_1",
                "modality": "image",
                "media_type": "image/png",
                "caption": "a blue dog",
                "recipe": {"prompt": text, "seed": 7, "width": 64, "height": 48, "model": "shapes"},
            }
            answer["media"].append(shown)
            yield event("shown", media=shown)
            yield event("tool_finished", id="1", tool="generate_image", arguments={"prompt": text}, ok=True, ms=31.0, text="made image_1")
            answer["trace"]["steps"] = [{"tool": "generate_image", "arguments": {"prompt": text}, "ok": True, "ms": 31.0, "error": None}]
            yield words("Here is a blue dog.")
        else:
            refused = "moon" in text
            yield event("tool_started", id="1", tool="search", arguments={"query": text})
            yield event("tool_finished", id="1", tool="search", arguments={"query": text}, ok=True, ms=4.2, text="[1] Two years", hint="")
            answer["trace"]["steps"] = [{"tool": "search", "arguments": {"query": text}, "ok": True, "ms": 4.2, "error": None}]
            answer["trace"]["refused"] = refused
            if refused:
                yield words("I could not find that.")
            else:
                yield words("It lasts two ")
                yield words("years [1].")
                answer["annotations"] = [CITATION]
                yield {"choices": [], "annotations": [CITATION]}
