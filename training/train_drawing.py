"""Trains the text-to-image pipeline in `tools/image_generators/drawing_model`: drawings of the emoji concepts in three styles.

    make train-drawing DATA=DIR        # about a quarter of an hour on one core

Four steps, the longest last, each kept in `--work` so that a second start goes on where the first one stopped:
1. the code: principal components of the low frequencies of all drawings;
2. the words: a layer from MiniLM's sentence vector to concepts, learned from each name in several phrasings and its own keywords;
3. the denoiser: the expected code of each concept in each style is a least-squares problem; what is left unexplained is measured;
4. the decoder: two small convolutional networks, one takes the ringing of the code away, one doubles the size (taught at half the size).

Only styles under Apache-2.0 and MIT are learned: a model that draws what it was taught should not need to credit every drawing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from diffusers import DDIMScheduler
from torch import Tensor, nn
from tqdm import tqdm

from retrieval.content import Content
from retrieval.embedders.minilm import create as minilm
from tools.image_generators._diffusion.autoencoder import SpriteAutoencoder
from tools.image_generators._diffusion.denoiser import SpriteDenoiser
from training.data import Files, folder
from training.drawing_concepts import STYLES, chosen, concepts, phrasings

SET = "drawings/emoji/dev/emoji"
SIDE = 96
UNEXPLAINED = 1e-3
"""Least share of a code's variance that no words explain: it keeps the last steps from standing still."""
LATENT = 1024
LUMA, CHROMA = 48, 24
"""Frequencies kept of brightness and opacity, and of colour, of 96."""
OUT = Path(__file__).parent.parent / "tools/image_generators/drawing_model"
LIMITS = (
    "Redraws the 948 things it was taught, each in three styles, from memory; it invents none. Colours are dyed, numbers, places and "
    "backgrounds are laid out by rules. No photographs, no actions, no relations between parts."
)


def pictures(files: Files, rows: list[dict[str, str]]) -> Tensor:
    """Shape (count, 4, SIDE, SIDE), colours multiplied by opacity, 0 to 255."""
    found = np.zeros((len(rows), 4, SIDE, SIDE), np.uint8)
    for n, row in enumerate(tqdm(rows, desc="drawings", mininterval=5)):
        pixels = np.asarray(files.picture(row["file"]), np.float32)[:SIDE, :SIDE]
        pixels[..., :3] *= pixels[..., 3:] / 255
        top, left = (SIDE - pixels.shape[0]) // 2, (SIDE - pixels.shape[1]) // 2
        found[n, :, top : top + pixels.shape[0], left : left + pixels.shape[1]] = np.rint(pixels).transpose(2, 0, 1)
    return torch.from_numpy(found)


def batches(drawings: Tensor, size: int = 256) -> list[Tensor]:
    """The drawings as floats, some at a time."""
    return [part.float() / 255 for part in drawings.split(size)]


def fit_code(model: SpriteAutoencoder, drawings: Tensor) -> Tensor:
    """Sets the linear part of the autoencoder; returns the codes (count, LATENT)."""
    waves = torch.cat([model.frequencies.analyse(part) for part in tqdm(batches(drawings), desc="code", mininterval=5)])
    mean = waves.mean(0)
    waves -= mean
    power, turn = torch.linalg.eigh(waves @ waves.T)
    power, turn = power.flip(0)[:LATENT], turn.flip(1)[:, :LATENT]
    codes = waves.T @ turn / power.sqrt()
    spread = (power / len(waves)).sqrt()
    # half-way whitened: fine detail keeps some weight against the noise, coarse form keeps most
    scale = spread.sqrt()
    scale = scale * (spread / scale).square().mean().sqrt()
    model.mean.data, model.basis.data, model.scale.data = mean, codes.T.contiguous(), scale
    return waves @ codes / scale


def vectors(texts: list[str], cache: Path) -> Tensor:
    """Unit sentence vectors."""
    embedder = minilm(cache)
    parts = [texts[n : n + 256] for n in range(0, len(texts), 256)]
    return torch.from_numpy(np.concatenate([embedder.embed([Content.from_text(t) for t in part]) for part in tqdm(parts, desc="words")]))


def fit_words(model: SpriteDenoiser, words: Tensor, owner: Tensor, weight: Tensor, steps: int = 150) -> float:
    """Teaches the layer from words to concepts; returns how many texts it reads right.

    It starts from linear discriminants (names apart, phrasings of one name together) and goes on by logistic regression, which also
    takes in the keywords.
    """
    plain = weight == 1
    means = torch.stack([words[plain & (owner == n)].mean(0) for n in range(int(owner.max()) + 1)])
    centre, within = means.mean(0), words[plain] - means[owner[plain]]
    noise = within.T @ within / len(within)
    away = (means - centre) @ torch.linalg.inv(noise + torch.trace(noise) / len(noise) * torch.eye(len(noise)))
    model.read.weight.data = away.clone()
    model.read.bias.data = -away @ centre - 0.5 * ((means - centre) * away).sum(1)
    best = torch.optim.Adam(model.read.parameters(), lr=2e-2)
    for _ in tqdm(range(steps), desc="concepts", mininterval=5):
        best.zero_grad()
        (F.cross_entropy(model.read(words), owner, reduction="none") * weight).mean().backward()
        best.step()
    return float((model.read(words).argmax(1) == owner).float().mean())


