"""By terms: what answers a question that the reader is unsure of, as it speaks of all that is asked. Knows words and hits, no weights."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.reflex.conditions import asks_of_a_case, holds_for, things_of
from assistant.reflex.covering import covering, covers
from assistant.reflex.hits import Hit
from assistant.reflex.rows import Row, said
from assistant.reflex.summaries import without_verdict
from assistant.reflex.twins import in_language
from retrieval.catalogue import say
from retrieval.synonyms import meanings


def by_terms(question: str, hits: Sequence[Hit], rows: Sequence[Row], language: str) -> str:
    """The curated answer whose terms decide the case that is asked about, or that alone speaks of all that is asked, or the sentence of a
    passage that does; else empty."""
    entries = [hit for hit in hits if hit.metadata.get("faq")]
    if asks_of_a_case(question):
        things = frozenset().union(*(things_of(said(row)) for row in rows))
        fit = [hit for hit in entries if holds_for(question, hit.question, hit.answer, things)][:1]
    else:
        things = frozenset(meanings(" ".join(f"{hit.title} {hit.text if hit.is_row else ''}" for hit in hits)))
        fit = [hit for hit in entries if covers(question, hit.question, hit.answer, things)]
    if len(fit) == 1:  # of what several speak none is known to answer
        told = in_language(fit[0], hits, language)
        return say("assistant", language, "found.quote", text=without_verdict(told.answer), number=told.number)
    passages = [hit for hit in hits if hit.item["modality"] == "text" and not hit.is_row and not hit.metadata.get("faq")]
    for hit in () if fit else passages:
        if sentence := covering(question, hit.title, hit.text):
            return say("assistant", language, "found.quote", text=" ".join(sentence.split()), number=hit.number)
    return ""
