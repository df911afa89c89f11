"""The cases that a release must pass, and the tests that say they try each. Reads the marks of the tests; runs nothing.

A test says what it tries: `@pytest.mark.case("U02", "ASVS 5.2.6")`; a study says it in `covers`. An id without either fails a test.
"""

from __future__ import annotations

import ast
from pathlib import Path

from benchmarks.reliability.study import studies

TESTS = Path(__file__).parents[2] / "tests"
STUDY_TEST = "tests/reliability/test_studies.py::test_a_fast_part_of_each_study_passes"
BATTERY = {
    "U01": "pictures cut short",
    "U02": "a small file that claims 50,000 x 50,000 pixels",
    "U03": "a picture over our own bound and under the decoder's",
    "U04": "an animation whose second frame is enormous",
    "U05": "an animation of 10,000 frames",
    "U06": "pictures of one pixel, and of one line",
    "U07": "SVG with scripts",
    "U08": "files of two kinds at once",
    "U09": "empty files, one byte, a magic number alone",
    "U10": "an extension that is not the file's kind",
    "U11": "metadata that unpacks to 100 MB; place and camera in EXIF",
    "U12": "multipart bodies that lie or do not end",
    "U13": "content lengths that lie",
    "U14": "file names that are paths, control characters or right to left",
    "A01": "a header that claims ten hours",
    "A02": "hours of sound in few bytes",
    "A03": "sound of absurd rate and channels",
    "A04": "corrupt frames",
    "A05": "rate 0, NaN samples, one sample, minutes of silence",
    "A06": "a playlist dressed as sound",
    "A07": "a voice that orders a deletion",
    "P01": "10,000 pages",
    "P02": "PDF with scripts and embedded files",
    "P03": "encrypted PDF",
    "P04": "loops in a PDF's structure",
    "P05": "streams that unpack to gigabytes",
    "P06": "scanned, hidden and off-page text",
    "P07": "archives with paths outside, and bombs",
    "J01": "NaN and Infinity in JSON",
    "J02": "lone surrogates",
    "J03": "bodies that are not JSON, or nested without end",
    "J04": "messages missing, of wrong kinds, or far too many",
    "J05": "unknown model, absurd numbers",
    "J06": "templates, recursive schemas, evil patterns",
    "J07": "data addresses that are broken, huge or active",
    "J08": "streams: framing, end, error after the first word",
    "J09": "wrong method, path, content type, huge headers, ranges",
    "J10": "Host headers that hide a path",
    "T01": "enormous prompts",
    "T02": "invisible and look-alike characters",
    "T03": "markup as words, document text, file name and answer",
    "S01": "every spelling of a private address",
    "S02": "redirects to private addresses, loops, other schemes",
    "S03": "names that resolve to another address the second time",
    "S04": "addresses that parsers read differently",
    "S05": "bodies that are slow, endless, packed or of a wrong kind",
    "D01": "kill -9 at named points of ingestion",
    "D02": "kill -9 at random times",
    "D03": "kill -9 in the middle of an answer",
    "D04": "kill -9 while the index is saved, compacted, rebuilt, recovered",
    "D05": "power loss",
    "D06": "disk full, I/O errors, no file handles, read-only",
    "D07": "index files damaged, foreign, old or missing",
    "D08": "database files damaged or swapped",
    "D09": "two servers on one data directory",
    "D10": "many writers and readers at once",
    "D11": "stop under load, upgrade, restore of a backup made under load",
    "M01": "model files missing, damaged, half there, pickled",
    "M02": "worker processes killed",
    "M03": "worker processes that hang, run out of memory, answer nonsense",
    "L01": "ten times too many requests",
    "L02": "one tenant that floods",
    "L03": "clients that send and read very slowly",
    "L04": "clients that leave",
    "L05": "a thousand uploads, and a full quota",
    "X01": "every route with no, bad, expired, revoked, foreign, suspended keys",
    "X02": "another tenant's ids",
    "X03": "another tenant's words through search",
    "X04": "requests cancelled while others run",
    "X05": "log in, log out, password change, guesses",
    "X06": "authorization headers that are no keys",
    "X07": "default or empty secrets",
    "I01": "orders hidden in content",
    "I02": "a chat model that always makes hostile calls",
    "I03": "orders that wait for a later turn",
    "I04": "poisoned documents",
    "I05": "attempts to get instructions and keys told",
    "W01": "the widget on foreign pages",
    "W02": "the widget's key used elsewhere",
    "W03": "the widget on hostile pages, and without its server",
    "G01": "planted secrets in logs, metrics and errors",
    "G02": "log lines that forge others; a full log disk",
    "ASVS 5.1.1": "permitted kinds, extensions and sizes are documented",
    "ASVS 5.2.1": "files are accepted only in sizes that can be worked on",
    "ASVS 5.2.2": "extension and content agree",
    "ASVS 5.2.3": "unpacked size and number of files are bounded before unpacking",
    "ASVS 5.2.4": "number and bytes of files of one person are bounded",
    "ASVS 5.2.5": "no symbolic links out of archives",
    "ASVS 5.2.6": "pictures of too many pixels are refused",
    "ASVS 5.3.1": "what was uploaded is never run as code of the server",
    "ASVS 5.3.2": "paths are made by the server",
    "ASVS 5.3.3": "unpacking ignores the paths inside",
    "ASVS 5.4.1": "names that a client sends for a download are checked or ignored",
    "ASVS 5.4.2": "names that are served are encoded",
    "ASVS 5.4.3": "files of others are checked for hostile content",
    "LLM01": "prompt injection",
    "LLM02": "disclosure of what is secret",
    "LLM03": "supply chain",
    "LLM04": "poisoned data and models",
    "LLM05": "output that others trust",
    "LLM06": "too much agency",
    "LLM07": "the system prompt told",
    "LLM08": "weaknesses of vectors and embeddings",
    "LLM09": "misinformation",
    "LLM10": "consumption without bounds",
}
"""Id -> what is tried: our battery, chapter V5 of OWASP ASVS 5.0, and the OWASP Top 10 for LLM applications of 2025."""


def covered() -> dict[str, list[str]]:
    """Id -> tests and studies that try it, as pytest names them."""
    found: dict[str, list[str]] = {case: [] for case in BATTERY}
    for path in sorted(TESTS.rglob("test_*.py")):
        name = path.relative_to(TESTS.parent).as_posix()
        text = path.read_text("utf-8")
        for test, cases in marked(ast.parse(text)) if ".case(" in text else ():
            for case in cases:
                found.setdefault(case, []).append(f"{name}::{test}" if test else name)
    for study in studies():
        for case in study.covers:
            found.setdefault(case, []).append(f"{STUDY_TEST}[{study.name}]")
    return found


def marked(module: ast.Module) -> list[tuple[str, list[str]]]:
    """(test, ids) of the marks in a test file; an empty name for a mark of the whole file."""
    found = []
    for node in ast.walk(module):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found += [(node.name, ids) for mark in node.decorator_list if (ids := _ids(mark))]
            found += [
                (node.name, ids) for mark in node.decorator_list for inner in ast.walk(mark) if inner is not mark and (ids := _ids(inner))
            ]
        elif isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "pytestmark" for to in node.targets):
            found += [("", ids) for inner in ast.walk(node.value) if (ids := _ids(inner))]
    return found


def _ids(mark: ast.AST) -> list[str]:
    """Ids of `pytest.mark.case(...)`; nothing for anything else."""
    if not (isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == "case"):
        return []
    return [argument.value for argument in mark.args if isinstance(argument, ast.Constant) and isinstance(argument.value, str)]
