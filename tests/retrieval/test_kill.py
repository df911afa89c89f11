"""kill -9 at random moments while files are kept and read: what was acknowledged is there afterwards, and searchable.

`ASSISTANT_KILLS` sets the rounds (50 by default). The child writes each acknowledgement into a pipe after the library has returned;
a line that has arrived is therefore a promise. Kills leave the page cache standing: this does not test a loss of power.
"""

import os
import random
import select
import signal
import subprocess
import sys
import time

import pytest
from library_samples import open_library

from retrieval.library import Query

ROUNDS = int(os.environ.get("ASSISTANT_KILLS", "50"))
CHILD = """
import os, sys, uuid
from pathlib import Path
from library_samples import document, open_library
library = open_library(Path(sys.argv[1]))
library.ensure_collection("default", "ann")
def say(*words):
    os.write(1, (" ".join(words) + "\\n").encode())
for file, collection, owner in library.pending():
    library.ingest(file, collection, owner)
say("ready")
mine = []
while True:
    word = "w" + uuid.uuid4().hex[:10]
    text = "\\n\\n".join(f"{word} passage {n}" for n in range(3)) + f"\\n\\n![{word}.png] picture{word}"
    file = library.add_file(document(text, word + ".txt"), "ann").id
    say("kept", word, file)
    library.attach(file, "default", "ann")
    say("attached", word, file)
    assert library.ingest(file, "default", "ann").status == "completed"
    say("read", word, file)
    mine.append((word, file))
    if len(mine) % 5 == 0:
        word, file = mine.pop(0)
        library.delete_file(file, "ann")
        say("deleted", word, file)
"""


def lines_until_killed(data_dir, seconds):
    """Run the child, kill it `seconds` after it is ready, and return every line it has written."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(data_dir)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as child:
        assert child.stdout.readline() == b"ready\n", child.stderr.read().decode()
        deadline, received = time.monotonic() + seconds, b""
        while (left := deadline - time.monotonic()) > 0:
            if select.select([child.stdout], [], [], left)[0]:
                received += os.read(child.stdout.fileno(), 65_536)
        child.send_signal(signal.SIGKILL)
        received += child.stdout.read()
        assert child.wait() == -signal.SIGKILL, child.stderr.read().decode()
    return [line.split() for line in received.decode().split("\n")[:-1] if line]


class Promises:
    """What the library has acknowledged so far, over all rounds."""

    def __init__(self):
        self.kept, self.attached, self.read, self.deleted = {}, set(), {}, {}

    def hear(self, lines):
        for kind, word, file in lines:
            if kind == "kept":
                self.kept[file] = word
            elif kind == "attached":
                self.attached.add(file)
            elif kind == "read":
                self.read[file] = word
            else:
                self.deleted[file] = word

    def check(self, library):
        files = {file.id for file in library.files("ann")}
        attachments = {a.file_id: a for a in library.attachments("default", "ann")}
        items = {}
        after = None
        while page := library.items("default", "ann", 1000, after):
            after = page[-1].id
            for item in page:
                items.setdefault(item.parent, []).append(item)
        self.allow_one_unheard_deletion(files)
        gone = set(self.deleted)
        assert self.kept.keys() - gone <= files
        assert self.attached - gone <= attachments.keys()
        for file, attachment in attachments.items():
            assert len(items.get(file, [])) == (4 if attachment.status == "completed" else 0), "no file is half read"
        for file in self.read.keys() - gone:
            assert attachments[file].status == "completed"
            picture = next(item for item in items[file] if item.modality == "image")
            assert library.item_content(picture.id, "ann").data.startswith(b"picture")
            assert library.open_file(file, "ann").data
        assert not gone & (files | items.keys()), "deleted stays deleted"

    def allow_one_unheard_deletion(self, files):
        """A kill may fall between a deletion and the word of it; the child deletes one file at a time."""
        missing = [file for file in self.read if file not in self.deleted and file not in files]
        assert len(missing) <= 1, "acknowledged files are lost"
        self.deleted.update({file: self.read[file] for file in missing})

    def search(self, library, most):
        alive = [(file, word) for file, word in self.read.items() if file not in self.deleted]
        for file, word in random.Random(len(alive)).sample(alive, min(most, len(alive))):
            hits = library.search(Query(owner="ann", text=word, k=30, modalities=("text",)))
            by_words = [hit.item.parent for hit in hits if "lexical" in hit.ranks]
            by_meaning = [hit.item.parent for hit in hits if "hashed" in hit.ranks]
            assert by_words == [file] * 3, "acknowledged and searchable by its words"
            assert by_meaning.count(file) == 3, "acknowledged and searchable by its vectors"


@pytest.mark.case("D01", "D02")
@pytest.mark.slow
def test_what_is_acknowledged_survives_a_kill_at_any_moment(tmp_path):
    promises, chance = Promises(), random.Random(20261120)
    for number in range(ROUNDS):
        promises.hear(lines_until_killed(tmp_path / "data", chance.uniform(0.0, 0.25)))
        library = open_library(tmp_path / "data")
        promises.check(library)
        promises.search(library, 10 if number < ROUNDS - 1 else 1000)
        library.close()
    assert len(promises.read) >= ROUNDS // 2, "too few acknowledgements to say anything"