def targets(codes: Tensor, rows: list[dict[str, str]], labels: list[str]) -> Tensor:
    """(concepts, styles, LATENT): the code of each concept in each style; in a style that lacks it, that of another."""
    place = {label: n for n, label in enumerate(labels)}
    table = torch.full((len(labels), len(STYLES), codes.shape[1]), torch.nan)
    for code, row in zip(codes, rows, strict=True):
        table[place[row["label"]], STYLES.index(row["style"])] = code
    for concept in table:
        known = [s for s in range(len(STYLES)) if not concept[s].isnan().any()]
        for style in range(len(STYLES)):
            if style not in known:
                concept[style] = concept[known[-1]]
    return table


def fit_denoiser(model: SpriteDenoiser, codes: Tensor, rows: list[dict[str, str]], table: Tensor) -> float:
    """Sets the expected codes and the variances; returns the share of the codes' variance that stays unexplained."""
    model.codes.data = table.half().float()
    model.spread.data = codes.square().mean(0)
    left = (model.codes - table).square().mean((0, 1)).detach()
    model.unexplained.data = left + UNEXPLAINED * model.spread
    return float(model.unexplained.sum() / model.spread.sum())


def train_decoder(
    model: SpriteAutoencoder, codes: Tensor, drawings: Tensor, minutes: float, checkpoint: Path, device: torch.device
) -> None:  # fmt: skip
    """The two networks of the decoder by mean absolute error, on crops; goes on from `checkpoint`."""
    nets = nn.ModuleDict({"refine": model.refine, "enlarge": model.enlarge}).to(device)
    best = torch.optim.AdamW(nets.parameters(), lr=2e-3, weight_decay=0)
    spent, step = 0.0, 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        nets.load_state_dict(state["nets"])
        best.load_state_dict(state["best"])
        spent, step = state["spent"], state["step"]
    start, total, generator = time.perf_counter() - spent, minutes * 60, torch.Generator().manual_seed(step)
    seen: dict[str, float] = {}
    with tqdm(total=round(total), initial=round(spent), desc="decoder", unit="s", mininterval=5) as bar:
        while (spent := time.perf_counter() - start) < total:
            rate = 2e-3 * min(1.0, (step + 1) / 50) * 0.5 * (1 + math.cos(math.pi * spent / total)) + 1e-6
            for group in best.param_groups:
                group["lr"] = rate
            pick = torch.randint(len(codes), (32,), generator=generator)
            with torch.no_grad():
                rough = model.rough(codes[pick].to(device))
                goal = drawings[pick].to(device).float() / 255
            losses = {"refine": _restored(nets["refine"], rough, goal, 48, 1, generator)}
            small = F.interpolate(goal, scale_factor=0.5, mode="area")
            losses["enlarge"] = _restored(nets["enlarge"], small, goal, 24, 2, generator)
            best.zero_grad()
            sum(losses.values()).backward()
            nn.utils.clip_grad_norm_(nets.parameters(), 1.0)
            best.step()
            step += 1
            seen = {k: 0.98 * seen.get(k, v.item()) + 0.02 * v.item() for k, v in losses.items()}
            if step % 25 == 0:
                bar.update(round(spent) - bar.n)
                bar.set_postfix({k: f"{v:.4f}" for k, v in seen.items()}, step=step)
            if step % 100 == 0:
                torch.save({"nets": nets.state_dict(), "best": best.state_dict(), "spent": spent, "step": step}, checkpoint)
    torch.save({"nets": nets.state_dict(), "best": best.state_dict(), "spent": total, "step": step}, checkpoint)
    nets.cpu()


