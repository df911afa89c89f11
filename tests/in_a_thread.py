"""A server of the standard library that answers from a thread while a test runs."""

import threading
from contextlib import contextmanager


@contextmanager
def answering(server):
    """The server, answering; ended and its port given back at the end. Its address is `server.address`."""
    server.daemon_threads = True
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
