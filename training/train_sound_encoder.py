"""Trains the sound half of the joint space: a small residual network on log-mel windows whose vectors meet MiniLM's vectors of words.

The text tower is locked. Few sounds are free, so each is heard many times: other speed, other place, other sounds under it. A teacher
(YAMNet, Apache-2.0) listens to every such view: the network imitates its features, and its own vectors must be as close to the names of
the teacher's 521 classes as the teacher's scores say (distillation, Hinton et al. 2015), so that the space knows more words than
the ten classes. Recordings of one source stay in one fold.

    python training/train_sound_encoder.py --data DIR

trains without fold 4, so that the shipped weights can be measured; `--folds 1,2,3,4` is a cross-validation. Resumes from its cache: the
views, and every finished or half-trained network.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from tqdm import tqdm

from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.embedders import _log_mel as mel
from retrieval.embedders.minilm import create as create_minilm
from training import data as sets

WIDTHS = (24, 48, 96, 192)
BATCH, RATE, DECAY = 64, 2e-3, 0.05
FOLDS, HELD = 4, 4
"""Folds there are, and the one that the shipped encoder never hears."""
VIEWS = 12
"""Views of each environmental sound."""
SPOKEN, MADE = 400, 320
"""Views of speech, and of sounds made by formula."""
TEACHER_SPAN, TEACHER_FEATURES = 15_600, 121
"""Samples the teacher takes, and the number of its tensor with the 1,024 features before its classifier."""
ALIKE = 0.75
HEAD_STEPS, HEAD_SCALE, ENVIRONMENTAL = 800, 30.0, 10
"""Steps in which the last layer alone is fitted, its temperature, and how many kinds come before those of speech and formula."""
CAPTIONS = {
    "Dog bark": ("dog bark", "dog", "a dog barking", "the sound of a dog", "a barking dog"),
    "Rain": ("rain", "rain falling", "the sound of rain", "it is raining", "cloud with rain"),
    "Sea waves": ("sea waves", "ocean waves", "the sound of the sea", "waves on a beach", "water wave"),
    "Baby cry": ("baby cry", "baby", "a baby crying", "the sound of a crying baby", "an infant cries"),
    "Clock tick": ("clock tick", "clock", "a clock ticking", "the ticking of a clock", "an alarm clock"),
    "Person sneeze": ("person sneeze", "sneezing face", "a person sneezing", "the sound of a sneeze", "somebody sneezes"),
    "Helicopter": ("helicopter", "a helicopter flying", "the sound of a helicopter", "helicopter rotor", "a flying helicopter"),
    "Chainsaw": ("chainsaw", "a chainsaw", "the sound of a chainsaw", "cutting wood with a chainsaw", "a running chainsaw"),
    "Rooster": ("rooster", "a rooster crowing", "the sound of a rooster", "a cock crows", "a crowing rooster"),
    "Fire crackling": ("fire crackling", "fire", "a crackling fire", "the sound of fire", "a burning camp fire"),
    "speech": ("speech", "a person speaking", "somebody talking", "the sound of a voice", "speaking head"),
    "word": ("a spoken word", "a person says a word", "a spoken command"),
    "digit": ("a spoken number", "a person says a digit", "a spoken digit"),
    "noise": ("white noise", "static noise", "hiss"),
    "tone": ("a tone", "a beep", "a test tone"),
    "music": ("music", "a melody", "musical notes", "a musical instrument"),
    "siren": ("siren", "an alarm", "the sound of a siren"),
    "silence": ("silence", "a silent recording", "nothing to hear"),
}  # fmt: skip
"""Words of each kind of sound; the first of an environmental class is its name in ESC-10."""
DATA = {
    "ESC-10 folds 1 to 3": "CC BY 3.0 (authors of the recordings: ESC-10_LICENSE_README.md of the set)",
    "LJSpeech": "public domain", "dataset-voice-kathleen": "CC0 1.0", "LibriSpeech (one clip)": "CC BY 4.0",
    "speech-to-intent-benchmark, wake-word-benchmark": "Apache-2.0", "Speech Commands (20 clips)": "CC BY 4.0",
    "Free Spoken Digit Dataset": "CC BY-SA 4.0", "sounds by formula": "ours, Apache-2.0",
}  # fmt: skip
TEACHER = "YAMNet (Apache-2.0): its scores and features of these sounds; none of its weights"
Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Clip:
    """One recording."""

    kind: str
    samples: Samples
    fold: int
    """1 to FOLDS; recordings of one source are in one fold."""


def clips(data: Path) -> list[Clip]:
    """Environmental sounds in their official folds, and some human speech in folds of its own."""
    decoder, found = Decoder(workers=1), []

    def read(files: sets.Files, name: str) -> Samples:
        return decoder.pcm(decoder.admit(files.bytes(name), name), mel.RATE)

    sounds = sets.Files(data, "environment_sound/dev/esc10")
    for row in tqdm([row for row in sounds.rows if int(row["fold"]) <= FOLDS], desc="sounds"):
        found.append(Clip(row["class"], read(sounds, row["file"]), int(row["fold"])))
    for name, kind, most in (("transcribed_en", "speech", 60), ("coffee_commands", "speech", 40), ("wake_words", "word", 40),
                             ("single_words_en", "word", 20), ("spoken_digits", "digit", 60)):  # fmt: skip
        spoken = sets.Files(data, f"speech/dev/{name}")
        chosen = sorted(spoken.rows, key=lambda row: hashlib.sha256(row["file"].encode()).hexdigest())[:most]
        for n, row in enumerate(tqdm(chosen, desc=name)):
            found.append(Clip(kind, read(spoken, row["file"]), 1 + n % FOLDS))
    decoder.close()
    return found


def made(kind: str, chance: np.random.Generator) -> Samples:
    """A sound made by formula, long enough for one window."""
    t = np.arange(mel.SPAN) / mel.RATE
    noise = chance.standard_normal(len(t))
    if kind == "silence":
        return np.asarray(noise * (0 if chance.random() < 0.5 else 1e-6), np.float32)
    if kind == "noise":
        return np.asarray(noise * 0.3, np.float32)
    if kind == "siren":
        pitch = chance.uniform(500, 1200) * (1 + chance.uniform(0.1, 0.4) * np.sin(2 * np.pi * chance.uniform(0.3, 4) * t))
        phase = 2 * np.pi * np.cumsum(pitch) / mel.RATE
        return np.asarray(np.sin(phase) + 0.3 * np.sin(2 * phase), np.float32)
    if kind == "tone":
        on = np.sin(2 * np.pi * chance.uniform(0.5, 5) * t) > chance.choice([-2, 0])
        return np.asarray(np.sin(2 * np.pi * chance.uniform(200, 4000) * t) * on + 0.001 * noise, np.float32)
    return _melody(t, chance)


def _melody(t: NDArray[np.float64], chance: np.random.Generator) -> Samples:
    """Notes of a scale with overtones that fade, one or three at once."""
    out, start = np.zeros_like(t), 0.0
    base, beat, fade = chance.uniform(130, 500), chance.uniform(0.15, 0.6), chance.uniform(0.1, 1.5)
    strength = chance.uniform(0.1, 1, 6) / np.arange(1, 7)
    while start < t[-1]:
        root = chance.choice([0, 2, 4, 5, 7, 9, 11, 12])
        for step in (0, 4, 7)[: chance.choice([1, 3])]:
            pitch = base * 2 ** ((root + step) / 12)
            since = np.clip(t - start, 0, None)
            out += (t >= start) * np.exp(-since / fade) * sum(
                s * np.sin(2 * np.pi * pitch * (n + 1) * since) for n, s in enumerate(strength) if pitch * (n + 1) < 7500)  # fmt: skip
        start += beat * chance.choice([1, 1, 2])
    return np.asarray(out, np.float32)


def _crop(samples: Samples, chance: np.random.Generator) -> Samples:
    """One window at another speed from one of the places that the encoder would look at, or beside it."""
    speed = math.exp(chance.uniform(-0.22, 0.22))
    long = int(mel.SPAN * speed) + 2
    starts = mel.places(samples)
    start = int(np.clip(chance.choice(starts) + chance.integers(-mel.STRIDE // 2, mel.STRIDE // 2), 0, max(0, len(samples) - long)))
    piece = samples[start : start + long]
    if len(piece) < long:
        piece = np.roll(np.pad(piece, (0, long - len(piece))), chance.integers(0, long - len(piece) + 1))
    return np.interp(np.arange(mel.SPAN) * speed, np.arange(long), piece).astype(np.float32)


def _level(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples)))) + 1e-9


@dataclass
class Views:
    """Views of the clips: decibel pictures, what the teacher says of them, their kind and fold (0: heard by every member)."""

    pictures: NDArray[Any]
    features: NDArray[Any]
    scores: NDArray[Any]
    kinds: NDArray[Any]
    folds: NDArray[Any]


class Teacher:
    """YAMNet, run by LiteRT; it is not part of what ships."""

    def __init__(self, data: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        folder = data / "models/yamnet"
        self._model = Interpreter(str(folder / "yamnet.tflite"), num_threads=1, experimental_preserve_all_tensors=True)
        self._model.allocate_tensors()
        self._input, self._scores = self._model.get_input_details()[0]["index"], self._model.get_output_details()[0]["index"]

    @staticmethod
    def names(data: Path) -> list[str]:
        """Names of its classes."""
        with (data / "models/yamnet/yamnet_class_map.csv").open(encoding="utf-8", newline="") as file:
            return [row["display_name"] for row in csv.DictReader(file)]

    def __call__(self, samples: Samples) -> tuple[Samples, Samples]:
        """Mean features (1024,) and scores (521,) over a window."""
        features, scores = [], []
        for start in np.linspace(0, len(samples) - TEACHER_SPAN, 2).astype(int):
            self._model.set_tensor(self._input, samples[None, start : start + TEACHER_SPAN])
            self._model.invoke()
            features.append(self._model.get_tensor(TEACHER_FEATURES).ravel().copy())
            scores.append(self._model.get_tensor(self._scores).ravel().copy())
        return np.mean(features, 0), np.mean(scores, 0)


def views(data: Path, cache: Path, seed: int) -> Views:
    """The views, made once and kept in `cache`."""
    path = cache / f"sound_views_{VIEWS}_{seed}.npz"
    if not path.exists():
        np.savez(path, **_make_views(clips(data), Teacher(data), seed))
    return Views(**np.load(path))


def _make_views(listed: list[Clip], teacher: Teacher, seed: int) -> dict[str, NDArray[Any]]:
    chance = np.random.default_rng(seed)
    outside = [clip for clip in listed if clip.kind in list(CAPTIONS)[:10]]
    spoken = [clip for clip in listed if clip.kind not in list(CAPTIONS)[:10]]
    plan: list[Clip | str] = [clip for clip in outside for _ in range(VIEWS)]
    plan += [spoken[n % len(spoken)] for n in range(SPOKEN)]
    plan += [chance.choice(["noise", "tone", "music", "music", "siren", "silence"]).item() for _ in range(MADE)]
    kinds, found = list(CAPTIONS), []
    for one in tqdm(plan, desc="views"):
        kind, fold = (one, 0) if isinstance(one, str) else (one.kind, one.fold)
        sound = made(one, chance) if isinstance(one, str) else _crop(one.samples, chance)
        if fold and chance.random() < 0.4:
            # Another sound of the same fold under it, 8 to 26 dB softer: the kind stays what it was.
            same = [clip for clip in outside if clip.fold == fold]
            under = _crop(same[chance.integers(len(same))].samples, chance)
            sound = sound + under * _level(sound) / _level(under) * 10 ** (-chance.uniform(8, 26) / 20)
        sound = sound / max(1e-4, float(np.abs(sound).max())) * chance.uniform(0.2, 0.95) if kind != "silence" else sound
        features, scores = teacher(sound.astype(np.float32))
        found.append((mel.decibels(mel.powers(sound)).astype(np.float16), features.astype(np.float16), scores.astype(np.float16),
                      kinds.index(kind), fold))  # fmt: skip
    names = ("pictures", "features", "scores", "kinds", "folds")
    return {name: np.stack([np.asarray(row[n]) for row in found]) for n, name in enumerate(names)}


class Block(nn.Module):
    """Two 3x3 convolutions and a way around them (He et al. 2016), pooled where the size halves (ResNet-D)."""

    def __init__(self, given: int, width: int) -> None:
        super().__init__()
        halves = given != width
        self.conv1 = nn.Conv2d(given, width, 3, 2 if halves else 1, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.pool = nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False) if halves else None
        self.shortcut = nn.Conv2d(given, width, 1, bias=False) if halves else None
        self.norm3 = nn.BatchNorm2d(width) if halves else None
        nn.init.zeros_(self.norm2.weight)

    def forward(self, x: Tensor) -> Tensor:
        around = self.norm3(self.shortcut(self.pool(x))) if self.pool else x
        return F.relu(self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x))))) + around)


class Network(nn.Module):
    """Windows (n, 1, MELS, FRAMES) -> vectors (n, 384), not yet of unit length, and pooled features (n, width)."""

    def __init__(self, dimension: int = 384) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, WIDTHS[0], 7, 4, 3, bias=False)
        self.norm = nn.BatchNorm2d(WIDTHS[0])
        self.blocks = nn.Sequential(*(Block(given, width) for given, width in zip((WIDTHS[0], *WIDTHS), WIDTHS, strict=False)))
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(WIDTHS[-1], dimension)
        self.imitate = nn.Linear(WIDTHS[-1], 1024)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        pooled = self.drop(self.blocks(F.relu(self.norm(self.stem(x)))).mean((2, 3)))
        return self.head(pooled), self.imitate(pooled)


class Texts:
    """Captions and the teacher's class names as unit vectors."""

    def __init__(self, names: list[str], cache: Path) -> None:
        listed = [(text, n) for n, texts in enumerate(CAPTIONS.values()) for text in texts]
        embedder = create_minilm(cache)

        def vectors(texts: list[str]) -> Tensor:
            return torch.from_numpy(embedder.embed([Content.from_text(text) for text in texts]))

        self.captions, self.names = vectors([text for text, _ in listed]), vectors([name.lower() for name in names])
        self.kinds = torch.tensor([kind for _, kind in listed])
        self.classes = vectors([texts[0] for texts in CAPTIONS.values()])
        self._of = [torch.nonzero(self.kinds == n).flatten() for n in range(len(CAPTIONS))]

    def some(self, kinds: Tensor, classes_share: float = 0.3) -> Tensor:
        """Places of one caption for each kind, the class name itself more often."""
        return torch.stack([
            of[0] if torch.rand(()) < classes_share else of[torch.randint(len(of), ())] for of in (self._of[k] for k in kinds.tolist())
        ])  # fmt: skip


