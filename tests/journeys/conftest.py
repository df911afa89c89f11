"""Fixtures of the journeys in a browser: one real service, and its real page in Chromium, which hears a spoken question at its microphone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import assistant.samples

sys.path.insert(0, str(Path(__file__).parents[1] / "ui"))  # the browser is shared with the tests of the page
from page_in_browser import browser, needs_chromium, real_service, streamlit

SPOKEN = Path(assistant.samples.__file__).parent / "sounds" / "spoken_question.wav"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    needs_chromium()
    with real_service(tmp_path_factory.mktemp("service")) as address:
        yield address


@pytest.fixture(scope="module")
def chrome(service, tmp_path_factory):
    with streamlit(service, tmp_path_factory.mktemp("page") / "log") as address, browser(address, SPOKEN) as found:
        yield found
