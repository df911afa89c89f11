"""What tests of the API ask about: a shop's collection with a document, a paper and a photo. Each test file brings its own `api`."""

from contextlib import suppress

import pytest
from api_app import WARRANTY, ingest, pdf, png
from chat_service import Service
from page_in_browser import browser, needs_chromium, seen_now, streamlit


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """What a page showed when its test failed: the only look at it that a log can give."""
    report = yield
    if report.failed and item.get_closest_marker("browser"):
        with suppress(Exception):  # the browser itself may be what failed
            report.sections += [(f"the page {address}", words) for address, words in seen_now()]
    return report


@pytest.fixture(scope="module")
def store(api):
    return api.post("/v1/vector_stores", json={"name": "shop", "metadata": {"kind": "demo"}}).json()["id"]


@pytest.fixture(scope="module")
def document(api, store):
    return ingest(api, store, "gale_g40.md", WARRANTY, attributes={"category": "kettles", "price": 59.9})[0]


@pytest.fixture(scope="module")
def paper(api, store):
    return ingest(api, store, "gale.pdf", pdf())[0]


@pytest.fixture(scope="module")
def photo(api, store):
    return ingest(api, store, "jacket.png", png("red"), attributes={"category": "jackets", "price": 80})[0]


@pytest.fixture(scope="module")
def server():
    """The small server that the chat page talks to in its tests."""
    service = Service()
    yield service
    service.close()


@pytest.fixture(scope="module")
def chrome(server, tmp_path_factory):
    """A browser on a page over the small server."""
    needs_chromium()
    with streamlit(server.address, tmp_path_factory.mktemp("page") / "log") as address, browser(address, camera=True) as found:
        yield found
