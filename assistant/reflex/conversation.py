"""What to do next in a turn: call a tool, ask back, or answer. Knows the situation and the bound tools; streams and calls nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.reflex import again, installed
from assistant.reflex.agreeing import agreement
from assistant.reflex.arguments import Ask, Filled, fill, follows_up, question_of
from assistant.reflex.backward import ASKED, WHY, looks_back, told_back
from assistant.reflex.curated import EXACT, curated_first, to_search
from assistant.reflex.documents import names_document
from assistant.reflex.evidence import Writer
from assistant.reflex.features import chinese
from assistant.reflex.hits import hits_of
from assistant.reflex.picturing import routed, wish
from assistant.reflex.reader import Reader
from assistant.reflex.refusing import Answer, closest_hits, first_told, refusal
from assistant.reflex.remembering import TOOL as REMEMBER
from assistant.reflex.remembering import offered, to_remember
from assistant.reflex.router import Route, Router, Step
from assistant.reflex.situation import Outcome, Situation
from assistant.reflex.summaries import summary_topic
from assistant.reflex.talk import help_text, out_of_scope, small_talk, wants_words
from assistant.reflex.unasked import corrected
from retrieval.catalogue import LANGUAGES, say

ASKING = (
    "search", "find_similar", "generate_image", "edit_image", "edit_picture", "look", "read_document", "analyze_emotion", "transcribe",
    "speak", "control_device", "repeat_image", "which_picture", "drawing_size", "drawing_count",
)  # fmt: skip
TAKES_WORDS = {"search", "generate_image", "edit_image", "analyze_emotion", "speak", "control_device"}
"""Questions back that are answered by words; the others are answered by attaching something."""
SURE = 0.75
"""A turn after a question back is a new request, not its answer, when the router is at least this sure."""


@dataclass(frozen=True)
class Call:
    """Call a tool."""

    tool: str
    arguments: dict[str, Any]
    route: dict[str, Any] | None = None


@dataclass(frozen=True)
class Say:
    """Answer, or ask back."""

    text: str
    refused: bool = False
    asked: str = ""
    """The key of the question asked back, if it is one."""
    unanswered: bool = False
    """No tool serves what was asked."""
    route: dict[str, Any] | None = None


@dataclass(frozen=True)
class _Decided:
    """The route, and the calls that need no words read again."""

    route: Route
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    ask: str = ""
    """The key of a question back instead."""


def asked_before(answer: str) -> str:
    """The key of `ask.*` that `answer` ended with, in any language; empty when it was no question back."""
    for language in LANGUAGES:
        for key in ASKING:
            if answer.strip().endswith(say("assistant", language, f"ask.{key}")):
                return key
    return ""


class Conversation:
    """Decides the next move of a turn from its situation alone."""

    def __init__(self, router: Router, reader: Reader, bound: Sequence[str]) -> None:
        self._router = router
        self._writer = Writer(reader)
        self._bound = tuple(bound)

    def next(self, situation: Situation) -> Call | Say:
        """The next move."""
        if situation.called:
            return self._after_call(situation)
        decided = self._decided(self._route(situation), situation)
        route, done = decided.route, len(situation.outcomes)
        shown = None
        if not situation.outcomes:
            shown = {"route": [c.model_dump() for c in route.candidates[:5]], "plan": list(route.plan)}
        failed = bool(situation.outcomes) and situation.outcomes[-1].failed
        if decided.ask:
            return Say(say("assistant", situation.language, f"ask.{decided.ask}"), asked=decided.ask, route=shown)
        if done < len(decided.calls) and not failed:
            return Call(*decided.calls[done], shown)
        if not decided.calls and done < len(route.steps) and not failed:
            return self._step(route.steps[done], route, situation, shown)
        return self._again(route, situation, shown) or self._answer(route, situation, shown)

    def _decided(self, route: Route, situation: Situation) -> _Decided:
        """What clear words or the turns before decide, whatever the router makes of the words alone."""
        words, language = situation.words, situation.language
        agreed = agreement(situation)
        if agreed is not None:
            calls = (("control_device", agreed),) if "control_device" in self._bound else ()
            return _Decided(_only(route, "control_device", words), calls)
        own = () if situation.attached or installed.TOOL not in self._bound else self._router.commands(words)
        if own:
            return _Decided(route, installed.calls(own))
        told = offered(self._bound, situation)
        if told is not None:
            return _Decided(to_remember(route, words, language), ((REMEMBER, told),))
        begun = replace(situation, outcomes=[])  # what the turn has made so far moves none of its own references
        drawn = wish(begun, self._bound, route)
        if drawn is not None:
            return _Decided(routed(route, drawn, words, language), () if drawn.ask else drawn.calls, drawn.ask)
        if self._curated_first(route, situation):  # the very words: what is shortened may ask something else
            return _Decided(to_search(route, words, situation.curated, language), (("search", {"query": words}),))
        found = () if situation.attached or not installed.likely(route, SURE) else self._router.sentences(words)
        if installed.believed(found, route):
            return _Decided(_only(route, installed.TOOL, words), installed.calls(found))
        return _Decided(route)

    def _after_call(self, situation: Situation) -> Say:
        """What the tool that the turn named has found; its words ask for nothing more."""
        step = Step(tool=situation.called, words=situation.words)
        return self._answer(Route(candidates=(), plan=(step.tool,), intent=step.tool, steps=(step,)), situation, None)

    def _curated_first(self, route: Route, situation: Situation) -> bool:
        """Whether the turn goes to the curated answers: not when it answers a question back, unless it has the words of an entry."""
        answering = bool(asked_before(situation.previous_answer)) and situation.curated < EXACT
        return "search" in self._bound and not answering and curated_first(route, situation.curated)

    def _route(self, situation: Situation) -> Route:
        media = [m.modality for m in situation.attached]
        earlier = [m.modality for m in situation.earlier]
        route = self._router.route(situation.words, media, earlier)
        asked = asked_before(situation.previous_answer)
        if asked:
            return self._answering(asked, route, situation)
        if not situation.attached and (back := looks_back(situation.words, bool(situation.previous_answer))):
            return route.model_copy(update={"plan": (), "steps": (), "intent": back})
        if follows_up(situation.words) and situation.previous_outcomes and not situation.attached and not _sure(route, 0.9):
            tool = situation.previous_outcomes[-1].tool
            if tool == "search" and route.intent == "look" and not _pictures_found(situation):
                return _only(route, "search", situation.words)
            if tool in ("look", "read_document") and route.intent in ("search", "small_talk", tool, "look", "read_document"):
                return _only(route, tool, situation.words)
        return corrected(route, situation)

    def _answering(self, asked: str, route: Route, situation: Situation) -> Route:
        """The turn after a question back: its answer, unless it is clearly a request of its own."""
        tool = "edit_image" if asked == "edit_picture" else asked
        if situation.attached and asked not in TAKES_WORDS and len(situation.words.split()) < 4 and len(situation.words) < 20:
            return _only(route, tool, situation.previous_words)
        own_request = route.intent == "out_of_scope" or (_sure(route, SURE) and route.plan[:1] != (tool,))
        backed_out = (
            route.intent == "small_talk"
            and len(situation.words.split()) <= 3
            and tool not in ("analyze_emotion", "speak", "generate_image")
        )
        if asked in TAKES_WORDS and not own_request and not backed_out and route.plan[:1] != (tool,):
            lead = {
                "generate_image": "画" if chinese(situation.words) else "draw ",
                "speak": "读：" if chinese(situation.words) else "say: ",
            }
            words = f"{lead.get(tool, '')}{situation.words}" if tool != "analyze_emotion" else f"emotion: {situation.words}"
            return _only(route, tool, words)
        return route

    def _step(self, step: Step, route: Route, situation: Situation, shown: dict[str, Any] | None) -> Call | Say:
        language = situation.language
        if step.tool not in self._bound:
            said = say("assistant", language, "out.unbound", tool=step.tool)
            return Say(self._with_before(said, route, situation), route=shown)
        filled = fill(step.tool, step.words, situation)
        if isinstance(filled, Ask) and step.tool == "read_document" and "search" in self._bound:
            if summary_topic(step.words):
                filled = fill("search", step.words, situation)
                return Call("search", filled.arguments if isinstance(filled, Filled) else {"query": step.words[:2000]}, shown)
            if not names_document(step.words):
                return Call("search", {"query": step.words[:2000]}, shown)  # what it asks may stand in the collections
        if isinstance(filled, Ask):
            said = say("assistant", language, f"ask.{filled.key}")
            return Say(self._with_before(said, route, situation), asked=filled.key, route=shown)
        return Call(step.tool, filled.arguments, shown)

    def _again(self, route: Route, situation: Situation, shown: dict[str, Any] | None) -> Call | None:
        """A search that the route has no step for: before talk, and for a Chinese question in English words; None for none."""
        asked, done = "", situation.outcomes
        if not done and again.before_talk(route, situation):
            asked = situation.words
        elif len(done) == 1 and not done[0].failed and (english := again.in_english(route, situation)):
            asked = english if again.in_vain(self._told(done[0], route, 0, situation), situation) else ""
        filled = fill("search", asked, situation) if asked and "search" in self._bound else None
        return Call("search", filled.arguments, shown) if isinstance(filled, Filled) else None

    def _with_before(self, said: str, route: Route, situation: Situation) -> str:
        """What was done before in this turn, then `said`."""
        parts = [self._told(outcome, route, place, situation).text for place, outcome in enumerate(situation.outcomes)]
        return "\n\n".join([*(p for p in parts if p), said])

    def _answer(self, route: Route, situation: Situation, shown: dict[str, Any] | None) -> Say:
        language = situation.language
        if not situation.outcomes:
            return Say(self._talk(route, situation), unanswered=route.intent == "out_of_scope", route=shown)
        answers = [self._told(outcome, route, place, situation) for place, outcome in enumerate(situation.outcomes)]
        if len(answers) == 2 and again.is_second(route, situation, 1):  # the first refusal is in the person's words
            answers = answers[:1] if answers[1].refused else answers[1:]
        if not route.steps and answers[0].refused and again.before_talk(route, situation):
            return Say(self._talk(route, situation), unanswered=route.intent == "out_of_scope", route=shown)
        texts = list(dict.fromkeys(a.text for a in answers if a.text))
        if situation.outcomes[-1].failed and len(situation.outcomes) < len(route.steps):
            texts.append(say("assistant", language, "failed.after"))
        texts += [said for step in route.talk if (said := self._beside(step, situation))]
        texts += [say("assistant", language, "out.left", words=left) for left in route.left]
        return Say("\n\n".join(texts), refused=any(a.refused for a in answers))

    def _beside(self, step: Step, situation: Situation) -> str:
        """What is said to a request to talk beside a command; nothing to a mere courtesy."""
        if step.tool == "help":
            return help_text(self._bound, situation.language)
        return small_talk(step.words, situation.language, situation.previous_answer) if wants_words(step.words) else ""

    def _talk(self, route: Route, situation: Situation) -> str:
        if route.intent in (WHY, ASKED):
            return told_back(route.intent, [turn.words for turn in situation.past], situation.language)
        if route.intent == "help":
            return help_text(self._bound, situation.language)
        if route.intent == "out_of_scope":
            return out_of_scope(situation.words, self._bound, situation.language)
        return small_talk(situation.words, situation.language, situation.previous_answer)

    def _told(self, outcome: Outcome, route: Route, place: int, situation: Situation) -> Answer:
        """What one result says."""
        language = situation.language
        if outcome.failed:
            return Answer(say("assistant", language, "failed.tool", does=_does(outcome.tool, language), text=outcome.text.strip()))
        if outcome.answer:
            return Answer(outcome.answer, bool(outcome.artifact.get("refused")))
        if outcome.tool in ("search", "read_document"):
            asked = [(route.steps[place].words if place < len(route.steps) else situation.words, outcome.arguments)]
            evidence = outcome.evidence
            if again.is_second(route, situation, place):
                asked = [(route.steps[0].words, situation.outcomes[0].arguments), (again.in_english(route, situation), outcome.arguments)]
                evidence = again.both(situation)
            places = situation.collections if outcome.tool == "search" else _document(outcome)
            closest = closest_hits(outcome.artifact.get("data") or {})
            if not outcome.evidence:
                return refusal(hits_of(closest), language, places)
            told = first_told(
                self._writer.from_search(question_of(words, situation), searched, evidence, language, places) for words, searched in asked
            )
            return refusal(hits_of(closest), language, places) if told.refused and closest else told
        if outcome.artifact.get("refused"):
            return refusal(hits_of(outcome.evidence), language, situation.collections)
        return Answer(outcome.text.strip())


def _document(outcome: Outcome) -> list[dict[str, Any]]:
    """The document that was read, as a place that was searched."""
    titles = dict.fromkeys(str(e["hit"]["item"].get("title") or "") for e in outcome.evidence)
    return [{"name": title} for title in titles if title][:1]


def _pictures_found(situation: Situation) -> bool:
    """True when a picture is at hand, or the turn before asked for pictures: then "what colour is it" is about a picture."""
    asked = any("image" in (o.arguments.get("modalities") or ()) for o in situation.previous_outcomes)
    return asked or any(m.modality == "image" for m in situation.media)


def _sure(route: Route, least: float) -> bool:
    return bool(route.plan) and route.candidates[0].score >= least


def _only(route: Route, tool: str, words: str) -> Route:
    """`route` with one step: `tool` for `words`."""
    first = [c for c in route.candidates if c.tool == tool]
    rest = [c for c in route.candidates if c.tool != tool]
    return route.model_copy(
        update={"candidates": (*first, *rest), "plan": (tool,), "intent": tool, "steps": (Step(tool=tool, words=words),), "left": ()}
    )


def _does(tool: str, language: str) -> str:
    try:
        return say("assistant", language, f"does.{tool}")
    except KeyError:
        return tool
