"""The library against a plain dictionary, a dozen stories; the study `store_model` tells thousands."""

import pytest
from hypothesis import settings
from library_model import LibraryAgainstADictionary

LibraryAgainstADictionary.TestCase.settings = settings(max_examples=12, stateful_step_count=30, deadline=None)
TestLibraryAgainstADictionary = pytest.mark.case("D07", "D10")(LibraryAgainstADictionary.TestCase)
