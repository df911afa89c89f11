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
import hashlib
import json
import math
import time
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
from retrieval.embedders import _log_mel as mel
from retrieval.embedders.minilm import create as create_minilm
from training import data as sets
from training.sound_network import Network, folded
from training.sound_views import CAPTIONS, Clip, Samples, Teacher, Views, clips, views

BATCH, RATE, DECAY = 64, 2e-3, 0.05
HELD = 4
"""The fold that the shipped encoder never hears."""
ALIKE = 0.75
HEAD_STEPS, HEAD_SCALE, ENVIRONMENTAL = 800, 30.0, 10
"""Steps in which the last layer alone is fitted, its temperature, and how many kinds come before those of speech and formula."""
DATA = {
    "ESC-10 folds 1 to 3": "CC BY 3.0 (authors of the recordings: ESC-10_LICENSE_README.md of the set)",
    "LJSpeech": "public domain", "dataset-voice-kathleen": "CC0 1.0", "LibriSpeech (one clip)": "CC BY 4.0",
    "speech-to-intent-benchmark, wake-word-benchmark": "Apache-2.0", "Speech Commands (20 clips)": "CC BY 4.0",
    "Free Spoken Digit Dataset": "CC BY-SA 4.0", "sounds by formula": "ours, Apache-2.0",
}  # fmt: skip
TEACHER = "YAMNet (Apache-2.0): its scores and features of these sounds; none of its weights"


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
