"""Three people on one server: generated operations with own, guessed and foreign ids, and searches for each other's words."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.reliability._tenants import DOCUMENTS, TOPICS, Person, app_of, foreign, people
from benchmarks.reliability.study import Outcome, Study, Tick

AT_ONCE = 6
Sent = tuple[str, str, dict[str, Any] | None]


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """`trials` operations of three people at once."""
    outcome = Outcome()
    asyncio.run(_run(trials, seed, folder, tick, outcome))
    return outcome


async def _run(trials: int, seed: int, folder: Path, tick: Tick, outcome: Outcome) -> None:
    chance = random.Random(seed)
    kinds: Counter[str] = Counter()
    async with people(app_of(folder), chance) as everybody:
        before = [await _belongings(person) for person in everybody]
        todo = [(n, chance.randrange(3), chance.getrandbits(64)) for n in range(trials)]

        async def worker() -> None:
            while todo:
                number, who, own_seed = todo.pop()
                kinds[await _one(number, everybody[who], everybody, random.Random(own_seed), outcome)] += 1
                outcome.done += 1
                tick(1)

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
        for person, had in zip(everybody, before, strict=True):
            for was, now in zip(had, await _belongings(person), strict=True):
                if was != now:
                    outcome.fail(f"seed {seed}: what {person.name} has was changed: {was[:1000]} -> {now[:1000]}")
    outcome.figures = {f"{kind} operations": count for kind, count in sorted(kinds.items())} | {"failures": outcome.failed}
    outcome.notes.append("People only read and try to change what is another's, so that any change of what they have is a failure.")


async def _one(number: int, person: Person, everybody: list[Person], chance: random.Random, outcome: Outcome) -> str:
    """One operation and what must hold of its answer; its kind."""
    other = chance.choice([one for one in everybody if one is not person])
    kind = chance.choice(("search", "search", "own", "foreign", "foreign", "guess"))
    sent = {"search": _search, "own": _own, "foreign": _foreign, "guess": _guess}[kind](person, other, chance)
    method, path, body = sent
    answer = await person.client.request(method, path, json=body)
    what = f"trial {number}: {person.name} sent {method} {path} {json.dumps(body)} -> {answer.status_code}"
    if answer.status_code >= 500:
        outcome.fail(f"{what}: a fault of the server")
    asked = json.dumps(body or {}) + path
    shown = json.dumps(answer.json().get("data", [])).encode() if kind == "search" else answer.content  # words that were sent are no leak
    if whose := foreign(shown, person, everybody):
        outcome.fail(f"{what}: words of {whose}")
    found = set(re.findall(r"item[-_][0-9a-f]{8,}", answer.text)) - set(re.findall(r"item[-_][0-9a-f]{8,}", asked))
    if strays := [one.name for one in everybody if one is not person and found & set(one.ids["item"])]:
        outcome.fail(f"{what}: ids of {strays[0]}")
    if kind == "search":
        _full(answer.json().get("data", []), body or {}, what, outcome)
    elif kind == "own" and answer.status_code != 200:
        outcome.fail(f"{what}: one's own was refused")
    elif kind in ("foreign", "guess") and answer.status_code != 404:
        outcome.fail(f"{what}: not 404")
    return kind


def _search(person: Person, other: Person, chance: random.Random) -> Sent:
    """Words of one's own or another's, any k, with and without a filter, in one's collection or wherever one has something."""
    query = chance.choice(
        (other.canary, f"code {other.canary}", person.canary, chance.choice(TOPICS), f"{chance.choice(TOPICS)} {other.canary}")
    )
    k = chance.choice((1, 2, 5, 10, 50, 100, chance.randint(1, 100)))
    body: dict[str, Any] = {"query": query, "k": k}
    if chance.random() < 0.6:
        body["collection"] = chance.choice((person.store, "shelf"))
    if chance.random() < 0.3:
        body["modalities"] = chance.choice((["text"], ["text", "image"]))
    return "POST", "/v1/search", body


def _full(hits: list[Any], body: dict[str, Any], what: str, outcome: Outcome) -> None:
    """Nobody's hits are lost because others have better ones: all k of one's own collection, or all there are."""
    if "collection" in body and len(hits) < min(int(body["k"]), DOCUMENTS):
        outcome.fail(f"{what}: {len(hits)} hits of {min(int(body['k']), DOCUMENTS)}")


def _paths(person: Person, chance: random.Random) -> dict[str, str]:
    """Kind -> an id of this person's."""
    return {kind: chance.choice(ids) for kind, ids in person.ids.items()} | {"store": person.store}


