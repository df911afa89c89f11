"""Keys: made once, shown once, stored hashed, revoked at once, also across processes."""

import sqlite3

import pytest

from assistant.keys import Keys
from retrieval.faults import Conflict, InvalidInput, NotFound


@pytest.fixture
def keys(tmp_path):
    keys = Keys(tmp_path)
    yield keys
    keys.close()


def test_asking_before_the_first_key_makes_no_file(keys, tmp_path):
    assert keys.check("x") is None
    assert not keys.any()
    assert list(tmp_path.iterdir()) == []


def test_a_key_opens_until_it_is_revoked(keys):
    key, secret = keys.create("alice")
    assert keys.any()
    assert keys.check(secret) == key
    assert (key.owner, key.role, secret[-4:]) == ("alice", "user", key.tail)
    assert keys.revoke("alice").revoked_at
    assert keys.check(secret) is None
    assert not keys.any()
    assert keys.list() == []
    assert len(keys.list(revoked=True)) == 1


def test_the_secret_is_nowhere_in_the_file(keys, tmp_path):
    _, secret = keys.create("alice")
    keys.close()
    assert all(secret.encode() not in path.read_bytes() for path in tmp_path.iterdir())
    assert (tmp_path / "accounts.db").stat().st_mode & 0o077 == 0


def test_another_process_counts_at_once(keys, tmp_path):
    other = Keys(tmp_path)
    key, secret = other.create("bob", role="admin", owner="local")
    assert keys.check(secret) == key
    other.revoke(key.id)
    assert keys.check(secret) is None
    other.close()


def test_a_name_is_unique_while_in_use(keys):
    keys.create("alice")
    with pytest.raises(Conflict):
        keys.create("alice")
    keys.revoke("alice")
    keys.create("alice")
    with pytest.raises(NotFound) as caught:
        keys.revoke("nobody")
    assert "alice" in caught.value.hint


@pytest.mark.parametrize("name", ["", "  ", "a" * 65, "a\nb"])
def test_a_bad_name_is_refused(keys, name):
    with pytest.raises(InvalidInput):
        keys.create(name)


@pytest.mark.parametrize("secret", ["' OR 1=1--", "", "\ud800", "ключ", "x" * 1_000_000])
def test_a_hostile_secret_is_just_unknown(keys, secret):
    keys.create("alice")
    assert keys.check(secret) is None


def test_hashes_only(keys, tmp_path):
    _, secret = keys.create("alice")
    keys.close()
    db = sqlite3.connect(tmp_path / "accounts.db")
    (digest,) = db.execute("SELECT digest FROM keys").fetchone()
    db.close()
    assert len(digest) == 64
    assert digest != secret
