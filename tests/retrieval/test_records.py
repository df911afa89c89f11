import pytest
from pydantic import ValidationError

from assistant.limits import Limits
from retrieval.records import Attachment, CollectionInfo, FileInfo, LibraryLimits, Query


def bounds(limits: LibraryLimits) -> tuple[int, int]:
    return limits.file_bytes, limits.prompt_chars


def test_records_are_values():
    info = CollectionInfo(id="vs_1", name="a", owner="ann")
    with pytest.raises(ValidationError):
        info.name = "b"
    assert info == CollectionInfo(id="vs_1", name="a", owner="ann")
    assert FileInfo(id="f", owner="o", name="n", modality="file", media_type="text/plain", bytes=1, sha256="0").purpose == "user_data"
    assert Attachment(file_id="f", collection="vs_1", status="failed", error={"code": "x"}).warnings == ()
    with pytest.raises(ValidationError):
        Attachment(file_id="f", collection="vs_1", status="lost")


def test_an_empty_query_looks_everywhere():
    query = Query(owner="ann")
    assert (query.text, query.contents, query.modalities, query.filter, query.k, query.collections) == ("", (), (), "", 10, ())


def test_the_settings_have_the_limits_the_library_keeps():
    assert bounds(Limits()) == (Limits().file_bytes, Limits().prompt_chars)
