"""One space for pictures, sounds and words: small networks trained here meet the vectors of the text embedder, which stays as it is.

A picture is seen at 128 x 128 pixels, from three distances and mirrored, by a perceptron over its edges, textures and colours; a sound is
heard as its log-mel spectrum by a convolution network, which ONNX Runtime runs on a graph written from the weights. Both end in vectors
that are near the vectors of the words for what is there (a locked text tower, Zhai et al. 2022), so any of the three can be looked for by
any other. torch is never imported.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from retrieval.content import Content, Modality
from retrieval.decoding import Decoder, pixels
from retrieval.embedders import _residual_graph
from retrieval.embedders._adapter import Adapter
from retrieval.embedders._export import digest
from retrieval.embedders._gradients import SIDE, Perceptron
from retrieval.embedders.base import Embedder, Vectors
from retrieval.embedders.minilm import DIMENSION, MiniLM, adapted, cores
from retrieval.faults import Unavailable, UnsupportedType
from retrieval.items import ModelCard

VERSION = 2
"""Raise when a picture or a sound is prepared in another way: its vectors are then of another space."""
RATE = 16_000
AT_ONCE = 16
"""Pictures in a batch: bounds memory."""
NEARER, FARTHER = 0.85, 112
"""Share of the picture that is seen from nearer; pixels that it takes up from farther."""
FIRST = "stem.weight"
HERE = Path(__file__).parent
WEIGHTS: Mapping[Modality, str] = {"image": "senses_image.safetensors", "audio": "senses_sound.safetensors"}
ROLES: Mapping[str, Modality] = {"image_embedder": "image", "audio_embedder": "audio"}
Array = NDArray[np.float32]


def fitted(rgb: NDArray[np.uint8], side: int) -> Image.Image:
    """The picture inside a white square of `side` pixels. Its proportions stay."""
    height, width = rgb.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    filter_ = Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.LANCZOS
    small = Image.fromarray(rgb).resize(size, filter_, reducing_gap=3.0)
    square = Image.new("RGB", (side, side), "white")
    square.paste(small, ((side - size[0]) // 2, (side - size[1]) // 2))
    return square


def framed(rgb: NDArray[np.uint8]) -> Array:
    """The picture as a whole, from nearer and from farther, 0 to 1: shape (3, SIDE, SIDE, 3).

    Edges are compared at fixed places, so a thing that fills the picture more or less than those learned from would not be known.
    """
    whole, edge = fitted(rgb, SIDE), SIDE * (1 - NEARER) / 2
    nearer = whole.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=(edge, edge, SIDE - edge, SIDE - edge))
    farther = Image.new("RGB", (SIDE, SIDE), "white")
    farther.paste(whole.resize((FARTHER, FARTHER), Image.Resampling.BILINEAR), ((SIDE - FARTHER) // 2, (SIDE - FARTHER) // 2))
    return np.stack([np.asarray(one, np.float32) / 255 for one in (whole, nearer, farther)])


def card_of(weights: Path) -> dict[str, Any]:
    """The card beside a weight file; empty when there is none."""
    path = weights.with_name(weights.name.replace(".safetensors", ".card.json"))
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return found


class _Network:
    """A weight file and the sessions that run it: one, or one for each member of a committee, told apart by the beginning of the keys."""

    def __init__(self, path: Path) -> None:
        """Raises Unavailable for a damaged file."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(str(path), "numpy") as file:
                weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
            self._members = [_session(_residual_graph.model(member)) for member in _members(weights)]
            self.members = len(self._members)
        except (OSError, SafetensorError, ValueError, KeyError) as error:
            raise Unavailable(f"The weights {path.name} cannot be read: {error}.", hint="Install this program again.") from error

    def run(self, given: Array, member: int | None = None) -> Array:
        """Unit vectors (n, 384): the mean of the members, or what one of them says."""
        chosen = self._members if member is None else self._members[member : member + 1]
        return _unit(np.sum([session.run(None, {_residual_graph.INPUT: given})[0] for session in chosen], axis=0))


def _members(weights: _residual_graph.Weights) -> list[_residual_graph.Weights]:
    starts = sorted(key.removesuffix(FIRST) for key in weights if key.endswith(FIRST))
    return [{key.removeprefix(start): value for key, value in weights.items() if key.startswith(start)} for start in starts or [""]]


def _session(graph: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _unit(vectors: Array) -> Array:
    unit: Array = (vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)).astype(np.float32)
    return unit


