import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.relevance import COEFFICIENTS, LIKELY, Evidence, evidence, likeness, probability, query_terms, same, weights

SHARE = st.floats(0, 1)
SEEN = st.builds(Evidence, SHARE, SHARE, st.sampled_from([0.0, 1.0]), SHARE, st.floats(-1, 1), SHARE)


@given(
    st.builds(Evidence, SHARE, SHARE, st.sampled_from([0.0, 1.0]), SHARE, st.floats(-1, 1), SHARE), st.sampled_from(sorted(COEFFICIENTS))
)
def test_a_probability_is_one(seen, language):
    assert 0 < probability(seen, language) < 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_more_evidence_is_more_likely(language):
    nothing = Evidence(0.1, 0.0, 0, 0, 0, 0)
    something = Evidence(0.5, 0.6, 1, 0.5, 0.05, 0.3)
    everything = Evidence(0.8, 1.0, 1, 0.9, 0.3, 0.8)
    chances = [probability(seen, language) for seen in (nothing, something, everything)]
    assert chances == sorted(chances)
    assert chances[0] < 0.05
    assert chances[2] > LIKELY + 0.3


def test_words_are_weighed_by_rarity():
    terms = query_terms("What does the zipper warranty cover?")
    assert terms == ["zipper", "warranti", "cover"]
    weight = weights(terms, 100, {"zipper": 0, "warranti": 40, "cover": 40})
    rare, common = (evidence(weight, text, 0.5, 0.5, 0.1) for text in ("a zipper", "the warranty covers"))
    assert rare.coverage > common.coverage
    assert (rare.rarest, common.rarest) == (1, 0)
    assert evidence(weight, "Zippers: the warranty covered them", 0.5, 2.0, 0.1) == Evidence(0.5, 1.0, 1.0, 1.0, 0.1, 0.5)
    assert evidence({}, "text", -0.5, 0, 0) == Evidence(0, 0, 0, 0, 0, 0)


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_weights_mean_something_in_any_store(total, containing):
    weight = weights(["w"], max(total, containing), {"w": containing})["w"]
    assert weight > 0


def test_copies_support_each_other():
    row = "sku: GJ-{}, name: Drizzle Jacket, colour: {}, price: 79 euros, weight: 260 g"
    assert same(row.format(210, "red"), row.format(211, "yellow"))
    assert not same("The warranty covers zips", "Wash the jacket at thirty degrees")


def test_likeness_of_media():
    assert likeness(1.0) > 0.9 > likeness(0.97) > 0.5 > likeness(0.9) > 0.01 > likeness(0.5)
