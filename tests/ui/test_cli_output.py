"""How things look in the terminal: places, cleaned text, faults, exit codes."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.cli import output


@pytest.mark.parametrize(
    ("locator", "language", "words"),
    [
        ({}, "en", ""),
        (None, "en", ""),
        ({"page": 3}, "en", "page 3"),
        ({"page": 3}, "zh", "第 3 页"),
        ({"row": 4}, "en", "row 4"),
        ({"time_span": [12.2, 75.0]}, "en", "0:12-1:15"),
        ({"image_region": [0.12, 0.2, 0.88, 0.5]}, "en", "region 12-88 % across, 20-50 % down"),
    ],
)
def test_place(locator, language, words):
    assert output.place(locator, language) == words


@given(st.text())
def test_nothing_printed_can_steer_the_terminal(text):
    shown = output.clean(text)
    assert not any(ord(c) < 32 and c not in "\n\t" for c in shown)
    assert "\x7f" not in shown
    assert "\x9b" not in shown


@given(st.text(), st.integers(2, 50))
def test_shorten_keeps_its_length_and_one_line(text, length):
    shown = output.shorten(text, length)
    assert len(shown) <= length
    assert "\n" not in shown


def test_a_fault_is_one_line(capsys):
    output.show_fault("It is\nbroken.", "Mend it.")
    assert capsys.readouterr().err == "Error: It is broken. Mend it.\n"


def test_a_fault_for_programs(capsys):
    output.show_fault("Broken.", "Mend it.", code="broken", as_json=True)
    assert json.loads(capsys.readouterr().out) == {"error": {"message": "Broken.", "hint": "Mend it.", "code": "broken"}}


def test_sources_are_numbered_and_quoted(capsys):
    output.show_sources([{"index": 2, "title": "a.pdf", "locator": {"page": 1}, "cited_text": "words  of\nit"}], "en")
    assert capsys.readouterr().out == "\nSources\n  [2] a.pdf, page 1\n      “words of it”\n"


@pytest.mark.parametrize(("count", "words"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_500_000, "2.5 MB"), (3e9, "3.0 GB")])
def test_size(count, words):
    assert output.size(count) == words


def run(*arguments, **options):
    return subprocess.run([sys.executable, "-m", "ui.cli.main", *arguments], capture_output=True, text=True, timeout=60, **options)


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["ask", "--nonsense"], ["search", "x", "-k", "0"], ["ingest"], ["eval", "routing", "/no/such.tsv"]]
)
def test_a_wrong_command_line_exits_with_2(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ask"], "There is no question"),
        (["ask", "what is this?", "--image", "/no/such.jpg"], "There is no file"),
        (["ingest", "/no/such/folder"], "There is no file or folder"),
        (["models", "pull", "bundled"], "nothing to download"),
        (["models", "pull", "huge"], "no profile 'huge'"),
        (["keys", "revoke", "nobody"], "no key 'nobody'"),
        (["serve", "--port", "99999"], "port"),
        (["serve", "--host", "0.0.0.0", "--port", "0"], "keys"),
        (["restore", "/no/such.tar"], "There is no backup"),
    ],
)
def test_a_failure_exits_with_1_and_says_what_to_do(arguments, words):
    done = run(*arguments)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert words.lower() in done.stderr.lower()


def test_a_failure_as_json():
    done = run("keys", "revoke", "nobody", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "not_found"


def test_a_bad_setting_is_named(monkeypatch):
    monkeypatch.setenv("ASSISTANT_PORT", "many")
    done = run("collections", "list")
    assert done.returncode == 1
    assert "ASSISTANT_PORT" in done.stderr


def test_version():
    assert run("--version").stdout.strip()
