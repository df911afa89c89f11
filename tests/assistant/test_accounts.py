"""People: the first is the admin, passwords are hashed, sessions end when they must, guesses wait, and old files are upgraded in place."""

import sqlite3
import threading

import pytest

from assistant.accounts import Accounts
from assistant.audit import Audit
from assistant.credentials import STEPS
from assistant.guesses import FREE, LONGEST_WAIT, Guesses
from assistant.keys import Keys
from retrieval.faults import Busy, Conflict, InvalidInput, NotAllowed

SECRET = "correct horse battery staple"


class Clock:
    def __init__(self):
        self.seconds = 1_000_000.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def accounts(tmp_path, clock):
    accounts = Accounts(tmp_path, 3600, clock, Guesses(clock))
    yield accounts
    accounts.close()


def test_the_first_account_is_the_admin_and_owns_what_the_machine_has(accounts):
    first, second = accounts.add("Ana", SECRET, "user"), accounts.add("Ben", SECRET)
    assert (first.role, first.owner) == ("admin", "local")
    assert (second.role, second.owner) == ("user", "Ben")
    with pytest.raises(Conflict):
        accounts.add("ANA", SECRET)
    with pytest.raises(Conflict):
        accounts.add("Cleo", SECRET, only_first=True)
    with pytest.raises(Conflict):
        accounts.remove("Ana")
    accounts.set_role("ben", "admin")
    accounts.remove("Ana")
    with pytest.raises(Conflict):
        accounts.set_role("Ben", "user")


def test_a_password_is_kept_as_argon2_and_a_session_as_a_digest(accounts, tmp_path):
    accounts.add("Ana", SECRET)
    _, token = accounts.log_in("ana", SECRET)
    assert accounts.session(token).name == "Ana"
    accounts.close()
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"$argon2id$" in files
    assert SECRET.encode() not in files
    assert token.encode() not in files


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaaaaaa", "annaannaannaanna", "x" * 1001, "good enough \ud800 " * 2])
def test_a_password_that_is_soon_guessed_is_refused(accounts, password):
    if "\ud800" in password:
        accounts.add("anna", password)
        assert accounts.log_in("anna", password)
        return
    with pytest.raises(InvalidInput):
        accounts.add("anna", password)


@pytest.mark.parametrize("name", ["", "local", "Ｌocal", "oidc:x", "a\nb", "x" * 65])
def test_a_bad_name_is_refused(accounts, name):
    with pytest.raises(InvalidInput):
        accounts.add(name, SECRET)


@pytest.mark.case("X05")
def test_old_sessions_are_dead_at_once(accounts, clock):
    accounts.add("Ana", SECRET)
    one, two = (accounts.log_in("Ana", SECRET)[1] for _ in range(2))
    assert one != two
    accounts.log_out(one)
    assert accounts.session(one) is None
    assert accounts.session(two)
    accounts.set_password("Ana", SECRET + " again")
    assert accounts.session(two) is None
    with pytest.raises(NotAllowed):
        accounts.log_in("Ana", SECRET)
    three = accounts.log_in("Ana", SECRET + " again")[1]
    clock.seconds += 3601
    assert accounts.session(three) is None
    four = accounts.log_in("Ana", SECRET + " again")[1]
    accounts.suspend("local")
    assert accounts.session(four).suspended
    accounts.resume("local")
    accounts.add("Ben", SECRET, "admin")
    accounts.remove("Ana")
    assert accounts.session(four) is None


@pytest.mark.case("X05")
def test_guesses_wait_longer_and_longer_whatever_the_name(accounts, clock):
    accounts.add("Ana", SECRET)
    for name in ("Ana", "nobody"):
        looked_at = 0
        for guess in range(30):
            with pytest.raises((NotAllowed, Busy)) as refused:
                accounts.log_in(name, f"guess number {guess}")
            looked_at += isinstance(refused.value, NotAllowed)
        assert looked_at == FREE
        with pytest.raises(Busy):
            accounts.log_in(name.upper(), SECRET)  # also the right one, and whatever its case
    clock.seconds += LONGEST_WAIT
    assert accounts.log_in("Ana", SECRET)
    with pytest.raises(NotAllowed):
        accounts.log_in("Ana", "wrong again and again")


@pytest.mark.case("X05")
def test_a_thousand_guesses_at_once_are_a_thousand():
    guesses, begun = Guesses(Clock()), []
    threads = [threading.Thread(target=lambda: begun.extend(guesses.begin("ana") == 0 for _ in range(100))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(begun) == FREE


@pytest.mark.case("X05")
def test_an_identity_becomes_an_owner_and_its_logout_counts_for_every_copy(accounts):
    accounts.add("Ana", SECRET)
    person, token = accounts.recognise("https://id.example", "42", "Ana", 100.0)
    assert person.name == "Ana 2"
    assert person.owner.startswith("oidc:")
    assert person.role == "user"
    other, _ = accounts.recognise("https://other.example", "42", "Ana", 100.0)
    assert other.owner != person.owner
    second = accounts.recognise("https://id.example", "42", "Ana", 100.0)[1]
    accounts.log_out(token)
    assert accounts.session(second) is None
    with pytest.raises(NotAllowed):
        accounts.recognise("https://id.example", "42", "Ana", 100.0)  # a copy of the old cookie
    assert accounts.recognise("https://id.example", "42", "Ana", 101.0)[0].id == person.id
    with pytest.raises(NotAllowed):
        accounts.log_in("Ana 2", "")


@pytest.mark.case("D11")
def test_a_file_of_the_first_version_is_upgraded_in_place(tmp_path):
    from assistant.credentials import digest

    db = sqlite3.connect(tmp_path / "accounts.db")
    db.execute(STEPS[0][0])
    for name, role in (("laptop", "user"), ("monitor", "admin")):
        row = (f"key_{name}", name, "local", role, digest(f"syn_{name}"), "tail", 1.0)
        db.execute("INSERT INTO keys(id, name, owner, role, digest, tail, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    db.commit()
    db.close()
    stores = [Keys(tmp_path) for _ in range(4)]
    found = []
    threads = [threading.Thread(target=lambda store=store: found.append(store.check("syn_laptop"))) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(key.name, key.scopes, key.expires_at) for key in found] == [("laptop", ("read", "chat", "write"), None)] * 4
    assert "admin" in stores[0].check("syn_monitor").scopes
    assert stores[0].create("new", scopes=("read",))[0].scopes == ("read",)
    for store in stores:
        store.close()
    with sqlite3.connect(tmp_path / "accounts.db") as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == len(STEPS)
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(Conflict):
        Keys(tmp_path).any()


def test_what_is_done_to_an_account_is_in_the_audit_log(tmp_path):
    accounts, book = Accounts(tmp_path), Audit(tmp_path)
    accounts.add("ana", SECRET)
    ben = accounts.add("ben", SECRET)
    accounts.set_role("ben", "admin")
    accounts.set_password("ben", SECRET + " again")
    accounts.suspend(ben.owner)
    accounts.resume(ben.owner)
    accounts.remove("ben")
    with pytest.raises(Conflict):
        accounts.set_role("ana", "user")
    said = [(entry.action, entry.subject) for entry in reversed(book.entries(ben.owner))]
    assert said == [
        ("account.created", ben.id), ("account.admin", ben.id), ("account.password", ben.id), ("owner.suspended", ""), ("owner.resumed", ""),
        ("account.deleted", ben.id),
    ]  # fmt: skip
    assert [entry.action for entry in book.entries("local")] == ["account.created"], "what was refused is not noted as done"
    accounts.close()
    book.close()
