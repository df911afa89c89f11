"""`assistant ingest` in bulk: what it prints, a server that has the data directory, Ctrl-C, and Ray beside this process."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec

import pytest
from bulk_samples import CREDENTIALS, fill, mixed, object_store, s3, upload
from own_service import service_here

from ui.cli import main

RAY = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install 'synesthesia[grown]'")
S3 = pytest.mark.skipif(
    not all(find_spec(name) for name in ("s3fs", "moto", "boto3")),
    reason="s3fs or moto is not installed: pip install 'synesthesia[grown]' moto[server]",
)


@pytest.fixture
def folder(tmp_path):
    return fill(tmp_path / "files", mixed(44))


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("service")
    with service_here(folder) as (api, _):
        yield api, folder / "data"


@pytest.fixture
def run(monkeypatch, capsys):
    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["assistant", "ingest", *map(str, arguments)])
        code = 0
        try:
            main.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        return code, *capsys.readouterr()

    return command


def started(data_dir, *arguments, **environment):
    """The command in a process of its own."""
    known = {**os.environ, "OFFLINE": "1", "ASSISTANT_SAMPLE": "false", "PYTHONPATH": os.getcwd(), **environment}
    return subprocess.Popen(
        [sys.executable, "-m", "ui.cli.main", "ingest", *map(str, arguments), "--data-dir", str(data_dir)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=known,
    )  # fmt: skip


def finished(process, seconds=240):
    out, err = process.communicate(timeout=seconds)
    return process.returncode, out, err


def found(api, collection):
    """(title, text, locator) of every item of a collection."""
    (store,) = [one["id"] for one in api.collections() if one["name"] == collection]
    answer = api._http.get(f"/v1/vector_stores/{store}/export", params={"format": "jsonl"})
    rows = [json.loads(line) for line in answer.text.splitlines()]
    return sorted((row["title"], row["text"], json.dumps(row["locator"], sort_keys=True)) for row in rows)


def test_a_server_that_has_the_data_directory_takes_the_files_in(service, folder, run):
    api, data_dir = service
    where = ("--data-dir", data_dir)
    code, out, _ = run("--bulk", folder, "-c", "planned", "--dry-run", "--json", *where)
    plan = json.loads(out)
    assert (code, plan["to_read"], plan["failed"], plan["kinds"][".txt"]["files"]) == (0, 36, 4, 8)
    assert "planned" not in [one["name"] for one in api.collections()], "a dry run makes nothing"
    code, out, _ = run("--bulk", folder, "-c", "bulk", "--json", *where)
    report = json.loads(out)
    assert (code, report["new"], report["failed"], report["stopped"]) == (1, 32, 8, False)
    assert all(one["error"] and one["origin"].startswith(str(folder)) for one in report["failures"])
    run(folder, "-c", "ordinary", "--json", *where)
    assert found(api, "bulk") == found(api, "ordinary")
    code, out, err = run("--bulk", folder, "-c", "bulk", *where)
    assert (code, "0 new, 0 changed, 32 unchanged, 0 removed, 8 failed" in out) == (1, True)
    assert "broken8.json" in err
    assert "--retry" in err
    (folder / "notes" / "n0.txt").unlink()
    _, _, err = run("--bulk", folder, "-c", "bulk", *where)
    assert "--delete" in err
    _, out, _ = run("--bulk", folder, "-c", "bulk", "--delete", *where)
    assert "1 removed" in out


def test_nobody_but_the_token_of_the_data_directory_asks_the_route(service):
    api, _ = service
    store = api.make_collection("closed")["id"]
    from retrieval.bulk.wire import dumped

    files = {"file": ("bulk", dumped({"op": "held"}))}
    path = f"/v1/vector_stores/{store}/bulk"
    assert api._http.post(path, files=files, headers={"Authorization": "Bearer other"}).status_code == 403
    assert api._http.post(path, files=files).json()["held"] == []
    for body in (b"", b"\xc1", dumped([]), dumped({"op": "other"}), dumped({"op": "commit", "files": [{"origin": "x"}]})):
        answer = api._http.post(path, files={"file": ("bulk", body)})
        assert answer.status_code in (400, 422), answer.text


def test_a_batch_that_does_not_fit_a_request_is_parted(service):
    from retrieval.bulk.base import Listed
    from retrieval.bulk.wire import packed
    from retrieval.content import Content
    from ui.cli.bulk_writing import ROOM, ApiWriter
    from ui.cli.connection import connected

    _, data_dir = service

    def parcel(name, size):
        content = Content(modality="file", media_type="text/plain", data=name.encode() * size, name=name)
        return packed(Listed(f"/{name}", size, "mark"), f"{size:064x}", content)

    with connected(data_dir) as client:
        writer = ApiWriter(client, client.collection_id("parted", make=True), ROOM + 30_000)
        written = writer.commit([parcel("a.txt", 2000), parcel("b.txt", 2001), parcel("c.txt", 20_000), parcel("d.txt", 2002)])
        broken = {**parcel("e.txt", 10), "digest": "none"}
        written += writer.commit([parcel("f.txt", 11), broken])
    assert [(one.origin, one.became, one.code) for one in written] == [
        ("/a.txt", "new", ""), ("/b.txt", "new", ""), ("/c.txt", "failed", "parcel_too_large"), ("/d.txt", "new", ""), ("/f.txt", "new", ""),
        ("/e.txt", "failed", "invalid_request"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "arguments", [["a.txt", "--delete"], ["a.txt", "--workers", "2"], ["--bulk", ".", "--watch"], ["--bulk", "/no/such/folder"],
                  ["--bulk", "ftp://host/x"], ["s3://key:secret@bucket/x"], ["gs://bucket/x"], ["--bulk", ".", "--ray", "auto"], ["--bulk", ".", "--workers", "1", "--ray", "http://x"],
                  ["--bulk", ".", "--workers", "1", "--ray", "192.0.2.1:6379"]],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(run, tmp_path, arguments):
    code, out, err = run(*arguments, "--data-dir", tmp_path / "data")
    assert (code, out) == (1, "")
    assert err.startswith("Error: ")
    assert "Traceback" not in err
    assert "secret" not in err


@S3
def test_an_object_store(tmp_path):
    with object_store(tmp_path / "log") as endpoint:
        client = s3(endpoint)
        client.create_bucket(Bucket="archive")
        upload(client, "archive", mixed(44), "docs/")
        environment = {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint}
        code, out, err = finished(started(tmp_path / "data", "s3://archive/docs", **environment))
        assert (code, "32 new" in out, "8 failed" in out) == (1, True, True), err
        code, out, _ = finished(started(tmp_path / "data", "s3://archive/docs", "--json", **environment))
        assert (json.loads(out)["unchanged"], json.loads(out)["to_read"]) == (32, 0)
    assert "testing-secret" not in out + err


@pytest.mark.slow
def test_ctrl_c_stops_it_and_the_same_command_goes_on(tmp_path):
    folder = fill(tmp_path / "files", {f"{n:04}.txt": f"Words of note {n}. ".encode() * 8 for n in range(1500)})
    process = started(tmp_path / "data", "--bulk", folder)
    database, deadline = tmp_path / "data" / "bulk", time.monotonic() + 120
    while not list(database.glob("*.db")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    code, out, err = finished(process)
    assert (code, "Stopped." in err, "run the same command again" in err) == (130, True, True), out + err
    code, out, err = finished(started(tmp_path / "data", "--bulk", folder, "--json"))
    report = json.loads(out)
    assert (code, report["new"] + report["unchanged"], report["failed"]) == (0, 1500, 0)
    assert report["new"] < 1500


@RAY
@pytest.mark.slow
def test_ray_comes_to_the_same(tmp_path):
    folder, reports = fill(tmp_path / "files", mixed(22)), []
    for name, workers in (("here", 0), ("ray", 1)):
        code, out, err = finished(started(tmp_path / name, "--bulk", folder, "--workers", workers, "--json"), 500)
        assert code == 1, out + err
        reports.append({key: value for key, value in json.loads(out).items() if key not in ("collection", "seconds")})
    assert reports[0] == reports[1]
    items = []
    for name in ("here", "ray"):
        with subprocess.Popen(
            [sys.executable, "-m", "ui.cli.main", "collections", "export", "default", str(tmp_path / f"{name}.jsonl"),
             "--data-dir", str(tmp_path / name)], env={**os.environ, "OFFLINE": "1", "PYTHONPATH": os.getcwd()},
        ) as process:  # fmt: skip
            assert process.wait(120) == 0
        rows = [json.loads(line) for line in (tmp_path / f"{name}.jsonl").read_text().splitlines()]
        items.append(sorted((row["title"], row["text"], row["modality"], json.dumps(row["locator"], sort_keys=True)) for row in rows))
    assert items[0] == items[1]
    assert len(items[0]) > 10
