"""Three people and the real app in this process: what the studies of tenants share. Each has words that nobody else has."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

OWNERS = ("ana", "ben", "cleo")
TOPICS = ("kettle", "jacket", "tent", "stove", "lamp", "rope", "boots", "compass")
START_SECONDS = 120
DOCUMENTS = 12
"""Of each person."""


@dataclass
class Person:
    """A tenant, and what was made for them."""

    name: str
    canary: str
    """A word that stands in everything they have, and nowhere else."""
    client: httpx.AsyncClient
    store: str = ""
    ids: dict[str, list[str]] = field(default_factory=dict)
    """Kind -> ids of theirs: `file`, `item`, `chat`, `message`, `entry`, `fact`, `question`."""


def app_of(folder: Path) -> Any:
    """The app over an empty data directory in `folder`, not started."""
    from assistant.build import build
    from assistant.settings import read
    from ui.api.app import create_app

    settings = read({"data_dir": folder / "data", "sample": False}, environ={"OFFLINE": "1"}, file=folder / "none.toml")
    return create_app(lambda: build(settings), settings, token="")


@asynccontextmanager
async def people(app: Any, random_: random.Random) -> AsyncIterator[list[Person]]:
    """The app started, with three people who have the same things, but for their canaries."""
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        keys = app.state.services.doorkeeper.keys
        found = []
        for name in OWNERS:
            headers = {"Authorization": f"Bearer {keys.create(name)[1]}"}
            client = httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers, timeout=120)
            found.append(Person(name, f"zq{random_.getrandbits(48):012x}", client))
        await _ready(found[0].client)
        for person in found:
            await _furnish(person)
        try:
            yield found
        finally:
            for person in found:
                await person.client.aclose()


async def _ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(START_SECONDS):
        while (await client.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.05)


async def _furnish(person: Person) -> None:
    """A collection of documents, a chat, a curated answer, a memory and an open question; the words are the same for all but the canary."""
    send, canary = person.client, person.canary
    person.store = (await _posted(send, "/v1/vector_stores", {"name": "shelf"}))["id"]
    records = [
        {"text": f"The {TOPICS[n % len(TOPICS)]} number {n} costs {n + 10} euros. Code {canary}.", "id": f"{n}"} for n in range(DOCUMENTS)
    ]
    added = await _posted(send, f"/v1/vector_stores/{person.store}/items", {"items": [{"text": row["text"]} for row in records]})
    assert added, "the items were added"
    name = {"file": (f"{canary}.txt", f"Notes on the tent. Code {canary}.".encode())}
    file = (await send.post("/v1/files", files=name, data={"purpose": "assistants"})).raise_for_status().json()["id"]
    chat = (await _posted(send, "/v1/conversations", {"title": f"Talk {canary}", "collections": [person.store]}))["id"]
    said = {
        "model": "assistant",
        "messages": [{"role": "user", "content": f"What does the kettle cost? {canary}"}],
        "metadata": {"conversation": chat},
    }
    await _posted(send, "/v1/chat/completions", said)
    messages = (await send.get(f"/v1/conversations/{chat}/messages")).json()["data"]
    entry = await _posted(
        send, f"/v1/vector_stores/{person.store}/faq", {"question": "Which code has the shop?", "answer": f"Code {canary}."}
    )
    fact = await _posted(send, "/v1/memory", {"text": f"my code is {canary}"})
    hits = (await _posted(send, "/v1/search", {"query": "tent", "collection": person.store, "k": DOCUMENTS}))["data"]
    person.ids = {
        "file": [file], "item": [hit["item_id"] for hit in hits], "chat": [chat], "message": [row["id"] for row in messages],
        "entry": [entry["id"]], "fact": [fact["id"]],
    }  # fmt: skip


async def _posted(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def foreign(body: bytes, person: Person, everybody: list[Person]) -> str:
    """The name of somebody else whose canary or id stands in an answer to this person; empty for nobody.

    Ids that the person sent are echoed in some refusals, so ids count only where the request did not name them: see the caller.
    """
    return next((other.name for other in everybody if other is not person and other.canary.encode() in body), "")
