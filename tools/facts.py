"""Facts: what a person asked to be remembered across chats. Knows where they are kept, and which one a question is about; no tool.

Kept on LangGraph's store interface. The names of owners are hashed, so that any name is a valid place and the file does not list people.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from retrieval.faults import Conflict, InvalidInput, NotFound
from retrieval.segmentation import STOP_WORDS, words
from retrieval.stemming import stem
from retrieval.tables import Place

MOST = 1000
"""Facts of one person."""
LONGEST = 500
"""Characters of one fact."""
_SWITCH = "switch"
_QUESTION = re.compile(
    r"[?？]\s*$|^\s*(?:and |so |hey,? )*(?:what|who|whose|which|when|where|how|do|does|did|is|are|am|was|were|have|has|tell me)\b"
    r"|什么|谁|哪|几|多少|怎|吗|何时|何处",
    re.IGNORECASE,
)
_OF_ONESELF = re.compile(r"\b(?:i|me|my|mine|we|our|us)\b|我|咱", re.IGNORECASE)
_NAMING = frozenset({"call", "name", "叫", "名字", "名", "称呼", "remember", "记得", "told", "tell"})
"""Words of a question that name no thing: `what is my cat called` is about the cat."""
_OWN_NAME = re.compile(r"^(?:my (?:full |first |last )?name is|i am called|i'm called|call me|我叫|我的名字|我名叫|叫我)", re.IGNORECASE)


class Fact(BaseModel):
    """One thing a person asked to be remembered, in their own words."""

    model_config = ConfigDict(frozen=True)

    id: str
    """`fact_...`"""
    text: str
    created_at: float
    """Seconds since the epoch."""
    updated_at: float


class Facts:
    """The facts of every person, each sees their own. Safe for threads; opens nothing until it is asked."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._path = place / "facts.db" if isinstance(place, Path) else None
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._store: Any = None

    def enabled(self, owner: str) -> bool:
        """Whether the assistant may keep and read facts of `owner`; it may until they switch it off."""
        found = self._open().get(("memory", _place(owner)), _SWITCH)
        return found is None or bool(found.value["on"])

    def switch(self, owner: str, on: bool) -> None:
        """Let the assistant keep and read facts, or stop it. What is kept already stays until it is deleted."""
        self._open().put(("memory", _place(owner)), _SWITCH, {"on": on}, index=False)

    def list(self, owner: str) -> list[Fact]:
        """Every fact of `owner`, newest first, whether or not the assistant may read them."""
        found = self._open().search(("facts", _place(owner)), limit=MOST)
        return sorted((Fact(id=item.key, **item.value) for item in found), key=lambda fact: fact.updated_at, reverse=True)

    def add(self, owner: str, text: str) -> Fact:
        """Keep a fact; one that is known already is only brought up to date. Durable when it returns.

        Raises InvalidInput for an empty or too long text, Conflict when memory is off or full.
        """
        text = _clean(text)
        with self._alone():
            self._allowed(owner)
            known = self.list(owner)
            same = next((fact for fact in known if fact.text.casefold() == text.casefold()), None)
            if same is None and len(known) >= MOST:
                raise Conflict(f"{MOST} facts are kept already.", hint="Delete some you no longer need.", code="memory_full")
            now = time.time()
            made = Fact(id=f"fact_{uuid.uuid4().hex}", text=text, created_at=now, updated_at=now)
            return self._put(owner, made if same is None else same.model_copy(update={"text": text, "updated_at": now}))

    def change(self, owner: str, identity: str, text: str) -> Fact:
        """Give a fact other words. Raises NotFound, InvalidInput, Conflict when memory is off."""
        text = _clean(text)
        with self._alone():
            self._allowed(owner)
            return self._put(owner, self._get(owner, identity).model_copy(update={"text": text, "updated_at": time.time()}))

    def forget(self, owner: str, identity: str) -> Fact:
        """Delete a fact, also when memory is off. Raises NotFound."""
        with self._lock:
            fact = self._get(owner, identity)
            self._open().delete(("facts", _place(owner)), identity)
            return fact

    def forget_all(self, owner: str) -> int:
        """Delete every fact of `owner`; how many there were."""
        with self._lock:
            return len([self.forget(owner, fact.id) for fact in self.list(owner)])

    def answering(self, owner: str, question: str) -> Sequence[Fact]:
        """The facts that surely speak of what a person asks about themselves, the closest first; none when memory is off.

        Every word of the question that names something must stand in the fact: what is not there is not guessed.
        """
        if not _QUESTION.search(question) or not _OF_ONESELF.search(question) or not self._readable(owner):
            return []
        return self.about(owner, question)

    def about(self, owner: str, words_: str) -> Sequence[Fact]:
        """The facts that hold every telling word of `words_`, the closest first; none when memory is off."""
        if not self._readable(owner):
            return []
        facts = self.list(owner)
        wanted = _telling(words_) - _NAMING
        if not wanted:
            return [fact for fact in facts if _telling(words_) and _OWN_NAME.match(fact.text)]
        fitting = [(len(_telling(fact.text) - wanted), fact) for fact in facts if wanted <= _telling(fact.text)]
        return [fact for _, fact in sorted(fitting, key=lambda pair: (pair[0], -pair[1].updated_at))]

    def near(self, owner: str, words_: str, k: int = 20) -> Sequence[Fact]:
        """Up to `k` facts, those that share most telling words first, then the newest; none when memory is off."""
        if not self._readable(owner):
            return []
        wanted = _telling(words_)
        return sorted(self.list(owner), key=lambda fact: -len(wanted & _telling(fact.text)))[:k]

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            if self._db is not None:
                self._db.close()
            self._db = self._store = None

    def _allowed(self, owner: str) -> None:
        if not self.enabled(owner):
            raise Conflict("Memory is off.", hint="Switch it on with: assistant memory on", code="memory_off")

    def _readable(self, owner: str) -> bool:
        """Whether there can be anything to read: a person who never kept a fact makes no file."""
        return (self._store is not None or self._path is None or self._path.exists()) and self.enabled(owner)

    def _get(self, owner: str, identity: str) -> Fact:
        found = self._open().get(("facts", _place(owner)), identity)
        if found is None:
            raise NotFound(f"There is no fact '{identity[:80]}'.", hint="List them with: assistant memory list", param="fact_id")
        return Fact(id=found.key, **found.value)

    def _put(self, owner: str, fact: Fact) -> Fact:
        self._open().put(("facts", _place(owner)), fact.id, fact.model_dump(exclude={"id"}), index=False)
        return fact

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """A block that nobody else's change comes between."""
        with self._lock:
            if isinstance(self._place, Path):
                yield
                return
            with self._open().alone():
                yield

    def _open(self) -> Any:
        """The store: LangGraph's over SQLite, or one that several processes share."""
        with self._lock:
            if self._store is None and not isinstance(self._place, Path):
                from tools.facts_shared import SharedStore

                self._store = SharedStore(self._place)
            if self._store is None:
                assert self._path is not None
                from langgraph.store.sqlite import SqliteStore

                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._db = sqlite3.connect(self._path, timeout=30, check_same_thread=False, isolation_level=None)
                self._path.chmod(0o600)
                self._db.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
                self._store = SqliteStore(self._db)
                self._store.setup()
            return self._store


def _place(owner: str) -> str:
    return hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()


def _clean(text: str) -> str:
    text = " ".join(text.split()).encode("utf-8", "replace").decode()
    if not 0 < len(text) <= LONGEST:
        raise InvalidInput(f"A fact has 1 to {LONGEST} characters.", hint="Say it in a sentence.", param="text")
    return text


def _telling(text: str) -> frozenset[str]:
    """The words of `text` that name something, English stemmed."""
    return frozenset(stem(word) if word.isascii() else word for word in words(text) if word not in STOP_WORDS)
