"""Router: which tools a turn needs, in which order, and why. A learned head over the words; knows no arguments and runs nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from assistant.events import Candidate
from assistant.reflex import installed
from assistant.reflex.clauses import split_devices, split_requests
from assistant.reflex.features import Piece, chinese, flags, pieces
from assistant.reflex.head import Floats, Head, load_head
from assistant.reflex.searched import searches_instead
from retrieval.catalogue import language_of, say
from retrieval.content import Content
from retrieval.embedders.base import Embedder, Vectors
from retrieval.request_context import span

TALK = ("small_talk", "help", "out_of_scope")
"""Classes that need no tool."""
COSTS = {
    "generate_image": "moderate", "edit_image": "moderate", "repeat_image": "moderate", "look": "moderate", "read_document": "moderate",
    "analyze_emotion": "moderate", "transcribe": "slow",
}  # fmt: skip
"""What a tool costs with the bundled back-ends; every other one is fast."""
_REPEATABLE = ("control_device", "generate_image", "edit_image")
_MAKES = {"generate_image": "image", "edit_image": "image", "speak": "audio"}
_BARE = {"image": "look", "file": "read_document", "audio": "transcribe", "video": "transcribe"}
SPLIT_AT = 0.45
"""Least probability of each part for a turn to be taken apart; below it the turn is read as one request."""
CLEAR = 0.6
"""Least probability of a first part beside which an unclear one may stand."""
MAX_STEPS = 4
REMEMBERED = 64
"""Turns whose routes are kept."""


_ABLE = re.compile(r"^(?:请问)?[你您](?:能|可以|会)(?:不能|不可以|不会)?(?:帮我|给我)?((?:画|生成)[^吗]{2,})吗?[？?]?$")
"""你能画一只猫吗 asks for a cat, not for what can be done."""


class Step(BaseModel):
    """One tool of the plan and the words that ask for it."""

    model_config = ConfigDict(frozen=True)

    tool: str
    words: str


class Route(BaseModel):
    """Where a turn goes."""

    model_config = ConfigDict(frozen=True)

    candidates: tuple[Candidate, ...]
    """Tools ranked, with probability and reason; those of the plan first."""
    plan: tuple[str, ...]
    """Tools that would run, in order; empty for small talk, help and what is out of scope."""
    intent: str
    """The class of the turn's main request: a tool's name or one of TALK."""
    steps: tuple[Step, ...] = ()
    """The plan with the words of each step."""
    left: tuple[str, ...] = ()
    """Requests of the turn that no tool can serve."""
    talk: tuple[Step, ...] = ()
    """Small talk and pleas for help beside the plan; `tool` is the class."""


class _Read(BaseModel):
    """One request, classified."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    words: str
    label: str
    probability: float
    scores: Floats
    pieces: tuple[Piece, ...]


