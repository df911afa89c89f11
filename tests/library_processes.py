"""A library in a process of its own, over PostgreSQL: it says lines, is told lines, and can be killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
PATIENCE = 60.0


def until(wanted, what):
    deadline = time.monotonic() + PATIENCE
    while not wanted():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


class Process:
    """Python in a process of its own, over the same library."""

    def __init__(self, engine, data, code):
        environment = os.environ | {"PYTHONPATH": f"{HERE}:{HERE.parent}", "ADDRESS": engine.address(data), "DATA": str(data)}
        start = (
            "import os, sys, time, library_databases, postgres_server\n"
            "from pathlib import Path\nfrom library_samples import *\nfrom retrieval.database_postgres import PostgresDatabase\n"
            "from retrieval.library import Query\n"
            "opener = lambda data: PostgresDatabase(os.environ['ADDRESS'], postgres_server.PASSWORD)\n"
            "def opened(**more): return open_library(Path(os.environ['DATA']), open_database=opener, **more)\n"
            "def say(*told): print(*told, flush=True)\n"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", start + code], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def hear(self):
        line = self._process.stdout.readline().strip()
        assert line, f"it ended with {self._process.wait(PATIENCE)}"
        return line

    def tell(self, line=""):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(PATIENCE)

    def end(self):
        self._process.stdin.close()
        self._process.stdout.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(PATIENCE)
