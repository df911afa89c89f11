"""Bulk ingestion of folders: the same as the ordinary ingestion, once each, whatever happens in between."""

import os
import subprocess
import sys

import pytest
from bulk_samples import OWNER, a_library, contents, fill, ingest, mixed, states

from retrieval.bulk.base import Listed
from retrieval.bulk.ledger import Ledger
from retrieval.bulk.places import place_of
from retrieval.faults import Conflict, Fault, InvalidInput, NotFound, Unavailable, Unreadable
from retrieval.origins import origin_metadata
from ui.cli.paths import find


@pytest.fixture
def folder(tmp_path):
    return fill(tmp_path / "files", mixed(66))


@pytest.fixture
def library(tmp_path):
    with a_library(tmp_path / "data") as opened:
        yield opened


def ordinarily(library, folder):
    """What `assistant ingest FOLDER` does, file by file."""
    library.ensure_collection("default", OWNER)
    for path in find([str(folder)]).files:
        data = path.read_bytes()
        try:
            content = library._ingestion._decoder.admit(data, name=path.name)
        except Fault:
            continue
        file = library.add_file(content, OWNER, metadata=origin_metadata(str(path.resolve()), data))
        library.ingest(file.id, "default", OWNER)


def test_it_comes_to_the_same_as_the_ordinary_ingestion(tmp_path, folder, library):
    plan, report, _ = ingest(library, folder)
    with a_library(tmp_path / "ordinary") as other:
        ordinarily(other, folder)
        assert contents(library) == contents(other)
        assert states(library) == states(other)
    assert report.items == len(contents(library)) > 30
    assert (plan.files, plan.passed, report.became["failed"]) == (66, 6, 6)
    assert library.status()["files"] == report.became["new"]


def test_what_is_unchanged_is_not_read_again(folder, library):
    _, first, _ = ingest(library, folder)
    plan, second, failures = ingest(library, folder)
    assert (plan.unread, sum(second.became.values()), plan.unchanged) == (0, 0, first.became["new"])
    assert failures[0] == plan.failed == 12


def test_the_ordinary_ingestion_is_known(folder, library):
    ordinarily(library, folder)
    before = contents(library)
    _, report, _ = ingest(library, folder)
    assert report.became["new"] == 0
    assert report.became["unchanged"] == len(states(library)), "read once more to compare, and then remembered"
    assert ingest(library, folder)[0].unread == 0
    assert contents(library) == before


def test_the_same_bytes_are_kept_once_and_known_by_both_names(tmp_path, library):
    folder = fill(tmp_path / "two", {"a.txt": b"The same words.", "deep/b.txt": b"The same words."})
    ingest(library, folder)
    assert {origin.rpartition("/")[2]: found for origin, found in states(library).items()} == {
        "a.txt": ("completed", 1), "b.txt": ("completed", 1),
    }  # fmt: skip
    assert len(contents(library)) == 1
    (folder / "a.txt").write_bytes(b"Now something else is here.")
    ingest(library, folder)
    assert sorted(item[3] for item in contents(library)) == ["Now something else is here.", "The same words."], (
        "the other name has it still"
    )


def test_a_changed_file_takes_the_place_of_the_former(tmp_path, library):
    folder = fill(tmp_path / "one", {"a.txt": b"The old words."})
    ingest(library, folder)
    (folder / "a.txt").write_bytes(b"These are newer words.")
    _, report, _ = ingest(library, folder)
    assert (dict(report.became), [item[3] for item in contents(library)]) == ({"changed": 1}, ["These are newer words."])


def test_a_touched_file_is_read_and_left(tmp_path, library):
    folder = fill(tmp_path / "one", {"a.txt": b"The words."})
    ingest(library, folder)
    file = states(library), contents(library)
    os.utime(folder / "a.txt", (1, 1))
    plan, report, _ = ingest(library, folder)
    assert (plan.unread, dict(report.became)) == (1, {"unchanged": 1})
    assert ingest(library, folder)[0].unread == 0
    assert (states(library), contents(library)) == file


def test_what_is_gone_stays_until_it_is_to_be_deleted(tmp_path, library):
    folder = fill(tmp_path / "two", {"a.txt": b"One.", "b.txt": b"Two."})
    ingest(library, folder)
    (folder / "a.txt").unlink()
    assert ingest(library, folder)[0].gone == 1
    assert len(contents(library)) == 2
    _, report, _ = ingest(library, folder, delete=True)
    assert (report.became["removed"], [item[3] for item in contents(library)]) == (1, ["Two."])


def test_an_empty_place_deletes_nothing(tmp_path, library):
    folder = fill(tmp_path / "one", {"a.txt": b"One."})
    ingest(library, folder)
    (folder / "a.txt").unlink()
    with pytest.raises(NotFound):
        ingest(library, folder, delete=True)
    assert len(contents(library)) == 1


