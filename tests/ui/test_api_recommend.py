"""Recommendation, facets, folded duplicates and calibration over HTTP."""

import pytest
from api_app import check_error, ingest, running

SHOP = "name,category,colour,price\n" + "\n".join(
    f"{name},{category},{colour},{price}"
    for name, category, colour, price in (
        ("Ridge jacket", "jackets", "red", 189), ("Fjord jacket", "jackets", "blue", 149), ("Storm rain jacket", "jackets", "red", 99),
        ("Camp lantern", "lamps", "yellow", 39), ("Trail lantern", "lamps", "red", 29), ("Lake tent", "tents", "green", 259),
        ("Summit tent", "tents", "orange", 399), ("City backpack", "bags", "teal", 79),
    )
)  # fmt: skip


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("recommend")) as client:
        client.post("/v1/vector_stores", json={"name": "goods"})
        ingest(client, "goods", "goods.csv", SHOP)
        yield client


def by_name(api):
    found = api.get("/v1/vector_stores/goods/items").json()["data"]
    return {item["title"]: item["id"] if "id" in item else item["item_id"] for item in found}


def recommended(api, **body):
    return [hit["title"] for hit in api.post("/v1/recommend", json={"collection": "goods", **body}).json()["data"]]


def test_more_like_these_less_like_that(api):
    items = by_name(api)
    liked = [items["Ridge jacket"], items["Fjord jacket"]]
    found = recommended(api, positive=liked, k=6)
    assert found[0] == "Storm rain jacket"
    assert not {"Ridge jacket", "Fjord jacket"} & set(found)
    lamp = recommended(api, positive=[items["Ridge jacket"]], k=6)
    without = recommended(api, positive=[items["Ridge jacket"]], negative=[items["Fjord jacket"]], k=6)
    assert "Fjord jacket" in lamp
    assert "Fjord jacket" not in without
    assert len(without) == 6


def test_words_and_filters_narrow_it(api):
    items = by_name(api)
    assert recommended(api, positive=[items["Ridge jacket"]], query="tent", k=1)[0].endswith("tent")
    cheap = recommended(api, positive=[items["Ridge jacket"]], filter="price < 50", k=8)
    assert set(cheap) == {"Camp lantern", "Trail lantern"}


def test_what_cannot_be_recommended(api):
    check_error(api.post("/v1/recommend", json={"positive": []}), 400)
    check_error(api.post("/v1/recommend", json={"positive": ["item-none"]}), 404)
    check_error(api.post("/v1/recommend", json={"positive": ["x"], "collection": "none"}), 404)


def test_facets_count_what_was_found(api):
    found = api.post("/v1/search", json={"query": "jacket", "collection": "goods", "facets": ["category", "colour", "none"], "k": 1}).json()
    assert len(found["data"]) == 1
    assert found["facets"]["category"]["values"][0] == {"value": "jackets", "count": 3}
    assert found["facets"]["none"]["values"] == []
    assert "facets" not in api.post("/v1/search", json={"query": "jacket", "collection": "goods"}).json()


def test_a_copy_is_folded(api):
    api.post("/v1/vector_stores", json={"name": "copies"})
    for name in ("a.md", "b.md"):
        ingest(api, "copies", name, f"The lighthouse keeper is called Ada.\n\n# {name}\n\nOnly in {name}.")
    hits = api.post("/v1/search", json={"query": "lighthouse keeper", "collection": "copies"}).json()["data"]
    keeper = [hit for hit in hits if "Ada" in hit["text"]]
    assert len(keeper) == 1
    assert len(keeper[0]["duplicates"]) == 1


def test_calibration(api):
    assert api.get("/v1/vector_stores/goods/calibration").json()["shifts"] == {}
    check_error(api.post("/v1/vector_stores/goods/calibration"), 409)
    check_error(api.get("/v1/vector_stores/none/calibration"), 404)
    api.post("/v1/vector_stores", json={"name": "many"})
    ingest(api, "many", "rooms.csv", "room,floor,seats\n" + "\n".join(f"Room {n},{n % 7},{n * 3}" for n in range(40)))
    made = api.post("/v1/vector_stores/many/calibration").json()
    assert made["items"] == 40
    assert api.get("/v1/vector_stores/many/calibration").json() == made
