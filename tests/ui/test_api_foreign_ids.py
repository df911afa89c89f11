"""Another tenant's ids on every route that takes one: the answer is that to an id that never was, and nothing has changed."""

import re

import pytest
from api_app import WARRANTY, ask, ingest, png, running
from fastapi.routing import APIRoute

from ui.api.auth import user

SHARED = {"device_id", "model", "review_id"}
"""Names of routes that belong to the whole server: its devices and its models. Reviews are tried in tests/ui/test_api_reviews.py."""
ADMINS = {"/v1/accounts/{name}", "/v1/vector_stores/{name}/bulk"}
BODIES = {
    "/v1/vector_stores/{name}/files": {"file_id": "file-none"}, "/v1/vector_stores/{name}/file_batches": {"file_ids": ["file-none"]},
    "/v1/vector_stores/{name}/items": {"items": [{"text": "a kettle"}]}, "/v1/vector_stores/{name}/search": {"query": "warranty"},
    "/v1/vector_stores/{name}/faq": {"question": "how long?", "answer": "two years"},
    "/v1/vector_stores/{name}/files/{file_id}": {"attributes": {"a": 1}}, "/v1/memory/{fact_id}": {"text": "my cat is called Momo"},
}  # fmt: skip


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("foreign")) as client:
        yield client


@pytest.fixture(scope="module")
def keys(api):
    store = api.app.state.services.doorkeeper.keys
    return {name: {"Authorization": f"Bearer {store.create(name)[1]}"} for name in ("alice", "bob")}


@pytest.fixture(scope="module")
def theirs(api, keys):
    """Alice's id for every parameter of a route."""
    api.headers.update(keys["alice"])
    store = api.post("/v1/vector_stores", json={"name": "private"}).json()["id"]
    file, _ = ingest(api, store, "secret.md", WARRANTY.replace("two years", "ninety-nine moons"))
    batch = api.post(f"/v1/vector_stores/{store}/file_batches", json={"file_ids": [file]}).json()["id"]
    picture = api.post("/v1/files", files={"file": ("a.png", png())}).json()["id"]
    entry = api.post(f"/v1/vector_stores/{store}/faq", json={"question": "How many moons?", "answer": "Ninety-nine."}).json()["id"]
    chat = api.post("/v1/conversations", json={"collections": [store]}).json()["id"]
    ask(api, "what does the warranty cover?", metadata={"conversation": chat})
    key = api.post("/v1/publishable_keys", json={"name": "site", "origins": ["https://shop.example"], "collections": [store]}).json()["id"]
    api.post("/v1/feedback", json={"rating": "down", "question": "why moons?", "collection": store})
    return {
        "name": store, "file_id": file, "batch_id": batch, "entry_id": entry, "conversation_id": chat, "key_id": key, "picture": picture,
        "message_id": api.get(f"/v1/conversations/{chat}/messages").json()["data"][0]["id"],
        "item_id": api.post("/v1/search", json={"query": "moons", "collection": store}).json()["data"][0]["item_id"],
        "fact_id": api.post("/v1/memory", json={"text": "my cat is called Luna"}).json()["id"],
        "question_id": api.get(f"/v1/vector_stores/{store}/questions").json()["data"][0]["question_ids"][0], "response_id": "resp_none",
    }  # fmt: skip


def policies(dependant):
    return {dependant.call}.union(*(policies(inner) for inner in dependant.dependencies))


def routes(api):
    """(method, template) of every route of one's own things."""
    for route in api.app.routes:
        named = set(re.findall(r"\{(\w+)", route.path))
        if isinstance(route, APIRoute) and named and not named & SHARED and route.path not in ADMINS and user in policies(route.dependant):
            yield from ((method, route.path) for method in sorted(route.methods))


def asked(api, method, template, ids, headers):
    path = re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], "none_0000"), template)
    body = {"json": BODIES.get(template, {})} if method in ("POST", "PATCH") else {}
    if template.endswith("/faq/import"):
        body = {"files": {"file": ("faq.csv", "question,answer\nhow long?,two years\n")}}
    answer = api.request(method, path, headers=headers, **body)
    text = answer.text
    for value in sorted(ids.values(), key=len, reverse=True):
        text = text.replace(value, "ID")
    return answer.status_code, re.sub(r"Known: .*|Collections?: .*", "", text)


@pytest.mark.case("X01", "X02", "LLM02")
def test_a_foreign_id_and_one_that_never_was_look_the_same(api, keys, theirs):
    before = snapshot(api, keys["alice"], theirs)
    none = {name: re.sub(r"[0-9a-zA-Z]{4}$", "zzzz", value) for name, value in theirs.items()}
    tried = list(routes(api))
    assert len(tried) > 45
    unlike = []
    for method, template in tried:
        foreign, missing = (asked(api, method, template, ids, keys["bob"]) for ids in (theirs, none))
        if foreign != missing or foreign[0] != 404:
            unlike.append((method, template, foreign, missing))
    assert unlike == []
    assert snapshot(api, keys["alice"], theirs) == before


@pytest.mark.case("X02")
def test_a_part_of_ones_own_collection_is_not_found_under_anothers_id(api, keys, theirs):
    """Own collection, foreign file, entry, batch or question inside it."""
    own = api.post("/v1/vector_stores", json={"name": "own"}, headers=keys["bob"]).json()["id"]
    ids = theirs | {"name": own}
    none = {name: re.sub(r"[0-9a-zA-Z]{4}$", "zzzz", value) for name, value in theirs.items()} | {"name": own}
    inner = [(m, t) for m, t in routes(api) if t.startswith("/v1/vector_stores/{name}/") and t.count("{") == 2]
    assert len(inner) >= 9
    for method, template in inner:
        foreign, missing = (asked(api, method, template, one, keys["bob"]) for one in (ids, none))
        assert foreign == missing, (method, template)
        assert foreign[0] == 404 or foreign[1].endswith('"count":0}'), (method, template, foreign)


def snapshot(api, headers, ids):
    """What Alice sees of her things."""
    store, chat = ids["name"], ids["conversation_id"]
    paths = (
        "/v1/files", "/v1/vector_stores", f"/v1/vector_stores/{store}/files", f"/v1/vector_stores/{store}/items", "/v1/memory",
        f"/v1/vector_stores/{store}/faq", f"/v1/vector_stores/{store}/questions", f"/v1/conversations/{chat}/messages", "/v1/conversations",
        "/v1/publishable_keys", f"/v1/files/{ids['picture']}",
    )  # fmt: skip
    # When a collection was last active is said of everything that Alice herself did too, to the second.
    return [re.sub(r'"last_active_at":\d+', "", api.get(path, headers=headers).text) for path in paths]
