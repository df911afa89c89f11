"""A small model hub on this machine: the few routes that a download uses, over real HTTP."""

import hashlib
import json
import re
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from in_a_thread import answering

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """Serves `server.models`: id -> {file name: bytes}."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def answer(self, *, body):
        self.server.asked.append((self.command, self.path))
        path = self.path.partition("?")[0]
        info = re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/[^/]+)?", path)
        tree = re.fullmatch(r"/api/models/([^/]+/[^/]+)/tree/[^/]+", path)
        file = re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)", path)
        name = (info or tree or file)[1] if info or tree or file else ""
        if name in self.server.gated:
            self.send(403, b"{}", body, {"X-Error-Code": "GatedRepo"})
        elif info and name in self.server.models:
            files = self.server.models[name]
            found = {"id": name, "sha": COMMIT, "cardData": {"license": "mit"}, "siblings": [{"rfilename": f} for f in files]}
            self.send(200, json.dumps(found).encode(), body, {"Content-Type": "application/json"})
        elif tree and name in self.server.models:
            files = self.server.models[name].items()
            found = [{"type": "file", "path": f, "size": len(data), "oid": hashlib.sha1(data).hexdigest()} for f, data in files]
            self.send(200, json.dumps(found).encode(), body, {"Content-Type": "application/json"})
        elif file and file[2] in self.server.models.get(name, {}):
            data = self.server.models[name][file[2]]
            self.send(200, data, body, {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X-Repo-Commit": COMMIT})
        else:
            self.send(404, b"{}", body, {"X-Error-Code": "RepoNotFound"})

    def send(self, status, data, body, headers):
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, *arguments):
        """Quiet."""


@contextmanager
def hub(models, gated=()):
    """The server; its address is `server.address`, what it was asked `server.asked`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.models, server.gated, server.asked = models, gated, []
    with answering(server):
        yield server
