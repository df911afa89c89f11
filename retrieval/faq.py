"""Curated answers of a collection: kept, changed, imported, and matched with a question before anything is searched.

Each entry is an item of its collection as well (title: the question, text: the answer), so that it is found, counted, cited and deleted
like any other; when the item goes, the entry goes. Knows tables and vectors, no file format (`retrieval.faq_files`) and no curve
(`retrieval.question_matching`).
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import uuid4

import numpy as np

from retrieval.catalogue import language_of
from retrieval.collections import Collections
from retrieval.content import Content
from retrieval.embedders.base import Embedder, Vectors
from retrieval.engine import Connection, Engine
from retrieval.engine import Row as Stored
from retrieval.faq_records import MAX_ANSWER, MAX_FORMS, MAX_QUESTION, Entry, Imported, Match, Row
from retrieval.faults import Conflict, InvalidInput, NotFound
from retrieval.items import Item, Locator
from retrieval.open_questions import OpenQuestions
from retrieval.question_matching import EXACT, SURE, Forms, normalised, probability
from retrieval.stores.base import Batch, Store

EMBED_AT_ONCE = 128
REMEMBERED = 8
"""Sets of collections whose forms are kept ready in memory."""
_SELECT = """
SELECT e.*, (
    SELECT json_group_array(text) FROM (SELECT text FROM faq_forms WHERE entry = e.id AND place > 0 ORDER BY place) AS forms
) AS paraphrases
FROM faq_entries e WHERE e.owner = ? AND e.item IS NOT NULL
"""


def _entry(row: Stored) -> Entry:
    values = {name: row[name] for name in Entry.model_fields if name not in ("paraphrases", "tags")}
    return Entry(**values, paraphrases=tuple(json.loads(row["paraphrases"])), tags=tuple(json.loads(row["tags"])))


class Faq:
    """The curated answers of all owners. Safe for threads; durable when a writing call returns."""

    def __init__(self, database: Engine, store: Store, collections: Collections, embedders: Mapping[str, Embedder]) -> None:
        self._database, self._store, self._collections = database, store, collections
        self._words = embedders.get("text_embedder")
        self._lock = threading.Lock()
        self._ready: OrderedDict[tuple[str, ...], tuple[tuple[int, float], Forms]] = OrderedDict()
        self.questions = OpenQuestions(database, collections, self.vectors)
        """What could not be answered."""

    def vectors(self, texts: Sequence[str]) -> tuple[str, Vectors]:
        """The space and unit vectors of `texts`, shape (len(texts), dimension); zeros where no embedder of words is at hand."""
        if self._words is None:
            return "", np.zeros((len(texts), 1), np.float32)
        blocks = [
            self._words.embed([Content.from_text(text) for text in texts[start : start + EMBED_AT_ONCE]])
            for start in range(0, len(texts), EMBED_AT_ONCE)
        ]
        return self._words.space, np.concatenate(blocks) if blocks else np.zeros((0, self._words.dimension), np.float32)

    # Looking

    def all(self, collection: str, owner: str) -> list[Entry]:
        """The entries of a collection, oldest first. Raises NotFound."""
        identity = self._collections.id(collection, owner)
        rows = self._database.all(f"{_SELECT} AND e.collection = ? ORDER BY e.created_at, e.id", (owner, identity))
        return [_entry(row) for row in rows]

    def get(self, entry: str, owner: str) -> Entry:
        """One entry by its id or that of its item. Raises NotFound."""
        row = self._database.one(f"{_SELECT} AND ? IN (e.id, e.item)", (owner, entry))
        if row is None:
            raise NotFound(f"There is no curated answer '{entry[:80]}'.", hint="List them: assistant faq list.", param="entry_id")
        return _entry(row)

    def match(self, text: str, collections: Sequence[str], owner: str) -> Match | None:
        """The entry of these collections (ids) that `text` most likely asks for; None when there are no entries, or nothing is like it.

        Costs a look into a table when the collections have no curated answers.
        """
        inside = tuple(sorted(collections))
        if not inside or not normalised(text) or len(text) > MAX_QUESTION:
            return None
        forms = self._forms(inside, owner)
        if forms is None:
            return None
        if known := forms.exact(text):
            return Match(self.get(known, owner), text, EXACT, exact=True, sure=True)
        found = forms.find(text, self.vectors([text])[1][0])
        language = language_of(text)
        chances = [(probability(candidate, language), candidate) for candidate in found]
        chance, best = max(chances, key=lambda pair: pair[0], default=(0.0, None))
        if best is None or chance == 0.0:
            return None
        return Match(self.get(best.entry, owner), best.form, chance, exact=False, sure=chance >= SURE[language])

    def _forms(self, inside: tuple[str, ...], owner: str) -> Forms | None:
        where = f"owner = ? AND item IS NOT NULL AND collection IN ({','.join('?' * len(inside))})"
        row = self._database.one(f"SELECT count(*), max(changed_at) FROM faq_entries WHERE {where}", (owner, *inside))  # noqa: S608
        if row is None or not row[0]:
            return None
        state = (int(row[0]), float(row[1]))
        with self._lock:
            kept = self._ready.get((owner, *inside))
            if kept is not None and kept[0] == state:
                self._ready.move_to_end((owner, *inside))
                return kept[1]
        rows = self._database.all(
            "SELECT f.entry, f.place, f.text, f.space, f.vector FROM faq_forms f JOIN faq_entries e ON e.id = f.entry"  # noqa: S608
            f" WHERE e.{where} ORDER BY f.entry, f.place", (owner, *inside),
        )  # fmt: skip
        forms = Forms([row["entry"] for row in rows], [row["text"] for row in rows], self._current(rows))
        with self._lock:
            self._ready[(owner, *inside)] = (state, forms)
            while len(self._ready) > REMEMBERED:
                self._ready.popitem(last=False)
        return forms

    def _current(self, rows: Sequence[Stored]) -> Vectors:
        """The vectors of the forms; those made by another embedder are made anew and kept."""
        space = self._words.space if self._words is not None else ""
        stale = [n for n, row in enumerate(rows) if row["space"] != space]
        fresh = self.vectors([rows[n]["text"] for n in stale])[1] if stale else np.zeros((0, 1), np.float32)
        made = dict(zip(stale, fresh, strict=True))
        if made:
            with self._database.write() as connection:
                connection.executemany(
                    "UPDATE faq_forms SET space = ?, vector = ? WHERE entry = ? AND place = ?",
                    [(space, v.astype(np.float16).tobytes(), rows[n]["entry"], rows[n]["place"]) for n, v in made.items()],
                )
        return np.stack([
            made[n] if n in made else np.frombuffer(row["vector"], np.float16).astype(np.float32) for n, row in enumerate(rows)
        ])  # fmt: skip

    # Changing

    def add(self, row: Row, collection: str, owner: str, source: str = "", closes: Sequence[str] = ()) -> Entry:
        """A new entry. Open questions in `closes` become forms of its question and cases that must stay answered.

        Raises NotFound, InvalidInput, and Conflict when the collection has that question already.
        """
        identity = self._collections.id(collection, owner)
        asked = self.questions.texts(closes, identity, owner)
        row = checked(Row(row.question, row.answer, (*row.paraphrases, *asked), row.tags, row.language, row.line))
        with self._database.write():
            if self._known(row.question, identity):
                raise Conflict(
                    f"'{row.question[:80]}' has a curated answer already.", hint="Change that one, or ask it differently.", param="question"
                )
        entry = self._save([(None, row)], identity, owner, source)[0]
        if closes:
            self.questions.close(closes, entry.id, identity, owner)
        return entry

    def change(self, entry: str, row: Row, owner: str) -> Entry:
        """The entry with what `row` says; its id, its item's id and its cases stay. Raises NotFound, InvalidInput, Conflict."""
        before, row = self.get(entry, owner), checked(row)
        known = self._known(row.question, before.collection)
        if known not in ("", before.id):
            raise Conflict(f"'{row.question[:80]}' has a curated answer already.", hint="Change that one.", param="question")
        return self._save([(before, row)], before.collection, owner, before.source)[0]

    def remove(self, entry: str, owner: str) -> None:
        """Delete an entry with its item and its cases. Raises NotFound."""
        with self._database.write():
            self._store.delete([self.get(entry, owner).item], owner)

    def merge(self, rows: Sequence[Row], collection: str, owner: str, source: str = "") -> Imported:
        """Put rows of a file in: new questions are added, changed answers updated, everything else stays. Raises NotFound."""
        identity = self._collections.id(collection, owner)
        known = {normalised(entry.question): entry for entry in self.all(identity, owner)}
        jobs: list[tuple[Entry | None, Row]] = []
        for given in rows:
            before = known.get(normalised(given.question))
            # Forms that were added here stay, and so do tags that the file does not give.
            more = (before.paraphrases, given.tags or before.tags) if before else ((), given.tags)
            row = checked(replace(given, paraphrases=(*more[0], *given.paraphrases), tags=more[1]))
            if before is None or not _same(before, row):
                jobs.append((before, row))
        self._save(jobs, identity, owner, source)
        added = sum(before is None for before, _ in jobs)
        return Imported(added, len(jobs) - added, len(rows) - len(jobs))

    def _known(self, question: str, collection: str) -> str:
        row = self._database.one("SELECT id FROM faq_entries WHERE collection = ? AND normal = ?", (collection, normalised(question)))
        return str(row["id"]) if row else ""

    def _save(self, jobs: Sequence[tuple[Entry | None, Row]], collection: str, owner: str, source: str) -> list[Entry]:
        """Write entries with their items, all or none; vectors are made before the library is locked."""
        entries = [_made(before, row, collection, source) for before, row in jobs]
        space, of_items = self.vectors([f"{entry.question}\n{entry.answer}" for entry in entries])
        places = [(n, text) for n, entry in enumerate(entries) for text in (entry.question, *entry.paraphrases)]
        _, of_forms = self.vectors([text for _, text in places])
        items = [_item(entry, owner, row.line) for entry, (_, row) in zip(entries, jobs, strict=True)]
        vectors = {space: {item.id: vector for item, vector in zip(items, of_items, strict=True)}} if space else {}
        packed: list[list[tuple[str, bytes]]] = [[] for _ in entries]
        for (n, text), vector in zip(places, of_forms, strict=True):
            packed[n].append((text, vector.astype(np.float16).tobytes()))
        with self._database.write() as connection:
            self._collections.id(collection, owner)  # it may have been deleted meanwhile
            # An item that is replaced is deleted first, and would take its entry along.
            connection.executemany("UPDATE faq_entries SET item = NULL WHERE id = ?", [(entry.id,) for entry in entries])
            self._store.add(Batch(items, vectors))
            for entry, forms in zip(entries, packed, strict=True):
                _write(connection, entry, owner, space, forms)
        return entries


