"""Which suites of the library run over every engine of its database."""

import library_databases
import pytest

OVER_EVERY_ENGINE = {
    "test_attributes", "test_companions", "test_exchange", "test_faq", "test_ingestion", "test_langchain_store",
    "test_library", "test_maps", "test_open_questions", "test_reembedding", "test_searching",
}  # fmt: skip


def pytest_generate_tests(metafunc):
    chosen = any(mark.args[0] == "engine" for mark in metafunc.definition.iter_markers("parametrize"))
    if metafunc.module.__name__.rpartition(".")[2] in OVER_EVERY_ENGINE and not chosen:
        metafunc.parametrize("engine", library_databases.ENGINES, indirect=True)


@pytest.fixture(autouse=True)
def engine(request, monkeypatch):
    place = library_databases.place(getattr(request, "param", "sqlite"))
    monkeypatch.setattr(library_databases, "current", place)
    yield place
    place.drop()


@pytest.fixture
def place():
    """PostgreSQL, for what else rests on SQLite."""
    made = library_databases.place("postgres")
    yield made
    made.drop()


@pytest.fixture
def data(tmp_path):
    """A data directory that is still to be made."""
    return tmp_path / "data"
