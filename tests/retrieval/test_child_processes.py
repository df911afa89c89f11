import signal
import subprocess

import pytest

from retrieval.child_processes import end


@pytest.mark.parametrize("unsent", [b"", b"words that it never takes"])
def test_it_is_gone_and_its_pipes_are_closed(unsent):
    child = subprocess.Popen(["sleep", "600"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdin.write(unsent)
    end(child)
    assert child.returncode == -signal.SIGKILL
    assert child.stdin.closed
    assert child.stdout.closed
    end(child)


def test_one_without_pipes():
    child = subprocess.Popen(["true"])
    child.wait()
    end(child)
    assert child.returncode == 0
