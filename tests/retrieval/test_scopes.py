import random

import numpy as np
import pytest

from retrieval import changes, scopes
from retrieval.changes import Changes
from retrieval.database import Database
from retrieval.faults import Conflict
from retrieval.items import Item
from retrieval.stores.base import Batch, Scope
from retrieval.stores.faiss import create

ASKED = (
    Scope("ann"), Scope("bob"), Scope("ann", ("vs_1",)), Scope("ann", modalities=("image",)), Scope("ann", filter="n < 20"),
    Scope("ann", ("vs_1", "vs_2"), ("text",), "n >= 10"), Scope("nobody"),
)  # fmt: skip


def keys(bitmap):
    return set(np.flatnonzero(np.unpackbits(bitmap, bitorder="little")).tolist())


@pytest.mark.parametrize("remembered", [1, 5, 20_000])
def test_bitmaps_follow_every_change(tmp_path, monkeypatch, remembered):
    monkeypatch.setattr(changes, "REMEMBERED", remembered)
    database, chance = Database(tmp_path / "library.db"), random.Random(remembered)
    store = create(database, tmp_path / "indexes")
    for step in range(60):
        chosen = [f"i{chance.randrange(40)}" for _ in range(chance.randrange(1, 4))]
        if chance.random() < 0.3:
            store.delete(chosen, chance.choice(["ann", "bob"]))
        else:
            items = [
                Item(id=f"{name}-{owner}", collection=chance.choice(["vs_1", "vs_2", "vs_3"]), owner=owner, text=name,
                     modality=chance.choice(["text", "image"]), metadata={"n": step})
                for name in dict.fromkeys(chosen) for owner in chance.sample(["ann", "bob"], 1)
            ]  # fmt: skip
            store.add(Batch(items))
        for scope in chance.sample(ASKED, 4):
            assert keys(store._scopes.allowed(scope)) == keys(scopes.Scopes(database, Changes()).allowed(scope)), scope
    store.close()
    database.close()


def test_a_failed_write_changes_no_bitmap(tmp_path):
    database = Database(tmp_path / "library.db")
    store = create(database, tmp_path / "indexes")
    store.add(Batch([Item(id="a", collection="vs_1", owner="ann", modality="text", text="a")]))
    before = store._scopes.allowed(ASKED[0])
    with pytest.raises(Conflict):
        store.add(Batch([Item(id=name, collection="vs_1", owner=who, modality="text") for name, who in (("b", "ann"), ("a", "bob"))]))
    assert store._scopes.allowed(ASKED[0]) is before
    store.close()
    database.close()


def test_only_so_many_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(scopes, "SCOPES", 2)
    database = Database(tmp_path / "library.db")
    found = scopes.Scopes(database, Changes())
    first = found.allowed(ASKED[0])
    assert found.allowed(ASKED[0]) is first
    for scope in ASKED[1:3]:
        found.allowed(scope)
    assert found.allowed(ASKED[0]) is not first
    database.close()
