"""kill -9 at random moments of a bulk ingestion: begun again, it takes every file in exactly once.

`ASSISTANT_KILLS` sets the most rounds (20 by default). Kills leave the page cache standing: this does not test a loss of power.
"""

import json
import os
import random
import select
import signal
import subprocess
import sys
import time

import pytest
from bulk_samples import a_library, contents, fill, ingest, mixed, states

ROUNDS = int(os.environ.get("ASSISTANT_KILLS", "20"))
CHILD = """
import os, sys
from pathlib import Path
import retrieval.bulk.run
from bulk_samples import a_library, ingest
retrieval.bulk.run.BATCH_FILES = 4
def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())
with a_library(Path(sys.argv[1])) as library:
    say("open")
    ingest(library, sys.argv[2], tell=lambda files, size: say("in", library.status()["files"]))
say("done")
"""


def killed(data_dir, folder, seconds):
    """Run the child and kill it so long after it opened the library; whether it was done before, and how many files it said are in."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(data_dir), str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as child:
        assert child.stdout.readline() == b"open\n", child.stderr.read().decode()
        deadline, received = time.monotonic() + seconds, b""
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([child.stdout], [], [], left)[0]:
                break
            piece = os.read(child.stdout.fileno(), 65_536)
            received += piece
            if not piece:
                break
        child.send_signal(signal.SIGKILL)
        received += child.stdout.read()
        code = child.wait()
        assert code in (0, -signal.SIGKILL), child.stderr.read().decode()
    said = max([int(line.split()[1]) for line in received.decode().split("\n")[:-1] if line.startswith("in ")], default=0)
    return b"done" in received, said


@pytest.mark.slow
def test_exactly_once(tmp_path):
    folder, chance = fill(tmp_path / "files", mixed(200)), random.Random(11)
    with a_library(tmp_path / "whole") as library:
        ingest(library, folder)
        wanted, attached = contents(library), states(library)
    kills, promised, cut = 0, 0, 0
    while kills < ROUNDS:
        done, said = killed(tmp_path / "data", folder, chance.uniform(0, 1.2))
        kills, promised, cut = kills + 1, max(promised, said), cut + (not done)
        with a_library(tmp_path / "data") as library:
            library.ensure_collection("default", "ann")
            now = states(library)
            assert len(now) >= promised, "what was said to be in is in"
            assert sum(items for _, items in now.values()) >= len(contents(library))
        if done:  # begin again, so that every kill falls into work
            promised = 0
            os.rename(tmp_path / "data", tmp_path / f"done{kills}")
            check(tmp_path / f"done{kills}", wanted, attached)
    with a_library(tmp_path / "data") as library:
        ingest(library, folder)
    check(tmp_path / "data", wanted, attached)
    assert cut >= ROUNDS / 4, "kills fell into work"


def check(data_dir, wanted, attached):
    with a_library(data_dir) as library:
        assert contents(library) == wanted
        assert states(library) == attached
        assert library.status()["files"] == len(attached), json.dumps(library.status())
        blobs = {path.name for path in (data_dir / "blobs").glob("*/*")}
        assert blobs == {file.sha256 for file in library.files("ann")} | {item[6] for item in wanted if item[6]}
