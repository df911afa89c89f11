"""Image LoRA: a low-rank adaptation of a Stable Diffusion pipeline to a person's pictures and their words, made with peft.

Written are the LoRA itself (as diffusers loads it) and the pipeline with it merged in, so that it loads like any other directory. What a
step draws by lot follows from the seed and its number, so a training that was stopped goes on where it was and ends the same.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.adapted import Card
from assistant.training import pairs
from assistant.training.gain import judged
from assistant.training.rows import split
from assistant.training.runs import Draft, Options, Progress
from retrieval.decoding import Decoder, pixels
from retrieval.faults import Cancelled, InvalidInput
from retrieval.hosting.host import ModelHost, needs

FILE, STATE, PIPELINE = "pytorch_lora_weights.safetensors", "state.safetensors", "pipeline"
RANK, RATE, BATCH = 8, 1e-4, 4
PER_PICTURE, LEAST, MOST = 20, 100, 1000
"""Steps when none are named: so many a picture, within these bounds."""
SAVED = 25
"""Steps between two checkpoints."""
LOOKS = 4
"""Noise levels at which each picture that was held back is measured."""
LAYERS = ["to_q", "to_k", "to_v", "to_out.0"]
PIPELINES = ("StableDiffusionPipeline", "LatentConsistencyModelPipeline")


def train(options: Options, model: str, decoder: Decoder, progress: Progress, steps: int = 0) -> Card:
    """An adapted pipeline beside the others. `model` is a directory or a hub id that was pulled.

    Raises NotInstalled, NotFound, InvalidInput for a model or data that cannot be used, Cancelled when it was stopped.
    """
    options.check()
    source = ModelHost(options.cache_dir).locate(model).path
    _check_model(source)
    found = pairs.read(options.data, decoder)
    held = pairs.read((options.holdout,), decoder).shown if options.holdout is not None else None
    rows = split(found.shown, lambda one: one.key, options.seed, held)
    steps = steps or min(MOST, max(LEAST, PER_PICTURE * len(rows.train)))
    draft = Draft(options, "image-lora", f"{options} {source} {steps} {[one.key for one in rows.train]}")
    place = draft.open(anew=False)
    try:
        tuner = _Tuner(source, options.seed)
        before = tuner.losses(rows.held)
        tuner.run(rows.train, steps, place, progress)
        after = tuner.losses(rows.held)
        tuner.save(place, source)
        (place / STATE).unlink(missing_ok=True)
    except KeyboardInterrupt as error:
        raise Cancelled("Training was stopped.", hint="The same command goes on where it was.") from error
    better, said = judged(-before, -after, options.seed)
    return draft.finish(
        FILE, roles={"image_generator": "diffusers"}, replaces={}, reference=PIPELINE, better=better,
        scores={"before_loss": float(before.mean()), "after_loss": float(after.mean())}, rows=rows.counts(len(found.passed_over)),
        notes=(*said, *found.passed_over[:10]),
    )  # fmt: skip


def _check_model(source: Path) -> None:
    index = source / "model_index.json"
    named = json.loads(index.read_text("utf-8")) if index.is_file() else {}
    if named.get("_class_name") not in PIPELINES or named.get("unet", ["", ""])[1] != "UNet2DConditionModel":
        raise InvalidInput(
            f"'{source}' cannot take a LoRA here: it is no Stable Diffusion pipeline with a UNet.",
            hint="Name one with --model: a directory, or a hub id that was pulled. The bundled drawing model has no attention layers: its "
            "drawings stand in a table.", param="model", code="no_lora",
        )  # fmt: skip


class _Tuner:
    """The pipeline with LoRA layers in its UNet."""

    def __init__(self, source: Path, seed: int) -> None:
        try:
            import torch
            from diffusers import DDPMScheduler, StableDiffusionPipeline
            from diffusers.utils import logging
            from peft import LoraConfig
            from transformers.utils import logging as transformers_logging
        except ModuleNotFoundError as error:
            raise needs(error.name or "peft") from error
        logging.disable_progress_bar()
        transformers_logging.disable_progress_bar()
        torch.manual_seed(seed)
        self._seed, self._torch = seed, torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._pipeline: Any = StableDiffusionPipeline.from_pretrained(
            str(source), local_files_only=True, use_safetensors=True, safety_checker=None, requires_safety_checker=False
        ).to(self._device)
        self._noise: Any = DDPMScheduler.from_config(self._pipeline.scheduler.config)
        for part in (self._pipeline.unet, self._pipeline.vae, self._pipeline.text_encoder):
            part.requires_grad_(False).eval()
        self._pipeline.unet.add_adapter(LoraConfig(r=RANK, lora_alpha=RANK, init_lora_weights="gaussian", target_modules=LAYERS))
        self._learned = {name: value for name, value in self._pipeline.unet.named_parameters() if value.requires_grad}
        self._optimizer = torch.optim.AdamW(self._learned.values(), lr=RATE, weight_decay=0.01)

    def _prepared(self, rows: Sequence[pairs.Shown]) -> tuple[Any, Any]:
        """Codes (n, channels, height, width) of the pictures, and token states (n, tokens, size) of their words."""
        from retrieval.embedders.senses import fitted

        side = self._pipeline.unet.config.sample_size * self._pipeline.vae_scale_factor
        codes, words = [], []
        with self._torch.inference_mode():
            for row in rows:
                picture = np.asarray(fitted(pixels(row.picture), side), np.float32) / 127.5 - 1
                shown = self._torch.from_numpy(picture).permute(2, 0, 1)[None].to(self._device)
                codes.append(self._pipeline.vae.encode(shown).latent_dist.mode() * self._pipeline.vae.config.scaling_factor)
                words.append(self._pipeline.encode_prompt(row.caption, self._device, 1, False)[0])
        return self._torch.cat(codes).clone(), self._torch.cat(words).clone()

    def _losses(self, codes: Any, words: Any, times: Any, lot: Any) -> Any:
        """(n,) of each picture."""
        noise = self._torch.randn(codes.shape, generator=lot).to(codes)
        noisy = self._noise.add_noise(codes, noise, times)
        wanted = self._noise.get_velocity(codes, noise, times) if self._noise.config.prediction_type == "v_prediction" else noise
        return ((self._pipeline.unet(noisy, times, words).sample - wanted) ** 2).flatten(1).mean(1)

    def losses(self, rows: Sequence[pairs.Shown]) -> NDArray[np.float64]:
        """Mean loss on each picture that was held back, at fixed noise levels with fixed noise."""
        codes, words = self._prepared(rows)
        levels = self._torch.linspace(0.1, 0.9, LOOKS) * self._noise.config.num_train_timesteps
        found = []
        with self._torch.inference_mode():
            for place, level in enumerate(levels.long().tolist()):
                lot = self._torch.Generator().manual_seed(place)
                times = self._torch.full((len(codes),), level, device=self._device)
                found.append(self._losses(codes, words, times, lot).cpu().numpy())
        return np.asarray(np.mean(found, 0), np.float64)

    def run(self, rows: Sequence[pairs.Shown], steps: int, place: Path, progress: Progress) -> None:
        """Learn, from the last checkpoint in `place` on when there is one."""
        codes, words = self._prepared(rows)
        for step in range(self._taken_up(place), steps):
            lot = self._torch.Generator().manual_seed(self._seed * 1_000_003 + step)
            which = self._torch.randint(len(rows), (BATCH,), generator=lot)
            times = self._torch.randint(self._noise.config.num_train_timesteps, (BATCH,), generator=lot)
            self._optimizer.zero_grad()
            self._losses(codes[which], words[which], times.to(self._device), lot).mean().backward()
            self._optimizer.step()
            if (step + 1) % SAVED == 0:
                self._checkpoint(place, step + 1)
            progress((step + 1) / steps, f"{step + 1} of {steps} steps")

    def _checkpoint(self, place: Path, step: int) -> None:
        from safetensors.torch import save_file

        tensors = {"step": self._torch.tensor([step])}
        for name, value in self._learned.items():
            state = self._optimizer.state[value]
            tensors |= {name: value.detach(), f"{name}|mean": state["exp_avg"], f"{name}|square": state["exp_avg_sq"]}
        draft = place / f"{STATE}.new"
        save_file({name: value.contiguous().cpu() for name, value in tensors.items()}, draft)
        os.replace(draft, place / STATE)

    def _taken_up(self, place: Path) -> int:
        """The step to go on from: 0, or that of the checkpoint, which is loaded."""
        from safetensors.torch import load_file

        if not (place / STATE).is_file():
            return 0
        tensors = load_file(place / STATE, device=self._device)
        step = int(tensors["step"])
        with self._torch.no_grad():
            for name, value in self._learned.items():
                value.copy_(tensors[name])
                self._optimizer.state[value] = {
                    "step": self._torch.tensor(float(step)), "exp_avg": tensors[f"{name}|mean"], "exp_avg_sq": tensors[f"{name}|square"],
                }  # fmt: skip
        return step

    def save(self, place: Path, source: Path) -> None:
        """The LoRA, and the pipeline with it merged in; its other files are linked, not copied, where the disk allows it."""
        from peft.utils import get_peft_model_state_dict

        unet = self._pipeline.unet
        type(self._pipeline).save_lora_weights(str(place), unet_lora_layers=get_peft_model_state_dict(unet))
        target = place / PIPELINE
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, copy_function=_linked, ignore=lambda folder, names: ["unet"] if Path(folder) == source else [])
        unet.fuse_lora()
        unet.unload_lora()
        unet.save_pretrained(str(target / "unet"), safe_serialization=True)


def _linked(source: str, target: str) -> None:
    try:
        os.link(os.path.realpath(source), target)
    except OSError:
        shutil.copy2(source, target)
