import io
import subprocess
import sys

import media_samples as samples
import pytest

from retrieval import decoding_worker
from retrieval.decoding_limits import DecodingLimits
from retrieval.decoding_wire import receive, send


@pytest.fixture(autouse=True)
def _no_limits(monkeypatch):
    monkeypatch.setattr(decoding_worker, "_bound_time", lambda limits: None)


def answers(*jobs, limits=None):
    requests, out = io.BytesIO(), io.BytesIO()
    for job in jobs:
        send(requests, job)
    requests.seek(0)
    decoding_worker.serve(requests, out, limits or DecodingLimits())
    out.seek(0)
    found = []
    while (message := receive(out, 2**30)) is not None:
        found.append(message)
    return found


def test_parts_come_before_the_end():
    first, second, end = answers({"op": "read", "data": b"# A\n\none\n\n# B\n\ntwo", "name": "a.md", "media_type": "text/markdown"})
    assert [first["part"]["text"], second["part"]["text"]] == ["one", "two"]
    assert end["end"] is True  # `retire` depends on the size of this very process, which holds the whole test suite


def test_unchanged_bytes_stay_at_home():
    part, _ = answers({"op": "admit", "data": samples.wav(), "name": "a.wav", "declared": ""})
    assert part["part"]["data"] is None


def test_one_fault_does_not_end_the_service():
    fault, *rest = answers(
        {"op": "admit", "data": b"", "name": "", "declared": ""}, {"op": "admit", "data": b"words", "name": "", "declared": ""}
    )
    assert (fault["fault"], fault["code"]) == ("Unreadable", "empty_file")
    assert rest[-1]["end"]


@pytest.mark.parametrize(
    "job",
    [
        {"op": "system"},
        {},
        {"op": "admit"},
        {"op": "page", "data": b"x", "number": 1, "scale": 1.0},
        {"op": "read", "data": 5, "name": "x", "media_type": "text/plain"},
    ],
)
def test_odd_jobs_are_faults_without_inner_words(job):
    (fault,) = answers(job)
    assert fault["hint"] is not None
    assert "Traceback" not in fault["message"]
    assert "0x" not in fault["message"]


def test_memory_errors_are_named_and_retire_the_worker(monkeypatch):
    def hungry(job, limits):
        raise MemoryError
        yield

    monkeypatch.setitem(decoding_worker._JOBS, "admit", hungry)
    (fault,) = answers({"op": "admit"})
    assert (fault["fault"], fault["code"], fault["retire"]) == ("TooLarge", "too_much_memory", True)


def run_confined(code):
    script = (
        f"import retrieval.decoding_worker as w; from retrieval.decoding_limits import DecodingLimits; w._confine(DecodingLimits())\n{code}"
    )
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "code",
    [
        "open('/tmp/x_by_worker', 'w')", "import socket; socket.create_connection(('127.0.0.1', 9))", 
        "import subprocess; subprocess.run(['true'])", "import os; os.system('true')", "x = bytes(3 * 2**30)", "import os; os.fork()",
    ],
)  # fmt: skip
def test_the_worker_cannot_do_what_decoding_does_not_need(code):
    done = run_confined(code)
    assert done.returncode != 0
    assert "PermissionError" in done.stderr or "MemoryError" in done.stderr


def test_reading_files_for_imports_still_works():
    assert run_confined("import PIL.Image, av, pypdfium2, docx, pptx, bs4, lxml.etree, markdown_it").returncode == 0


def test_starting_loads_no_decoder():
    code = "import sys, retrieval.decoding_worker; print(sorted({'PIL', 'av', 'numpy', 'pypdfium2', 'docx'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.strip() == "[]"
