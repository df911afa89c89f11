"""Each case of the battery is tried by a test or a study, and no mark names a case that does not exist."""

import ast

import pytest

from benchmarks.reliability.cases import BATTERY, covered, marked


@pytest.fixture(scope="module")
def tried():
    return covered()


@pytest.mark.parametrize("case", BATTERY)
def test_a_test_tries_it(case, tried):
    assert tried[case], f"nothing tries {case}: {BATTERY[case]}"


def test_no_mark_names_an_unknown_case(tried):
    assert set(tried) == set(BATTERY)


def test_marks_are_read_where_pytest_reads_them():
    source = """
pytestmark = [pytest.mark.slow, pytest.mark.case("A")]
@pytest.mark.case("B", "C")
def test_one(): ...
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.case("D"))])
def test_two(x): ...
"""
    assert marked(ast.parse(source)) == [("", ["A"]), ("test_one", ["B", "C"]), ("test_two", ["D"])]
