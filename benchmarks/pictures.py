"""`python -m benchmarks.pictures`: what our image generator adds to the bare call of diffusers, in one interleaved run.

Pipelines with random weights, built on the spot, so that nothing is downloaded: the speed is that of trained ones of the same size. The
bare call gives decoded pixels; ours gives a PNG with its recipe, so that "bare and saved" is the row to compare with. The last row is the
time of ours that is not spent inside the library's call, as a share of that call: both from the same run, so that a busy machine changes it
little. Then the bundled generator: eight pictures of one request beside eight requests of one. The last line is JSON.
`--quick` measures the tiny pipeline and fewer pictures; `--json FILE` writes the figures.
"""

from __future__ import annotations

import argparse
import functools
import io
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import machine, median
from retrieval.content import Content
from retrieval.hosting.host import ModelHost

Way = Callable[[], object]
OUTSIDE = "ours, over the library's call within it"


@dataclass(frozen=True)
class Size:
    """One pipeline, and how it is measured."""

    name: str
    blocks: tuple[int, ...]
    """Channels of the U-Net; the autoencoder has a quarter of them."""
    side: int
    steps: int
    rounds: int


DRAWN = ("cat", "dog", "horse", "rabbit", "apple", "banana", "guitar", "bicycle")
TINY = Size("tiny", (32, 64), 64, 4, 15)
MIDDLE = Size("middle", (64, 128, 192), 192, 6, 5)


@dataclass(frozen=True)
class Row:
    """One way to a picture, beside the bare call of the same round."""

    what: str
    wall_ms: float
    cpu_ms: float
    ratio: float
    """Median over the rounds of processor time over that of the bare call in the same round, or run."""
    lower: float
    upper: float
    """Quarter and three quarters of those ratios: their spread."""


