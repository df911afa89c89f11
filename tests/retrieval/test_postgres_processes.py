"""A library in several processes at once: what one wrote the others find, and what a killed one left another does."""

import pytest
from library_processes import Process, until
from library_samples import ingested, open_library

from retrieval.library import Query

pytestmark = pytest.mark.parametrize("engine", ["postgres"], indirect=True)


@pytest.fixture
def process(engine, data):
    started = []

    def start(code):
        started.append(Process(engine, data, code))
        return started[-1]

    yield start
    for one in started:
        one.end()


def found(library, text):
    return {hit.item.text for hit in library.search(Query(owner="ann", text=text, k=200))}


def test_what_one_process_adds_changes_and_deletes_the_other_finds_at_once(engine, data, process):
    other = process(
        "library = opened()\nsay('open')\n"
        "for line in sys.stdin:\n"
        "    say(sorted(hit.item.text for hit in library.search(Query(owner='ann', text=line.strip(), k=50))))\n"
    )
    assert other.hear() == "open"
    library = open_library(data)
    try:
        assert found(library, "warranty") == set()
        for number in range(5):
            ingested(library, f"The warranty number {number} covers zips.", name=f"{number}.txt")
            other.tell("warranty")
            assert other.hear() == str([f"The warranty number {n} covers zips." for n in range(number + 1)])
        for file in library.files("ann"):
            library.delete_file(file.id, "ann")
            other.tell("warranty")
            assert other.hear().count("covers") == len(library.files("ann"))
    finally:
        library.close()


def test_writers_of_several_processes_at_once(engine, data, process):
    code = (
        "import threading\nlibrary = opened()\nlibrary.ensure_collection('default', 'ann')\n"
        "def work(thread):\n"
        "    for n in range(6): ingested(library, f'text {sys.argv} {os.getpid()} {thread} {n}', name=f'{os.getpid()}-{thread}-{n}.txt')\n"
        "say('ready')\nsys.stdin.readline()\n"
        "threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]\n"
        "for t in threads: t.start()\n"
        "for t in threads: t.join()\n"
        "say(len(library.search(Query(owner='ann', text='text', k=200))))\nlibrary.close()\n"
    )
    writers = [process(code) for _ in range(3)]
    assert [writer.hear() for writer in writers] == ["ready"] * 3
    for writer in writers:
        writer.tell()
    counts = [int(writer.hear()) for writer in writers]
    assert max(counts) == 36
    library = open_library(data)
    try:
        assert len(library.collections("ann")) == 1
        assert len(library.items("default", "ann", 100)) == len(found(library, "text")) == 36
        rows = library._database.numbers("SELECT number FROM changes ORDER BY number")
        assert rows.tolist() == list(range(int(rows[0]), int(rows[-1]) + 1)), "no number is missing"
    finally:
        library.close()


SLOW = (
    "class Slow(Paragraphs):\n"
    "    def read(self, content):\n"
    "        say('reading'); time.sleep(600)\n"
    "library = opened(decoder=Slow())\nlibrary.ensure_collection('default', 'ann')\n"
    "file = library.add_file(document('The warranty covers zips.'), 'ann')\nlibrary.ingest(file.id, 'default', 'ann')\n"
)


def test_the_file_of_a_killed_worker_is_taken_over_and_read_once(engine, data, process):
    worker = process(SLOW)
    assert worker.hear() == "reading"
    library = open_library(data)
    try:
        [(file, collection, owner)] = library.pending()
        assert library.ingest(file, collection, owner, patience=0.0).status == "in_progress", "somebody is at it"
        worker.kill()
        until(lambda: library.ingest(file, collection, owner, patience=0.0).status == "completed", "it was not taken over")
        assert found(library, "warranty") == {"The warranty covers zips."}
        assert library.pending() == []
    finally:
        library.close()


def test_the_worker_of_another_service_takes_over_by_itself(engine, data, process, monkeypatch):
    from ui.api.ingestion import Ingestion

    monkeypatch.setattr(Ingestion, "LOOK_SECONDS", 0.1)
    library = open_library(data)
    ingestion = Ingestion(library)
    ingestion.start()
    try:
        worker = process(SLOW)
        assert worker.hear() == "reading"
        worker.kill()
        until(lambda: found(library, "warranty") == {"The warranty covers zips."}, "it was not taken over")
    finally:
        ingestion.close()
        library.close()
