"""A service that runs in the process of the test, over a data directory of its own."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

from assistant.settings import read
from retrieval.lock import running_server
from ui.api.server import bind
from ui.cli.connection import connected


@contextmanager
def serving_here(folder):
    """The data directory of a ready service without a sample collection."""
    bound = bind(read({"data_dir": folder / "data", "sample": False, "port": 0}, file=folder / "none.toml"), log_level="critical")
    thread = threading.Thread(target=bound.run, daemon=True)
    thread.start()
    while running_server(folder / "data") is None:  # before it is known, `connected` would start a second one
        assert thread.is_alive()
        time.sleep(0.05)
    with connected(folder / "data"):
        yield folder / "data"
    bound.stop()
    thread.join(30)
