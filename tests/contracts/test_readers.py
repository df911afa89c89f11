"""Every reader keeps the same promises, whatever it reads."""

import importlib
import inspect
import subprocess
import sys

import media_samples as samples
import pytest

from retrieval import backends
from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import Fault
from retrieval.items import Draft
from retrieval.media_types import sniff

NAMES = backends.names("retrieval.readers")
GOOD = {
    "text": ("a.txt", "Two years of warranty. 保修两年。".encode()),
    "markdown": ("a.md", b"# Warranty\n\nTwo years."),
    "html": ("a.html", b"<html><body><h1>Warranty</h1><p>Two years.</p></body></html>"),
    "csv": ("a.csv", b"name,price\nJacket,189\nSock,24\n"),
    "json": ("a.json", b'[{"name": "Jacket"}, {"name": "Sock"}]'),
    "pdf": ("a.pdf", samples.pdf([[(18, "Warranty"), (11, "Two years from the day of purchase.")]])),
    "docx": ("a.docx", samples.docx()),
    "pptx": ("a.pptx", samples.pptx()),
    "image": ("a.png", samples.noise()),
    "audio": ("a.wav", samples.wav()),
    "video": ("a.mp4", samples.video()),
    "mesh": ("a.stl", samples.mesh("stl")),
}


def create(name, **values):
    return importlib.import_module(f"retrieval.readers.{name}").create(DecodingLimits(**values))


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def test_every_reader_has_a_sample_here():
    assert set(GOOD) == set(NAMES)


def test_the_module_says_what_it_reads(name):
    module = importlib.import_module(f"retrieval.readers.{name}")
    assert module.MEDIA_TYPES
    assert all(extension.startswith(".") for extension in module.EXTENSIONS)
    assert sniff(GOOD[name][1], GOOD[name][0]).media_type in module.MEDIA_TYPES
    assert not inspect.signature(module.create).parameters["limits"].default


def test_no_two_readers_claim_a_media_type():
    kinds = [kind for name in NAMES for kind in importlib.import_module(f"retrieval.readers.{name}").MEDIA_TYPES]
    assert len(kinds) == len(set(kinds))


def test_drafts_have_words_or_a_medium_a_title_and_a_place(name):
    file, data = GOOD[name]
    drafts = list(create(name).read(data, file))
    assert drafts
    for draft in drafts:
        assert isinstance(draft, Draft)
        assert draft.title
        assert draft.text.strip() or draft.data
        assert (draft.data is None) == (draft.media_type is None)
        assert (draft.modality == "text") == (draft.data is None)
        place = draft.locator
        assert name in ("image", "docx", "mesh") or any((place.page, place.char_span, place.row, place.time_span))
        assert place.bbox is None or all(0 <= edge <= 1 for edge in place.bbox)


def test_reading_twice_gives_the_same(name):
    file, data = GOOD[name]
    reader = create(name)
    assert list(reader.read(data, file)) == list(reader.read(data, file))


def test_drafts_come_as_they_are_read(name):
    assert inspect.isgenerator(create(name).read(*reversed(GOOD[name])))


@pytest.mark.parametrize("part", [0.0, 0.3, 0.9])
def test_cut_files_give_drafts_or_a_fault_and_nothing_else(name, part):
    file, data = GOOD[name]
    try:
        list(create(name).read(data[: int(len(data) * part)], file))
    except Fault as fault:
        assert fault.hint


def test_importing_all_readers_loads_no_parser():
    code = (
        "import sys, importlib; from retrieval import backends\n"
        "for n in backends.names('retrieval.readers'): importlib.import_module(f'retrieval.readers.{n}')\n"
        "print(sorted({'av', 'pypdfium2', 'docx', 'pptx', 'bs4', 'lxml', 'markdown_it', 'torch', 'cv2', 'trimesh'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.strip() == "[]"
