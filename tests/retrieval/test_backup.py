import hashlib
import io
import json
import sqlite3
import subprocess
import sys
import tarfile
import threading

import pytest
from library_samples import document, ingested, open_library

from retrieval.backup import restore
from retrieval.faults import Conflict, DataLocked, InvalidInput, NotFound, StorageFull, Unreadable
from retrieval.library import Query
from retrieval.lock import FILES


@pytest.fixture
def library(tmp_path):
    made = open_library(tmp_path / "data")
    ingested(made, "The warranty covers zips.\n\n![leaf.png] greenleaf")
    made.add_file(document("only a file"), "bob")
    yield made
    made.close()


@pytest.fixture
def archive(library, tmp_path):
    library.backup(tmp_path / "backup.tar")
    return tmp_path / "backup.tar"


def test_everything_comes_back(library, archive, tmp_path):
    other = sqlite3.connect(library.data_dir / "conversations.db")
    other.execute("CREATE TABLE said (words)")
    other.execute("INSERT INTO said VALUES ('hello')")
    other.commit()
    other.close()
    archive.unlink()
    manifest = library.backup(archive)
    assert {member["name"].split("/")[0] for member in manifest["members"]} == {"library.db", "conversations.db", "blobs"}
    assert restore(archive, tmp_path / "new")["library"] == manifest["library"]
    again = open_library(tmp_path / "new")
    query = Query(owner="ann", text="warranty")
    assert [(h.item, h.score) for h in again.search(query)] == [(h.item, h.score) for h in library.search(query)]
    assert again.open_file(again.files("bob")[0].id, "bob").data == b"only a file"
    assert again.status()["files"] == library.status()["files"]
    again.close()
    restored = sqlite3.connect(tmp_path / "new" / "conversations.db")
    assert restored.execute("SELECT words FROM said").fetchone() == ("hello",)
    restored.close()
    assert {path.name for path in (tmp_path / "new").iterdir()} >= {"library.db", "blobs", "conversations.db"}


@pytest.mark.case("D11")
def test_a_backup_under_load_is_whole(library, tmp_path):
    stop = threading.Event()

    def churn():
        n = 0
        while not stop.is_set():
            file = ingested(library, f"text number {n}\n\n![p{n}.png] picture{n}", name=f"{n}.txt")
            if n % 2:
                library.delete_file(file, "ann")
            n += 1

    writer = threading.Thread(target=churn)
    writer.start()
    manifests = [library.backup(tmp_path / f"{n}.tar") for n in range(4)]
    stop.set()
    writer.join()
    for n in range(4):
        assert restore(tmp_path / f"{n}.tar", tmp_path / f"restored-{n}") == manifests[n]
        there = {
            str(path.relative_to(tmp_path / f"restored-{n}")): path for path in (tmp_path / f"restored-{n}").rglob("*") if path.is_file()
        }
        assert there.keys() - FILES == {member["name"] for member in manifests[n]["members"]}
        for member in manifests[n]["members"]:
            assert hashlib.sha256(there[member["name"]].read_bytes()).hexdigest() == member["sha256"]
        again = open_library(tmp_path / f"restored-{n}")
        for file in again.files("ann"):
            again.open_file(file.id, "ann")
        for item in again.items("default", "ann", 1000):
            again.item_content(item.id, "ann")
        again.rebuild()
        again.close()


def test_refusals(library, archive, tmp_path):
    with pytest.raises(Conflict):
        library.backup(archive)
    with pytest.raises(NotFound):
        restore(tmp_path / "none.tar", tmp_path / "new")
    with pytest.raises(Conflict, match="not empty"):
        restore(archive, library.data_dir)
    (tmp_path / "busy").mkdir()
    (tmp_path / "busy" / "notes").write_text("mine")
    with pytest.raises(Conflict):
        restore(archive, tmp_path / "busy")
    assert (tmp_path / "busy" / "notes").read_text() == "mine"


def test_a_directory_in_use_is_not_restored_into(archive, tmp_path):
    code = (
        "import sys; from pathlib import Path; from retrieval.lock import DirectoryLock;"
        "DirectoryLock(Path(sys.argv[1])).acquire(); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "new")], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(DataLocked):
            restore(archive, tmp_path / "new")
        holder.communicate()


@pytest.mark.parametrize("cut", [0, 10, 600, 5000, 100_000])
def test_a_truncated_archive_restores_nothing(archive, tmp_path, cut):
    archive.write_bytes(archive.read_bytes()[:cut])
    with pytest.raises(Unreadable):
        restore(archive, tmp_path / "new")
    assert not [path for path in (tmp_path / "new").iterdir() if path.name != "lock"]


def test_a_changed_byte_restores_nothing(archive, tmp_path):
    data = bytearray(archive.read_bytes())
    place = data.rindex(b"greenleaf")
    data[place] ^= 1
    archive.write_bytes(data)
    with pytest.raises(Unreadable, match="damaged"):
        restore(archive, tmp_path / "new")
    assert not (tmp_path / "new" / "library.db").exists()


def forged(path, members, manifest=None):
    described = [{"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in members]
    manifest = {"format": 1, "members": described} | (manifest or {})
    with tarfile.open(path, "w") as tar:
        for name, data in [("manifest.json", json.dumps(manifest).encode()), *members]:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return path


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "blobs/../../evil", "server.json", "blobs/00/../../x", "lock", "a.py"])
def test_members_cannot_leave_their_place(tmp_path, name):
    archive = forged(tmp_path / "evil.tar", [("library.db", b"x"), (name, b"evil")])
    with pytest.raises(Unreadable, match="unexpected"):
        restore(archive, tmp_path / "deep" / "new")
    assert not list(tmp_path.rglob("*evil*"))[1:]


def test_links_and_foreign_archives_are_refused(tmp_path):
    with tarfile.open(tmp_path / "link.tar", "w") as tar:
        manifest = json.dumps({"format": 1, "members": [{"name": "library.db", "bytes": 0, "sha256": hashlib.sha256(b"").hexdigest()}]})
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(manifest)
        tar.addfile(entry, io.BytesIO(manifest.encode()))
        link = tarfile.TarInfo("library.db")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    for archive in (tmp_path / "link.tar", forged(tmp_path / "none.tar", [])):
        with pytest.raises(Unreadable):
            restore(archive, tmp_path / "new")
    with pytest.raises(InvalidInput, match="newer"):
        restore(forged(tmp_path / "newer.tar", [("library.db", b"x")], {"format": 2}), tmp_path / "new")
    (tmp_path / "text.tar").write_text("not a tar at all" * 100)
    with pytest.raises(Unreadable):
        restore(tmp_path / "text.tar", tmp_path / "new")


def test_a_full_disk_leaves_no_archive(library, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    (tmp_path / "out").mkdir()
    monkeypatch.setattr("retrieval.backup.os.fsync", refuse)
    with pytest.raises(StorageFull):
        library.backup(tmp_path / "out" / "backup.tar")
    assert not list((tmp_path / "out").iterdir())
