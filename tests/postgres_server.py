"""A real PostgreSQL server for tests: in a folder of its own, on a free port, without durability lost. Skips where there is none."""

from __future__ import annotations

import atexit
import contextlib
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

import pytest

_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin")
PASSWORD = "of the tests only"


def programs() -> Path | None:
    """The folder of `postgres` and `initdb`, the newest."""
    found = [Path(path) for pattern in _FOLDERS for path in glob.glob(pattern)]
    if on_path := shutil.which("postgres"):
        found.append(Path(on_path).resolve().parent)
    usable = [path for path in found if (path / "postgres").exists() and (path / "initdb").exists()]
    return max(usable, key=lambda path: [int(part) if part.isdigit() else 0 for part in path.parts], default=None)


class PostgresServer:
    """One server. `address(name)` leads to a database of it."""

    def __init__(self) -> None:
        found = programs()
        assert found is not None
        self._bin, self._as = found, _other_user()
        self._main: subprocess.Popen[bytes] | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="synesthesia-postgres-"))
        atexit.register(self.close)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        self.data = self.folder / "data"
        self.data.mkdir(mode=0o700)
        if self._as:
            for path in (self.folder, secret, self.data):
                shutil.chown(path, *self._as)
        self._run("initdb", "-D", self.data, "-U", "tester", "-E", "UTF8", "--no-locale", "-A", "scram-sha-256", f"--pwfile={secret}")
        self.start()
        self._template = ""

    def _command(self, program: str, *given: object) -> list[str]:
        before = ["setpriv", f"--reuid={self._as[0]}", f"--regid={self._as[1]}", "--clear-groups"] if self._as else []
        return [*before, str(self._bin / program), *map(str, given)]

    def _run(self, program: str, *given: object) -> None:
        made = subprocess.run(self._command(program, *given), capture_output=True, text=True, cwd="/", check=False)
        assert made.returncode == 0, made.stderr

    def start(self) -> None:
        """Start it, or start it again, and wait until it answers. Nothing when it runs."""
        if self._main is not None:
            return
        options = {"unix_socket_directories": "", "listen_addresses": "127.0.0.1", "max_connections": 60, "shared_buffers": "16MB"}
        given = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        log = (self.folder / "log").open("ab")
        self._main = subprocess.Popen(
            self._command("postgres", "-D", self.data, "-p", self.port, *given), stdout=log, stderr=log, cwd="/", start_new_session=True
        )
        log.close()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self._main.poll() is None, (self.folder / "log").read_text()[-2000:]
            with contextlib.suppress(Exception):
                self.execute("SELECT 1")
                return
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text()[-2000:])

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run a statement as the server's master."""
        import psycopg

        with psycopg.connect(self.address(database), password=PASSWORD, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def address(self, database: str) -> str:
        """Without the password, as the settings want it."""
        return f"postgres://tester@127.0.0.1:{self.port}/{database}"

    def database(self) -> str:
        """The address of a fresh, empty database."""
        name = f"t{uuid.uuid4().hex[:12]}"
        self.execute(f"CREATE DATABASE {name}")
        return self.address(name)

    def drop(self, address: str) -> None:
        """Remove a database, whoever is still in it."""
        with contextlib.suppress(Exception):
            self.execute(f"DROP DATABASE IF EXISTS {address.rpartition('/')[2]} WITH (FORCE)")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT is its quick and orderly way, SIGQUIT the way of a crash."""
        if self._main is None:
            return
        self._main.send_signal(how)
        self._main.wait(60)
        self._main = None

    def kill(self) -> None:
        """End all of its processes at once, as a loss of power would: nothing is put in order."""
        assert self._main is not None
        os.killpg(self._main.pid, signal.SIGKILL)
        self._main.wait(60)
        self._main = None

    def restart(self) -> None:
        """Stop it and start it again."""
        self.stop()
        self.start()

    def close(self) -> None:
        """End it and remove its folder."""
        with contextlib.suppress(Exception):
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)


def _other_user() -> tuple[int, int] | None:
    """PostgreSQL refuses to run as root: the user it runs as then."""
    if os.getuid():
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return user.pw_uid, user.pw_gid
    return None


_server: PostgresServer | None = None


def server() -> PostgresServer:
    """The server of this run of the tests, started at first need. Skips where PostgreSQL or its package is missing."""
    global _server
    for package in ("psycopg", "psycopg_pool", "sqlglot"):
        pytest.importorskip(package, reason=f"PostgreSQL needs {package}: make test-grown")
    if programs() is None:
        pytest.skip("no PostgreSQL server on this machine: apt-get install postgresql")
    if os.getuid() == 0 and (shutil.which("setpriv") is None or _other_user() is None):
        pytest.skip("PostgreSQL does not run as root, and there is no setpriv or no other user")
    if _server is None:
        _server = PostgresServer()
    elif _server._main is None:
        _server.start()
    return _server
