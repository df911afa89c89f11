"""A real server process for the journeys of the official client, and what is sent to it."""

import base64
import io
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import numpy as np
from PIL import Image

from retrieval.waves import of_pcm

WARRANTY = """# Gale G40 electric kettle

## Warranty
The warranty of the Gale G40 covers the heating element and the base for two years from the day of purchase.

## Cleaning
Descale the kettle every two months with citric acid.
"""


def png(colour="red"):
    out = io.BytesIO()
    Image.new("RGB", (160, 120), colour).save(out, "PNG")
    return out.getvalue()


def tone():
    return of_pcm((np.sin(np.arange(16_000) / 6) * 9000).astype("<i2").tobytes(), 16_000)


def pdf(line="The Gale G40 warranty lasts two years."):
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    page = canvas.Canvas(out)
    page.drawString(72, 700, line)
    page.save()
    return out.getvalue()


def b64(data):
    return base64.b64encode(data).decode()


def text_part(words):
    return {"type": "text", "text": words}


@contextmanager
def serving(data_dir, **settings):
    """The address of a ready `assistant serve`, with `settings` in its environment. At the end its log must hold no traceback."""
    environment = {**os.environ, "ASSISTANT_SAMPLE": "0", "OFFLINE": "1", **settings}
    command = [sys.executable, "-m", "ui.cli.main", "serve", "--port", "0", "--data-dir", str(data_dir)]
    log = (data_dir.parent / "stderr").open("w+")
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    found = None
    for line in process.stdout:
        found = re.search(r"http://[\w.\[\]:]+", line)
        if found:
            break
    assert found, "the server said no address"
    deadline = time.monotonic() + 90
    while httpx.get(f"{found[0]}/readyz", timeout=30).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    yield found[0]
    process.kill()
    process.communicate()
    log.seek(0)
    assert "Traceback" not in log.read()
    log.close()
