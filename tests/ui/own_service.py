"""A service that runs in the process of the test, over a data directory of its own."""

from __future__ import annotations

import threading
import time
from contextlib import closing, contextmanager

from assistant.settings import read
from ui.api.server import bind
from ui.chat.client import Api, ApiFault

START_SECONDS = 120


@contextmanager
def service_here(folder, **settings):
    """(client, server) of a ready service without a sample collection, over `folder/data`."""
    flags = {"data_dir": folder / "data", "sample": False, "port": 0, **settings}
    bound = bind(read(flags, environ={"OFFLINE": "1"}, file=folder / "none.toml"), log_level="critical")
    thread = threading.Thread(target=bound.run, daemon=True)
    thread.start()
    with closing(Api(bound.address, bound.token)) as api:
        _wait(api, thread)
        yield api, bound
    bound.stop()
    thread.join(30)


def _wait(api, thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if api.readiness().get("status") == "ready":
                return
        except ApiFault:
            pass
        assert thread.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def serving_here(folder):
    """The data directory of such a service, which commands find by themselves."""
    with service_here(folder):
        yield folder / "data"
