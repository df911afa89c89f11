"""Budgets that keep the house tidy: size of files, cost of imports, and both languages complete."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("retrieval", "tools", "assistant", "ui")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
CATALOGUES = sorted(path.parent for package in PACKAGES for path in (ROOT / package).rglob("words/en.toml"))
LONG_FILES = {}
"""Path -> lines, with a reason beside it: data that cannot be split."""
IMPORT_SECONDS = 0.3
"""Of the processor; the best of some runs, because a busy neighbour on the core slows these seconds too."""
RUNS = 10
HEAVY = ("torch", "transformers", "sentence_transformers", "cv2", "faiss", "onnxruntime", "av", "streamlit", "langchain", "langgraph")


def named(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_files_are_at_most_300_lines(path):
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= LONG_FILES.get(named(path), 300), (
        f"{named(path)} has {lines} lines: it is two things, or belongs in LONG_FILES with a reason"
    )


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_functions_are_at_most_60_lines(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body[1:] if ast.get_docstring(node) else node.body  # examples in a command's help are no code
            length = node.end_lineno - body[0].lineno + 1 if body else 0
            assert length <= 60, f"{named(path)}: {node.name} has {length} lines"


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_modules_say_what_they_are(path):
    tree = ast.parse(path.read_text("utf-8"))
    if path.name == "__init__.py":
        assert not tree.body, "__init__.py files stay empty"
    else:
        assert ast.get_docstring(tree), f"{named(path)} does not say what it knows"


@pytest.mark.parametrize("module", [*PACKAGES, "ui.cli.main", "ui.chat.launch", "assistant.settings"])
def test_imports_are_quick_and_light(module):
    code = (
        "import sys, time; began = time.process_time(); import " + module + "; took = time.process_time() - began; "
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]; print(took, *heavy)"
    )  # fmt: skip
    best = float("inf")
    for _ in range(RUNS):
        took, *heavy = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
        assert not heavy, f"import {module} loads {heavy}"
        best = min(best, float(took))
        if best < IMPORT_SECONDS:
            return
    pytest.fail(f"import {module} takes {best:.2f} s")


def entries(path, prefix=""):
    found = {}
    table = tomllib.loads(path.read_text("utf-8")) if isinstance(path, Path) else path
    for key, value in table.items():
        found |= entries(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


@pytest.mark.parametrize("folder", CATALOGUES, ids=named)
def test_both_languages_have_the_same_sentences(folder):
    english, chinese = entries(folder / "en.toml"), entries(folder / "zh.toml")
    assert set(english) == set(chinese)
    for key, sentence in english.items():
        if isinstance(sentence, str):
            wanted, given = (set(re.findall(r"(?<!{){(\w+)", text)) for text in (sentence, chinese[key]))
            assert given <= wanted, f"{named(folder)}: '{key}' fills {given - wanted} in Chinese only"


def test_there_is_a_catalogue_at_all():
    assert CATALOGUES


def test_samples_are_small():
    files = [path for path in (ROOT / "assistant" / "samples").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 2 * 2**20