def varied(power: Tensor) -> Tensor:
    """Band powers (n, MELS, FRAMES) -> input: another colouring, turned round in time, noise floor, pieces masked (SpecAugment)."""
    count, bands, frames = power.shape
    curve = F.interpolate(torch.randn(count, 1, 6) * 4, bands, mode="linear", align_corners=True)[:, 0]
    power = power * 10 ** (curve[:, :, None] / 10)
    floor = 10 ** torch.empty(count, 1, 1).uniform_(-8, -4.5)
    power = power + floor * power.amax((1, 2), keepdim=True) * -torch.rand_like(power).clamp(min=1e-6).log()
    seen = 10 * (power / power.amax((1, 2), keepdim=True).clamp(min=1e-12)).clamp(min=10 ** (mel.FLOOR / 10)).log10()
    seen = torch.stack([one.roll(int(shift), 1) for one, shift in zip(seen, torch.randint(frames, (count,)), strict=True)])
    for axis, most in ((1, 12), (2, 24), (2, 24)):
        size = torch.randint(0, most, (count, 1))
        start = (torch.rand(count, 1) * (seen.shape[axis] - size)).long()
        place = torch.arange(seen.shape[axis])
        mask = (place >= start) & (place < start + size)
        seen = seen.masked_fill(mask[:, :, None] if axis == 1 else mask[:, None, :], -60.0)
    return ((seen - mel.MEAN) / mel.STD)[:, None]


