"""Facts: what a person asked to be remembered across chats. Knows where they are kept, and which one a question is about; no tool.

The names of owners are hashed, so that the file does not list people.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from retrieval.faults import Conflict, InvalidInput, NotFound
from retrieval.segmentation import STOP_WORDS, words
from retrieval.stemming import stem
from retrieval.tables import Place, tables

MOST = 1000
"""Facts of one person."""
LONGEST = 500
"""Characters of one fact."""
_SWITCH = "switch"
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS store (prefix TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (prefix, key))",
)  # fmt: skip
"""Values by owner and kind (`facts.…`, `memory.…`) and key."""
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
        self._tables = tables(place, "facts.db", _SCHEMA, what="The database of facts", secure=True)

    def enabled(self, owner: str) -> bool:
        """Whether the assistant may keep and read facts of `owner`; it may until they switch it off."""
        found = self._values(_switch_of(owner))
        return not found or bool(found[_SWITCH]["on"])

    def switch(self, owner: str, on: bool) -> None:
        """Let the assistant keep and read facts, or stop it. What is kept already stays until it is deleted."""
        self._put(_switch_of(owner), _SWITCH, {"on": on})

    def list(self, owner: str) -> list[Fact]:
        """Every fact of `owner`, newest first, whether or not the assistant may read them."""
        found = [Fact(id=key, **value) for key, value in self._values(_facts_of(owner)).items()]
        return sorted(found, key=lambda fact: fact.updated_at, reverse=True)

    def add(self, owner: str, text: str) -> Fact:
        """Keep a fact; one that is known already is only brought up to date. Durable when it returns.

        Raises InvalidInput for an empty or too long text, Conflict when memory is off or full.
        """
        text = _clean(text)
        with self._tables.write():
            self._allowed(owner)
            known = self.list(owner)
            same = next((fact for fact in known if fact.text.casefold() == text.casefold()), None)
            if same is None and len(known) >= MOST:
                raise Conflict(f"{MOST} facts are kept already.", hint="Delete some you no longer need.", code="memory_full")
            now = time.time()
            made = Fact(id=f"fact_{uuid.uuid4().hex}", text=text, created_at=now, updated_at=now)
            return self._keep(owner, made if same is None else same.model_copy(update={"text": text, "updated_at": now}))

    def change(self, owner: str, identity: str, text: str) -> Fact:
        """Give a fact other words. Raises NotFound, InvalidInput, Conflict when memory is off."""
        text = _clean(text)
        with self._tables.write():
            self._allowed(owner)
            return self._keep(owner, self._get(owner, identity).model_copy(update={"text": text, "updated_at": time.time()}))

    def forget(self, owner: str, identity: str) -> Fact:
        """Delete a fact, also when memory is off. Raises NotFound."""
        with self._tables.write() as db:
            fact = self._get(owner, identity)
            db.execute("DELETE FROM store WHERE prefix = ? AND key = ?", (_facts_of(owner), identity))
        self._tables.scrub()
        return fact

    def forget_all(self, owner: str) -> int:
        """Delete every fact of `owner`; how many there were."""
        with self._tables.write() as db:
            count = int(db.execute("DELETE FROM store WHERE prefix = ?", (_facts_of(owner),)).rowcount)
        self._tables.scrub()
        return count

    def answering(self, owner: str, question: str) -> Sequence[Fact]:
        """The facts that surely speak of what a person asks about themselves, the closest first; none when memory is off.

        Every word of the question that names something must stand in the fact: what is not there is not guessed.
        """
        if not _QUESTION.search(question) or not _OF_ONESELF.search(question) or not self.enabled(owner):
            return []
        return self.about(owner, question)

    def about(self, owner: str, words_: str) -> Sequence[Fact]:
        """The facts that hold every telling word of `words_`, the closest first; none when memory is off."""
        if not self.enabled(owner):
            return []
        facts = self.list(owner)
        wanted = _telling(words_) - _NAMING
        if not wanted:
            return [fact for fact in facts if _telling(words_) and _OWN_NAME.match(fact.text)]
        fitting = [(len(_telling(fact.text) - wanted), fact) for fact in facts if wanted <= _telling(fact.text)]
        return [fact for _, fact in sorted(fitting, key=lambda pair: (pair[0], -pair[1].updated_at))]

    def near(self, owner: str, words_: str, k: int = 20) -> Sequence[Fact]:
        """Up to `k` facts, those that share most telling words first, then the newest; none when memory is off."""
        if not self.enabled(owner):
            return []
        wanted = _telling(words_)
        return sorted(self.list(owner), key=lambda fact: -len(wanted & _telling(fact.text)))[:k]

    def close(self) -> None:
        """Release the file."""
        self._tables.close()

    def _allowed(self, owner: str) -> None:
        if not self.enabled(owner):
            raise Conflict("Memory is off.", hint="Switch it on with: assistant memory on", code="memory_off")

    def _get(self, owner: str, identity: str) -> Fact:
        found = self._values(_facts_of(owner)).get(identity)
        if found is None:
            raise NotFound(f"There is no fact '{identity[:80]}'.", hint="List them with: assistant memory list", param="fact_id")
        return Fact(id=identity, **found)

    def _keep(self, owner: str, fact: Fact) -> Fact:
        self._put(_facts_of(owner), fact.id, fact.model_dump(exclude={"id"}))
        return fact

    def _values(self, prefix: str) -> dict[str, dict[str, Any]]:
        """The values at a place by key."""
        found = self._tables.rows("SELECT key, value FROM store WHERE prefix = ?", (prefix,))
        return {row["key"]: json.loads(row["value"]) for row in found}

    def _put(self, prefix: str, key: str, value: dict[str, Any]) -> None:
        with self._tables.write() as db:
            db.execute(
                "INSERT INTO store (prefix, key, value) VALUES (?, ?, ?)"
                " ON CONFLICT (prefix, key) DO UPDATE SET value = excluded.value", (prefix, key, json.dumps(value, ensure_ascii=False)),
            )  # fmt: skip


def _facts_of(owner: str) -> str:
    return f"facts.{_place(owner)}"


def _switch_of(owner: str) -> str:
    return f"memory.{_place(owner)}"


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
