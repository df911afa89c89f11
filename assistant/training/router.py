"""The router: its head trained further on a person's own turns, held near the one that ships and to turns that it must not forget.

Turns are the rows of `assistant eval routing`: words, media, expected. The hashed pieces and the last layer learn; what the sentence
embedding is read for stays. Before and after are measured through the router itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.adapted import Card
from assistant.reflex.features import BUCKETS, FLAGS, chinese, flags, pieces
from assistant.reflex.head import FILE, load_head, open_head
from assistant.reflex.router import TALK, Router
from assistant.training.gain import judged
from assistant.training.rows import folded, needed, split, table
from assistant.training.runs import Draft, Options, Progress, one_thread
from retrieval.content import Content
from retrieval.faults import InvalidInput

if TYPE_CHECKING:
    from retrieval.embedders.base import Embedder

KNOWN = Path(__file__).with_name("known_turns.tsv")
"""Everyday turns: half are learned from again, half tell whether they are still understood."""
STEPS, RATE = 150, 0.02
NEAR = 0.02
"""Weight of staying near the head that ships."""
FORGOTTEN = 0.02
"""Most that the share of everyday turns may fall."""
NONE = "none"
EXAMPLE = "words, media, expected"


@dataclass(frozen=True)
class Turn:
    """A request and the tool it is for."""

    words: str
    media: tuple[str, ...]
    earlier: tuple[str, ...]
    label: str

    @property
    def key(self) -> str:
        """The same for the same words with the same media."""
        return f"{folded(self.words)}|{','.join(self.media)}|{','.join(self.earlier)}"

    @property
    def expected(self) -> str:
        """First tool of the plan, or `none`."""
        return NONE if self.label in TALK else self.label


def read(path: Path) -> list[Turn]:
    """The turns of a file. Raises InvalidInput that names the line of a label that is none of ours."""
    rows = table(path)
    words = needed(rows, ("words", "text", "utterance", "query"), path, EXAMPLE)
    expected = needed(rows, ("expected", "label", "intent", "tool"), path, EXAMPLE)
    found = []
    for line, row in rows:
        label = row.get(expected, "")
        label = "out_of_scope" if label == NONE else label
        if label not in load_head().classes:
            raise InvalidInput(
                f"{path}, line {line}: '{label}' is no tool.", hint=f"Use one of: {', '.join(load_head().classes)}.", param="data",
                code="unknown_label",
            )  # fmt: skip
        media = [part.strip() for part in row.get("media", "").split(",") if part.strip()]
        if row.get(words):
            earlier = tuple(part.partition(":")[2] for part in media if ":" in part)
            found.append(Turn(row[words], tuple(part for part in media if ":" not in part), earlier, label))
    if len({turn.label for turn in found}) < 2:
        raise InvalidInput(
            f"All rows of {path} are of one kind.", hint="Rows for at least two tools are needed.", param="data", code="one_class"
        )
    return found


def train(options: Options, progress: Progress) -> Card:
    """A further trained router beside the others. Raises NotFound, InvalidInput, Unreadable for data that cannot be used."""
    options.check()
    from retrieval.embedders.minilm import create

    rows = [turn for path in options.data for turn in read(path)]
    parts = split(rows, lambda one: one.key, options.seed, read(options.holdout) if options.holdout is not None else None)
    known = read(KNOWN)
    embedder = create(options.cache_dir)
    draft = Draft(options, "router", str(options))
    try:
        with one_thread():
            _save(draft.open(), _fitted(parts.train, known[::2], embedder, options.seed, progress))
        old, new = Router(embedder), Router(embedder, open_head(draft.path))
        before, after = first_right(old, parts.held), first_right(new, parts.held)
        scores = {
            "before_routing": float(np.mean(before)), "after_routing": float(np.mean(after)),
            "before_everyday": share(old, known[1::2]), "after_everyday": share(new, known[1::2]),
        }  # fmt: skip
        better, notes = judged(before, after, options.seed)
        better = better and scores["after_everyday"] >= scores["before_everyday"] - FORGOTTEN
        return draft.finish(FILE, roles={"router": "reflex"}, replaces={}, scores=scores, better=better, rows=parts.counts(), notes=notes)
    finally:
        draft.drop()


def share(router: Router, turns: Sequence[Turn]) -> float:
    """Of the turns whose first tool is right."""
    return float(np.mean(first_right(router, turns)))


def first_right(router: Router, turns: Sequence[Turn]) -> NDArray[np.bool_]:
    """Whether the first tool of each turn is right."""
    plans = [router.route(turn.words, turn.media, turn.earlier).plan for turn in turns]
    return np.array([(plan[0] if plan else NONE) == turn.expected for plan, turn in zip(plans, turns, strict=True)])


def _fitted(own: Sequence[Turn], known: Sequence[Turn], embedder: Embedder, seed: int, progress: Progress) -> dict[str, NDArray[Any]]:
    """Weights in the form of `Head`."""
    import torch

    torch.manual_seed(seed)
    head, turns = load_head(), [*own, *known]
    start = {name: torch.from_numpy(value) for name, value in head.weights.items()}
    bags = _bags(turns)
    used = np.flatnonzero(bags.any(0))  # the other rows of the table stay as they are
    seen, start["table"] = torch.from_numpy(bags[:, used]), start["table"][used]
    marks = torch.zeros(len(turns), len(FLAGS))
    for row, turn in enumerate(turns):
        marks[row, flags(turn.words, turn.media, turn.earlier)] = 1
    vectors = torch.from_numpy(embedder.embed([Content.from_text(turn.words) for turn in turns]))
    english = torch.tensor([[not chinese(turn.words)] for turn in turns])
    hidden = torch.tanh(vectors @ start["first"] + start["first_bias"]) * english
    labels = torch.tensor([head.classes.index(turn.label) for turn in turns])
    learned = {name: torch.nn.Parameter(start[name].clone()) for name in ("table", "flags", "bias", "second")}
    optimizer = torch.optim.Adam(learned.values(), lr=RATE)
    for step in range(STEPS):
        logits = seen @ learned["table"] + marks @ learned["flags"] + learned["bias"] + hidden @ learned["second"]
        near = sum(((learned[name] - start[name]) ** 2).sum() for name in learned)
        loss = torch.nn.functional.cross_entropy(logits, labels, label_smoothing=0.03) + NEAR * near
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        progress((step + 1) / STEPS, "router")
    found = {name: value.detach().numpy() for name, value in learned.items()}
    whole = head.weights["table"].copy()
    whole[used] = found["table"]
    return head.weights | found | {"table": whole}


def _bags(turns: Sequence[Turn]) -> NDArray[np.float32]:
    """How often each bucket is in each turn, over the root of the number of its pieces: shape (turns, BUCKETS)."""
    bags = np.zeros((len(turns), BUCKETS), np.float32)
    for row, turn in enumerate(turns):
        found = pieces(turn.words, turn.media)
        np.add.at(bags[row], [piece.bucket for piece in found], 1 / np.sqrt(np.float32(max(1, len(found)))))
    return bags


def _save(place: Path, weights: dict[str, NDArray[Any]]) -> None:
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(value.astype(np.float16)) for name, value in weights.items()}, place / FILE)
