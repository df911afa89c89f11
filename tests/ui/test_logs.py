"""The log: one line a record whatever is in it, no content, no secret, bounded for each request, and never a reason to stop."""

import ast
import errno
import json
import logging
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

import ui
from assistant.settings import Settings
from retrieval.faults import Unreadable
from retrieval.request_context import RequestContext, request_id, working_for
from ui.api import logs

ROOT = Path(ui.__file__).parents[1]
SECRET = "correct horse battery"


class Written(list):
    """Lines, as a handler writes them."""

    def __call__(self, line):
        self.append(line.decode())
        return len(line)


@pytest.fixture
def log():
    """A logger of ours with one handler, and the lines."""

    def make(kind="json", content=False, write=None, name="assistant.trying_the_log"):
        lines = Written()
        logger = logging.getLogger(name)
        logger.handlers = [logs.Handler(logs.Formatter(kind, content=content), lines if write is None else write)]
        logger.propagate, made[name] = False, logger
        logger.setLevel(logging.DEBUG)
        return logger, lines

    made = {}
    yield make
    for logger in made.values():
        logger.handlers, logger.propagate = [], True
        logger.setLevel(logging.NOTSET)


def failing(error):
    try:
        raise error
    except type(error) as caught:
        return caught


@pytest.mark.case("G01", "LLM02")
class TestNoContent:
    def test_numbers_ids_and_names_of_ours_are_shown_and_nothing_else(self, log):
        logger, lines = log()
        file = "file-" + "0a" * 16
        logger.warning("%s of %s in %d s, %.1f %%: %s %s", "text_embedder", file, 3, 2.55, SECRET, failing(KeyError(SECRET)))
        logger.warning("%(name)s is %(count)05d", {"name": SECRET, "count": 7})
        assert json.loads(lines[0])["message"] == f"text_embedder of {file} in 3 s, 2.5 %: … KeyError"
        assert json.loads(lines[1])["message"] == "… is 00007"

    @pytest.mark.parametrize("kind", ["json", "text"])
    def test_an_error_is_told_by_its_type_and_places(self, log, kind):
        logger, lines = log(kind)
        try:
            try:
                raise KeyError(SECRET)
            except KeyError as cause:
                raise Unreadable(SECRET, hint=SECRET, code="image_truncated") from cause
        except Unreadable:
            logger.exception("reading a file failed")
        assert SECRET not in lines[0]
        assert "KeyError" in lines[0]
        assert "Unreadable(image_truncated)" in lines[0]
        assert "tests/ui/test_logs.py:" in lines[0]
        assert str(ROOT) not in lines[0]

    def test_a_code_or_id_that_is_none_is_not_shown(self, log):
        logger, lines = log()
        logger.warning("%s %s", Unreadable("x", code=SECRET), "file-" + SECRET)
        assert json.loads(lines[0])["message"] == "Unreadable …"

    @pytest.mark.parametrize("arguments", [(f"asking {SECRET}",), ("asking %s", SECRET), (ValueError(SECRET),)])
    def test_what_a_library_says_is_not_ours_to_write(self, log, arguments):
        logger, lines = log(name="httpx.trying")
        logger.warning(*arguments)
        logger.handlers[0].addFilter(logs.OursAndWarnings())
        logger.info(*arguments)
        assert len(lines) == 1
        assert json.loads(lines[0])["message"].startswith("a message of a library")
        assert SECRET not in lines[0]

    def test_whoever_wants_content_sets_it(self, log):
        logger, lines = log(content=True)
        logger.warning("asked: %s", SECRET, exc_info=failing(KeyError(SECRET)))
        assert json.loads(lines[0])["message"] == f"asked: {SECRET}"
        assert SECRET in json.loads(lines[0])["error_message"]
        assert Settings().log_content is False

    def test_every_message_of_ours_is_written_in_the_source(self):
        """An f-string would bring values into the message itself, where they cannot be told from our own words."""
        found = []
        for package in ("assistant", "retrieval", "tools", "ui"):
            for path in (ROOT / package).rglob("*.py"):
                for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                    called = node.func if isinstance(node, ast.Call) else None
                    if not (isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name)):
                        continue
                    place = 1 if called.attr == "log" else 0
                    if called.value.id in ("log", "_log", "access", "lost") and called.attr in LEVELS:
                        literal = len(node.args) > place and isinstance(node.args[place], ast.Constant)
                        found += [] if literal else [f"{path.relative_to(ROOT)}:{node.lineno}"]
        assert found == []


LEVELS = ("debug", "info", "warning", "error", "exception", "critical", "log")