class Senses:
    """The embedder. Weights load at the first picture or sound; words are left to the text embedder it was given."""

    dimension = DIMENSION

    def __init__(
        self, cache_dir: Path, decoder: Decoder | None = None, words: Embedder | None = None, folder: Path = HERE,
        adapter: Adapter | None = None,
    ) -> None:  # fmt: skip
        own = adapted(MiniLM(cache_dir), adapter)
        self.text_space = own.space
        """Vectors of this space may be compared with those of `space`."""
        given = (words, getattr(words, "unadapted", None))
        self._words: Embedder = next((one for one in given if one is not None and one.space == self.text_space), own)
        self._adapter = adapter
        self._decoder = decoder
        self._folder = folder
        self._lock = threading.Lock()

    @cached_property
    def modalities(self) -> frozenset[Modality]:
        """What can be embedded: words, and what there are weights for."""
        return frozenset({"text", *(kind for kind, name in WEIGHTS.items() if (self._folder / name).is_file())})

    @cached_property
    def space(self) -> str:
        """Named by the weights, so that vectors of retrained ones are never compared with older ones."""
        parts = [str(VERSION), self.text_space]
        parts += [digest(self._folder / name) for kind, name in WEIGHTS.items() if kind in self.modalities]
        parts += [self._adapter.sha256] if self._adapter is not None else []
        return f"senses-{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:8]}"

    @cached_property
    def cards(self) -> dict[str, ModelCard]:
        """Card of each role: of the picture network, and of the sound network."""
        return {role: self._card(role, kind) for role, kind in ROLES.items() if kind in self.modalities}

    @cached_property
    def card(self) -> ModelCard:
        """Both networks as one model."""
        cards = list(self.cards.values())
        return ModelCard(
            name="senses", role="image_embedder", source="retrieval/embedders/senses.py", revision=str(VERSION), dimension=DIMENSION,
            sha256=cards[0].sha256 if cards else "", licence="; ".join(dict.fromkeys(card.licence for card in cards)) or "Apache-2.0",
            bytes=sum(card.bytes for card in cards), modalities=tuple(sorted(self.modalities)),
            scores={name: score for card in cards for name, score in card.scores.items()},
            limits=" ".join(card.limits for card in cards) or "No weights are installed.",
        )  # fmt: skip

    def _card(self, role: str, kind: Modality) -> ModelCard:
        weights = self._folder / WEIGHTS[kind]
        known = {key: value for key, value in card_of(weights).items() if key in ModelCard.model_fields}
        fixed = {"name": "senses", "role": role, "bytes": weights.stat().st_size, "modalities": ("text", kind), "dimension": DIMENSION}
        card = ModelCard(**{"licence": "Apache-2.0", "limits": "Small: names everyday things, and is often wrong.", **known, **fixed})
        return card if self._adapter is None else self._adapter.card(card)

    @cached_property
    def _eyes(self) -> Perceptron:
        with self._lock:
            return Perceptron(self._folder / WEIGHTS["image"])

    @cached_property
    def _ears(self) -> _Network:
        with self._lock:
            return _Network(self._folder / WEIGHTS["audio"])

    def embed(self, contents: Sequence[Content]) -> Vectors:
        """Unit vectors, shape (len(contents), 384). Raises UnsupportedType for other content, and what decoding raises."""
        for content in contents:
            if content.modality not in self.modalities:
                raise UnsupportedType(f"A {content.modality} cannot be compared here.", hint="Send words, a picture or a sound.")
        vectors = np.zeros((len(contents), DIMENSION), np.float32)
        ways: dict[Modality, Callable[[list[Content]], Vectors]] = {
            "text": self._words.embed, "image": self._seen, "audio": self._heard,
        }  # fmt: skip
        for kind, embed in ways.items():
            places = [n for n, content in enumerate(contents) if content.modality == kind]
            if places:
                made = embed([contents[n] for n in places])
                vectors[places] = made if kind == "text" or self._adapter is None else self._adapter.medium(kind, made)
        return vectors

    def _seen(self, contents: list[Content]) -> Vectors:
        parts = []
        for start in range(0, len(contents), AT_ONCE):
            seen = np.concatenate([framed(pixels(content)) for content in contents[start : start + AT_ONCE]])
            parts.append(_unit(self._eyes.run(seen).reshape(-1, 3, DIMENSION).sum(1)))
        return np.concatenate(parts)

    @property
    def listeners(self) -> int:
        """How many networks hear a sound."""
        return self._ears.members

    def _heard(self, contents: list[Content]) -> Vectors:
        return np.stack([self.heard(content) for content in contents])

    def heard(self, content: Content, member: int | None = None) -> Vectors:
        """The unit vector of a sound, the mean over its windows; with `member` as one of a committee hears it."""
        from retrieval.embedders._log_mel import windows

        shown = windows(self._sound_decoder().pcm(content, RATE))
        return _unit(self._ears.run(shown, member).mean(0))

    def _sound_decoder(self) -> Decoder:
        with self._lock:
            if self._decoder is None:
                self._decoder = Decoder(workers=1)
            return self._decoder


def create(cache_dir: Path, decoder: Decoder | None = None, words: Embedder | None = None, reference: str = "") -> Embedder:
    """The embedder. Give it the service's decoder and text embedder; without them it brings its own.

    `reference` is the directory of an adapter (`assistant train encoder`).
    """
    return Senses(cache_dir, decoder, words, adapter=Adapter(Path(reference).expanduser()) if reference else None)
