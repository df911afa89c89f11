from hypothesis import given
from hypothesis import strategies as st
from library_samples import ingested, open_library

from retrieval.folding import fold, sameness
from retrieval.items import Item, Locator
from retrieval.library import Query


def item(name, text="", **more):
    return Item(id=name, collection="c", owner="ann", modality=more.pop("modality", "text"), text=text, **more)


def test_what_is_the_same():
    assert sameness(item("1", "Two  days.")) == sameness(item("2", "two days."))
    assert sameness(item("1", "Two days.")) != sameness(item("2", "Three days."))
    picture = item("1", "a dog", modality="image", blob="aa")
    assert sameness(picture) == sameness(item("2", "Hund", modality="image", blob="aa"))
    assert sameness(picture) != sameness(item("3", "a dog", modality="image", blob="bb"))
    early, late = (item(n, modality="video", blob="aa", locator=Locator(time_span=(t, t + 1))) for n, t in (("1", 0.0), ("2", 5.0)))
    assert sameness(early) != sameness(late)
    assert sameness(item("1")) != sameness(item("2"))


@given(st.lists(st.sampled_from("abcdefgh"), max_size=200), st.integers(1, 12))
def test_every_different_thing_once_in_order_and_k_of_them(texts, k):
    items = {str(n): item(str(n), text) for n, text in enumerate(texts)}
    folded = fold(list(items), k, lambda names: [items[name] for name in names])
    order = list(dict.fromkeys(texts))
    assert [one.item.text for one in folded] == order[:k]
    for one in folded:
        assert all(items[name].text == one.item.text and name != one.item.id for name in one.duplicates)


def test_a_search_shows_the_same_words_once_and_still_finds_k(tmp_path):
    library = open_library(tmp_path)
    for copy in range(3):
        text = "The green leaf grows in spring.\n\n" + "\n\n".join(f"The leaf number {n} is green." for n in range(copy + 2))
        ingested(library, text, name=f"{copy}.md")
    hits = library.search(Query(owner="ann", text="green leaf", k=5))
    assert len(hits) == len({hit.item.text for hit in hits}) == 5
    spring = next(hit for hit in hits if "spring" in hit.item.text)
    assert len(spring.duplicates) == 2
    library.close()
