"""Libraries that released versions wrote: every one opens with this version, and nothing of it is lost.

`released/library-N-x.tar.gz` holds `library.db` and `blobs/` as a version with schema N left them; a schema that grew while it kept its
number is there in each of its shapes.
"""

import re
import shutil
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from library_samples import HashedWords, PictureMeans, ingested, open_library

from retrieval.backup import restore
from retrieval.database import Database
from retrieval.faq_records import Row
from retrieval.library import Query
from retrieval.schema import SCHEMA_VERSION

RELEASED = sorted((Path(__file__).parent / "released").glob("library-*.tar.gz"))
TABLES = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"


@pytest.fixture(params=RELEASED, ids=lambda path: path.name.split(".")[0])
def old(request, tmp_path):
    with tarfile.open(request.param) as archive:
        archive.extractall(tmp_path / "data", filter="data")
    return tmp_path / "data"


class AsThen(HashedWords):
    """The embedder with as many dimensions as the library was written with."""

    def __init__(self, folder):
        with closing(sqlite3.connect(folder / "library.db")) as database:
            self.dimension = database.execute("SELECT dimension FROM spaces WHERE name = ?", (self.space,)).fetchone()[0]


def opened(folder):
    return open_library(folder, embedders={"text_embedder": AsThen(folder), "image_embedder": PictureMeans()})


def words(text, **more):
    return Query(owner="ann", text=text, k=5, **more)


def test_every_schema_before_this_one_is_there():
    assert {int(re.search(r"-(\d+)-", path.name)[1]) for path in RELEASED} == set(range(1, SCHEMA_VERSION))


@pytest.mark.case("D11")
def test_nothing_is_lost_and_everything_of_today_works(old, tmp_path):
    library = opened(old)
    files = {file.name: file for file in library.files("ann")}
    assert files.keys() == {"warranty.txt", "kept.txt"}
    assert library.open_file(files["kept.txt"].id, "ann").data == b"only kept"
    assert [file.name for file in library.files("bob")] == ["filter.txt"]
    hit = library.search(words("warranty of the Gale"))[0]
    assert {"lexical", "hashed"} <= hit.ranks.keys()
    assert "two years" in hit.item.text
    picture = next(item for item in library.items("manuals", "ann") if item.modality == "image")
    assert library.item_content(picture.id, "ann").data == b"greenleaf"
    assert library.search(Query(owner="bob", text="rinse the filter"))[0].item.owner == "bob"
    library.faq.merge([Row(question="Which colours are there?", answer="Green.")], "manuals", "ann")
    assert library.faq.match("Which colours are there?", [library.collection("manuals", "ann").id], "ann") is not None
    library.faq.questions.record("Can it swim?", "refused", "manuals", "ann")
    ingested(library, "A second document about umbrellas.", "manuals", name="umbrella.txt")
    library.backup(tmp_path / "now.tar")
    library.close()
    again = opened(old)
    assert library_names(again) == {"warranty.txt", "kept.txt", "umbrella.txt"}
    again.close()
    restore(tmp_path / "now.tar", tmp_path / "restored")
    restored = opened(tmp_path / "restored")
    assert library_names(restored) == {"warranty.txt", "kept.txt", "umbrella.txt"}
    restored.close()


def library_names(library):
    return {file.name for file in library.files("ann")}


@pytest.mark.case("D11")
def test_its_tables_become_those_of_a_new_library(old, tmp_path):
    known, fresh = Database(old / "library.db"), Database(tmp_path / "fresh.db")

    def tables(database):
        return {row["name"]: re.sub(r"IF NOT EXISTS ", "", row["sql"]) for row in database.all(TABLES)}

    assert tables(known) == tables(fresh)
    known.close()
    fresh.close()


@pytest.mark.case("D11")
def test_a_migration_that_is_cut_off_leaves_the_old_library(old, monkeypatch):
    before = shutil.copy(old / "library.db", old / "before.db")

    def cut(connection):
        raise MemoryError

    from retrieval import database as module

    monkeypatch.setattr(module, "MIGRATIONS", (*module.MIGRATIONS[:-1], cut))
    with pytest.raises(MemoryError):
        Database(old / "library.db")
    monkeypatch.undo()
    one, other = Database(old / "library.db"), Database(Path(before))
    assert [tuple(row) for row in one.all(TABLES)] == [tuple(row) for row in other.all(TABLES)]
    assert one.library_id == other.library_id
    one.close()
    other.close()