def test_another_folder_is_left_alone(tmp_path, library):
    ingest(library, fill(tmp_path / "one", {"a.txt": b"One."}))
    other = fill(tmp_path / "one2", {"b.txt": b"Two.", "c.txt": b"Three."})
    ingest(library, other)
    (other / "b.txt").unlink()
    _, report, _ = ingest(library, other, delete=True)
    assert (report.became["removed"], len(contents(library))) == (1, 2)


def test_what_cannot_be_read_is_named_and_tried_again_only_when_asked_or_changed(tmp_path, library):
    folder = fill(tmp_path / "bad", {"a.json": b'{"a": 1', "b.png": b"no picture at all, but words", "c.txt": b"Words."})
    _, report, (count, failures) = ingest(library, folder)
    assert (dict(report.became), count) == ({"failed": 2, "new": 1}, 2)
    assert {one.listed.origin.rpartition("/")[2]: one.code for one in failures} == {"a.json": "json_broken", "b.png": "unsupported_type"}
    assert all(one.reason for one in failures)
    plan, _, again = ingest(library, folder)
    assert (plan.unread, plan.failed, again) == (0, 2, (count, failures))
    assert ingest(library, folder, retry=True)[1].became["failed"] == 2
    (folder / "a.json").write_bytes(b'{"a": "mended"}')
    plan, report, (count, _) = ingest(library, folder)
    assert (plan.unread, dict(report.became), count) == (1, {"new": 1}, 1)


def test_a_file_that_was_admitted_and_could_not_be_read_stands_in_the_collection(tmp_path, library, monkeypatch):
    folder = fill(tmp_path / "bad", {"a.txt": b"Words.", "b.txt": b"Others."})
    from retrieval.decoding import Decoder

    read = Decoder.read

    def stumbles(self, content):
        if content.name == "a.txt":
            raise Unreadable("This one is damaged.", hint="Mend it.", code="damaged_file")
        return read(self, content)

    monkeypatch.setattr(Decoder, "read", stumbles)
    _, _, (count, failures) = ingest(library, folder)
    assert (count, failures[0].reason) == (1, "This one is damaged. Mend it.")
    assert sorted(states(library).values()) == [("completed", 1), ("failed", 0)]
    assert ingest(library, folder)[0].unread == 0
    monkeypatch.undo()
    _, report, (count, _) = ingest(library, folder, retry=True)
    assert (dict(report.became), count, len(library.files(OWNER))) == ({"new": 1}, 0, 2)


def test_a_stop_leaves_the_rest_for_the_next_run(folder, library):
    seen = []
    plan, report, _ = ingest(library, folder, stop=lambda: bool(seen), tell=lambda files, size: seen.append(files))
    assert report.stopped
    assert 0 < sum(report.became.values()) < plan.unread
    again, rest, _ = ingest(library, folder)
    assert again.unread == plan.unread - sum(report.became.values())
    assert not rest.stopped
    assert ingest(library, folder)[0].unread == 0


class Lost:
    """An engine whose store has gone."""

    def run(self, tasks):
        from retrieval.bulk.base import Refused

        for task in tasks:
            yield Refused(task, "store_unavailable", "The store does not answer.")


def test_a_store_that_is_lost_ends_the_run_and_marks_nothing_as_bad(folder, library):
    with pytest.raises(Unavailable):
        ingest(library, folder, engine=Lost())
    plan, report, _ = ingest(library, folder)
    assert plan.unread == 54
    assert report.became["new"] > 40


def test_two_at_once_are_one_too_many(tmp_path, folder):
    ledger = Ledger(tmp_path / "data", "vs_1", str(folder))
    with pytest.raises(Conflict):
        Ledger(tmp_path / "data", "vs_1", str(folder))
    Ledger(tmp_path / "data", "vs_2", str(folder)).close()
    ledger.close()


def test_a_damaged_ledger_is_begun_anew(tmp_path, folder, library):
    ingest(library, folder)
    for path in (tmp_path / "data" / "bulk").glob("*.db"):
        path.write_bytes(b"nothing of SQLite " * 400)
    plan, report, _ = ingest(library, folder)
    assert (report.became["new"], plan.unread) == (0, 6), "only what had failed is tried again"


def test_a_quota_stops_it_with_nothing_half_done(tmp_path, monkeypatch):
    import bulk_samples

    monkeypatch.setattr(bulk_samples.LIMITS, "stored_files", 3, raising=False)
    folder = fill(tmp_path / "many", {f"{n}.txt": f"Words {n}.".encode() for n in range(5)})
    with a_library(tmp_path / "data") as library:
        with pytest.raises(Fault) as refused:
            ingest(library, folder)
        assert (refused.value.code, library.files(OWNER)) == ("quota_exceeded", [])