def _write(connection: Connection, entry: Entry, owner: str, space: str, forms: Sequence[tuple[str, bytes]]) -> None:
    values = (
        entry.item, entry.collection, owner, entry.question, normalised(entry.question), entry.answer, entry.language,
        json.dumps(entry.tags, ensure_ascii=False), entry.source, entry.created_at, entry.changed_at,
    )  # fmt: skip
    connection.execute(
        "INSERT INTO faq_entries (id, item, collection, owner, question, normal, answer, language, tags, source, created_at, changed_at)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET item = excluded.item, question = excluded.question,"
        " normal = excluded.normal, answer = excluded.answer, language = excluded.language, tags = excluded.tags,"
        " source = excluded.source, changed_at = excluded.changed_at", (entry.id, *values),
    )  # fmt: skip
    connection.execute("DELETE FROM faq_forms WHERE entry = ?", (entry.id,))
    connection.executemany(
        "INSERT INTO faq_forms (entry, place, text, space, vector) VALUES (?,?,?,?,?)",
        [(entry.id, place, text, space, vector) for place, (text, vector) in enumerate(forms)],
    )


def checked(row: Row) -> Row:
    """The row with blanks trimmed and paraphrases that say the same once. Raises InvalidInput for what is empty or too long."""
    question, answer = " ".join(row.question.split()), row.answer.strip()
    if not normalised(question) or not answer:
        field = "answer" if normalised(question) else "question"
        raise InvalidInput(f"The {field} is empty.", hint="An entry needs a question and an answer.", param=field)
    forms: dict[str, str] = {}
    for form in row.paraphrases:
        if normalised(form) and normalised(form) != normalised(question):
            forms.setdefault(normalised(form), " ".join(form.split()))
    longest = max(len(text) for text in (question, *forms.values()))
    if longest > MAX_QUESTION or len(answer) > MAX_ANSWER or len(forms) > MAX_FORMS:
        raise InvalidInput(
            f"A question may have {MAX_QUESTION} characters, an answer {MAX_ANSWER}, an entry {MAX_FORMS} paraphrases.", hint="Shorten it.",
            param="question" if longest > MAX_QUESTION else "answer" if len(answer) > MAX_ANSWER else "paraphrases",
        )  # fmt: skip
    tags = tuple(dict.fromkeys(tag.strip()[:60] for tag in row.tags if tag.strip()))[:20]
    return Row(
        question, answer, tuple(forms.values()), tags, row.language if row.language in ("en", "zh") else language_of(answer), row.line
    )


