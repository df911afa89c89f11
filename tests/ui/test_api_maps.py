"""The map of a collection, labels, captions and thumbnails over HTTP."""

import io

import pytest
from api_app import WARRANTY, ask, check_error, data_url, ingest, png, running, wav
from PIL import Image


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("maps") / "data") as client:
        yield client


def part(data, kind="image/png"):
    return {"type": "file", "file": {"filename": "given", "file_data": data_url(data, kind)}}


def shown(api, store, **asked):
    answer = api.get(f"/v1/vector_stores/{store}/map", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_item_is_a_point_with_what_a_page_needs(api, store, document, photo):
    found = shown(api, store)
    assert found["state"] == "ready"
    assert found["total"] == found["shown"] == len(found["points"]) >= 3
    assert {"text", "image"} <= {point["modality"] for point in found["points"]}
    for point in found["points"]:
        assert -1 <= point["x"] <= 1
        assert -1 <= point["y"] <= 1
    assert "category" in found["fields"]
    picture = next(point for point in found["points"] if point["modality"] == "image")
    assert picture["metadata"]["category"] == "jackets"
    assert found["thumbnails"] == {}


def test_thumbnails_come_when_asked_for_and_no_more(api, store, photo):
    found = shown(api, store, thumbnails=1)
    assert len(found["thumbnails"]) == 1
    assert all(address.startswith("data:image/jpeg;base64,") for address in found["thumbnails"].values())
    check_error(api.get(f"/v1/vector_stores/{store}/map", params={"thumbnails": 501}), 400, param="thumbnails")


def test_a_question_lies_among_what_it_finds(api, store, document):
    asked = shown(api, store, query="What does the warranty of the Gale G40 cover?")["query"]
    best = max(asked["hits"], key=lambda hit: hit["probability"])
    assert best["found"]
    assert "Warranty" in best["title"]
    assert -1 <= asked["x"] <= 1
    points = {point["item_id"]: point for point in shown(api, store)["points"]}
    assert (best["x"], best["y"]) == (points[best["item_id"]]["x"], points[best["item_id"]]["y"])


def test_a_refused_question_is_a_hole_until_something_answers_it(api):
    store = api.post("/v1/vector_stores", json={"name": "holes"}).json()["id"]
    ingest(api, store, "kettle.md", WARRANTY)
    chat = api.post("/v1/conversations", json={"collections": [store]}).json()["id"]
    question = "In which year was the Velora bicycle bell invented?"
    assert ask(api, question, metadata={"conversation": chat}).json()["trace"]["refused"]
    assert [hole["text"] for hole in shown(api, store, holes=True)["holes"]] == [question]
    ingest(
        api,
        store,
        "bell.md",
        "# Velora\n\nIn which year was the Velora bicycle bell invented? The Velora bicycle bell was invented in 1926.\n",
    )
    assert shown(api, store, holes=True)["holes"] == []


def test_an_unknown_collection_has_no_map(api):
    check_error(api.get("/v1/vector_stores/nothing/map"), 404, "collection_not_found")


@pytest.mark.parametrize("kind", ["photo", "paper"])
def test_an_item_has_a_thumbnail(api, store, request, kind):
    file_id = request.getfixturevalue(kind)
    point = next(p for p in shown(api, store)["points"] if p["file_id"] == file_id)
    answer = api.get(f"/v1/items/{point['item_id']}/thumbnail")
    assert answer.headers["content-type"] == "image/png"
    assert max(Image.open(io.BytesIO(answer.content)).size) <= 320


def test_a_sound_has_a_thumbnail_and_words_have_none(api, store, document):
    sound = api.post("/v1/files", files={"file": ("tone.wav", wav())}, data={"purpose": "assistants"}).json()["id"]
    picture = Image.open(io.BytesIO(api.get(f"/v1/files/{sound}/thumbnail").content)).convert("RGB")
    assert len(picture.getcolors(10_000)) > 1
    words = next(p for p in shown(api, store)["points"] if p["file_id"] == document)
    check_error(api.get(f"/v1/items/{words['item_id']}/thumbnail"), 404)


def test_labels_are_ranked_with_chances(api):
    found = api.post("/v1/labels", json={"input": [part(png("blue"))], "labels": ["cat", "狗", "汽车"]}).json()
    assert [score["probability"] for score in found["scores"]] == sorted((s["probability"] for s in found["scores"]), reverse=True)
    assert found["label"] is None or found["probability"] >= 0.5
    assert found["unknown"] == []
    sound = api.post("/v1/labels", json={"input": [part(wav(), "audio/wav")], "labels": ["rain", "dog barking"]})
    assert sound.json()["modality"] == "audio"


def test_labels_and_their_medium_are_checked(api):
    check_error(api.post("/v1/labels", json={"input": [part(png())], "labels": [" "]}), 400, param="labels")
    check_error(api.post("/v1/labels", json={"input": [part(png())], "labels": ["a"] * 201}), 400)
    check_error(api.post("/v1/labels", json={"input": [{"type": "text", "text": "cat"}], "labels": ["cat"]}), 400, param="input")
    check_error(api.post("/v1/captions", json={"input": [part(png()), part(png("blue"))]}), 400, param="input")
    check_error(api.post("/v1/captions", json={"input": [part(wav(), "audio/wav")]}), 415)


def test_a_caption_says_what_is_printed_and_no_more_than_is_known(api):
    found = api.post(
        "/v1/captions",
        json={
            "input": [
                part(png("white", (640, 300), "")),
            ]
        },
    ).json()
    assert not found["sure"]
    assert "white" in found["text"]
    chinese = api.post("/v1/captions", json={"input": [part(png("red"))], "language": "zh"}).json()
    assert "红色" in chinese["text"] or "图" in chinese["text"]