_READING = (
    "/v1/files/{file}", "/v1/files/{file}/content", "/v1/items/{item}", "/v1/items/{item}/content", "/v1/items/{item}/similar",
    "/v1/vector_stores/{store}", "/v1/vector_stores/{store}/items", "/v1/vector_stores/{store}/files", "/v1/vector_stores/{store}/map",
    "/v1/vector_stores/{store}/faq", "/v1/vector_stores/{store}/faq/{entry}", "/v1/vector_stores/{store}/questions",
    "/v1/vector_stores/{store}/export", "/v1/conversations/{chat}", "/v1/conversations/{chat}/messages",
)  # fmt: skip
_CHANGING: tuple[tuple[str, str, dict[str, Any] | None], ...] = (
    ("DELETE", "/v1/files/{file}", None), ("DELETE", "/v1/items/{item}", None), ("DELETE", "/v1/vector_stores/{store}", None),
    ("POST", "/v1/vector_stores/{store}", {"name": "taken"}), ("POST", "/v1/vector_stores/{store}/files", {"file_id": "{file}"}),
    ("POST", "/v1/vector_stores/{store}/items", {"items": [{"text": "planted"}]}), ("DELETE", "/v1/conversations/{chat}", None),
    ("POST", "/v1/vector_stores/{store}/faq", {"question": "who?", "answer": "me"}),
    ("PATCH", "/v1/conversations/{chat}", {"title": "mine"}),
    ("DELETE", "/v1/vector_stores/{store}/faq/{entry}", None), ("DELETE", "/v1/conversations/{chat}/messages/{message}", None),
    ("PATCH", "/v1/memory/{fact}", {"text": "my code is taken"}), ("DELETE", "/v1/memory/{fact}", None),
    ("POST", "/v1/search", {"query": "tent", "collection": "{store}"}), ("POST", "/v1/recommend", {"positive": ["{item}"]}),
    ("POST", "/v1/vector_stores/{store}/search", {"query": "tent"}), ("POST", "/v1/conversations", {"collections": ["{store}"]}),
    ("POST", "/v1/chat/completions",
     {"model": "assistant", "messages": [{"role": "user", "content": "What does the tent cost?"}], "metadata": {"conversation": "{chat}"}}),
    ("POST", "/v1/chat/completions",
     {"model": "assistant", "messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "{file}"}}]}]}),
)  # fmt: skip


def _own(person: Person, other: Person, chance: random.Random) -> Sent:
    return "GET", chance.choice(_READING).format(**_paths(person, chance)), None


def _foreign(person: Person, other: Person, chance: random.Random) -> Sent:
    """Read, change, delete or use in a body what is another's."""
    ids = _paths(other, chance)
    if chance.random() < 0.5:
        return "GET", chance.choice(_READING).format(**ids), None
    method, path, body = chance.choice(_CHANGING)
    return method, path.format(**ids), _filled(body, ids)


def _guess(person: Person, other: Person, chance: random.Random) -> Sent:
    """The same with ids that differ from another's in their last characters."""
    ids = {kind: known[:-4] + f"{chance.getrandbits(16):04x}" for kind, known in _paths(other, chance).items()}
    method, path, body = chance.choice(_CHANGING)
    return method, path.format(**ids), _filled(body, ids)


def _filled(body: Any, ids: dict[str, str]) -> Any:
    """The body with its `{kind}` replaced by ids."""
    text = json.dumps(body)
    for kind, known in ids.items():
        text = text.replace("{" + kind + "}", known)
    return json.loads(text)


async def _belongings(person: Person) -> list[str]:
    """What a person sees of what they have."""
    paths = (
        "/v1/files", f"/v1/vector_stores/{person.store}", f"/v1/vector_stores/{person.store}/items?limit=100",
        f"/v1/vector_stores/{person.store}/faq", f"/v1/conversations/{person.ids['chat'][0]}/messages", "/v1/conversations", "/v1/memory",
    )  # fmt: skip
    return [re.sub(r'"last_active_at":\d+', "", (await person.client.get(path)).text) for path in paths]


STUDY = Study(
    name="tenants",
    title="three people who try to see and change each other's things",
    goal="100,000 operations of three people: no byte and no id of another, and nobody's search finds less because others are there",
    unit="operations",
    trials={"fast": 300, "full": 3_000, "nightly": 100_000},
    run=run,
    covers=("X02", "X03", "LLM02", "LLM08"),
)
