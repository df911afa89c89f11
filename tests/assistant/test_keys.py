"""Keys: made once, shown once, stored hashed, revoked at once, also across processes."""

import sqlite3

import pytest

from assistant.audit import Audit
from assistant.keys import SCOPES, Keys
from retrieval.faults import Busy, Conflict, InvalidInput, NotFound, StorageFull


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


class Clock:
    seconds = 1_000_000.0

    def __call__(self):
        return self.seconds


def test_a_key_expires(tmp_path):
    keys = Keys(tmp_path, clock := Clock())
    _, secret = keys.create("alice", expires_at=clock.seconds + 10)
    assert keys.check(secret)
    clock.seconds += 10
    assert keys.check(secret) is None
    assert keys.find(secret).name == "alice"
    with pytest.raises(InvalidInput):
        keys.create("bob", expires_at=clock.seconds)
    keys.close()


def test_rotating_kills_the_old_secret_and_keeps_the_rest(keys):
    key, old = keys.create("alice", scopes=("read", "chat"), per_day=7)
    rotated, new = keys.rotate("alice")
    assert keys.check(old) is None
    assert keys.check(new) == rotated
    assert (rotated.id, rotated.scopes, rotated.per_day) == (key.id, ("read", "chat"), 7)


def test_quotas_of_the_minute_and_of_the_day(tmp_path):
    keys = Keys(tmp_path, clock := Clock())
    minute, day = keys.create("minute", per_minute=2)[0], keys.create("day", per_day=3)[0]
    for key, most, code in ((minute, 2, "rate_limit_exceeded"), (day, 3, "daily_quota")):
        for _ in range(most):
            keys.use(key)
        with pytest.raises(Busy) as full:
            keys.use(key)
        assert full.value.code == code
        assert 0 < full.value.retry_after <= 86_400
    other = Keys(tmp_path, clock)
    with pytest.raises(Busy):
        other.use(day)  # kept: a restart forgives no day
    clock.seconds += 86_400
    other.use(day)
    assert other.get("day").last_used_at == clock.seconds
    keys.close()
    other.close()


@pytest.mark.parametrize("scopes", [("root",), ("read", "")])
def test_an_unknown_scope_is_refused(keys, scopes):
    with pytest.raises(InvalidInput):
        keys.create("alice", scopes=scopes)


def test_an_admin_has_every_scope(keys):
    assert keys.create("root", role="admin")[0].scopes == keys.create("other", scopes=("admin",))[0].scopes == SCOPES


def test_what_is_done_to_a_key_is_in_the_audit_log_or_is_not_done(keys, tmp_path, monkeypatch):
    key, _ = keys.create("laptop", owner="ann")
    keys.rotate("laptop")
    keys.revoke(key.id)
    with pytest.raises(InvalidInput):
        keys.create("")
    book = Audit(tmp_path)
    assert [(e.owner, e.action, e.subject) for e in reversed(book.entries())] == [
        ("ann", "key.created", key.id), ("ann", "key.rotated", key.id), ("ann", "key.revoked", key.id)
    ]  # fmt: skip

    def full(*said):
        raise StorageFull("The disk is full.")

    monkeypatch.setattr(Audit, "note", full)
    with pytest.raises(StorageFull):
        keys.create("phone")
    monkeypatch.undo()
    assert keys.list() == []
    assert len(book.entries()) == 3
    book.close()
