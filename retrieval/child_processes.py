"""Child processes that work for us through pipes: how one is ended. Knows nothing of what they do."""

from __future__ import annotations

import contextlib
import subprocess


def end(child: subprocess.Popen[bytes]) -> None:
    """Kill it, close its pipes, and wait for it. Does nothing more when it has ended."""
    child.kill()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):  # what it did not take any more
                stream.close()
    child.wait()