class Batches:
    """Batches for one member: views of the other folds, pairs of which are mixed."""

    def __init__(self, all_views: Views, left_out: int, seed: int) -> None:
        self._views, self._random = all_views, np.random.default_rng(seed)
        self._rows = np.flatnonzero(all_views.folds != left_out) if left_out else np.arange(len(all_views.folds))
        self.centre = torch.from_numpy(all_views.features[self._rows].astype(np.float32).mean(0))

    def next(self) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Input, kinds, the kinds mixed into them, the share of the first, teacher's features, teacher's scores."""
        rows = self._random.choice(self._rows, BATCH)
        power = torch.from_numpy(10 ** (self._views.pictures[rows].astype(np.float32) / 10))
        kinds = torch.from_numpy(self._views.kinds[rows])
        features, scores = (torch.from_numpy(a[rows].astype(np.float32)) for a in (self._views.features, self._views.scores))
        share = torch.from_numpy(self._random.beta(0.4, 0.4, BATCH).astype(np.float32))
        share = torch.maximum(share, 1 - share)
        share[torch.rand(BATCH) < 0.5] = 1.0
        other = torch.from_numpy(self._random.permutation(BATCH))
        w = share[:, None]
        power = share[:, None, None] * power + (1 - share)[:, None, None] * power[other]
        return (varied(power), kinds, kinds[other], share, w * features + (1 - w) * features[other], w * scores + (1 - w) * scores[other])


def loss_of(network: Network, scale: Tensor, batch: tuple[Tensor, ...], texts: Texts, centre: Tensor) -> Tensor:
    """Words by softmax over all captions, the teacher's names by its scores, the teacher's features by cosine."""
    seen, kinds, others, share, features, scores = batch
    vectors, imitated = network(seen)
    vectors = F.normalize(vectors, dim=1)
    logits = (vectors @ texts.captions.T) * scale[0].exp().clamp(max=60)
    loss = torch.zeros(len(seen))
    for kind, weight in ((kinds, share), (others, 1 - share)):
        own = texts.some(kind)
        # Its other captions, and words that mean nearly the same, are no wrong answers.
        free = (texts.kinds[None] == kind[:, None]) | (texts.captions[own] @ texts.captions.T > ALIKE)
        free[torch.arange(len(own)), own] = False
        loss = loss + weight * F.cross_entropy(logits.masked_fill(free, -1e4), own, reduction="none")
    named = (vectors @ texts.names.T) * scale[1].exp().clamp(max=60)
    wanted = scores.clamp(min=0.01) - 0.01 + 1e-5
    distilled = -(wanted / wanted.sum(1, keepdim=True) * named.log_softmax(1)).sum(1)
    imitation = 1 - F.cosine_similarity(imitated, features - centre)
    return (loss + 0.3 * distilled + 2.0 * imitation).mean()


def train(all_views: Views, texts: Texts, left_out: int, args: argparse.Namespace) -> Network:
    """One member, which never hears the fold `left_out` (0: hears all)."""
    torch.manual_seed(args.seed + left_out)
    batches = Batches(all_views, left_out, args.seed + left_out)
    network, device = Network(), Accelerator(cpu=args.cpu).device
    network = network.to(device).to(memory_format=torch.channels_last)
    average = torch.optim.swa_utils.AveragedModel(network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.995), use_buffers=True)
    scale = nn.Parameter(torch.tensor([math.log(15.0), math.log(15.0)]))
    decayed = [p for p in network.parameters() if p.ndim > 1]
    plain = [*(p for p in network.parameters() if p.ndim <= 1), scale]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": DECAY}, {"params": plain, "weight_decay": 0}], lr=RATE)
    checkpoint, first = args.cache / f"sound_encoder_{args.name}_{left_out}.pt", 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"]), average.load_state_dict(state["average"]), optimizer.load_state_dict(state["optimizer"])
        scale.data, first = state["scale"], state["step"]
    bar = tqdm(range(first, args.steps), initial=first, total=args.steps, desc=f"without fold {left_out}", mininterval=5)
    for step in bar:
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * step / args.steps)) + 1e-6
        loss = loss_of(network, scale, batches.next(), texts, batches.centre)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        average.update_parameters(network)
        bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
        if step % 100 == 99 or step + 1 == args.steps:
            torch.save({"network": network.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(),
                        "scale": scale.data, "step": step + 1}, checkpoint)  # fmt: skip
    return average.module.eval()


def fit_head(network: Network, all_views: Views, texts: Texts, left_out: int, steps: int = HEAD_STEPS) -> None:
    """Fit the last layer alone, on what the finished network hears: features are learned in fewer steps than words are met.

    Kinds come equally often, pairs are mixed, and every caption of a kind is right; the teacher's names stay a part.
    """
    rows = np.flatnonzero(all_views.folds != left_out)
    with torch.no_grad():
        heard = []
        for part in np.array_split(rows, len(rows) // 128 + 1):
            plain = (torch.from_numpy(all_views.pictures[part].astype(np.float32)) - mel.MEAN) / mel.STD
            heard.append(network.blocks(F.relu(network.norm(network.stem(plain[:, None])))).mean((2, 3)))
    features = torch.cat(heard)
    kinds, scores = torch.from_numpy(all_views.kinds[rows]), torch.from_numpy(all_views.scores[rows].astype(np.float32))
    spread = features.std(0, keepdim=True)
    chance = (1.0 / torch.bincount(kinds, minlength=len(CAPTIONS)).clamp(min=1))[kinds]
    chance[kinds >= ENVIRONMENTAL] *= 0.3
    right = texts.kinds[None] == torch.arange(len(CAPTIONS))[:, None]
    head, optimizer = network.head, torch.optim.AdamW(network.head.parameters(), lr=3e-3, weight_decay=0.3)
    for step in tqdm(range(steps), desc="words"):
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * (0.5 + 0.5 * math.cos(math.pi * step / steps)) + 1e-5
        chosen = torch.multinomial(chance, 256, replacement=True)
        share = torch.where(torch.rand(256) < 0.6, 1.0, 0.5 + 0.5 * torch.rand(256))[:, None]
        mixed = share * features[chosen] + (1 - share) * features[chosen.roll(1)]
        mixed = F.dropout(mixed + torch.randn_like(mixed) * 0.15 * spread, 0.1)
        vectors = F.normalize(head(mixed), dim=1)
        spoken = (vectors @ texts.captions.T * HEAD_SCALE).log_softmax(1)
        wanted = share * right[kinds[chosen]] + (1 - share) * right[kinds[chosen.roll(1)]]
        words = -(wanted / wanted.sum(1, keepdim=True) * spoken).sum(1)
        score = (share * scores[chosen] + (1 - share) * scores[chosen.roll(1)]).clamp(min=0.01) - 0.01 + 1e-5
        named = (vectors @ texts.names.T * HEAD_SCALE).log_softmax(1)
        loss = (words - 0.15 * (score / score.sum(1, keepdim=True) * named).sum(1)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


@torch.no_grad()
def embed(network: Network, samples: Samples) -> NDArray[Any]:
    """Unit vector of a recording."""
    vectors, _ = network(torch.from_numpy(mel.windows(samples)))
    return np.asarray(F.normalize(F.normalize(vectors, dim=1).mean(0), dim=0))


def scored(network: Network, listed: list[Clip], texts: Texts, fold: int) -> tuple[int, int]:
    """(right, all) of the fold's environmental sounds, by the nearest of the ten class names."""
    chosen = [clip for clip in listed if clip.fold == fold and clip.kind in list(CAPTIONS)[:10]]
    names = texts.classes[:10].numpy()
    guesses = [int((names @ embed(network, clip.samples)).argmax()) for clip in chosen]
    return sum(list(CAPTIONS)[guess] == clip.kind for guess, clip in zip(guesses, chosen, strict=True)), len(chosen)


