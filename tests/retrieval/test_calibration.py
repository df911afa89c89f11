import random

import pytest
from library_samples import ingested, minilm, open_library

from retrieval.calibration import LEAST, Calibration, log_odds, question_of, shifted
from retrieval.calibrations import Calibrations
from retrieval.items import Item, Locator
from retrieval.library import Query

PLACES = ("Oslo", "Lima", "Cairo", "Hanoi", "Quito", "Dakar", "Turin", "Basel", "Osaka", "Perth", "Sofia", "Tunis")
MONTHS = ("January", "March", "May", "July")


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    opened = open_library(tmp_path_factory.mktemp("calibrated"), embedders={"text_embedder": minilm()})
    likes = [
        f"The conference in {place} takes place in {month} in the large hall beside the station." for place in PLACES for month in MONTHS
    ]
    ingested(opened, "\n\n".join(likes))
    yield opened
    opened.close()


def first(library, question):
    return library.search(Query(owner="ann", text=question, k=1))[0].probability


def test_a_collection_of_look_alikes_becomes_stricter(library):
    before = first(library, "When is the conference in Madrid?")
    found = library.calibrate("default", "ann")
    assert found.shifts["en"] > 0
    assert found.negatives["en"] >= LEAST
    assert library.calibration("default", "ann") == found
    assert first(library, "When is the conference in Madrid?") < before


def test_the_same_items_give_the_same_calibration(library):
    assert library.calibrate("default", "ann").shifts == library.calibrate("default", "ann").shifts


def test_a_small_collection_keeps_that_of_all(tmp_path):
    opened = open_library(tmp_path, embedders={"text_embedder": minilm()})
    ingested(opened, "One text.\n\nAnother text about a boat.")
    assert opened.calibrate("default", "ann") is None
    assert opened.calibration("default", "ann") is None
    opened.close()


def test_it_goes_with_its_collection_and_survives_a_restart(tmp_path):
    opened = open_library(tmp_path, embedders={"text_embedder": minilm()})
    collection = opened.ensure_collection("default", "ann").id
    kept = Calibration({"en": 1.5}, {"en": 40}, 40, 1.0, minilm().space)
    Calibrations(opened._database).put(collection, "ann", kept)
    Calibrations(opened._database).put("vs_gone", "ann", kept)
    opened.close()
    again = open_library(tmp_path, embedders={"text_embedder": minilm()})
    assert again.calibration("default", "ann") == kept
    again.delete_collection("default", "ann")
    assert Calibrations(again._database).get(collection) is None
    again.close()


def test_it_is_fitted_by_itself_as_the_collection_grows(tmp_path):
    opened = open_library(tmp_path, embedders={"text_embedder": minilm()})
    ingested(opened, "\n\n".join(f"The meeting of group {n} is in room {n + 100} on the upper floor." for n in range(LEAST + 5)))
    waited = 0
    while opened.calibration("default", "ann") is None and waited < 600:
        waited += 1
        opened._calibrating._stopped.wait(0.1)
    found = opened.calibration("default", "ann")
    assert found is not None
    assert found.items == LEAST + 5
    opened.close()


@pytest.mark.parametrize(("before", "now", "outgrown"), [(40, 40, False), (40, 59, False), (40, 60, True), (60, 41, False), (60, 40, True)])
def test_outgrown(before, now, outgrown):
    assert Calibration({}, {}, before, 0.0).outgrown(now) is outgrown


@pytest.mark.parametrize("probability", [0.0, 0.02, 0.4, 0.97, 1.0])
def test_a_shift_moves_one_way_and_stays_a_probability(probability):
    assert 0 <= shifted(probability, 2.0) <= shifted(probability, 0.0) <= shifted(probability, -2.0) <= 1
    assert shifted(0.4, 0.0) == 0.4
    assert log_odds(shifted(0.4, 1.0)) == pytest.approx(log_odds(0.4) - 1.0)


def item(text, **more):
    return Item(id="i", collection="c", owner="ann", modality="text", text=text, **more)


def test_what_an_item_would_answer():
    chance = random.Random(1)
    asked = item("How long?\nTwo days.", metadata={"faq": True, "question": "How long does it take?"}, locator=Locator(row=1))
    assert question_of(asked, chance) == "How long does it take?"
    row = item("name: Ridge, price: 189", title="Ridge", metadata={"name": "Ridge", "price": 189}, locator=Locator(row=2))
    assert question_of(row, chance) == "Ridge price"
    long = item("Wash the jacket at thirty degrees on a gentle cycle and dry it in the shade of a tree, away from the wind. Short.")
    words = question_of(long, chance)
    assert len(words.split()) <= 12
    assert words in long.text
    assert question_of(item("夹克请用三十度的水轻柔洗涤，不要烘干，也不要熨烫，更不要漂白，放在阴凉处晾干。"), chance)
