"""A site of somebody else for the tests of the widget: a key, questions with answers, and pages served from ports of their own."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from in_a_thread import answering

SITE = "https://shop.example"
FAQ = """question,answer,language,paraphrases
How much is shipping?,Shipping costs 4.90 EUR. Orders over 75 EUR are shipped free of charge.,en,What does delivery cost?|Are there shipping costs?
How do I return an item?,Send it back within 30 days. The label is in the parcel; see https://shop.example/returns.,en,Can I send something back?
When are you open?,"Monday to Saturday, 9:30 to 18:30.",en,
运费是多少？,运费为 4.90 欧元，满 75 欧元免运费。,zh,邮费多少钱？
可以退货吗？,三十天内可以退货。,zh,
"""


def shop(api, **more):
    """(id of a collection with the questions, a publishable key for it)."""
    store = api.post("/v1/vector_stores", json={"name": more.pop("collection", "shop")}).json()["id"]
    done = api.post(f"/v1/vector_stores/{store}/faq/import", files={"file": ("faq.csv", FAQ.encode())}).json()
    assert done["added"] == 5, done
    return store, make(api, collections=[store], **more)


def make(api, **more):
    """A publishable key."""
    made = api.post("/v1/publishable_keys", json={"name": "site", "origins": [SITE], **more})
    assert made.status_code == 200, made.text
    return made.json()


def ask(api, key, question="How much is shipping?", origin=SITE, **more):
    """(the response, its events)."""
    headers = {"Origin": origin} if origin else {}
    answer = api.post(f"/v1/widget/{key}/answers", json={"question": question, **more}, headers=headers)
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n") if line.startswith("data: ")]
    return answer, [json.loads(line) for line in lines if line != "[DONE]"]


def done(events):
    """The last event of an answer."""
    assert events
    assert events[-1]["type"] == "done", events
    return events[-1]


@contextmanager
def site(pages, headers=None):
    """Serve `pages` (path -> HTML, given the site's own address) from a port of its own; the address. `received` holds what was posted."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            page = pages.get(self.path.partition("?")[0])
            data = (page(self.server.address) if callable(page) else page or "").encode()
            self.send_response(200 if page else 404)
            script = self.path.endswith(".js")
            self.send_header("Content-Type", "text/javascript" if script else "text/html; charset=utf-8")
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.received = received
    with answering(server):
        yield server
