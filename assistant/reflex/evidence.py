"""From what a search found to what is said: a list, a column, a curated answer, quoted sentences, or a refusal. Knows no messages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from assistant.reflex.asking import ASKING, is_open, is_yes_no, same_question
from assistant.reflex.by_terms import by_terms
from assistant.reflex.clauses import split_requests
from assistant.reflex.comparisons import compared, is_comparison, sides
from assistant.reflex.covering import of_another
from assistant.reflex.extremes import is_extreme
from assistant.reflex.features import chinese
from assistant.reflex.form_fields import told_of_papers
from assistant.reflex.hits import Hit, hits_of
from assistant.reflex.matching import Passage
from assistant.reflex.measures import fitting
from assistant.reflex.namesakes import leaves_out
from assistant.reflex.phrases import asked_medium, bare
from assistant.reflex.reaching import reached
from assistant.reflex.reader import Reader, rarity
from assistant.reflex.refusing import Answer, refusal
from assistant.reflex.rows import HOW_TO_CALL, Row, asked_column, is_another, is_namesake, kind_terms, matching, plain_of, said, told
from assistant.reflex.sentences import answer_type, shows, terms
from assistant.reflex.summaries import about, summary_topic, without_verdict
from assistant.reflex.tables import answer_from_rows, answer_parts, confirming, described, listed_rows
from assistant.reflex.twins import in_language
from retrieval.catalogue import say
from retrieval.contradiction import contradicts
from retrieval.form_items import KEY_FIELDS
from retrieval.synonyms import meanings
from tools.search import MOST_ROWS, asks_for_anything

LIKELY = 0.5
"""Least calibrated probability for a find to be listed when its words do not say that it fits."""
QUITE_ANOTHER = 0.02
VERY_SURE = 0.9
"""A curated answer to a question with less than this in common with the one asked is given only with this much support."""
_MEASURED = re.compile(r"(?:Shows 画面|Sounds like 听起来像|Colours 颜色|Picture 图片): [^.]*\.\s*")
"""What was measured of a picture or a sound, in contrast to words that are written or said in it."""
_OF_MEDIA = re.compile(
    r"\b(?:colou?rs?|shows?|shown|pictures?|photos?|images?|drawings?|sounds?|hear)\b|颜色|图|照片|声音|画", re.IGNORECASE
)
"""Questions that what was measured may answer: "What is my boat called?" is none."""
MOST_LISTED = 20
LIKELY_ENTRY = 0.4
"""Least calibrated probability of an entry whose question is not the one asked, though its answer reads as one. Of 51 questions that an FAQ
on an epidemic had no entry for, 0.73 are refused so and 0.27 without; of what is answered 0.94 is right, and 0.78 without."""
SURE_ENTRY = 0.8
_WHICH_ARE = re.compile(
    r"^(?:which|what)(?: of (?:the|your))? \w+(?: \w+)? (?:are|have|come|can|do you (?:have|sell))\b|^哪[些几]", re.IGNORECASE
)
"""Asks which of a kind are so: with rows at hand, all that are."""
_LISTING = re.compile(
    r"^(?:find|show|get|give|bring|search|look (?:for|up)|fetch|list|any|got any|pictures?|photos?|images?|"
    r"recordings?|(?:do|does) (?:you|we) (?:have|sell|stock)|"
    r"(?:is|are) there|i(?:'m| am) looking|i (?:need|want)|how many .+ (?:do|are) (?:you|we|there))\b|"
    r"^(?:找|搜|给我看|看看|查找|推荐|来|有没有|有哪些|列出)|有哪些[？?]*$|的(?:图片|照片|录音|视频)[吗？?]*$",
    re.IGNORECASE,
)
_OWN_DEED = re.compile(r"\b(?:can|could|may|must|should|shall) (?:i|we) (?:bring|give|show|fetch|look|search)\b", re.IGNORECASE)
"""What the asker would do, not what is to be done for them."""


def wants_list(question: str) -> bool:
    """True for "find a red jacket", false for "what does the warranty cover?" and "can I bring my dog?"."""
    return bool(_LISTING.search(bare(question))) and not _OWN_DEED.search(question)


class Writer:
    """Writes answers from evidence with the reader. Deterministic."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def from_search(self, question: str, arguments: dict[str, Any], evidence: Sequence[dict[str, Any]], language: str,
                    collections: Sequence[dict[str, Any]]) -> Answer:  # fmt: skip
        """The answer to `question` (all its requests, joined) from what was found for it."""
        found = hits_of(evidence)
        subject = summary_topic(question)
        if form := told_of_papers(question, subject, found, language):
            return Answer(form)
        hits = [hit for hit in found if not hit.metadata.get(KEY_FIELDS)]  # what was read off a form is no prose to quote
        parts = [p for whole in question.split(". ") for p in split_requests(whole)] or [question]
        rows = [Row(h.number, h.title, h.text, h.metadata) for h in hits if h.is_row]
        fit = fitting(question, rows, rarity().weigh)
        if fit is not None:
            kept = {row.number for row in fit}
            rows, hits = fit, [h for h in hits if not h.is_row or h.number in kept]
            if not fit:
                return refusal(found, language, collections)
            if not asked_column(question, rows) and not is_comparison(question):
                return Answer(listed_rows(fit, language))
        query = str(arguments.get("query") or question)
        if subject:
            return self._summary(subject, hits, language) or refusal(found, language, collections)
        texts: list[str] = []
        listed = bool(arguments.get("modalities")) or wants_list(parts[0])
        listed = listed or bool(rows and (arguments.get("filter") or _WHICH_ARE.search(parts[0])) and not is_comparison(question))
        listed = listed and not (rows and is_extreme(parts[0]))
        told_in_cells = bool(asked_column(question, rows))
        if contact := reached(question, [h for h in hits if not (h.is_row and told_in_cells)], language):
            return Answer(contact)
        if several := answer_parts(parts, rows, rarity().weigh, language):
            return Answer(several)
        asks_column = rows and any(asked_column(p, rows) for p in parts if not wants_list(p))
        if listed and (things := self._list(parts[0], query, arguments, hits, rows, language)):
            texts.append(things)
        if not listed or len(parts) > 1:
            asked = " ".join(parts[1:] if listed else parts)
            told = self._tell(asked, query, hits, rows, language) if not (listed and not texts and not asks_column) else ""
            if told:
                texts = [told] if asks_column else [*texts, told]
        if not texts and listed:
            told = self._tell(question, query, hits, rows, language)
            texts += [told] if told else []
        return Answer(" ".join(texts)) if texts else refusal(found, language, collections)

    def _list(self, question: str, query: str, arguments: dict[str, Any], hits: Sequence[Hit], rows: Sequence[Row], language: str) -> str:
        modality, _ = asked_medium(question)
        wanted = [h for h in hits if not modality or h.item["modality"] == modality]
        by_number = {r.number: r for r in rows}
        weights = rarity().weigh(kind_terms(plain_of(query), rows) or terms(query))
        total = sum(weights.values()) or 1.0

        def share(text: str) -> float:
            there = set(terms(text))
            return sum(v for w, v in weights.items() if w in there) / total

        shares = {h.number: share(said(by_number[h.number]) if h.number in by_number else f"{h.title} {h.text}") for h in wanted}
        best = max(shares.values(), default=0.0)
        fit = [h for h in wanted if (shares[h.number] >= 0.6 and shares[h.number] >= best - 0.25)]
        named = [h for h in fit if share(h.label) >= 0.6]
        likely = [h for h in wanted if h.probability >= LIKELY and (h.item["modality"] != "text" or shares[h.number] >= 0.4)]
        whole = bool(arguments.get("filter")) and asks_for_anything(query)
        fit = [h for h in wanted if h.is_row] if whole else named or fit or likely
        if not fit:
            return ""
        passages = all(h.number not in by_number and h.item["modality"] == "text" and not h.metadata.get("faq") for h in fit)
        if passages:
            return ""  # running text is quoted, not listed
        shown = [h for h in fit if h.number in by_number or h.item["modality"] != "text"][
            : MOST_LISTED if arguments.get("rows") else int(arguments.get("k") or 5)
        ]
        joint = say("assistant", language, "found.joint")
        things = [f"{described(by_number[h.number], rows) if h.number in by_number else h.title} [{h.number}]" for h in shown]
        if not things:
            return ""
        return say("assistant", language, "found.one" if len(things) == 1 else "found.many", things=joint.join(things), count=len(things))

    def _tell(self, question: str, query: str, hits: Sequence[Hit], rows: Sequence[Row], language: str) -> str:
        full = question if any(t in terms(question) for t in terms(query)) else f"{question} {query}"
        whole = len(rows) < MOST_ROWS
        side_by_side = compared(question, rows, rarity().weigh, language, whole=whole) if rows and is_comparison(question) else None
        if side_by_side and asked_column(question, rows):
            return side_by_side  # more to the point than a curated answer about the same things
        entry, before_rows = self._entry(question, full, hits, rows, language)
        if entry and before_rows:
            return entry
        if side_by_side is not None:
            return side_by_side
        # A cell gives no reasons, and one side of two is no comparison.
        of_a_cell = answer_type(question) not in ("why", "how") or HOW_TO_CALL.search(question) is not None
        told_by_rows = of_a_cell and not (is_comparison(question) and sides(question))
        if rows and told_by_rows and (told := answer_from_rows(full, rows, rarity().weigh, language, whole=whole)):
            return told
        if entry := entry or self._quoted(question, full, hits, rows, told_by_rows, language) or by_terms(question, hits, rows, language):
            return entry
        if confirmed := confirming(question, rows):
            return " ".join(f"{described(row, rows)} [{row.number}]" for row in confirmed)
        return self._in_other_words(question, full, hits, rows, told_by_rows, language)

    def _in_other_words(self, question: str, full: str, hits: Sequence[Hit], rows: Sequence[Row], told_by_rows: bool, language: str) -> str:
        """What answers in other words than the question's; empty when nothing surely does."""
        read = [h for h in hits if h.item["modality"] == "text" and not _lacks_names(question, h, hits)]
        read = [
            h for h in read if not h.metadata.get("faq") or (h.probability >= LIKELY_ENTRY and not _asks_another(question, full, h, hits))
        ]
        column = asked_column(question, rows)
        meant = {row.number for row in rows if told_by_rows and not is_another(full, row, column)}
        read = [h for h in read if not h.is_row or h.number in meant]
        found = self._reader.again(full, [_passage(h, full) for h in read])
        hit = next((h for h in read if found is not None and h.number == found.number), None)
        if hit is None or found is None:
            return ""
        if hit.metadata.get("faq"):
            return self._curated(in_language(hit, hits, language), question)
        if hit.is_row:
            return _of_row(question, next(r for r in rows if r.number == hit.number), rows, language)
        return say("assistant", language, "found.quote", text=found.text, number=found.number)

    def _quoted(self, question: str, full: str, hits: Sequence[Hit], rows: Sequence[Row], told_by_rows: bool, language: str) -> str:
        """The sentences, entries and rows that the reader finds to answer the question; empty when none does."""
        by_number = {h.number: h for h in hits}
        reading = self._reader.read(full, [_passage(h, full) for h in hits if not h.is_row and not _lacks_names(question, h, hits)])
        if not reading.found and told_by_rows:
            meant = {row.number for row in rows if not is_namesake(full, row)}  # the reader chooses best among many
            reading = self._reader.read(full, [_passage(h, full) for h in hits if h.number in meant])
        column = asked_column(question, rows)
        told_texts: list[str] = []
        doubted = False
        ranked = is_extreme(question) and bool(matching(question, "", rows, rarity().weigh))
        for found in reading.found:
            hit = by_number[found.number]
            if ranked and not is_extreme(found.text):
                continue  # what is said of one thing of a kind does not rank it
            if hit.metadata.get("faq"):
                asked_so = self._reader.curated(full, [hit.question])[1]
                if _asks_another(question, full, hit, hits):
                    continue
                if hit.probability < LIKELY_ENTRY or (asked_so < QUITE_ANOTHER and reading.support < VERY_SURE):
                    continue
                told_texts.append(self._curated(in_language(hit, hits, language), question))
            elif hit.is_row:
                row = next(r for r in rows if r.number == found.number)
                told_texts += [] if is_another(full, row, column) else [_of_row(question, row, rows, language)]
            elif not doubted:
                prose = not told_texts and not hit.metadata.get("table")  # it has learned to read sentences
                doubted = prose and self._reader.doubts(full, found, reading.support, _passage(hit, full))
                told_texts += [] if doubted else [say("assistant", language, "found.quote", text=found.text.strip(), number=found.number)]
        return " ".join(dict.fromkeys(told_texts))

    def _entry(self, question: str, full: str, hits: Sequence[Hit], rows: Sequence[Row], language: str) -> tuple[str, bool]:
        """The curated answer to the question, and whether it comes before rows: a yes or no about one thing does not where "which" asks
        for a column of many."""
        curated = [h for h in hits if h.metadata.get("faq") and not _asks_another(question, full, h, hits)]
        place, _ = self._reader.curated(full, [h.question for h in curated])
        if place < 0:
            place = next((n for n, h in enumerate(curated) if same_question(question, h.question) or _is_sure(question, h)), -1)
        if place < 0:
            return "", False
        of_many = is_open(question) and asked_column(question, rows) and not is_open(curated[place].question)
        return self._curated(in_language(curated[place], hits, language), question), not of_many

    def _summary(self, topic: str, hits: Sequence[Hit], language: str) -> Answer | None:
        """What the passages about a topic open with, each with its mark; None when there are none."""
        texts = [(h.number, f"{h.title} {h.question}", h.answer) for h in hits if not h.is_row and h.item["modality"] == "text"]
        points = about(topic, texts)
        head = say("assistant", language, "found.about", topic=topic)
        return Answer("\n".join([head, *(f"- {opening} [{number}]" for number, opening in points)])) if points else None

    def _curated(self, hit: Hit, question: str) -> str:
        """A curated answer; with its yes or no only to a question that is about nothing beyond what the entry is about."""
        same = is_yes_no(question) and set(meanings(question)) <= set(meanings(f"{hit.question} {hit.answer}"))
        return f"{hit.answer if same else without_verdict(hit.answer)} [{hit.number}]"