def build(folder: Path, size: Size) -> Path:
    """A Stable Diffusion with random weights."""
    import diffusers
    import torch
    import transformers

    torch.manual_seed(0)
    letters = {f"{chr(code)}{end}": 2 * place + bool(end) for place, code in enumerate(range(97, 123)) for end in ("", "</w>")}
    letters |= {mark: len(letters) + place for place, mark in enumerate(("<|startoftext|>", "<|endoftext|>"))}
    words = transformers.CLIPTokenizer(vocab=letters, merges=[], model_max_length=77)
    ends = {"bos_token_id": words.bos_token_id, "eos_token_id": words.eos_token_id, "vocab_size": len(letters)}
    width = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    deep, narrow = len(size.blocks), tuple(channels // 4 for channels in size.blocks)
    attended = ("CrossAttnDownBlock2D",) * (deep - 1)
    diffusers.StableDiffusionPipeline(
        vae=diffusers.AutoencoderKL(
            block_out_channels=narrow, norm_num_groups=4, down_block_types=("DownEncoderBlock2D",) * deep,
            up_block_types=("UpDecoderBlock2D",) * deep, latent_channels=4, sample_size=size.side,
        ),
        unet=diffusers.UNet2DConditionModel(
            sample_size=size.side // 2 ** (deep - 1), cross_attention_dim=64, block_out_channels=size.blocks, attention_head_dim=8,
            down_block_types=("DownBlock2D", *attended), up_block_types=(*("CrossAttnUpBlock2D",) * (deep - 1), "UpBlock2D"),
        ),
        text_encoder=transformers.CLIPTextModel(transformers.CLIPTextConfig(**width, **ends, max_position_embeddings=77)),
        tokenizer=words, scheduler=diffusers.EulerDiscreteScheduler(), safety_checker=None, feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def ways(folder: Path, size: Size) -> dict[str, Way]:
    """The bare call, first, and what it is compared with. All share one loaded pipeline."""
    import torch

    from tools.image_generators.base import EditRequest, ImageRequest, Watch
    from tools.image_generators.diffusers import create

    models = ModelHost(folder)
    ours = create(f"{build(folder / size.name, size)}?dtype=float32", models=models)
    request = ImageRequest(prompt="a red kettle", width=size.side, height=size.side, seed=1, steps=size.steps, guidance=1.0)
    with ours._pipeline() as pipeline:
        given = {"num_inference_steps": size.steps, "guidance_scale": 1.0, "height": size.side, "width": size.side}

    def bare() -> Any:
        with torch.inference_mode():
            return pipeline(prompt="a red kettle", generator=torch.Generator().manual_seed(1), **given).images[0]

    def saved() -> bytes:
        out = io.BytesIO()
        bare().save(out, "PNG")
        return out.getvalue()

    def followed() -> object:
        return ours.generate(request, Watch(preview=_ignore))

    def outside() -> float:
        """Processor time of ours over that of the library's call within it."""
        kind, within = type(pipeline), [0.0]
        call = kind.__call__

        def timed(*given: Any, **named: Any) -> Any:
            began = time.process_time()
            try:
                return call(*given, **named)
            finally:
                within[0] += time.process_time() - began

        kind.__call__ = functools.wraps(call)(timed)
        try:
            began = time.process_time()
            ours.generate(request)
            return (time.process_time() - began) / within[0]
        finally:
            kind.__call__ = call

    if saved_pixels(saved()) != saved_pixels(ours.generate(request)[0].content.data):
        raise SystemExit("ours and the bare pipeline draw different pictures: nothing to compare")
    source = ours.generate(request)[0]
    turned = EditRequest(instruction="rotate it left")
    return {
        "bare": bare, "bare and saved": saved, "ours": lambda: ours.generate(request), "ours, with previews": followed,
        "ours, a change on pixels": lambda: ours.edit(source.content, source.recipe, turned),
        OUTSIDE: outside,
    }  # fmt: skip


def saved_pixels(data: bytes) -> bytes:
    """The pixels of a PNG."""
    from PIL import Image

    return Image.open(io.BytesIO(data)).convert("RGB").tobytes()


def _ignore(number: int, seen: Content) -> None:
    """Somebody who looks and does nothing."""


def measured(size: Size, rounds: int, folder: Path) -> list[Row]:
    """Every way once a round, in turn from another one on, so that what else the machine does meets all alike."""
    found = ways(folder, size)
    for way in found.values():
        way()
    names = list(found)
    wall: dict[str, list[float]] = {name: [] for name in names}
    cpu: dict[str, list[float]] = {name: [] for name in names}
    within: list[float] = []
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            began, worked = time.perf_counter(), time.process_time()
            made = found[name]()
            cpu[name].append(time.process_time() - worked)
            if name == OUTSIDE and isinstance(made, float):
                within.append(made)
            wall[name].append(time.perf_counter() - began)
    rows = []
    for name in names:
        ratios = sorted(within if name == OUTSIDE else (mine / bare for mine, bare in zip(cpu[name], cpu["bare"], strict=True)))
        quarters = ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]
        rows.append(Row(f"{size.name}: {name}", 1000 * median(wall[name]), 1000 * median(cpu[name]), median(ratios), *quarters))
    return rows


def together(rounds: int, count: int) -> dict[str, float]:
    """Milliseconds of processor of the bundled generator, and the ratio by picture, middle over the rounds.

    `single_ms` are so many requests of one picture, each of words that were not drawn before; `known_ms` of words that were;
    `together_ms` is one request for so many pictures of new words.
    """
    from tools.image_generators.base import ImageRequest
    from tools.image_generators.diffusion import create

    generator = create()

    def spent(words: list[str], number: int) -> float:
        began = time.process_time()
        for seed, word in enumerate(words):
            generator.generate(ImageRequest(prompt=f"a {word}", n=number, seed=seed, width=256, height=256))
        return 1000 * (time.process_time() - began)

    spent(["star"], 1)
    found: dict[str, list[float]] = {"single_ms": [], "known_ms": [], "together_ms": []}
    for turn in range(rounds):
        found["single_ms"].append(spent([f"{DRAWN[n]} and {DRAWN[n - 1 - turn]}" for n in range(count)], 1))
        words = f"{DRAWN[turn]} and {DRAWN[turn - 2]}"
        found["together_ms"].append(spent([words], count))
        found["known_ms"].append(spent([words] * count, 1))
    ratios = [one / many for one, many in zip(found["single_ms"], found["together_ms"], strict=True)]
    return {name: median(values) for name, values in found.items()} | {"ratio": median(ratios), "pictures": count}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the tiny pipeline alone, a few rounds: shows that it runs")
    parser.add_argument("--rounds", type=int, help="how often each way is measured")
    parser.add_argument("--json", type=Path, help="file for the figures")
    given = parser.parse_args()
    print(f"{machine()}\n\n| what | ms | ms of processor | over bare | quarter to three quarters |\n|---|--:|--:|--:|--:|", flush=True)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in (TINY,) if given.quick else (TINY, MIDDLE):
            rounds = given.rounds or (3 if given.quick else size.rounds)
            for row in measured(size, rounds, Path(folder)):
                rows.append(row)
                spread = f"{row.lower:.3f} to {row.upper:.3f}"
                print(f"| {row.what} | {row.wall_ms:.1f} | {row.cpu_ms:.1f} | {row.ratio:.3f} | {spread} |", flush=True)
    found = together(1 if given.quick else 3, 2 if given.quick else 8)
    if given.json:
        given.json.write_text(json.dumps({"machine": machine(), "rows": [asdict(row) for row in rows]}, indent=1), "utf-8")
    print(json.dumps({"rows": [asdict(row) for row in rows], "together": found}))


if __name__ == "__main__":
    main()
