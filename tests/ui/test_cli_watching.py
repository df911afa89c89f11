"""Changes between looks at files."""

import signal
from pathlib import Path

import pytest

from ui.cli.watching import Watcher, interrupted, marks

A, B = Path("a"), Path("b")


def test_a_file_counts_once_it_is_no_longer_written():
    watcher = Watcher({A: (1, 10)})
    assert not watcher.look({A: (1, 10)})
    assert not watcher.look({A: (2, 20)})
    assert not watcher.look({A: (3, 30)})
    assert watcher.look({A: (3, 30)}).written == [A]
    assert not watcher.look({A: (3, 30)})


def test_new_and_gone():
    watcher = Watcher({A: (1, 1)})
    watcher.look({B: (1, 1)})
    changes = watcher.look({B: (1, 1)})
    assert (changes.written, changes.gone) == ([B], [A])
    assert not watcher.look({B: (1, 1)})


def test_a_file_that_is_replaced_is_not_gone():
    watcher = Watcher({A: (1, 1)})
    assert not watcher.look({})
    assert not watcher.look({A: (2, 2)})
    assert watcher.look({A: (2, 2)}).written == [A]


def test_a_file_that_was_never_read_is_not_told_as_gone():
    watcher = Watcher({})
    watcher.look({A: (1, 1)})
    watcher.look({})
    assert not watcher.look({})


def test_marks_leave_out_what_is_not_there(tmp_path):
    (tmp_path / "a").write_text("abc")
    assert [size for _, size in marks([tmp_path / "a", tmp_path / "b"]).values()] == [3]


def test_the_first_ctrl_c_is_noted_and_the_second_breaks_off():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell starts its children with Ctrl-C ignored
    with interrupted() as asked:
        assert not asked
        signal.raise_signal(signal.SIGINT)
        assert asked == [True]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
