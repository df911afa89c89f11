"""A collection kept up to date with a folder, over a real service in this process."""

import pytest

from ui.cli.connection import connected
from ui.cli.paths import find
from ui.cli.syncing import Sync


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OFFLINE", "1")
        patch.setenv("ASSISTANT_SAMPLE", "false")
        with connected(tmp_path_factory.mktemp("sync") / "data", ready=False) as client:
            client.wait_until_ready()
            yield client


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text("Otters swim in the river.")
    (folder / "b.md").write_text("# Badgers\n\nBadgers dig in the wood.")
    return folder


class Round:
    """One call of the command on a folder."""

    def __init__(self, client, folder):
        self.client, self.folder = client, folder
        self.target = client.collection_id(folder.parent.name, make=True)
        self.sync = Sync(client, self.target, 10_000)

    def run(self, *urls):
        self.told = []
        entries = self.sync.run([*find([str(self.folder)]).files, *urls], lambda entry, settled: self.told.append((entry, settled)))
        return {entry.name: (entry.change, entry.status) for entry in entries}

    def held(self):
        return sorted(state["filename"] for state in self.client.attached(self.target))


@pytest.fixture
def turn(client, folder):
    return Round(client, folder)


def test_only_what_is_new_or_has_changed_is_sent(turn, folder):
    assert turn.run() == {"a.txt": ("new", "completed"), "b.md": ("new", "completed")}
    stored = len(turn.client._data("/v1/files"))
    assert turn.run() == {"a.txt": ("unchanged", "completed"), "b.md": ("unchanged", "completed")}
    assert len(turn.client._data("/v1/files")) == stored
    (folder / "a.txt").write_text("Otters sleep on the bank.")
    (folder / "c.txt").write_text("Foxes hunt at night.")
    assert turn.run() == {"a.txt": ("changed", "completed"), "b.md": ("unchanged", "completed"), "c.txt": ("new", "completed")}
    assert turn.held() == ["a.txt", "b.md", "c.txt"]
    hits = turn.client.post(f"/v1/vector_stores/{turn.target}/search", {"query": "Otters"})["data"]
    assert "sleep" in hits[0]["content"][0]["text"]
    assert not any("swim" in part["text"] for hit in hits for part in hit["content"])


def test_every_file_is_told_until_it_is_settled(turn):
    turn.run()
    assert [entry.name for entry, settled in turn.told if settled] == ["a.txt", "b.md"]


def test_what_cannot_be_read_is_named_and_the_rest_is_read(turn, folder):
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nothing more")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "large.txt").write_bytes(b"x" * 10_001)
    (folder / "fake.png").write_bytes(b"\x00" * 100)
    found = turn.run()
    assert {name for name, (_, status) in found.items() if status == "failed"} == {"broken.pdf", "empty.txt", "large.txt", "fake.png"}
    assert all(entry.error and entry.hint for entry, settled in turn.told if settled and entry.status == "failed")
    assert turn.held() == ["a.txt", "b.md"]


def test_a_failed_change_leaves_the_former_version(turn, folder):
    turn.run()
    (folder / "a.txt").write_bytes(b"\x00\x01\x02" * 50)
    assert turn.run()["a.txt"][1] == "failed"
    hits = turn.client.post(f"/v1/vector_stores/{turn.target}/search", {"query": "Otters"})["data"]
    assert "swim" in hits[0]["content"][0]["text"]
    (folder / "a.txt").write_text("Otters swim in the river.")
    assert turn.run()["a.txt"] == ("unchanged", "completed")


def test_prune_takes_out_what_is_gone_from_this_folder_and_nothing_else(turn, folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "d.txt").write_text("Deer graze.")
    turn.run()
    turn.sync.run([other / "d.txt"], lambda entry, settled: None)
    (folder / "a.txt").unlink()
    (other / "d.txt").unlink()
    assert [entry.name for entry in turn.sync.prune([folder])] == ["a.txt"]
    assert turn.held() == ["b.md", "d.txt"]
    assert [entry.name for entry in turn.sync.remove([other / "d.txt", other / "never.txt"])] == ["d.txt"]
    assert turn.held() == ["b.md"]


def test_the_same_bytes_at_two_places_stay_until_both_are_gone(turn, folder):
    (folder / "copy.txt").write_text("Otters swim in the river.")
    turn.run()
    (folder / "a.txt").unlink()
    turn.sync.prune([folder])
    hits = turn.client.post(f"/v1/vector_stores/{turn.target}/search", {"query": "Otters"})["data"]
    assert "swim" in hits[0]["content"][0]["text"]


def test_addresses_offline(turn):
    assert turn.run("https://example.org/terms.html")["https://example.org/terms.html"] == ("new", "failed")
    assert [entry.error for entry, settled in turn.told if settled and entry.status == "failed"] == [
        "This service is offline: no address is fetched."
    ]