def _same(entry: Entry, row: Row) -> bool:
    known = (entry.question, entry.answer, entry.language, entry.tags, entry.paraphrases)
    return known == (row.question, row.answer, row.language, row.tags, row.paraphrases)


def _made(before: Entry | None, row: Row, collection: str, source: str) -> Entry:
    now = time.time()
    if before is None:
        return Entry(
            id=f"faq-{uuid4().hex[:24]}", item=f"item-{uuid4().hex[:24]}", collection=collection, question=row.question, answer=row.answer,
            paraphrases=row.paraphrases, language=row.language, tags=row.tags, source=source, created_at=now, changed_at=now,
        )  # fmt: skip
    changed = {"question": row.question, "answer": row.answer, "paraphrases": row.paraphrases, "language": row.language, "tags": row.tags}
    return before.model_copy(update=changed | {"source": source, "changed_at": max(now, before.changed_at + 1e-6)})


def _item(entry: Entry, owner: str, line: int) -> Item:
    told = {"faq": True, "question": entry.question, "answer": entry.answer, "entry": entry.id, "language": entry.language}
    more = {"tags": list(entry.tags)} if entry.tags else {}
    return Item(
        id=entry.item, collection=entry.collection, owner=owner, modality="text", title=entry.question[:300], text=entry.answer,
        metadata=told | more, locator=Locator(row=line or None), created_at=entry.created_at,
    )  # fmt: skip