def _restored(net: nn.Module, source: Tensor, goal: Tensor, crop: int, grow: int, generator: torch.Generator) -> Tensor:
    """Mean absolute error on one crop, mirrored or turned."""
    top, left = (2 * int(torch.randint((source.shape[-1] - crop) // 2 + 1, (1,), generator=generator)) for _ in range(2))
    turn, mirror = int(torch.randint(4, (1,), generator=generator)), bool(torch.rand(1, generator=generator) < 0.5)

    def view(picture: Tensor, scale: int) -> Tensor:
        part = picture[..., top * scale : (top + crop) * scale, left * scale : (left + crop) * scale]
        return torch.rot90(part.flip(-1) if mirror else part, turn, (-2, -1))

    made, wanted = net(view(source, 1)), view(goal, grow)
    return F.l1_loss(made, wanted)


def write(out: Path, coder: SpriteAutoencoder, denoiser: SpriteDenoiser) -> None:
    """The pipeline's directory in diffusers' format, fp16 safetensors."""
    coder.half().save_pretrained(out / "vae", safe_serialization=True)
    denoiser.half().save_pretrained(out / "unet", safe_serialization=True)
    scheduler = DDIMScheduler(
        beta_schedule="squaredcos_cap_v2", prediction_type="sample", clip_sample=False, timestep_spacing="trailing", steps_offset=1
    )
    scheduler.save_pretrained(out / "scheduler")
    parts = "tools.image_generators._diffusion"
    index = {
        "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.42.1", "feature_extractor": [None, None],
        "image_encoder": [None, None], "requires_safety_checker": False, "safety_checker": [None, None],
        "scheduler": ["diffusers", "DDIMScheduler"], "text_encoder": [f"{parts}.text", "SpriteTextEncoder"],
        "tokenizer": [f"{parts}.text", "SpriteTokenizer"], "unet": [f"{parts}.denoiser", "SpriteDenoiser"],
        "vae": [f"{parts}.autoencoder", "SpriteAutoencoder"],
    }  # fmt: skip
    (out / "model_index.json").write_text(json.dumps(index, indent=2) + "\n", "utf-8")


def write_card(out: Path, data: Path, seconds: float, counts: dict[str, int], command: str, *, scored: bool) -> None:
    """The model's card, with the scores of the product's own back-end on the files just written."""
    from assistant.evaluation.drawing import evaluate
    from tools.image_generators.diffusion import MODEL, DiffusionGenerator

    weights = [out / part / "diffusion_pytorch_model.safetensors" for part in ("unet", "vae")]
    digest = hashlib.sha256(b"".join(w.read_bytes() for w in weights)).hexdigest()
    card = {
        "name": MODEL, "role": "image_generator", "kind": "learned", "source": "training/train_drawing.py", "revision": "1",
        "sha256": digest, "licence": "Apache-2.0", "bytes": sum(w.stat().st_size for w in weights), "modalities": ["text", "image"],
        "scores": {}, "limits": LIMITS,
        "training": {
            "command": command, "seconds": round(seconds), "device": "1 CPU core, shared", "examples": counts,
            "data": {
                "noto emoji (Google)": "Apache-2.0", "Fluent emoji 3D and flat (Microsoft)": "MIT", "emojilib keywords": "MIT",
                "CLDR names, Chinese from the emoji package": "Unicode licence, BSD-3-Clause",
            },
        },
        "attribution": "Redraws Noto Emoji (Apache-2.0, Google) and Fluent Emoji (MIT, Microsoft) from memory.",
    }  # fmt: skip
    path = out.with_name(out.name + ".card.json")
    path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")
    if not scored:
        return
    card["scores"] = {score.name: round(score.value, 4) for score in evaluate(data, DiffusionGenerator(out))}
    path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(card["scores"])


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="folder of the training sets (default: $DATA)")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "train-drawing", help="checkpoints")
    parser.add_argument("--minutes", type=float, default=12, help="for the decoder")
    parser.add_argument("--no-score", action="store_true", help="leave the scores of the card empty")
    given = parser.parse_args()
    began = time.perf_counter()
    torch.manual_seed(0)
    given.work.mkdir(parents=True, exist_ok=True)
    files = Files(folder(given.data), SET)
    rows = chosen(files.rows)
    labels = sorted({r["label"] for r in rows})
    drawings = pictures(files, rows)
    coder = SpriteAutoencoder(SIDE, LUMA, CHROMA, LATENT)
    codes = fit_code(coder, drawings).detach()
    texts, owners, weights = phrasings(labels, rows)
    owner, weight = torch.tensor(owners), torch.tensor(weights)
    denoiser = SpriteDenoiser(LATENT, concepts=len(labels), styles=len(STYLES))
    right = fit_words(denoiser, vectors(texts, given.work), owner, weight)
    left = fit_denoiser(denoiser, codes, rows, targets(codes, rows, labels))
    print(f"{len(rows)} drawings of {len(labels)} concepts; {right:.3f} of {len(texts)} phrasings read right; unexplained {left:.4f}")
    predicted = codes + torch.randn(codes.shape) * denoiser.unexplained.detach().sqrt()
    train_decoder(coder, predicted, drawings, given.minutes, given.work / "decoder.pt", Accelerator().device)
    write(given.out, coder, denoiser)
    listed = json.dumps(concepts(labels, rows), ensure_ascii=False, indent=0)
    (given.out / "concepts.json").write_text(listed + "\n", "utf-8")
    seconds = time.perf_counter() - began
    counts = {"drawings": len(rows), "concepts": len(labels), "phrasings": len(texts)}
    write_card(
        given.out,
        folder(given.data),
        seconds,
        counts,
        f"python training/train_drawing.py --minutes {given.minutes:g}",
        scored=not given.no_score,
    )


if __name__ == "__main__":
    main()