def _of_row(question: str, row: Row, rows: Sequence[Row], language: str) -> str:
    """The cell of a row that is asked for, or else what it is, or all that it says: its name alone tells nothing."""
    column = asked_column(question, [row])
    if column and row.columns[column] not in (None, ""):
        return told(row, column, rows, language)
    text = described(row, rows)
    return f"{text} [{row.number}]" if text != row.title else say("assistant", language, "found.quote", text=row.text, number=row.number)


def _passage(hit: Hit, question: str) -> Passage:
    if hit.metadata.get("faq"):
        return Passage(hit.number, hit.answer, hit.question, hit.probability)
    of_media = hit.item["modality"] == "text" or _OF_MEDIA.search(question)
    return Passage(hit.number, hit.text if of_media else _MEASURED.sub("", hit.text), hit.title, hit.probability)


def _is_sure(question: str, entry: Hit) -> bool:
    """Whether the search is sure of an entry for a Chinese question, and it speaks of all that is asked; the reader sees words alone."""
    if entry.probability < SURE_ENTRY or not chinese(question):
        return False
    kind, told = answer_type(question), set(meanings(f"{entry.question} {entry.answer}"))
    return set(meanings(question)) - ASKING <= told and (not kind or shows(kind, entry.answer, question))


def _asks_another(question: str, full: str, entry: Hit, hits: Sequence[Hit]) -> bool:
    """Whether a curated entry asks the contrary, or of another thing."""
    others = (meanings(f"{hit.question} {hit.title} {hit.text}") for hit in hits if hit.number != entry.number)
    return contradicts(full, entry.question) or of_another(question, entry.question, entry.answer, frozenset().union(*others))


def _lacks_names(question: str, hit: Hit, hits: Sequence[Hit]) -> bool:
    """Whether a passage, and all else that was found of its document, has none of the names in the question.

    A document that the person brought, which is in no collection, is the one that is meant.
    """
    if hit.metadata.get("faq") or hit.item["modality"] != "text" or not hit.item.get("collection"):
        return False
    document = [h for h in hits if h.source == hit.source]
    return leaves_out(question, "\n".join(f"{h.title}\n{h.text}" for h in document))
