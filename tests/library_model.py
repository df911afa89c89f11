"""The library against a plain dictionary, in random order: add, delete, detach, search, reopen, kill, spoil the indexes; three owners.

Shared by `tests/retrieval/test_library_model.py` and the study `store_model`.
"""

import random
import shutil
import tempfile
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from library_samples import document, open_library

from retrieval import index_cache
from retrieval.library import Query

OWNERS = st.sampled_from(["ann", "bob", "cem"])
COLLECTIONS = st.sampled_from(["default", "other"])
WORDS = ("apple", "river", "stone", "夹克", "保修", "lamp")


class LibraryAgainstADictionary(RuleBasedStateMachine):
    """`model` is what must be in the library: file id -> (owner, collection, word, tag)."""

    def __init__(self):
        super().__init__()
        self.kept_from, index_cache.KEPT_FROM = index_cache.KEPT_FROM, 0  # small indexes are published, to be spoilt
        self.folder = Path(tempfile.mkdtemp())
        self.model, self.serial = {}, 0

    @initialize()
    def open(self):
        self.library = open_library(self.folder / "data")
        for owner in ("ann", "bob", "cem"):
            for name in ("default", "other"):
                self.library.ensure_collection(name, owner)

    def _tag(self):
        self.serial += 1
        return f"tag{self.serial}x"

    @rule(owner=OWNERS, collection=COLLECTIONS, word=st.sampled_from(WORDS))
    def add(self, owner, collection, word):
        tag = self._tag()
        file = self.library.add_file(document(f"{word} {tag}\n\n![{tag}.png] bytes of {tag}", f"{tag}.txt"), owner).id
        assert self.library.ingest(file, collection, owner, {"serial": self.serial}).items == 2
        self.model[file] = (owner, collection, word, tag)

    @precondition(lambda self: self.model)
    @rule(choice=st.integers(0), stranger=st.booleans(), detach=st.booleans())
    def delete(self, choice, stranger, detach):
        file = sorted(self.model)[choice % len(self.model)]
        owner, collection, _, _ = self.model[file]
        if stranger:
            other = {"ann": "bob", "bob": "cem", "cem": "ann"}[owner]
            try:
                self.library.delete_file(file, other)
            except Exception as fault:
                refused = type(fault).__name__
            assert refused == "NotFound"
            return
        if detach:
            self.library.detach(collection, file, owner)
        else:
            self.library.delete_file(file, owner)
        del self.model[file]

    @rule(owner=OWNERS, word=st.sampled_from(WORDS), k=st.integers(1, 30), collection=st.sampled_from(["", "default", "other"]))
    def search(self, owner, word, k, collection):
        expected = {f for f, (o, c, _, _) in self.model.items() if o == owner and (not collection or c == collection)}
        hits = self.library.search(
            Query(owner=owner, text=word, k=k, modalities=("text",), collections=(collection,) if collection else ())
        )
        assert len(hits) == min(k, len(expected)), "k is filled whenever k match"
        assert {hit.item.parent for hit in hits} <= expected
        assert all(hit.item.owner == owner for hit in hits)
        best = [self.model[hit.item.parent][2] for hit in hits if "lexical" in hit.ranks]
        assert set(best) <= {word}

    @precondition(lambda self: self.model)
    @rule(choice=st.integers(0))
    def find_one(self, choice):
        file = sorted(self.model)[choice % len(self.model)]
        owner, _, _, tag = self.model[file]
        assert self.library.search(Query(owner=owner, text=tag, k=1, modalities=("text",)))[0].item.parent == file
        for other in {"ann", "bob", "cem"} - {owner}:
            assert all(tag not in hit.item.text for hit in self.library.search(Query(owner=other, text=tag, k=1000)))

    @rule(kill=st.booleans())
    def reopen(self, kill):
        if kill:  # what a killed process leaves: nothing published, nothing marked as closed
            database = self.library._database
            for connection in (database._writer, *database._readers):
                connection.close()
            self.library._give_back()
        else:
            self.library.close()
        self.library = open_library(self.folder / "data")

    @rule(seed=st.integers(0, 2**16), how=st.sampled_from(["flip", "cut", "remove", "manifest"]))
    def spoil_the_indexes(self, seed, how):
        self.library.close()
        chance = random.Random(seed)
        pattern = "*.json" if how == "manifest" else "*.faiss"
        for path in sorted((self.folder / "data").glob(f"indexes/{pattern}")):
            data = bytearray(path.read_bytes())
            if how == "remove":
                path.unlink()
            elif how == "cut":
                path.write_bytes(data[: chance.randrange(len(data))])
            else:
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
                path.write_bytes(data)
        self.library = open_library(self.folder / "data")

    @rule()
    def rebuild(self):
        self.library.rebuild()

    @invariant()
    def counts_agree(self):
        if not hasattr(self, "library"):
            return
        for owner in ("ann", "bob", "cem"):
            for info in self.library.collections(owner):
                expected = [f for f, (o, c, _, _) in self.model.items() if (o, c) == (owner, info.name)]
                assert info.items == 2 * len(expected)
                assert info.files == len(expected)

    def teardown(self):
        if hasattr(self, "library"):
            self.library.close()
        shutil.rmtree(self.folder)
        index_cache.KEPT_FROM = self.kept_from
