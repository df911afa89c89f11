from types import SimpleNamespace

import pytest
from library_samples import LIMITS, document

from retrieval.blobs import Blobs
from retrieval.content import Content
from retrieval.database import Database
from retrieval.faults import InvalidInput, NotFound, StorageFull, TooLarge
from retrieval.files import Files
from retrieval.items import Recipe


@pytest.fixture
def files(tmp_path):
    database = Database(tmp_path / "library.db")
    yield Files(database, Blobs(tmp_path / "blobs"), LIMITS)
    database.close()


def add(files, content=None, owner="ann", purpose="user_data", recipe=None, metadata=None):
    return files.add(content or document("hello"), owner, purpose, recipe, metadata)


def test_a_file_comes_back_as_it_was(files):
    recipe = Recipe(prompt="a red ball", seed=7, width=64, height=64, model="shapes", parents=("0" * 64,), parameters={"shape": "ball"})
    picture = Content(modality="image", media_type="image/png", data=b"png", name="球.png", width=64, height=48)
    made = add(files, picture, recipe=recipe, metadata={"rated": 5})
    assert made.id.startswith("file-")
    assert files.get(made.id, "ann") == made
    assert files.get(made.id, "ann").recipe == recipe
    assert files.open(made.id, "ann") == picture
    sound = Content(modality="audio", media_type="audio/wav", data=b"wav", name="a.wav", seconds=1.5)
    assert files.open(add(files, sound).id, "ann") == sound


def test_files_are_an_owners_own_and_listed_newest_first(files):
    first, second = add(files), add(files, document("other"), purpose="vision")
    strange = add(files, owner="bob")
    assert [f.id for f in files.all("ann", None)] == [second.id, first.id]
    assert [f.id for f in files.all("ann", "vision")] == [second.id]
    for identity in (strange.id, "file-none", "../../etc", ""):
        with pytest.raises(NotFound):
            files.get(identity, "ann")
        with pytest.raises(NotFound):
            files.open(identity, "ann")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\x\\a.txt", "a.txt"), ("a\nb\x00.txt", "ab.txt"), ("", "unnamed"), ("x" * 5000, "x" * 255),
        ("photo\u202egnp.exe", "photognp.exe"), ("🙂.png", "🙂.png"), ("..", ".."),
    ],
)  # fmt: skip
def test_names_are_labels(files, name, label):
    assert add(files, document("x", name)).name == label


def test_limits_and_refusals(files):
    with pytest.raises(TooLarge, match=str(LIMITS.file_bytes)):
        add(files, document("x" * (LIMITS.file_bytes + 1)))
    with pytest.raises(InvalidInput):
        add(files, owner="")
    with pytest.raises(InvalidInput):
        add(files, metadata={"x": float("nan")})
    assert files.all("ann", None) == []


def test_bytes_are_shared_and_known_to_be_used(files):
    first, second = add(files), add(files, owner="bob")
    assert first.sha256 == second.sha256
    assert files.referenced(first.sha256)
    assert not files.referenced("0" * 64)


def test_a_full_disk_acknowledges_nothing(files, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("retrieval.blobs.os.fsync", refuse)
    with pytest.raises(StorageFull):
        add(files)
    monkeypatch.undo()
    assert files.all("ann", None) == []
    assert add(files).bytes == 5


@pytest.mark.case("L05", "ASVS 5.2.4", "LLM10")
@pytest.mark.parametrize(("setting", "most"), [("stored_bytes", 1000), ("stored_files", 3)])
def test_an_owner_has_a_quota_of_their_own(tmp_path, setting, most):
    database = Database(tmp_path / "library.db")
    limits = SimpleNamespace(file_bytes=LIMITS.file_bytes, prompt_chars=LIMITS.prompt_chars, **{setting: most})
    files = Files(database, Blobs(tmp_path / "blobs"), limits)
    kept = [add(files, document(f"{n}" * 300)) for n in range(3)]
    blobs = sorted(path.name for path in (tmp_path / "blobs").rglob("*") if path.is_file())
    with pytest.raises(TooLarge) as caught:
        add(files, document("x" * 300))
    assert (caught.value.status, caught.value.code) == (413, "quota_exceeded")
    assert f"limits.{setting}" in caught.value.hint
    assert files.stored("ann") == (3, sum(file.bytes for file in kept))
    assert sorted(path.name for path in (tmp_path / "blobs").rglob("*") if path.is_file()) == blobs, "nothing of it stays on the disk"
    assert add(files, document("x" * 300), owner="bob").owner == "bob"
    database.close()
