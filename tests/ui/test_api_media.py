"""Serving stored bytes: ranges, names that cannot break out, and what a browser may show."""

import email.message

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from retrieval.content import Content
from retrieval.faults import InvalidInput
from retrieval.records import FileInfo
from ui.api import errors, media

PDF = Content(modality="file", media_type="application/pdf", data=b"%PDF-1.7 0123456789", name="a.pdf")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", (0, 20)),
        ("bytes=0-3", (0, 4)),
        ("bytes=5-", (5, 20)),
        ("bytes=-4", (16, 20)),
        ("bytes=0-999", (0, 20)),
        ("bytes=-999", (0, 20)),
    ],
)
def test_ranges(header, expected):
    assert media.span(header, 20) == expected


@pytest.mark.parametrize(
    "header", ["bytes=20-", "bytes=5-3", "bytes=-", "bytes=-0", "bytes=0-1,2-3", "chars=1-2", "bytes=" + "0-1," * 1000, "x"]
)
@pytest.mark.case("J09")
def test_a_range_outside_is_416(header):
    with pytest.raises(InvalidInput) as caught:
        media.span(header, 20)
    assert caught.value.status == 416


@given(st.text(max_size=300))
@pytest.mark.case("U14", "ASVS 5.4.1", "ASVS 5.4.2")
def test_no_name_breaks_out_of_the_header(name):
    header = media.disposition(name, "attachment")
    header.encode("latin-1")
    assert "\r" not in header
    assert "\n" not in header
    message = email.message.Message()
    message["Content-Disposition"] = header
    assert message.get_content_disposition() == "attachment"
    assert "/" not in message.get_filename("")
    assert "\\" not in message.get_filename("")


def app():
    app = FastAPI()
    errors.install(app)
    pictures = {
        "png": Content(modality="image", media_type="image/png", data=b"png", name='e"vil.png'),
        "pdf": PDF,
        "html": Content(modality="file", media_type="text/html", data=b"<script>", name="x.html"),
        "wav": Content(modality="audio", media_type="audio/wav", data=b"RIFF", name="x.wav"),
    }

    @app.get("/{name}")
    def get(name: str, request: Request):
        return media.serve(pictures[name], request)

    return TestClient(app)


@pytest.mark.case("ASVS 5.3.1")
def test_only_pictures_are_shown_in_place():
    client = app()
    assert client.get("/png").headers["content-disposition"].startswith("inline")
    for name in ("pdf", "html", "wav"):
        assert client.get(f"/{name}").headers["content-disposition"].startswith("attachment")
    assert client.get("/html").headers["content-type"].startswith("text/plain")
    assert "sandbox" in client.get("/html").headers["content-security-policy"]


def test_an_answer_that_nobody_takes_leaves_no_file_open(tmp_path):
    (tmp_path / "film").write_bytes(bytes(2 * media.PIECE))
    data = (tmp_path / "film").open("rb")
    film = FileInfo(
        id="file-1",
        owner="ann",
        sha256="0" * 64,
        bytes=2 * media.PIECE,
        media_type="video/mp4",
        modality="video",
        name="a.mp4",
        purpose="",
        created_at=0,
    )
    answer = media.stream(film, data, Request({"type": "http", "headers": []}))
    assert not data.closed
    del answer
    assert data.closed


def test_partial_and_unchanged_answers():
    client = app()
    part = client.get("/pdf", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"%PDF", "bytes 0-3/19")
    assert client.get("/pdf", headers={"Range": "bytes=99-"}).status_code == 416
    tag = client.get("/pdf").headers["etag"]
    assert client.get("/pdf", headers={"If-None-Match": tag}).status_code == 304