def test_rows_of_a_table_describe_pictures(tmp_path, library):
    import media_samples

    folder = fill(tmp_path / "shop", {"a_first.png": media_samples.picture(), "z.csv": b"description,image\nwarm red anorak,a_first.png\n"})
    ingest(library, folder)
    (found,) = [item for item in contents(library) if item[1] == "image"]
    assert "warm red anorak" in found[3]
    with a_library(tmp_path / "ordinary") as other:
        ordinarily(other, folder)
        assert contents(other) == contents(library)


def test_names_that_are_hidden_or_lead_elsewhere(tmp_path, library):
    folder = fill(tmp_path / "odd", {".hidden/a.txt": b"x", ".b.txt": b"x", "c.txt": b"Words."})
    outside = fill(tmp_path / "outside", {"d.txt": b"Linked words."})
    (folder / "link.txt").symlink_to(outside / "d.txt")
    (folder / "loop").symlink_to(folder)
    (folder / "broken.txt").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "pipe.txt")
    assert ingest(library, folder)[0].unread == 2
    assert str(outside / "d.txt") in states(library)
    assert ingest(library, folder)[0].unread == 0


@pytest.mark.parametrize("given", ["https://host/a", "ftp://host/a", "s3://", "s3://key:secret@bucket/a", "s3://bucket/a?key=1"])
def test_places_that_are_none(given):
    with pytest.raises(Fault):
        place_of(given)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(NotFound):
        place_of(str(tmp_path / "none"))
    assert place_of(f"file://{tmp_path}") == place_of(str(tmp_path))


def test_what_lies_in_memory(library):
    system = pytest.importorskip("fsspec", reason="fsspec is not installed: pip install 'synesthesia[grown]'").filesystem("memory")
    try:
        for name, data in {"a.txt": b"Words.", "deep/b.txt": b"Others.", ".hidden/c.txt": b"x", "d.exe": b"x"}.items():
            system.pipe(f"/docs/{name}", data)
        plan, report, _ = ingest(library, "memory://docs")
        assert (plan.unread, plan.passed, report.became["new"]) == (2, 1, 2)
        assert set(states(library)) == {"memory://docs/a.txt", "memory://docs/deep/b.txt"}
        assert ingest(library, "memory://docs")[0].unread == 0
    finally:
        system.store.clear()


NAMES = """
import resource, sys
from pathlib import Path
from retrieval.bulk.base import Listed
from retrieval.bulk.ledger import UNREAD, Ledger
ledger = Ledger(Path(sys.argv[1]), "vs_1", "s3://archive")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
names = (Listed(f"s3://archive/{n % 97}/document-{n:08}.txt", n + 1, f"{n:032x}") for n in range(150_000))
assert list(ledger.enter(names))[-1] == 150_000
ledger.settle(10**9, retry=False)
assert ledger.counts()[UNREAD][0] == sum(1 for _ in ledger.unread(1)) == 150_000
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def test_many_names_take_little_memory(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run([sys.executable, "-c", NAMES, str(tmp_path)], env=environment, capture_output=True, text=True, timeout=120)
    assert float(found.stdout) < 60, found.stderr


def test_a_collection_that_is_deleted_takes_its_ledgers_along(tmp_path, folder, library):
    ingest(library, folder)
    assert list((tmp_path / "data" / "bulk").iterdir())
    library.delete_collection("default", OWNER)
    assert list((tmp_path / "data" / "bulk").iterdir()) == []


def test_what_is_no_parcel_is_refused(library):
    from retrieval.bulk.wire import packed
    from retrieval.content import Content
    from retrieval.items import Draft

    library.ensure_collection("default", OWNER)
    content = Content(modality="file", media_type="text/plain", data=b"Words.", name="a.txt")
    draft = Draft(modality="text", text="Words.", title="a.txt")
    good = packed(Listed("/a.txt", 6, "m"), "0" * 64, content, [draft])
    for change in (
        {"origin": ""}, {"digest": "x"}, {"vectors": {"hashed-1": {0: b"1234"}}}, {"vectors": {"hashed-1": {3: b""}}}, {"whole": [7]},
        {"vectors": {"hashed-1": {0: b"\x00" * 4096}}}, {"more": 1}, {"content": {}},
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            library.bulk.commit([{**good, **change}], "default", OWNER)
    with pytest.raises(InvalidInput):
        library.bulk.commit([good, good], "default", OWNER)
    assert library.status()["files"] == 0
    (written,) = library.bulk.commit([good], "default", OWNER)
    assert (written.became, written.items) == ("new", 1), "a vector that is missing is computed"
    (again,) = library.bulk.commit([good], "default", OWNER)
    assert (again.became, library.status()["files"]) == ("unchanged", 1)