def folded(network: Network, prefix: str = "") -> dict[str, Tensor]:
    """The weights as they ship: batch norm folded into the convolution before it, fp16."""

    def fold(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
        gain = norm.weight / (norm.running_var + norm.eps).sqrt()
        return conv.weight * gain.view(-1, 1, 1, 1), norm.bias - norm.running_mean * gain

    found: dict[str, Tensor] = {}
    found["stem.weight"], found["stem.bias"] = fold(network.stem, network.norm)
    for n, block in enumerate(network.blocks):
        for name, conv, norm in (("conv1", block.conv1, block.norm1), ("conv2", block.conv2, block.norm2)):
            found[f"blocks.{n}.{name}.weight"], found[f"blocks.{n}.{name}.bias"] = fold(conv, norm)
        if block.shortcut is not None:
            found[f"blocks.{n}.shortcut.weight"], found[f"blocks.{n}.shortcut.bias"] = fold(block.shortcut, block.norm3)
    found["head.weight"], found["head.bias"] = network.head.weight, network.head.bias
    return {prefix + name: tensor.detach().half().contiguous().clone() for name, tensor in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="folder of the training sets (default: $DATA)")
    parser.add_argument("--cache", default="~/.cache/synesthesia/training", type=lambda given: Path(given).expanduser())
    parser.add_argument("--out", default="retrieval/embedders/senses_sound.safetensors", type=Path)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--name", default="a", help="of this run's checkpoints")
    parser.add_argument("--folds", default=str(HELD), help="folds to leave out, one network each; 1,2,3,4 is a cross-validation")
    parser.add_argument("--cpu", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.cache.mkdir(parents=True, exist_ok=True)
    root, started = sets.folder(args.data), time.monotonic()
    texts = Texts(Teacher.names(root), args.cache)
    all_views = views(root, args.cache, args.seed)
    right = cases = 0
    for fold in map(int, args.folds.split(",")):
        network = train(all_views, texts, fold, args)
        fit_head(network, all_views, texts, fold)
        if fold == HELD:
            ship(network, root, args, round(time.monotonic() - started))
        if "," in args.folds:
            new, count = scored(network, clips(root), texts, fold)
            right, cases = right + new, cases + count
            print(json.dumps({"without_fold": fold, "accuracy": new / count, "over_folds": right / cases, "cases": cases}), flush=True)


def ship(network: Network, root: Path, args: argparse.Namespace, seconds: int) -> None:
    """Write the weights as the service reads them, measure them through the service's code, and write the card."""
    from assistant.evaluation.sound_encoder import evaluate
    from retrieval.embedders.senses import Senses

    save_file(folded(network), args.out, metadata=mel.METADATA)
    scores = evaluate(root, Senses(args.cache, folder=args.out.parent))
    card = {
        "name": "senses, sound", "role": "audio_embedder", "kind": "learned", "source": "training/train_sound_encoder.py", "revision": "1",
        "sha256": hashlib.sha256(args.out.read_bytes()).hexdigest(), "licence": "Apache-2.0", "bytes": args.out.stat().st_size,
        "modalities": ["text", "audio"], "dimension": 384, "scores": {score.name: round(score.value, 4) for score in scores},
        "limits": "Knows dogs, roosters, babies, rain, waves, fire, clocks, sneezes, helicopters, chainsaws and voices; "
        "for any other sound its names are guesses.",
        "training": {
            "command": f"python training/train_sound_encoder.py --data DATA --steps {args.steps}", "seconds": seconds,
            "device": "one thread of a shared CPU", "held_back": f"fold {HELD} of ESC-10", "data": DATA, "teacher": TEACHER,
        },
    }  # fmt: skip
    args.out.with_suffix(".card.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
