"""The real app over a real assistant, in this process, for the tests of the HTTP API."""

from __future__ import annotations

import base64
import io
import json
import time
import zipfile
from contextlib import contextmanager

import numpy as np
from conforming import hold
from fastapi.testclient import TestClient
from PIL import Image, ImageDraw

from assistant.build import build
from assistant.settings import read
from retrieval.waves import of_pcm
from ui.api.app import create_app

WARRANTY = """# Gale G40 electric kettle

## Warranty
The warranty of the Gale G40 covers the heating element and the base for two years from the day of purchase.
It does not cover limescale.

## Cleaning
Descale the kettle every two months with citric acid.
"""


@contextmanager
def running(data_dir, base_url="http://localhost", **flags):
    """A TestClient of a started app; `client.assistant` is what stands behind it."""
    settings = read({"data_dir": data_dir, "sample": False, **flags}, environ={"OFFLINE": "1"}, file=data_dir / "none.toml")
    assistant = build(settings)
    app = create_app(assistant, token="local-token")
    with TestClient(app, base_url=base_url, raise_server_exceptions=False) as client:
        client.assistant = assistant
        hold(client)
        deadline = time.monotonic() + 60
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline, client.get("/readyz").text
            time.sleep(0.02)
        yield client


def check_error(answer, status, code=None, param=None):
    """The one error shape, and nothing that should not be in it."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:500]}"
    assert set(answer.json()) == {"error"}
    error = answer.json()["error"]
    assert {"message", "type", "param", "code"} <= set(error)
    assert error["message"]
    assert "Traceback" not in answer.text
    assert 'File "' not in answer.text
    if code is not None:
        assert error["code"] == code
    if param is not None:
        assert error["param"] == param
    return error


def events(answer):
    """The JSON of every `data:` line of a stream, `[DONE]` included as a string."""
    assert answer.headers["content-type"].startswith("text/event-stream"), answer.text
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n") if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


def settle(client, store, seconds=60.0):
    """Wait until everything attached to a collection was read; its file counts."""
    deadline = time.monotonic() + seconds
    while True:
        counts = client.get(f"/v1/vector_stores/{store}").json()["file_counts"]
        if not counts["in_progress"]:
            return counts
        assert time.monotonic() < deadline, counts
        time.sleep(0.05)


def ingest(client, store, name, data, **body):
    """Upload and attach a file, and wait for it; (file id, attachment)."""
    file = client.post("/v1/files", files={"file": (name, data)}, data={"purpose": "assistants"}).json()
    assert "id" in file, file
    attached = client.post(f"/v1/vector_stores/{store}/files", json={"file_id": file["id"], **body})
    assert attached.status_code == 200, attached.text
    settle(client, store)
    return file["id"], client.get(f"/v1/vector_stores/{store}/files/{file['id']}").json()


def ask(client, content, **body):
    """One question; the answer."""
    message = {"role": "user", "content": content}
    return client.post("/v1/chat/completions", json={"model": "assistant", "messages": [message], **body})


def png(colour="red", size=(200, 120), words=""):
    image = Image.new("RGB", size, colour)
    if words:
        ImageDraw.Draw(image).text((20, 40), words, fill="white", font_size=28)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def wav(seconds=0.5, rate=16_000):
    samples = (np.sin(np.arange(int(seconds * rate)) * 2 * np.pi * 440 / rate) * 9000).astype("<i2")
    return of_pcm(samples.tobytes(), rate)


def b64(data):
    return base64.b64encode(data).decode()


def data_url(data, kind="image/png"):
    return f"data:{kind};base64,{b64(data)}"


def pdf(lines=("The Gale G40 warranty lasts two years.",)):
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    page = canvas.Canvas(out)
    for n, line in enumerate(lines):
        page.drawString(72, 700 - 20 * n, line)
    page.showPage()
    page.save()
    return out.getvalue()


def package(*names):
    """A zip file whose members are all broken XML."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name in names:
            package.writestr(name, "<not-closed")
    return out.getvalue()
