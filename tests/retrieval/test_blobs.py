import errno
import hashlib
import os
import stat
import threading

import pytest

from retrieval.blobs import Blobs, write_durably
from retrieval.faults import NotFound, StorageFull, Unavailable


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "blobs")


def test_bytes_come_back_under_their_hash(blobs):
    with blobs.keep(b"bark") as name:
        assert name == hashlib.sha256(b"bark").hexdigest()
        assert blobs.read(name) == b"bark"
        with blobs.open(name) as file:
            assert file.read() == b"bark"
    with blobs.keep(b"bark") as again:
        assert again == name
    assert len([path for path in blobs.path(name).parent.iterdir()]) == 1


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_only_hashes_name_blobs(blobs, name):
    with pytest.raises(NotFound):
        blobs.read(name)


@pytest.mark.parametrize("way", ["read", "open"])
def test_missing_and_damaged_bytes_are_told_apart(blobs, way):
    with pytest.raises(NotFound):
        getattr(blobs, way)("0" * 64)
    with blobs.keep(b"whole") as name:
        blobs.path(name).write_bytes(b"whols")
        with pytest.raises(Unavailable) as caught:
            getattr(blobs, way)(name)
    assert caught.value.code == "damaged"


def test_what_was_whole_is_not_read_again_until_it_is_written(blobs, monkeypatch):
    digests = []
    real = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda file, kind: (digests.append(kind), real(file, kind))[1])
    with blobs.keep(b"whole") as name:
        for _ in range(3):
            blobs.open(name).close()
        assert len(digests) == 1
        blobs.path(name).write_bytes(b"whols")
        with pytest.raises(Unavailable):
            blobs.open(name)


def test_a_half_written_blob_is_written_again(blobs):
    name = hashlib.sha256(b"complete").hexdigest()
    blobs.path(name).parent.mkdir()
    blobs.path(name).write_bytes(b"comp")
    with blobs.keep(b"complete"):
        assert blobs.read(name) == b"complete"


def test_discard_spares_what_is_held_or_named(blobs):
    with blobs.keep(b"x") as name:
        blobs.discard(name, lambda: False)
        assert blobs.read(name) == b"x"
    blobs.discard(name, lambda: True)
    assert blobs.read(name) == b"x"
    blobs.discard(name, lambda: False)
    with pytest.raises(NotFound):
        blobs.read(name)
    blobs.discard(name, lambda: False)


def test_nothing_disappears_while_frozen(blobs):
    with blobs.keep(b"x") as name:
        pass
    with blobs.frozen():
        with blobs.frozen():
            blobs.discard(name, lambda: False)
        assert blobs.read(name) == b"x"
    with pytest.raises(NotFound):
        blobs.read(name)


def test_sweep_removes_what_nobody_wants(blobs):
    with blobs.keep(b"wanted") as wanted, blobs.keep(b"orphan") as orphan, blobs.keep(b"held") as held:
        folder = blobs.path(wanted).parent
    (folder / f".{wanted}.1-2.tmp").write_bytes(b"half")
    with blobs.keep(b"held"):
        assert blobs.sweep(lambda name: name == wanted) == 2
        assert blobs.read(held) == b"held"
    assert blobs.read(wanted) == b"wanted"
    with pytest.raises(NotFound):
        blobs.read(orphan)


@pytest.mark.case("D06")
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_refuses_is_storage_full_and_leaves_nothing(blobs, monkeypatch, code, call):
    def refuse(*_):
        raise OSError(code, os.strerror(code))

    if call == "fsync":
        monkeypatch.setattr("retrieval.blobs.os.fsync", refuse)
    else:
        monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(StorageFull) as caught, blobs.keep(b"new"):
        raise AssertionError("nothing may be acknowledged")
    assert caught.value.hint
    monkeypatch.undo()
    assert not [path for path in blobs.path("0" * 64).parents[1].rglob("*") if path.is_file()]
    with blobs.keep(b"new") as name:
        assert blobs.read(name) == b"new"


@pytest.mark.case("D06")
def test_what_the_disk_refused_half_way_is_written_again(blobs, monkeypatch):
    """The name was there before its folder failed to be synced: the next one with these bytes must not take it on trust."""
    name = hashlib.sha256(b"doubtful").hexdigest()
    with blobs.keep(b"other"):
        pass
    real, written = os.fsync, []

    def refuse_folders(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode) and blobs.path(name).exists():
            raise OSError(errno.EIO, "Input/output error")
        written.append(descriptor)
        real(descriptor)

    monkeypatch.setattr("retrieval.blobs.os.fsync", refuse_folders)
    for _ in range(2):
        with pytest.raises(StorageFull), blobs.keep(b"doubtful"):
            raise AssertionError("nothing may be acknowledged")
    monkeypatch.undo()
    assert blobs.path(name).exists()
    before = blobs.path(name).stat().st_ino
    with blobs.keep(b"doubtful"):
        assert blobs.read(name) == b"doubtful"
    assert blobs.path(name).stat().st_ino != before, "written anew"


@pytest.mark.case("D05")
def test_bytes_that_lie_there_already_are_acknowledged_only_when_their_folder_is_synced(blobs, tmp_path, monkeypatch):
    with blobs.keep(b"left by a process that was killed") as name:
        pass
    synced = []
    real = os.fsync
    monkeypatch.setattr(
        "retrieval.blobs.os.fsync", lambda descriptor: (synced.append(os.readlink(f"/proc/self/fd/{descriptor}")), real(descriptor))
    )
    again = Blobs(tmp_path / "blobs")
    with again.keep(b"left by a process that was killed"):
        assert {str(blobs.path(name).parent), str(tmp_path / "blobs")} <= set(synced)


def test_bytes_that_have_rotted_are_written_again(blobs):
    with blobs.keep(b"whole") as name:
        pass
    blobs.path(name).write_bytes(b"whols")
    with blobs.keep(b"whole"):
        assert blobs.read(name) == b"whole"


def test_write_durably_replaces_whole_files(tmp_path):
    path = tmp_path / "server.json"
    write_durably(path, b"one", mode=0o600)
    write_durably(path, b"two", mode=0o600)
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_many_threads_keep_and_discard_the_same_bytes(blobs):
    """The one that keeps wins: what it holds is never taken away under it."""
    failures = []

    def keep():
        for _ in range(40):
            with blobs.keep(b"shared") as name:
                try:
                    blobs.read(name)
                except NotFound as fault:
                    failures.append(fault)

    def discard():
        for _ in range(200):
            blobs.discard(hashlib.sha256(b"shared").hexdigest(), lambda: False)

    threads = [threading.Thread(target=target) for target in (keep, keep, discard, discard)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
