"""Files and the places in them that citations point at, over the real library."""

import io

import pytest
from api_app import WARRANTY, check_error, package, png, running, wav
from PIL import Image

from ui.api import media


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("files")) as client:
        yield client


class TestFiles:
    def test_upload_list_get_delete(self, api):
        made = api.post("/v1/files", files={"file": ("note.txt", "hello")}, data={"purpose": "user_data"}).json()
        assert (made["object"], made["filename"], made["bytes"], made["purpose"]) == ("file", "note.txt", 5, "user_data")
        assert made["id"].startswith("file-")
        assert api.get(f"/v1/files/{made['id']}").json() == made
        assert made["id"] in [f["id"] for f in api.get("/v1/files", params={"purpose": "user_data"}).json()["data"]]
        content = api.get(f"/v1/files/{made['id']}/content")
        assert content.content == b"hello"
        assert content.headers["content-disposition"].startswith("attachment")
        assert api.delete(f"/v1/files/{made['id']}").json() == {"id": made["id"], "object": "file", "deleted": True}
        for path in ("", "/content", "/evidence", "/thumbnail"):
            check_error(api.get(f"/v1/files/{made['id']}{path}"), 404, "not_found")
        check_error(api.delete(f"/v1/files/{made['id']}"), 404)

    def test_pages_of_the_list(self, api):
        ids = [api.post("/v1/files", files={"file": (f"{n}.txt", f"page {n}")}, data={"purpose": "batch"}).json()["id"] for n in range(3)]
        first = api.get("/v1/files", params={"purpose": "batch", "limit": 2}).json()
        assert ([f["id"] for f in first["data"]], first["has_more"]) == (ids[:0:-1], True)
        rest = api.get("/v1/files", params={"purpose": "batch", "limit": 2, "after": first["last_id"]}).json()
        assert ([f["id"] for f in rest["data"]], rest["has_more"]) == (ids[:1], False)
        check_error(api.get("/v1/files", params={"limit": 0}), 400, param="limit")

    @pytest.mark.case("U08", "ASVS 5.3.1")
    def test_a_picture_is_written_again_and_shown_in_place(self, api):
        hidden = png() + b"<script>alert(1)</script>"
        made = api.post("/v1/files", files={"file": ("a.png", hidden)}).json()
        answer = api.get(f"/v1/files/{made['id']}/content")
        assert b"script" not in answer.content
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-disposition"].startswith("inline")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]

    @pytest.mark.parametrize(
        "name",
        ["../../etc/passwd", "..%2f..%2fx", "..\\x", "C:\\x.txt", "a" * 4096, "CON", "evil\u202etxt.exe", "😀.txt", "a\nb.txt",
         'q"uo"te.txt', ".", " "],
    )  # fmt: skip
    @pytest.mark.case("U14", "ASVS 5.3.2")
    def test_a_name_is_only_a_label(self, api, name):
        answer = api.post("/v1/files", files={"file": (name, b"some words")})
        assert answer.status_code in (200, 415, 422), answer.text
        if answer.status_code == 200:
            header = api.get(f"/v1/files/{answer.json()['id']}/content").headers["content-disposition"]
            assert "/" not in header.split("filename*=")[0]
            assert not (api.assistant.settings.data_dir.parent / "etc").exists()

    @pytest.mark.parametrize(
        ("name", "data", "status"),
        [
            ("empty.txt", b"", 422), ("cut.png", png()[:40], 422),
            ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", 415),
            ("x.exe", b"MZ\x90\x00" + bytes(range(256)) * 4, 415), ("x.png", b"\x7fELF" + bytes(200), 415),
            ("big.txt", b"x" * (50 * 2**20 + 1), 413),
            ("x.zip", package("a.txt"), 415), ("x.pdf", b"%PDF-1.4 garbage", 422), ("x.m3u8", b"#EXTM3U\nfile:///etc/passwd", 415),
        ],
    )  # fmt: skip
    def test_a_bad_file_is_refused_with_a_hint(self, api, name, data, status):
        error = check_error(api.post("/v1/files", files={"file": (name, data)}), status)
        assert error["hint"]

    @pytest.mark.case("U12")
    def test_bad_forms(self, api):
        check_error(api.post("/v1/files", data={"purpose": "x"}, files={"other": ("a", b"a")}), 400, param="file")
        check_error(api.post("/v1/files", files={"file": ("a.txt", b"abc")}, data={"purpose": "world domination"}), 400, param="purpose")
        check_error(api.post("/v1/files", files=[("file", ("a.txt", b"abc")), ("file", ("b.txt", b"abc"))]), 400, param="file")
        check_error(api.post("/v1/files", files=[("file", (f"{n}.txt", b"abc")) for n in range(1001)]), 400)
        check_error(api.post("/v1/files", content=b"--x", headers={"content-type": "multipart/form-data; boundary=x"}), 400)
        check_error(api.post("/v1/files", json={"file": "x"}), 415)

    @pytest.mark.case("J09")
    def test_ranges(self, api, paper):
        part = api.get(f"/v1/files/{paper}/content", headers={"Range": "bytes=0-3"})
        assert (part.status_code, part.content) == (206, b"%PDF")
        check_error(api.get(f"/v1/files/{paper}/content", headers={"Range": "bytes=" + "0-1," * 1000}), 416)

    @pytest.mark.case("U13")
    def test_a_large_file_is_sent_piece_by_piece(self, api, monkeypatch):
        data = b"".join(b"line %07d\n" % n for n in range(60_000))
        made = api.post("/v1/files", files={"file": ("long.txt", data)}).json()
        held = []
        read = media._pieces
        monkeypatch.setattr(media, "_pieces", lambda file, left: (held.append(file), read(file, left))[1])
        whole = api.get(f"/v1/files/{made['id']}/content")
        assert whole.content == data
        assert whole.headers["content-length"] == str(len(data))
        part = api.get(f"/v1/files/{made['id']}/content", headers={"Range": "bytes=100-500099"})
        assert (part.status_code, part.content) == (206, data[100:500_100])
        assert part.headers["content-range"] == f"bytes 100-500099/{len(data)}"
        assert len(held) == 2
        assert all(file.closed for file in held)
        again = api.get(f"/v1/files/{made['id']}/content", headers={"If-None-Match": whole.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


class TestEvidence:
    def picture(self, answer):
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "image/png"
        return Image.open(io.BytesIO(answer.content))

    def test_a_pdf_page_with_the_box_drawn(self, api, paper):
        plain = self.picture(api.get(f"/v1/files/{paper}/evidence", params={"page": 1}))
        marked = self.picture(api.get(f"/v1/files/{paper}/evidence", params={"page": 1, "bbox": "0.1,0.1,0.6,0.3"}))
        assert plain.size == marked.size
        edge = marked.getpixel((int(marked.width * 0.3), int(marked.height * 0.1) - 2))
        assert edge[0] > 180 > edge[2]
        check_error(api.get(f"/v1/files/{paper}/evidence", params={"page": 99}), 400)

    def test_a_picture_with_its_region(self, api, photo):
        marked = self.picture(api.get(f"/v1/files/{photo}/evidence", params={"region": "0.25,0.25,0.75,0.75"}))
        assert marked.getpixel((100, 28)) != marked.getpixel((5, 5))

    def test_a_picture_with_several_numbered_regions(self, api, photo):
        here, there = "0.05,0.05,0.45,0.45", "0.55,0.55,0.95,0.95"
        both = self.picture(api.get(f"/v1/files/{photo}/evidence", params={"region": [f"{here},1", f"{there},12"]}))
        one = self.picture(api.get(f"/v1/files/{photo}/evidence", params={"region": f"{here},1"}))
        middle = (round(both.width * 0.8), round(both.height * 0.8))
        assert both.getpixel(middle) != one.getpixel(middle)
        bare = self.picture(api.get(f"/v1/files/{photo}/evidence", params={"region": here}))
        tab = (round(both.width * 0.05) + 1, round(both.height * 0.05) + 1)
        assert one.getpixel(tab) != bare.getpixel(tab)

    def test_words_are_quoted_with_what_stands_around(self, api, document):
        at = WARRANTY.index("two years")
        found = api.get(f"/v1/files/{document}/evidence", params={"char_span": f"{at},{at + 9}"}).json()
        assert found["text"] == "two years"
        assert "heating element" in found["context"]
        assert api.get(f"/v1/files/{document}/evidence").json()["text"]

    def test_a_sound_answers_with_its_stretch(self, api):
        sound = api.post("/v1/files", files={"file": ("a.wav", wav())}).json()["id"]
        found = api.get(f"/v1/files/{sound}/evidence", params={"time": "0.1,0.3"}).json()
        assert found["locator"]["time_span"] == [0.1, 0.3]

    @pytest.mark.parametrize(
        "params",
        [{"bbox": "1,2,3"}, {"bbox": "a,b,c,d"}, {"bbox": "0.5,0,0.1,1"}, {"bbox": "nan,0,1,1"}, {"region": "0,0,2,2"}, {"region": "0,0,1,1,x"}, {"region": ["0,0,1,1"] * 25}, {"time": "5,1"},
         {"time": "inf"}, {"char_span": "-1,2"}, {"char_span": "1"}, {"page": 0}, {"page": "x"}, {"page": 10**9}, {"row": 0},
         {"format": "gif"}],
    )  # fmt: skip
    def test_a_place_that_is_none(self, api, document, params):
        check_error(api.get(f"/v1/files/{document}/evidence", params=params), 400)

    def test_a_place_behind_the_end(self, api, document):
        check_error(api.get(f"/v1/files/{document}/evidence", params={"char_span": "999999,1000000"}), 404)
        check_error(api.get(f"/v1/files/{document}/evidence", params={"row": 5}), 404)

    def test_thumbnails(self, api, photo, paper, document):
        for file_id in (photo, paper):
            assert max(self.picture(api.get(f"/v1/files/{file_id}/thumbnail")).size) <= 320
        check_error(api.get(f"/v1/files/{document}/thumbnail"), 404)
