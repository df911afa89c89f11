"""Which trained model is in use: written down, taken back, overruled by the settings, and served by the whole service."""

import asyncio
import time

import pytest
from library_samples import CACHE
from training_samples import PRODUCTS, faq, options, silent

from assistant import adapted
from assistant.adapted import Card
from assistant.build import build
from assistant.settings import read
from assistant.training.encoder import train
from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.faults import Conflict, InvalidInput, NotFound, NotInstalled, Unreadable
from retrieval.items import Draft
from retrieval.library import Query


def made(folder, name, better=True, roles=None, replaces=None):
    place = adapted.folder(folder) / name
    place.mkdir(parents=True)
    roles = roles or {"text_emotion": "words"}
    card = Card(
        name=name, kind="emotion", roles=roles, replaces=roles if replaces is None else replaces, better=better, rows={}, seed=1,
        seconds=1, sha256="", scores={"before_accuracy": 0.5, "after_accuracy": 0.6}, created_at=time.time(),
    )  # fmt: skip
    (place / adapted.CARD).write_text(card.model_dump_json(), "utf-8")


def test_use_undo_and_remove(tmp_path):
    made(tmp_path, "first")
    made(tmp_path, "second")
    adapted.use(tmp_path, "first")
    adapted.use(tmp_path, "second")
    assert adapted.active(tmp_path) == {"text_emotion": "second"}
    with pytest.raises(Conflict, match="in use"):
        adapted.remove(tmp_path, "second")
    assert adapted.undo(tmp_path) == {"text_emotion": "first"}
    adapted.remove(tmp_path, "second")
    assert [card.name for card in adapted.listed(tmp_path)] == ["first"]
    assert adapted.undo(tmp_path) == {}
    with pytest.raises(Conflict, match="no change"):
        adapted.undo(tmp_path)


def test_undo_does_not_bring_back_what_was_removed(tmp_path):
    made(tmp_path, "first")
    made(tmp_path, "second")
    adapted.use(tmp_path, "first")
    adapted.use(tmp_path, "second")
    adapted.folder(tmp_path).joinpath("first", adapted.CARD).unlink()
    assert adapted.undo(tmp_path) == {}


def test_a_worse_one_is_never_used(tmp_path):
    made(tmp_path, "worse", better=False)
    with pytest.raises(Conflict) as caught:
        adapted.use(tmp_path, "worse")
    assert caught.value.code == "not_better"
    assert adapted.active(tmp_path) == {}


def test_names_and_damage_are_faults(tmp_path):
    for name, kind in (("nobody", NotFound), ("../secrets", InvalidInput)):
        with pytest.raises(kind):
            adapted.use(tmp_path, name)
    made(tmp_path, "first")
    adapted.use(tmp_path, "first")
    (adapted.folder(tmp_path) / adapted.ACTIVE).write_text("{", "utf-8")
    with pytest.raises(Unreadable, match=r"active\.json"):
        adapted.active(tmp_path)


def test_settings_take_it_where_nobody_set_something_else(tmp_path):
    made(tmp_path, "slang")
    adapted.use(tmp_path, "slang")
    place = str((adapted.folder(tmp_path) / "slang").resolve())
    found = read({"data_dir": tmp_path}, {})
    assert found.backend("text_emotion") == ("words", place)
    assert found.sources["models.text_emotion"].endswith(adapted.ACTIVE)
    overruled = read({"data_dir": tmp_path}, {"ASSISTANT_MODELS_TEXT_EMOTION": "words"})
    assert overruled.backend("text_emotion") == ("words", "")
    assert read({"data_dir": tmp_path, "profile": "small"}, {}).backend("text_emotion")[0] == "transformers", "it stands in for words only"
    assert read({"data_dir": tmp_path / "elsewhere"}, {}).backend("text_emotion") == ("words", "")


def test_a_router_is_a_setting_of_its_own(tmp_path):
    made(tmp_path, "jargon", roles={"router": "reflex"}, replaces={})
    adapted.use(tmp_path, "jargon")
    found = read({"data_dir": tmp_path}, {})
    assert found.router == str((adapted.folder(tmp_path) / "jargon").resolve())
    assert found.backend("chat_model") == ("reflex", "")


def test_a_folder_that_is_gone_stops_the_start_and_says_how_to_go_back(tmp_path):
    made(tmp_path, "slang")
    adapted.use(tmp_path, "slang")
    with pytest.raises(NotInstalled) as caught:
        build(read({"data_dir": tmp_path}, {}))
    assert "--undo" in caught.value.hint


def opened(folder):
    return build(read({"data_dir": folder, "cache_dir": CACHE, "sample": False}, {"OFFLINE": "1"}))


def found(assistant):
    """How many products come first when they are asked for by names that stand in no document."""
    right = 0
    for n, name in enumerate(PRODUCTS):
        hits = assistant.library.search(Query(owner="local", contents=(Content.from_text(f"what was the {name} again?"),), k=1))
        right += [hit.item.title for hit in hits] == [str(n)]
    return right


def test_the_service_searches_with_it_and_goes_back(tmp_path):
    chosen = options(tmp_path, faq(tmp_path), name="shop")
    decoder = Decoder(workers=1)
    card = train(chosen, decoder, silent)
    decoder.close()
    spaces, right = [], []
    for change in (None, lambda: adapted.use(chosen.data_dir, "shop"), lambda: adapted.undo(chosen.data_dir)):
        if change:
            change()
        assistant = opened(chosen.data_dir)
        if change is None:
            assistant.library.ensure_collection("default", "local")
            drafts = [Draft(modality="text", text=words, title=str(n)) for n, words in enumerate(PRODUCTS.values())]
            assistant.library.add_drafts(drafts, "default", "local")
        assistant.library.reembedding.run()
        spaces.append(assistant.library.embedders["text_embedder"].space)
        right.append(found(assistant))
        shown = {role: known for role, _, known in assistant.cards}["text_embedder"]
        assert shown.scores.get("after_words_mrr") == (card.scores["after_words_mrr"] if len(spaces) == 2 else None)
        asyncio.run(assistant.close())
    assert spaces[0] == spaces[2] != spaces[1]
    assert right[0] == right[2] <= 5
    assert right[1] >= 9
