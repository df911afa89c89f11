"""Folders of mixed files, a reader without models, runs of bulk ingestion over a library, and an object store that speaks S3."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from types import SimpleNamespace

import media_samples
from library_samples import HashedWords, PictureMeans, open_library

from retrieval.bulk.ledger import Ledger
from retrieval.bulk.local import LocalEngine
from retrieval.bulk.places import opened, place_of
from retrieval.bulk.reading import Reader
from retrieval.bulk.run import BulkRun
from retrieval.bulk.writing import LibraryWriter
from retrieval.decoding import Decoder

OWNER = "ann"
LIMITS = SimpleNamespace(file_bytes=2**20, prompt_chars=10_000, decoders=2)
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing-key", "AWS_SECRET_ACCESS_KEY": "testing-secret", "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
}  # fmt: skip


def embedders():
    return {"text_embedder": HashedWords(), "image_embedder": PictureMeans()}


def mixed(count):
    """`count` small files of mixed kinds by name, with duplicates and some that cannot be read."""
    picture, page = media_samples.picture(), media_samples.pdf([[(60, "A page about kettles")]])
    files = {}
    for n in range(count):
        text = f"Note {n}. The kettle number {n} boils in {n} minutes.\n\nIts warranty is {n} years."
        kinds = [
            (f"notes/n{n}.txt", text.encode()), (f"notes/n{n}.md", f"# Kettle {n}\n\n{text}\n".encode()),
            (f"tables/t{n}.csv", f"name,price\nkettle {n},{n}\njug {n},{n + 1}\n".encode()),
            (f"data/d{n}.json", json.dumps({"kettle": n, "colour": "red"}).encode()),
            (f"web/w{n}.html", f"<html><title>Kettle {n}</title><body><p>{text}</p></body></html>".encode()),
            (f"notes/twin{n}.txt", b"The same words wherever they lie."),
            (f"pictures/p{n}.png", picture if n % 20 else media_samples.noise(seed=n)),
            (f"papers/p{n}.pdf", page), (f"data/broken{n}.json", b'{"a": 1'), (f"notes/empty{n}.txt", b""), (f"other/o{n}.bin", b"\x00\x01"),
        ]  # fmt: skip
        name, data = kinds[n % len(kinds)]
        files[name] = data
    return files


def fill(folder, files):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def describe(content):
    return f"{len(content.data)} bytes of {content.media_type}"


def reader(place, system=None, decoders=2):
    return Reader(
        place, system, Decoder(LIMITS, workers=decoders), embedders=embedders(), describe={"image": describe}, decoders=decoders,
        file_bytes=LIMITS.file_bytes,
    )  # fmt: skip


@contextmanager
def a_library(data_dir):
    """A library that reads real files, with cheap embedders."""
    decoder = Decoder(LIMITS, workers=1)
    library = open_library(data_dir, decoder=decoder, embedders=embedders(), describe={"image": describe}, limits=LIMITS)
    try:
        yield library
    finally:
        library.close()
        decoder.close()


def ingest(library, where, *, retry=False, delete=False, stop=lambda: False, engine=None, tell=lambda files, size: None):
    """One run over a place; (plan, report, failures)."""
    place = place_of(str(where))
    system = opened(place, offline=True)
    collection = library.ensure_collection("default", OWNER).id
    ledger = Ledger(library.data_dir, collection, place.address)
    reading = reader(place, system)
    try:
        run = BulkRun(place, system, LibraryWriter(library.bulk, collection, OWNER), ledger, file_bytes=LIMITS.file_bytes)
        plan = run.plan(retry=retry)
        report = run.run(engine or LocalEngine(reading), tell, stop)
        if delete:
            run.delete(report, plan)
        return plan, report, run.failures()
    finally:
        reading.close()
        ledger.close()


def contents(library, owner=OWNER):
    """What is found in the collection, whatever its ids are: the origin of each file's items, and all of them."""
    files = {file.id: file for file in library.files(owner)}
    found, after = [], None
    while page := library.items("default", owner, 500, after):
        after = page[-1].id
        for item in page:
            vectors = {
                space["name"]: library._store.vectors(space["name"], [item.id], owner)[item.id].tobytes()
                for space in library._store.status()
                if library._store.vectors(space["name"], [item.id], owner)
            }
            found.append((
                files[item.parent].sha256, item.modality, item.title, item.text, item.locator.model_dump_json(), json.dumps(item.metadata),
                item.blob, item.media_type, vectors,
            ))  # fmt: skip
    return sorted(found, key=repr)


def states(library, owner=OWNER):
    """Origin -> (status, items) of what is attached, each once."""
    attached = library.attachments("default", owner)
    assert len({one.origin for one in attached}) == len(attached), "nothing is attached twice"
    return {one.origin: (one.status, one.items) for one in attached}


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def object_store(log):
    """The address of moto's server of S3, a process of its own."""
    port = free_port()
    environment = {**os.environ, **CREDENTIALS}
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=out, stderr=out, env=environment
        ) as server,
    ):
        try:
            deadline = time.monotonic() + 60
            while True:
                with socket.socket() as wire:
                    if wire.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < deadline
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()


def s3(endpoint):
    import boto3

    return boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id="testing-key", aws_secret_access_key="testing-secret", region_name="us-east-1"
    )


def upload(client, bucket, files, prefix=""):
    for name, data in files.items():
        client.put_object(Bucket=bucket, Key=f"{prefix}{name}", Body=data)
