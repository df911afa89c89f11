"""The command line against a real server: what goes in comes out, for people and for programs."""

import json
import os
import signal
import subprocess
import sys
import tarfile
import time
import wave
from contextlib import contextmanager
from pathlib import Path

import pytest

from retrieval.lock import running_server

SAMPLES = Path(__file__).parents[2] / "assistant" / "samples"
pytestmark = pytest.mark.slow


def environment():
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ASSISTANT_") or key == "ASSISTANT_CACHE_DIR"}
    return kept | {"OFFLINE": "1", "ASSISTANT_SAMPLE": "false", "COLUMNS": "120"}


def serve(data_dir):
    return [sys.executable, "-m", "ui.cli.main", "serve", "--port", "0", "--data-dir", str(data_dir)]


def assistant(data_dir, *arguments, code=0, stdin="", cwd=None):
    command = [sys.executable, "-m", "ui.cli.main", *arguments, "--data-dir", str(data_dir)]
    done = subprocess.run(command, env=environment(), input=stdin, capture_output=True, text=True, timeout=120, cwd=cwd)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done


def answered(data_dir, *arguments, **more):
    return json.loads(assistant(data_dir, *arguments, "--json", **more).stdout)


@contextmanager
def serving(folder):
    """A server process over `folder`, which then answers every command at once."""
    server = subprocess.Popen(serve(folder), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while running_server(folder) is None and time.monotonic() < deadline:
            assert server.poll() is None, "the server ended at its start"
            time.sleep(0.05)
        yield folder
    finally:
        server.terminate()
        assert server.wait(30) == 0


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A data directory with a running server and two collections: `default` with the shop's documents, `pictures`."""
    with serving(tmp_path_factory.mktemp("cli") / "data") as folder:
        documents = [str(SAMPLES / "documents" / name) for name in ("gale_warranty.pdf", "gale_faq.csv", "gale_products.csv")]
        found = answered(folder, "ingest", *documents)
        assert (found["completed"], found["failed"]) == (3, 0)
        assistant(folder, "ingest", str(SAMPLES / "pictures" / "red_jacket.png"), str(SAMPLES / "pictures" / "brown_dog.png"),
                  "--collection", "pictures")  # fmt: skip
        yield folder


def test_serve_says_where_and_a_second_one_says_why_not(data_dir):
    second = subprocess.run(serve(data_dir), env=environment(), capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert running_server(data_dir)[0] in second.stderr
    assert "Traceback" not in second.stdout + second.stderr


def test_ask_prints_marks_and_sources(data_dir):
    out = assistant(data_dir, "ask", "What does the warranty cover?").stdout
    assert "faults in material and workmanship" in out
    assert "[1]" in out.partition("\nSources\n")[0]
    assert "page 1" in out.partition("\nSources\n")[2]


def test_ask_as_json(data_dir):
    found = answered(data_dir, "ask", "What does the warranty cover?")
    assert found["refused"] is False
    assert found["citations"][0]["locator"]["page"] == 1
    assert found["trace"]["steps"][0]["tool"] == "search"


def test_ask_refuses_what_nothing_supports(data_dir):
    found = answered(data_dir, "ask", "What is the capital of Mongolia?")
    assert found["refused"] is True
    assert found["citations"] == []


def test_ask_in_chinese(data_dir):
    out = assistant(data_dir, "ask", "保修包括什么？").stdout
    assert "材料和做工的缺陷" in out
    assert "来源" in out


def test_ask_reads_a_sign(data_dir):
    image = str(SAMPLES / "pictures" / "staff_only_sign.png")
    found = answered(data_dir, "ask", "--image", image, "What does the sign say?")
    assert "no entry" in found["answer"].lower()


def test_ask_reads_a_document_that_was_attached(data_dir):
    found = answered(data_dir, "ask", "--file", str(SAMPLES / "documents" / "privacy.md"), "Where does the document say my data is kept?")
    assert "one folder on your own machine" in found["answer"]


def test_ask_hears_a_question(data_dir):
    found = answered(data_dir, "ask", "--audio", str(SAMPLES / "sounds" / "spoken_question.wav"))
    assert "what is the warranty on jackets" in found["heard"].lower()
    assert "five years" in found["answer"]


def test_listen_writes_down(data_dir):
    found = answered(data_dir, "listen", str(SAMPLES / "sounds" / "spoken_question.wav"), "--transcribe-only")
    assert "what is the warranty on jackets" in found["text"].lower()


def test_ask_draws_and_saves(data_dir, tmp_path):
    found = answered(data_dir, "ask", "Draw a blue dog", cwd=tmp_path)
    saved = tmp_path / found["images"][0]["path"]
    assert saved.read_bytes().startswith(b"\x89PNG")
    again = answered(data_dir, "ask", "Draw a blue dog", "--out", str(tmp_path / "mine.png"), cwd=tmp_path)
    assert (again["images"][0]["path"], (tmp_path / "mine.png").exists()) == (str(tmp_path / "mine.png"), True)


def test_ask_speaks(data_dir, tmp_path):
    pytest.importorskip("espeakng_loader")
    answered(data_dir, "ask", "What does the warranty cover?", "--speak", str(tmp_path / "answer.wav"))
    with wave.open(str(tmp_path / "answer.wav")) as spoken:
        assert spoken.getnframes() / spoken.getframerate() > 1


def test_ask_reads_standard_input(data_dir):
    assert "2 to 4 working days" in assistant(data_dir, "ask", "-", stdin="How long does delivery take?").stdout


def test_ask_in_a_collection(data_dir):
    found = answered(data_dir, "ask", "Find a red jacket", "--collection", "pictures")
    assert found["citations"][0]["modality"] == "image"
    failed = assistant(data_dir, "ask", "Find a jacket", "--collection", "nowhere", "--json", code=1)
    assert "nowhere" in json.loads(failed.stdout)["error"]["message"]


def test_route(data_dir):
    assert answered(data_dir, "route", "draw a blue dog")["plan"] == ["generate_image"]
    image = str(SAMPLES / "pictures" / "staff_only_sign.png")
    assert answered(data_dir, "route", "what does the sign say?", "--image", image)["plan"] == ["look"]
    assert "plan: " in assistant(data_dir, "route", "hello").stdout


def test_search(data_dir):
    assert "Drizzle Jacket" in assistant(data_dir, "search", "red jacket", "-k", "3").stdout
    found = answered(data_dir, "search", "jacket", "--filter", 'price < 100 and colour = "red"')
    assert {hit["metadata"]["price"] for hit in found["data"]} == {34, 54, 79}
    picture = str(SAMPLES / "pictures" / "brown_dog.png")
    assert answered(data_dir, "search", "--image", picture, "-c", "pictures", "-k", "1")["data"][0]["title"] == "brown_dog.png"
    assert answered(data_dir, "search", "dog", "-m", "image", "-c", "pictures")["data"][0]["modality"] == "image"


def test_ingest_watches_until_it_is_stopped(data_dir, tmp_path):
    (tmp_path / "first.txt").write_text("Otters swim.")
    command = [sys.executable, "-m", "ui.cli.main", "ingest", str(tmp_path), "--collection", "watched", "--watch", "--json",
               "--data-dir", str(data_dir)]  # fmt: skip
    watcher = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert json.loads(watcher.stdout.readline())["new"] == 1
        (tmp_path / "second.txt").write_text("Badgers dig.")
        assert json.loads(watcher.stdout.readline())["new"] == 1
        (tmp_path / "second.txt").write_text("Badgers sleep.")
        assert json.loads(watcher.stdout.readline())["changed"] == 1
        (tmp_path / "first.txt").unlink()
        assert json.loads(watcher.stdout.readline())["removed"] == 1
    finally:
        watcher.send_signal(signal.SIGINT)
        _, errors = watcher.communicate(timeout=30)
    assert (watcher.returncode, errors) == (0, "")
    assert [file["filename"] for file in answered(data_dir, "collections", "files", "watched")["data"]] == ["second.txt"]


def test_ingest_reports_what_failed_and_what_was_passed_over(data_dir, tmp_path):
    (tmp_path / "good.txt").write_text("The harbour opens at seven.")
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.4 nonsense")
    (tmp_path / "data.bin").write_bytes(b"\x00" * 100)
    found = answered(data_dir, "ingest", str(tmp_path), "--collection", "mixed", code=1)
    assert {Path(entry["path"]).name: entry["status"] for entry in found["files"]} == {
        "bad.pdf": "failed", "empty.txt": "failed", "good.txt": "completed",
    }  # fmt: skip
    assert all(entry["error"] for entry in found["files"] if entry["status"] == "failed")
    assert [Path(path).name for path in found["skipped"]] == ["data.bin"]
    again = answered(data_dir, "ingest", str(tmp_path / "good.txt"), "--collection", "mixed")
    assert again["completed"] == 1
    listed = answered(data_dir, "collections", "files", "mixed")["data"]
    assert {entry["status"] for entry in listed} == {"completed"}


def test_collections(data_dir):
    assistant(data_dir, "collections", "create", "short lived")
    assert "short lived" in assistant(data_dir, "collections", "list").stdout
    assistant(data_dir, "collections", "delete", "short lived", code=1, stdin="n\n")
    assistant(data_dir, "collections", "delete", "short lived", "--yes")
    names = [entry["name"] for entry in answered(data_dir, "collections", "list")["data"]]
    assert "short lived" not in names
    assert "gale_faq.csv" in assistant(data_dir, "collections", "files").stdout


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_a_collection_leaves_and_comes_back(data_dir, tmp_path, form):
    out = tmp_path / f"pictures.{form}"
    saved = answered(data_dir, "collections", "export", "pictures", str(out), "--vectors", "--media")
    held = next(entry["items"] for entry in answered(data_dir, "collections", "list")["data"] if entry["name"] == "pictures")
    assert (saved["items"], saved["bytes"]) == (held, out.stat().st_size)
    done = answered(data_dir, "collections", "import", str(out), "--collection", f"from {form}")
    assert (done["added"], done["replaced"], done["embedded"], done["failed"]) == (held, 0, 0, 0)
    found = answered(data_dir, "search", "dog", "-c", f"from {form}", "-k", "1")["data"]
    assert found[0]["modality"] == "image"
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    assert "neither" in assistant(data_dir, "collections", "export", "pictures", str(tmp_path / "x.csv"), code=1).stderr
    assistant(data_dir, "collections", "export", "nowhere", str(out), code=1)


def test_rows_that_cannot_be_imported_are_named_by_line(data_dir, tmp_path):
    rows = ['{"question": "Who keeps the lighthouse?", "answer": "Ada Brandt.", "id": 1}', "{", '{"text": ""}',
            '{"text": "fine", "vectors": {"minilm-53aa5117-256": [1]}}']  # fmt: skip
    (tmp_path / "faq.jsonl").write_text("\n".join(rows))
    done = answered(data_dir, "collections", "import", str(tmp_path / "faq.jsonl"), "-c", "faq", code=1)
    assert (done["added"], [error["line"] for error in done["errors"]]) == (1, [2, 3, 4])
    again = assistant(data_dir, "collections", "import", str(tmp_path / "faq.jsonl"), "-c", "faq", code=1)
    assert "0 added, 1 replaced, 3 failed" in again.stdout
    assert "line 3:" in again.stderr
    assert "Ada Brandt" in answered(data_dir, "ask", "Who keeps the lighthouse?", "-c", "faq")["answer"]


def test_chat_keeps_its_history_and_its_commands(data_dir):
    lines = f"/attach {SAMPLES / 'pictures' / 'staff_only_sign.png'}\nwhat does the sign say?\n/history\n/new\n/nonsense\n/quit\n"
    out = assistant(data_dir, "chat", stdin=lines).stdout
    assert "no entry" in out.lower()
    assert out.count("what does the sign say?") == 1
    assert "/nonsense" in out


def test_chat_goes_on_after_a_fault(data_dir):
    done = assistant(data_dir, "chat", stdin="/attach /no/such.jpg\nHow long does delivery take?\n")
    assert "There is no file" in done.stderr
    assert "2 to 4 working days" in done.stdout


def test_backup_beside_a_server_and_restore(data_dir, tmp_path):
    archive = tmp_path / "backup.tar"
    assert answered(data_dir, "backup", str(archive))["members"] > 3
    with tarfile.open(archive) as tar:
        assert "library.db" in tar.getnames()
    assistant(data_dir, "backup", str(archive), code=1)
    restored = tmp_path / "restored"
    assistant(restored, "restore", str(archive))
    assistant(restored, "restore", str(archive), code=1)
    found = answered(restored, "ask", "What does the warranty cover?")
    assert found["citations"][0]["locator"]["page"] == 1


def test_eval(data_dir, tmp_path):
    turns = tmp_path / "turns.tsv"
    turns.write_text("words\tmedia\texpected\ndraw a blue dog\t\tgenerate_image\nwhat does the sign say?\timage\tlook\nhello\t\tnone\n")
    found = answered(data_dir, "eval", "routing", str(turns), "--min-routing", "0.9")
    assert (found["passed"], found["of"]) == (True, 3)
    turns.write_text("words\tmedia\texpected\ndraw a blue dog\t\tspeak\n")
    assert answered(data_dir, "eval", "routing", str(turns), "--min-routing", "0.9", code=1)["passed"] is False


def test_eval_of_golden_cases_and_the_difference_to_the_last_run(data_dir, tmp_path):
    golden = tmp_path / "golden.jsonl"
    rows = [{"id": "warranty", "question": "What does the warranty cover?", "expected_sources": ["gale_warranty.pdf#page=1"]},
            {"id": "capital", "question": "What is the capital of Mongolia?", "answerable": False}]  # fmt: skip
    golden.write_text("\n".join(json.dumps(row) for row in rows))
    found = answered(data_dir, "eval", "grounding", str(golden), "--min-right", "1", "--min-abstention-recall", "1")
    assert found["figures"]["golden"]["right"] == found["figures"]["golden"]["abstention_precision"] == 1
    assert found["before"] == {}
    placed = answered(data_dir, "eval", "retrieval", str(golden), "--min-recall", "1")["figures"]["golden text-any"]
    assert placed["cases"] == 1
    rows[0]["expected_sources"] = ["gale_warranty.pdf#page=7"]
    golden.write_text("\n".join(json.dumps(row) for row in rows))
    fallen = answered(data_dir, "eval", "grounding", str(golden), "--max-drop", "0.1", code=1)
    assert fallen["before"] == found["figures"]
    assert any("right" in line for line in fallen["below"])
    assert fallen["wrong"]["golden"][0]["id"] == "warranty"
    golden.write_text('{"id": "1"}')
    assert "line 1" in assistant(data_dir, "eval", "grounding", str(golden), code=1).stderr
    assert "nothing to measure" in assistant(data_dir, "eval", "retrieval", code=1).stderr


def test_search_with_facets_and_recommend(data_dir):
    found = answered(data_dir, "search", "jacket", "--facet", "colour")
    assert found["facets"]["colour"]["values"]
    first = next(hit["item_id"] for hit in found["data"] if hit["modality"] == "text")  # pictures of it are found as well
    more = answered(data_dir, "recommend", first, "-k", "3")["data"]
    assert len(more) == 3
    assert first not in [hit["item_id"] for hit in more]
    assert "colour: " in assistant(data_dir, "search", "jacket", "--facet", "colour").stdout
    assert "no item" in assistant(data_dir, "recommend", "item-none", code=1).stderr


def test_without_a_server_the_command_runs_its_own(tmp_path):
    (tmp_path / "note.txt").write_text("The lighthouse keeper is called Ada Brandt.")
    answered(tmp_path / "data", "ingest", str(tmp_path / "note.txt"))
    found = answered(tmp_path / "data", "ask", "What is the lighthouse keeper called?")
    assert "Ada Brandt" in found["answer"]
    assert running_server(tmp_path / "data") is None


def test_commands_at_the_same_time_without_a_server(tmp_path):
    command = [sys.executable, "-m", "ui.cli.main", "collections", "create", "--json", "--data-dir", str(tmp_path / "data")]
    names = ("one", "two", "three")
    running = [subprocess.Popen([*command, name], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for name in names]
    printed = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], printed
    assert {entry["name"] for entry in answered(tmp_path / "data", "collections", "list")["data"]} >= set(names)


def test_doctor_and_models(data_dir):
    found = answered(data_dir, "doctor")
    assert found["ok"] is True
    assert {check["role"] for check in found["checks"]} >= {"text_embedder", "vqa", "image_generator"}
    assert next(row for row in found["settings"] if row["setting"] == "data_dir")["source"] == "flag"
    assert found["data_dir"]["server"] == running_server(data_dir)[0]
    out = assistant(data_dir, "doctor").stdout
    assert "classical" in out
    listed = subprocess.run(
        [sys.executable, "-m", "ui.cli.main", "models", "list", "--json"], env=environment(), capture_output=True, text=True
    )
    assert {row["role"]: row["backend"] for row in json.loads(listed.stdout)["data"]}["chat_model"] == "reflex"


def test_map_tells_regions_and_writes_a_page_and_a_picture(data_dir, tmp_path):
    assert "Regions" in assistant(data_dir, "map").stdout
    html, png = tmp_path / "map.html", tmp_path / "map.png"
    found = answered(data_dir, "map", "--query", "warranty", "--html", str(html), "--png", str(png))
    assert found["state"] == "ready"
    assert found["query"]["hits"]
    assert "<canvas" not in html.read_text("utf-8")
    assert "drawMap(" in html.read_text("utf-8")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert "no folder" in assistant(data_dir, "map", "--html", str(tmp_path / "no" / "map.html"), code=1).stderr


def test_search_writes_a_sheet(data_dir, tmp_path):
    target = tmp_path / "found.png"
    assistant(data_dir, "search", "jacket", "--collection", "pictures", "--sheet", str(target))
    assert target.read_bytes().startswith(b"\x89PNG")


def test_label_and_caption_a_folder(data_dir, tmp_path):
    (tmp_path / "boat.png").write_bytes((SAMPLES / "pictures" / "sailing_boat.png").read_bytes())
    (tmp_path / "broken.png").write_bytes(b"nothing")
    found = answered(data_dir, "label", str(tmp_path), "--labels", "boat,猫", code=1)["data"]
    assert found[0]["label"] == "boat"
    assert found[0]["probability"] > 0.5
    assert found[1]["error"]
    out = tmp_path / "alt.csv"
    assert "broken.png" in assistant(data_dir, "caption", str(tmp_path), "--out", str(out), code=1).stderr
    assert "boat" in out.read_text("utf-8-sig").splitlines()[1].partition(",")[2]
