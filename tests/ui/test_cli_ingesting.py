"""Which files a command line means."""

import pytest

from retrieval.faults import NotFound
from ui.cli.paths import find


@pytest.fixture
def folder(tmp_path):
    for name in ("a.txt", "b.md", "deep/c.pdf", "deep/d.bin", ".hidden/e.txt", "deep/.f.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return tmp_path


def names(paths):
    return [path.name for path in paths]


def test_a_folder_means_all_below_it_that_can_be_read(folder):
    found = find([str(folder)])
    assert names(found.files) == ["a.txt", "b.md", "c.pdf"]
    assert names(found.skipped) == ["d.bin"]
    assert found.folders == [folder]


def test_a_file_is_taken_whatever_it_is_called(folder):
    assert names(find([str(folder / "deep" / "d.bin")]).files) == ["d.bin"]


def test_a_glob(folder):
    assert names(find([str(folder / "*.txt"), str(folder / "**" / "*.pdf")]).files) == ["a.txt", "c.pdf"]


def test_the_same_file_twice_is_one(folder):
    assert names(find([str(folder / "a.txt"), str(folder / "a.txt"), str(folder / "*.txt")]).files) == ["a.txt"]


def test_a_name_with_brackets_is_a_file_before_it_is_a_glob(tmp_path):
    (tmp_path / "a[1].txt").write_text("x")
    assert names(find([str(tmp_path / "a[1].txt")]).files) == ["a[1].txt"]


@pytest.mark.parametrize("given", ["missing.txt", "*.nothing"])
def test_nothing_there(tmp_path, given):
    with pytest.raises(NotFound):
        find([str(tmp_path / given)])


def test_tables_come_first(tmp_path):
    for name in ("a.png", "b.csv", "c.txt", "d.jsonl"):
        (tmp_path / name).write_text("x")
    assert [path.name for path in find([str(tmp_path)]).files] == ["b.csv", "d.jsonl", "a.png", "c.txt"]