class Router:
    """Routes turns. Deterministic; safe to call from several threads."""

    def __init__(self, embedder: Embedder | None, head: Head | None = None) -> None:
        """`embedder` is used when its space is MiniLM's, which the head was trained on; without it the pieces decide alone.

        `head` is another than the one that ships.
        """
        self._own = head
        self.commands: installed.Commands = lambda words: ()
        """What the words are by the person's own intents; whoever joins the parts sets it."""
        self.sentences: installed.Commands = lambda words: ()
        """What they are by all installed intents, those that ship among them: for words that are read as a wish to work a device."""
        self._embedder = embedder if embedder is not None and embedder.space.startswith("minilm") else None
        self._recent: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Route] = {}

    @property
    def embedder(self) -> Embedder | None:
        """MiniLM, where there is one."""
        return self._embedder

    @property
    def _head(self) -> Head:
        return self._own or load_head()

    def route(self, words: str, media: Sequence[str], earlier: Sequence[str]) -> Route:
        """`words` with the modalities attached in this turn (`media`) and those `earlier` in the conversation."""
        if not media and self.commands(words):
            step = Step(tool=installed.TOOL, words=words)
            return Route(candidates=(installed.candidate(language_of(words)),), plan=(step.tool,), intent=step.tool, steps=(step,))
        key = (words, tuple(media), tuple(earlier))
        found = self._recent.get(key)
        if found is None:  # every tool call of a turn asks again
            with span("route"):
                found = self._find(words, media, earlier)
            if len(self._recent) >= REMEMBERED:
                self._recent = {}
            self._recent[key] = found
        return found

    def _find(self, words: str, media: Sequence[str], earlier: Sequence[str]) -> Route:
        words = _ABLE.sub(r"\1", words.strip())
        if not words:
            return self._bare(media)
        parts = split_requests(words)
        vectors = self._embed([words, *parts] if len(parts) > 1 else [words])
        whole = self._classify(words, vectors[0], media, earlier)
        reads = [whole]
        if len(parts) > 1:
            reads = self._taken_apart(parts, vectors[1:], media, earlier, whole.probability) or [whole]
        return self._assemble(reads, media, language_of(words))

    def _embed(self, texts: Sequence[str]) -> list[Vectors | None]:
        known = [i for i, text in enumerate(texts) if self._embedder is not None and not chinese(text)]
        found: list[Vectors | None] = [None] * len(texts)
        if known and self._embedder is not None:
            for place, vector in zip(known, self._embedder.embed([Content.from_text(texts[i]) for i in known]), strict=True):
                found[place] = vector
        return found

    def _classify(self, words: str, vector: Vectors | None, media: Sequence[str], earlier: Sequence[str]) -> _Read:
        head = self._head
        found = pieces(words, media)
        scores = head.probabilities(found, flags(words, media, earlier), vector)
        best = int(np.argmax(scores))
        label, search = head.classes[best], list(head.classes).index("search")
        if not media and searches_instead(label, words, earlier, share=float(scores[search] / scores[best])):
            label, best = "search", best if label == "help" else search
        return _Read(words=words, label=label, probability=float(scores[best]), scores=scores, pieces=tuple(found))

    def _taken_apart(
        self, parts: Sequence[str], vectors: Sequence[Vectors | None], media: Sequence[str], earlier: Sequence[str], together: float
    ) -> list[_Read]:
        """The parts read one by one, each knowing what the parts before it make; [] when a part is too unclear to stand alone, unless the
        first is clear and the whole, read as one with the chance `together`, is no clearer."""
        at_hand = list(earlier)
        reads: list[_Read] = []
        for part, vector in zip(parts, vectors, strict=True):
            read = self._classify(part, vector, media, at_hand)
            if read.probability < SPLIT_AT and not (reads and reads[0].probability >= CLEAR and together < SPLIT_AT):
                return []
            if made := _MAKES.get(read.label):
                at_hand.append(made)
            reads.append(read)
        return reads

    def _assemble(self, reads: Sequence[_Read], media: Sequence[str], language: str) -> Route:
        steps: list[Step] = []
        for read in reads:
            if read.label in TALK:
                continue
            same = bool(steps) and steps[-1].tool == read.label
            if same and read.label not in _REPEATABLE:
                steps[-1] = Step(tool=read.label, words=f"{steps[-1].words}. {read.words}")
                continue
            pieces_ = split_devices(read.words) if read.label == "control_device" else [read.words]
            steps += [Step(tool=read.label, words=words) for words in pieces_]
        steps = steps[:MAX_STEPS]
        left = tuple(r.words for r in reads if r.label == "out_of_scope") if steps else ()
        talk = tuple(Step(tool=r.label, words=r.words) for r in reads if r.label in ("small_talk", "help")) if steps else ()
        plan = tuple(s.tool for s in steps)
        intent = next((r.label for r in reads if r.label not in TALK), reads[0].label)
        return Route(
            candidates=self._candidates(reads, plan, media, language), plan=plan, intent=intent, steps=tuple(steps), left=left, talk=talk
        )

    def _candidates(self, reads: Sequence[_Read], plan: Sequence[str], media: Sequence[str], language: str) -> tuple[Candidate, ...]:
        head = self._head
        found: list[Candidate] = []
        for column, label in enumerate(head.classes):
            if label in TALK:
                continue
            read = max(reads, key=lambda r: float(r.scores[column]))
            reason = _reason(head.telling(read.pieces, label), label, media, language, label in plan)
            found.append(Candidate(tool=label, score=round(float(read.scores[column]), 4), reason=reason, cost=COSTS.get(label, "fast")))
        order = {tool: place for place, tool in reversed(list(enumerate(plan)))}
        return tuple(sorted(found, key=lambda c: (order.get(c.tool, len(plan)), -c.score)))

    def _bare(self, media: Sequence[str]) -> Route:
        """A turn of media without a word: say what is there."""
        tool = next((_BARE[m] for m in media if m in _BARE), "")
        if not tool:
            return Route(candidates=(), plan=(), intent="help")
        reason = say("assistant", "en", "route.bare", medium=say("assistant", "en", f"media.{media[0]}"))
        candidate = Candidate(tool=tool, score=1.0, reason=reason, cost=COSTS.get(tool, "fast"))
        return Route(candidates=(candidate,), plan=(tool,), intent=tool, steps=(Step(tool=tool, words=""),))


def _reason(telling: Sequence[str], label: str, media: Sequence[str], language: str, planned: bool) -> str:
    """Why the head gave this tool its score, in words of the turn."""
    does = say("assistant", language, f"does.{label}")
    if telling:
        quoted = say("assistant", language, "route.joint").join(f"“{words}”" for words in telling)
        key = "route.words_and_media" if media and planned else "route.words"
        return say(
            "assistant", language, key, does=does, words=quoted, media=say("assistant", language, f"media.{media[0]}") if media else ""
        )
    return say("assistant", language, "route.likeness" if planned else "route.little", does=does)