@pytest.mark.case("G02")
class TestOneLine:
    @pytest.mark.parametrize("kind", ["json", "text"])
    def test_nothing_breaks_out_of_its_line(self, log, kind):
        logger, lines = log(kind, content=True)
        logger.warning("asked: %s", "a\r\nb\x1b[2Jc\u2028d\x85e\u202ef\ud800g", exc_info=failing(KeyError("x\ny\x1b[31m")))
        assert len(lines) == 1
        assert lines[0].endswith("\n")
        body = lines[0][:-1]
        assert body.isprintable()
        assert len(body.splitlines()) == 1
        if kind == "json":
            assert json.loads(body)["message"] == "asked: a\r\nb\x1b[2Jc\u2028d\x85e\u202ef\ud800g"

    def test_a_line_has_its_longest(self, log):
        logger, lines = log(content=True)
        logger.warning("asked: %s", "深" * 100_000, exc_info=failing(KeyError("y" * 100_000)))
        assert len(lines[0].encode()) <= logs.LINE + 1
        assert json.loads(lines[0])["message"].startswith("asked: 深")

    def test_the_lines_of_a_request_carry_its_id_and_are_bounded_and_the_last_one_fits(self, log, monkeypatch):
        logger, lines = log()
        monkeypatch.setattr(logs, "access", log(write=lines, name="ui.api.access")[0])
        with working_for(RequestContext("req_" + "1" * 32)):
            for number in range(1000):
                logger.warning("again, for the time number %d", number)
            logs.answered("GET", "/v1/files/{file_id}", 200, 0.01)
        assert sum(map(len, lines)) <= logs.OF_A_REQUEST
        assert len(lines) > 5
        assert {json.loads(line)["request"] for line in lines} == {"req_" + "1" * 32}
        assert json.loads(lines[-1])["route"] == "/v1/files/{file_id}"
        with working_for(RequestContext("req_" + "2" * 32, bounded=False)):
            for number in range(100):
                logger.warning("again, for the time number %d", number)
        assert "number 99" in lines[-1]

    @pytest.mark.parametrize(
        "given", ["", "short", "a b c d e f", "x" * 65, "a\r\nb: ccccccc", "-leading-dash", "深深深深深深深深", "<script>alert(1)"]
    )
    def test_an_id_that_is_none_is_not_taken(self, given):
        assert request_id(given).startswith("req_")
        assert given == "" or given not in request_id(given)

    def test_an_id_of_a_proxy_is_taken(self):
        assert request_id("7f3d9a52-0b1e-4c1c-9d0a-5a0f0e9d1c2b") == "7f3d9a52-0b1e-4c1c-9d0a-5a0f0e9d1c2b"


@pytest.mark.case("G02")
class TestFullDisk:
    def test_a_line_that_cannot_be_written_is_counted_and_nothing_stops(self, log):
        full = True

        def write(line):
            if full:
                raise OSError(errno.ENOSPC, "No space left on device")
            return lines(line)

        logger, lines = log()
        logger, _ = log(write=write)
        before = logs.Handler.lost
        logger.warning("first")
        logger.warning("second")
        assert logs.Handler.lost == before + 2
        full = False
        logger.warning("third")
        assert [json.loads(line)["message"] for line in lines] == ["third"]

    def test_after_half_a_line_the_next_one_begins_anew(self, log):
        taken = []
        logger, _ = log(write=lambda line: taken.append(line[:20] if len(taken) == 0 else line) or len(taken[-1]))
        logger.warning("first")
        logger.warning("second")
        lines = b"".join(taken).decode().splitlines()
        assert len(lines) == 2
        assert json.loads(lines[1])["message"] == "second"

    def test_a_full_device(self, log):
        with open("/dev/full", "wb", buffering=0) as full:
            logger, _ = log(write=logs.to_descriptor(full.fileno()))
            before = logs.Handler.lost
            logger.warning("first")
        assert logs.Handler.lost == before + 1


@pytest.mark.slow
@pytest.mark.case("G02")
def test_a_server_whose_log_is_on_a_full_disk_keeps_serving(tmp_path):
    """Every line of its log fails to be written, from the first one on."""
    from benchmarks.reliability.service import START_SECONDS
    from retrieval.lock import running_server

    environment = {**os.environ, "OFFLINE": "1", "ASSISTANT_SAMPLE": "false", "ASSISTANT_LOG_LEVEL": "debug"}
    command = [sys.executable, "-m", "ui.cli.main", "serve", "--port", "0", "--data-dir", str(tmp_path)]
    with open("/dev/full", "wb") as full, subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=full) as server:
        try:
            deadline = time.monotonic() + START_SECONDS
            while (found := running_server(tmp_path)) is None:
                assert server.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            with httpx.Client(base_url=found[0], headers={"Authorization": f"Bearer {found[1]}"}, timeout=60) as client:
                for _ in range(20):
                    answer = client.get("/v1/files/none", headers={"X-Request-Id": "from-a-proxy-0001"})
                    assert (answer.status_code, answer.headers["x-request-id"]) == (404, "from-a-proxy-0001")
                lost = re.search(r"^synesthesia_log_lines_lost (\S+)$", client.get("/metrics").text, re.MULTILINE)
            assert float(lost[1]) >= 20
            assert server.poll() is None
        finally:
            server.terminate()
            server.wait(60)
