"""Bulk ingestion from an object store, over the real protocol of S3: moto's server, in a process of its own."""

import hashlib

import pytest
from bulk_samples import CREDENTIALS, a_library, contents, fill, ingest, mixed, object_store, s3, states, upload

from retrieval.bulk.listing import listing
from retrieval.bulk.places import opened, place_of, read
from retrieval.faults import Fault, InvalidInput, NotAllowed, NotFound

needed = pytest.importorskip("s3fs", reason="s3fs is not installed: pip install 'synesthesia[grown]'")
pytest.importorskip("moto.server", reason="moto is not installed: pip install 'moto[server]'")
pytest.importorskip("boto3", reason="boto3 is not installed: pip install 'moto[server]'")
pytestmark = pytest.mark.filterwarnings("ignore")  # of botocore and aiohttp, which are not ours


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    with object_store(tmp_path_factory.mktemp("moto") / "log") as address:
        yield address


@pytest.fixture
def bucket(endpoint, monkeypatch, request):
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint}.items():
        monkeypatch.setenv(name, value)
    import fsspec

    fsspec.filesystem("s3").clear_instance_cache()
    client = s3(endpoint)
    name = f"b{hashlib.sha256(request.node.name.encode()).hexdigest()[:20]}"
    client.create_bucket(Bucket=name)
    yield name
    fsspec.filesystem("s3").clear_instance_cache()


@pytest.fixture
def library(tmp_path):
    with a_library(tmp_path / "data") as opened_:
        yield opened_


def test_it_comes_to_the_same_as_a_folder(tmp_path, endpoint, bucket, library):
    files = mixed(110)
    upload(s3(endpoint), bucket, files, "docs/")
    _, report, (failed, _) = ingest(library, f"s3://{bucket}/docs")
    with a_library(tmp_path / "other") as other:
        _, local, (also, _) = ingest(other, fill(tmp_path / "files", files))
        assert contents(library) == contents(other)
    assert (report.became, report.items, failed) == (local.became, local.items, also)
    assert all(origin.startswith(f"s3://{bucket}/docs/") for origin in states(library))
    plan, again, _ = ingest(library, f"s3://{bucket}/docs")
    assert (plan.unread, sum(again.became.values())) == (0, 0)


def test_more_than_a_page_of_names(endpoint, bucket):
    upload(s3(endpoint), bucket, {f"n/{n:04}.txt": b"x" for n in range(1203)})
    upload(s3(endpoint), bucket, {"elsewhere.txt": b"x", "n/.hidden/a.txt": b"x", "n/folder/": b"", "nn/a.txt": b"x"})
    place = place_of(f"s3://{bucket}/n")
    names = [one.origin for one in listing(place, opened(place, offline=True))]
    assert names == [f"s3://{bucket}/n/{n:04}.txt" for n in range(1203)]


def test_only_what_has_another_tag_is_fetched(endpoint, bucket, library, monkeypatch):
    import retrieval.bulk.reading

    fetched = []
    monkeypatch.setattr(retrieval.bulk.reading, "read", lambda place, system, origin, limit: (
        fetched.append(origin), read(place, system, origin, limit))[1])  # fmt: skip
    client = s3(endpoint)
    upload(client, bucket, {f"{n}.txt": f"Words {n}.".encode() for n in range(6)})
    ingest(library, f"s3://{bucket}")
    assert len(fetched) == 6
    upload(client, bucket, {"3.txt": b"Other words.", "4.txt": b"Words 4."})  # the second has the bytes it had
    client.delete_object(Bucket=bucket, Key="5.txt")
    _, report, _ = ingest(library, f"s3://{bucket}", delete=True)
    assert (fetched[6:], dict(report.became)) == ([f"s3://{bucket}/3.txt"], {"changed": 1, "removed": 1})
    assert sorted(item[3] for item in contents(library)) == ["Other words.", "Words 0.", "Words 1.", "Words 2.", "Words 4."]


def test_a_bucket_that_is_not_there(bucket, library):
    with pytest.raises(NotFound):
        ingest(library, "s3://no-such-bucket-anywhere/docs")


def test_an_object_that_goes_away_is_not_a_bad_one(endpoint, bucket, library):
    client = s3(endpoint)
    upload(client, bucket, {"a.txt": b"Words.", "b.txt": b"Others."})
    place = place_of(f"s3://{bucket}")
    system = opened(place, offline=True)
    client.delete_object(Bucket=bucket, Key="a.txt")
    with pytest.raises(NotFound):
        read(place, system, f"s3://{bucket}/a.txt", 100)
    assert read(place, system, f"s3://{bucket}/b.txt", 100) == b"Others."
    with pytest.raises(Fault, match="more than"):
        read(place, system, f"s3://{bucket}/b.txt", 3)


def test_a_store_elsewhere_is_refused(bucket, monkeypatch):
    import fsspec

    place = place_of(f"s3://{bucket}")
    for address, offline, kind in (
        ("http://203.0.113.7:9000", True, NotAllowed), ("http://10.1.2.3:8000", False, InvalidInput),
        ("http://169.254.169.254", False, InvalidInput),
    ):  # fmt: skip
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        fsspec.filesystem("s3").clear_instance_cache()
        with pytest.raises(kind):
            opened(place, offline=offline)


def test_nothing_tells_the_credentials(tmp_path, endpoint, bucket, library, monkeypatch, caplog):
    upload(s3(endpoint), bucket, {"a.txt": b"Words."})
    ingest(library, f"s3://{bucket}")
    library.close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    for secret in ("testing-secret", "testing-key"):
        assert secret.encode() not in kept
        assert secret not in caplog.text
