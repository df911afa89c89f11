from retrieval.facets import count
from retrieval.items import Hit, Item


def hit(score, **metadata):
    return Hit(item=Item(id=str(score), collection="c", owner="ann", modality="text", metadata=metadata), score=score)


def test_values_are_counted_most_frequent_first():
    hits = [hit(0.9, colour="red", size=["S", "M"]), hit(0.8, colour="blue", size=["M"]), hit(0.7, colour="red"), hit(0.6)]
    colour, size = count(hits, ["colour", "size"]).values()
    assert [(value.value, value.count) for value in colour.values] == [("red", 2), ("blue", 1)]
    assert colour.missing == 1
    assert [(value.value, value.count) for value in size.values] == [("M", 2), ("S", 1)]


def test_what_is_far_from_the_best_is_not_counted():
    assert count([hit(0.9, kind="near"), hit(0.1, kind="far")], ["kind"])["kind"].values[0].value == "near"
    assert len(count([hit(0.9, kind="near"), hit(0.1, kind="far")], ["kind"])["kind"].values) == 1


def test_numbers_have_a_range_and_long_lists_are_cut():
    found = count([hit(0.9, price=n, name=f"n{n}") for n in range(30)], ["price", "name"])
    assert (found["price"].least, found["price"].most) == (0, 29)
    assert found["name"].least is None
    assert len(found["name"].values) == 20
    assert found["name"].others == 10


def test_nested_keys_and_nothing_found():
    assert count([hit(0.9, a={"b": "x"})], ["a.b"])["a.b"].values[0].value == "x"
    assert count([hit(0.9, **{"a.b": "y"})], ["a.b"])["a.b"].values[0].value == "y"
    assert count([], ["a"])["a"].values == ()
