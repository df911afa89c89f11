"""Curated answers in a library: kept, changed, imported, matched, and gone with what they belong to."""

import pytest
from library_samples import HashedWords, open_library

from retrieval.faq_records import MAX_FORMS, Row
from retrieval.faults import Conflict, InvalidInput, NotFound
from retrieval.library import Query


@pytest.fixture
def library(tmp_path):
    made = open_library(tmp_path)
    made.ensure_collection("default", "ann")
    yield made
    made.close()


def place(library, name="default", owner="ann"):
    return library.ensure_collection(name, owner).id


RETURNS = Row("How do I return an item?", "Send it back within 30 days.", ("Can I send it back?", "怎么退货"), ("returns",))


def test_an_entry_is_an_item_that_is_found_counted_and_cited(library):
    entry = library.faq.add(RETURNS, "default", "ann")
    item = library.item(entry.item, "ann")
    assert (item.title, item.text, item.modality) == ("How do I return an item?", "Send it back within 30 days.", "text")
    assert item.metadata["faq"] is True
    assert library.collection("default", "ann").items == 1
    assert library.search(Query(owner="ann", text="return an item"))[0].item.id == entry.item
    assert library.faq.all("default", "ann") == [entry] == [library.faq.get(entry.item, "ann")]


@pytest.mark.parametrize("asked", ["how do i return an item", "Can I send it back", "怎么退货？", "HOW DO I RETURN AN ITEM!"])
def test_the_words_of_any_form_match_for_certain(library, asked):
    entry = library.faq.add(RETURNS, "default", "ann")
    found = library.faq.match(asked, [place(library)], "ann")
    assert (found.entry.id, found.probability, found.exact, found.sure) == (entry.id, 1.0, True, True)


def test_nothing_matches_elsewhere(library):
    library.faq.add(RETURNS, "default", "ann")
    asked = "How do I return an item?"
    assert library.faq.match(asked, [place(library, "other")], "ann") is None
    assert library.faq.match(asked, [place(library)], "bob") is None
    assert library.faq.match(asked, [], "ann") is None
    assert library.faq.match("?!", [place(library)], "ann") is None
    assert library.faq.match("x" * 2000, [place(library)], "ann") is None


def test_without_entries_nothing_is_embedded(tmp_path):
    class Counting(HashedWords):
        calls = 0

        def embed(self, contents):
            Counting.calls += 1
            return super().embed(contents)

    library = open_library(tmp_path, embedders={"text_embedder": Counting()})
    where = place(library)
    assert library.faq.match("How do I return an item?", [where], "ann") is None
    assert Counting.calls == 0
    library.close()


def test_a_change_keeps_the_ids_and_is_seen_at_once(library):
    entry = library.faq.add(RETURNS, "default", "ann")
    changed = library.faq.change(entry.id, Row("How do I return something?", "Within 60 days.", ("send back",)), "ann")
    assert (changed.id, changed.item, changed.created_at) == (entry.id, entry.item, entry.created_at)
    where = [place(library)]
    assert library.faq.match("how do i return something", where, "ann").entry.answer == "Within 60 days."
    found = library.faq.match("怎么退货", where, "ann")
    assert found is None or not found.exact
    assert library.item(entry.item, "ann").text == "Within 60 days."
    assert library.collection("default", "ann").items == 1


def test_one_question_has_one_answer(library):
    entry = library.faq.add(RETURNS, "default", "ann")
    other = library.faq.add(Row("Do you ship abroad?", "Yes."), "default", "ann")
    with pytest.raises(Conflict):
        library.faq.add(Row("how do I return an ITEM", "No."), "default", "ann")
    with pytest.raises(Conflict):
        library.faq.change(other.id, Row("How do I return an item", "No."), "ann")
    library.faq.add(RETURNS, place(library, "second"), "ann")
    assert library.faq.get(entry.id, "ann").answer == "Send it back within 30 days."


@pytest.mark.parametrize(
    "row",
    [Row("", "x"), Row("?", "x"), Row("Why?", "  "), Row("w" * 501, "x"), Row("Why?", "x" * 20_001), Row("Why?", "x", ("f" * 501,)),
     Row("Why?", "x", tuple(f"form {n}" for n in range(MAX_FORMS + 1)))],
)  # fmt: skip
def test_what_is_empty_or_too_long_is_refused(library, row):
    with pytest.raises(InvalidInput):
        library.faq.add(row, "default", "ann")
    assert library.collection("default", "ann").items == 0


@pytest.mark.parametrize("way", ["entry", "item", "collection"])
def test_an_entry_goes_with_its_item_and_its_collection(library, way):
    entry = library.faq.add(RETURNS, "default", "ann")
    where = place(library)
    if way == "entry":
        library.faq.remove(entry.id, "ann")
    elif way == "item":
        library.delete_item(entry.item, "ann")
    else:
        library.delete_collection(where, "ann")
    assert library.faq.match("How do I return an item?", [where], "ann") is None
    with pytest.raises(NotFound):
        library.faq.get(entry.id, "ann")
    with pytest.raises(NotFound):
        library.item(entry.item, "ann")


def test_owners_do_not_see_each_other(library):
    entry = library.faq.add(RETURNS, "default", "ann")
    for act in (lambda: library.faq.get(entry.id, "bob"), lambda: library.faq.change(entry.id, RETURNS, "bob"),
                lambda: library.faq.remove(entry.id, "bob"), lambda: library.faq.all(place(library), "bob")):  # fmt: skip
        with pytest.raises(NotFound):
            act()


def test_an_import_again_changes_what_changed(library):
    rows = [RETURNS, Row("Do you ship abroad?", "Yes.")]
    assert library.faq.merge(rows, "default", "ann", "faq.csv").added == 2
    again = library.faq.merge(rows, "default", "ann", "faq.csv")
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)
    before = {entry.question: entry for entry in library.faq.all("default", "ann")}
    changed = library.faq.merge([Row("do you ship abroad", "No.", ("To Norway?",)), Row("New?", "Yes")], "default", "ann")
    assert (changed.added, changed.updated, changed.unchanged) == (1, 1, 0)
    after = {entry.id: entry for entry in library.faq.all("default", "ann")}
    assert len(after) == 3
    entry = after[before["Do you ship abroad?"].id]
    assert (entry.answer, entry.paraphrases) == ("No.", ("To Norway?",))
    assert after[before[RETURNS.question].id] == before[RETURNS.question]


def test_forms_that_were_added_survive_an_import(library):
    entry = library.faq.add(RETURNS, "default", "ann")
    library.faq.merge([Row(RETURNS.question, "Within 60 days.")], "default", "ann", "faq.csv")
    assert library.faq.get(entry.id, "ann").paraphrases == RETURNS.paraphrases


def test_another_encoder_makes_the_vectors_anew(tmp_path):
    library = open_library(tmp_path)
    where = place(library)
    library.faq.add(RETURNS, "default", "ann")
    library.close()

    class Other(HashedWords):
        space = "hashed-2"

    library = open_library(tmp_path, embedders={"text_embedder": Other()})
    assert library.faq.match("Can I return an item?", [where], "ann").entry.question == RETURNS.question
    library.close()
