"""`python -m benchmarks.gpu`: what the service adds to, or takes from, the bare libraries on an accelerator.

Models of full size with random weights, built from their configurations, so that nothing is downloaded: the speed is that of the real
ones, the answers are nonsense. `--tiny` measures small ones, to try the benchmark itself. Prints tables and writes JSON with `--json FILE`.
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import machine, median
from retrieval.content import Content
from retrieval.hosting.host import ModelHost

CALLERS = 16
"""That ask at the same time."""
SYSTEM = "You are an assistant. Answer briefly, and say so when you do not know. " * 40
MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool_call>", "</tool_call>")
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}{# tools, <tool_call> #}"
)
CHAT = {
    "vocab_size": 248_320, "hidden_size": 1024, "intermediate_size": 3584, "num_hidden_layers": 24, "num_attention_heads": 8,
    "num_key_value_heads": 2, "head_dim": 256, "linear_num_key_heads": 16, "linear_num_value_heads": 16, "tie_word_embeddings": True,
}  # fmt: skip
"""Qwen3.5-0.8B, its language part."""
SMALL = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
CHAT_TINY = {
    **SMALL, "vocab_size": 1024, "num_key_value_heads": 2, "head_dim": 16, "linear_num_key_heads": 2, "linear_num_value_heads": 2,
    "linear_key_head_dim": 16, "linear_value_head_dim": 16, "layer_types": ["linear_attention", "full_attention"],
}  # fmt: skip
SIGHT = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
"""CLIP ViT-B/32's pictures; its words are 512 wide."""


@dataclass(frozen=True)
class Row:
    """One figure."""

    what: str
    ours: float
    bare: float
    unit: str


def timed(run: Callable[[], float], repetitions: int) -> float:
    """Median of what `run` did in a second; the first run is not counted."""
    run()
    found = []
    for _ in range(repetitions):
        began = time.perf_counter()
        done = run()
        found.append(done / (time.perf_counter() - began))
    return median(found)


def tokenizer() -> Any:
    """One token a byte: speed does not depend on which tokens come."""
    import transformers
    from tokenizers import pre_tokenizers

    words = {letter: place for place, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    words |= {mark: len(words) + place for place, mark in enumerate(MARKS)}
    made = transformers.Qwen2Tokenizer(vocab=words, merges=[], eos_token=MARKS[2], pad_token=MARKS[0])
    made.chat_template = TEMPLATE
    return made


def chat_model(folder: Path, tiny: bool) -> Path:
    """Qwen3.5's architecture with random weights."""
    import torch
    import transformers

    torch.manual_seed(0)
    words = tokenizer()
    config = transformers.Qwen3_5TextConfig(
        **(CHAT_TINY if tiny else CHAT), max_position_embeddings=32_768, eos_token_id=words.eos_token_id
    )
    model = transformers.Qwen3_5ForCausalLM(config).to(torch.float32 if tiny else torch.bfloat16)
    model.generation_config = transformers.GenerationConfig(
        do_sample=True, eos_token_id=words.eos_token_id, sequence_bias=[[[words.eos_token_id], -100.0]]
    )
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def chatting(folder: Path, tiny: bool, repetitions: int) -> list[Row]:
    """Tokens a second, and the second turn of a conversation with and without what the first one computed."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    from assistant.chat_models import _answering
    from assistant.chat_models.transformers import create

    _answering.ANSWER = 24 if tiny else 128
    reference = f"{chat_model(folder / 'chat', tiny)}{'?dtype=float32' if tiny else ''}"
    model = create(reference, models=ModelHost(folder), timeout=600)
    first = [SystemMessage(SYSTEM), HumanMessage("Who are you?")]
    second = [*first, AIMessage("Nobody in particular."), HumanMessage("And who am I?")]
    with model.resident.use() as loaded:

        def forget() -> None:
            loaded.prefixes.__init__(loaded.prefixes.croppable, loaded.prefixes.most)  # type: ignore[misc]

        def ours(messages: list[Any]) -> float:
            return float(model.invoke(messages).usage_metadata["output_tokens"])  # type: ignore[index]

        def fresh(messages: list[Any]) -> float:
            forget()
            return ours(messages)

        rendered = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "Who are you?"}]
        inputs = loaded.tokenizer.apply_chat_template(rendered, add_generation_prompt=True, return_dict=True, return_tensors="pt")
        inputs = inputs.to(loaded.model.device)

        def bare() -> float:
            made = loaded.model.generate(**inputs, max_new_tokens=_answering.ANSWER, pad_token_id=0)
            return float(made.shape[1] - inputs["input_ids"].shape[1])

        tokens = Row("chat, a first turn", timed(lambda: fresh(first), repetitions), timed(bare, repetitions), "tokens/s")
        ours(first)
        known, anew = timed(lambda: ours(second), repetitions), timed(lambda: fresh(second), repetitions)
        busy = Row(f"chat, {CALLERS} at once", timed(lambda: together(lambda _: ours(first), CALLERS), 1), tokens.bare, "tokens/s")
    return [
        tokens,
        Row(f"chat, a second turn after {inputs['input_ids'].shape[1]} tokens; bare: all computed anew", known, anew, "tokens/s"),
        busy,
    ]


def together(one: Callable[[int], float], callers: int) -> float:
    """What `callers` threads do at the same time, added up."""
    with ThreadPoolExecutor(callers) as pool:
        return sum(pool.map(one, range(callers)))


def encoding(folder: Path, tiny: bool, repetitions: int) -> list[Row]:
    """Pictures a second of a dual encoder: one after another, and from callers at the same time."""
    import torch
    import transformers

    from retrieval.embedders.dual import create

    torch.manual_seed(0)
    words = {"<|startoftext|>": 0, "<|endoftext|>": 1, "a</w>": 2}
    clip = transformers.CLIPTokenizer(vocab=words, merges=[], model_max_length=77)
    sight = SMALL if tiny else SIGHT
    config = transformers.CLIPConfig(
        text_config={**SMALL, "vocab_size": 3, "max_position_embeddings": 77, "bos_token_id": 0, "eos_token_id": 1},
        vision_config={**sight, "image_size": 224, "patch_size": 32}, projection_dim=64 if tiny else 512,
    )  # fmt: skip
    place = folder / "clip"
    model = transformers.CLIPModel(config).to(torch.float32 if tiny else torch.bfloat16)
    model.save_pretrained(place)
    transformers.CLIPProcessor(transformers.CLIPImageProcessorPil(), clip).save_pretrained(place)
    ours = create(f"{place}{'?dtype=float32' if tiny else ''}", models=ModelHost(folder))
    pictures = [noise(224, seed) for seed in range(CALLERS)]

    def singly() -> float:
        for picture in pictures:
            ours.embed([picture])
        return len(pictures)

    def batched() -> float:
        return together(lambda n: float(len(ours.embed([pictures[n]]))), CALLERS)

    device = ModelHost(folder).device(ours.weights)
    model = model.to(device).eval()
    processor = transformers.AutoProcessor.from_pretrained(place)
    from PIL import Image

    def bare() -> float:
        for picture in pictures:
            seen = processor(images=[Image.open(io.BytesIO(picture.data))], return_tensors="pt").to(device, model.dtype)
            with torch.no_grad():
                model.get_image_features(**seen).pooler_output.float().cpu()
        return len(pictures)

    plain = timed(bare, repetitions)
    return [
        Row("pictures embedded one by one", timed(singly, repetitions), plain, "pictures/s"),
        Row(f"pictures embedded, {CALLERS} callers", timed(batched, repetitions), plain, "pictures/s"),
    ]


def noise(side: int, seed: int) -> Content:
    """A square picture of noise."""
    import numpy as np
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (side, side, 3), "uint8")).save(out, "PNG")
    return Content(modality="image", media_type="image/png", data=out.getvalue(), width=side, height=side)


def drawing(folder: Path, tiny: bool, repetitions: int) -> list[Row]:
    """Pictures a second of the pipeline of Stable Diffusion 1.5, four steps: ours and the bare one."""
    import diffusers
    import torch
    import transformers

    from tools.image_generators.base import ImageRequest
    from tools.image_generators.diffusers import create

    torch.manual_seed(0)
    letters = {f"{chr(code)}{end}": 2 * place + bool(end) for place, code in enumerate(range(97, 123)) for end in ("", "</w>")}
    letters |= {mark: len(letters) + place for place, mark in enumerate(("<|startoftext|>", "<|endoftext|>"))}
    words = transformers.CLIPTokenizer(vocab=letters, merges=[], model_max_length=77)
    width = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    width = width if tiny else {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
    ends = {"bos_token_id": words.bos_token_id, "eos_token_id": words.eos_token_id, "vocab_size": len(letters)}
    blocks = {"block_out_channels": (32, 64, 64, 64)} if tiny else {}
    tower = transformers.CLIPTextModel(transformers.CLIPTextConfig(**width, **ends, max_position_embeddings=77))
    pipeline = diffusers.StableDiffusionPipeline(
        vae=diffusers.AutoencoderKL(
            block_out_channels=(32, 32, 32, 32) if tiny else (128, 256, 512, 512), down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=2, latent_channels=4, sample_size=512,
        ),
        unet=diffusers.UNet2DConditionModel(sample_size=64, cross_attention_dim=width["hidden_size"], **blocks),
        text_encoder=tower, tokenizer=words, scheduler=diffusers.EulerDiscreteScheduler(), safety_checker=None, feature_extractor=None,
        requires_safety_checker=False,
    )  # fmt: skip
    dtype, side = (torch.float32, 256) if tiny else (torch.bfloat16, 512)
    pipeline.to(dtype).save_pretrained(folder / "drawing")
    models = ModelHost(folder)
    ours = create(f"{folder / 'drawing'}{'?dtype=float32' if tiny else ''}", models=models)
    request = ImageRequest(prompt="a red kettle", width=side, height=side, seed=1, steps=4, guidance=1.0)
    pipeline = pipeline.to("cuda" if torch.cuda.is_available() else "cpu")
    pipeline.set_progress_bar_config(disable=True)

    def mine() -> float:
        return len(ours.generate(request))

    def bare() -> float:
        return len(pipeline("a red kettle", num_inference_steps=4, guidance_scale=1.0, height=side, width=side).images)

    return [Row(f"pictures drawn, {side} pixels, 4 steps", timed(mine, repetitions), timed(bare, repetitions), "pictures/s")]


PARTS = {"chat": chatting, "encoder": encoding, "drawing": drawing}


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help=f"any of: {', '.join(PARTS)}; all when none is named")
    parser.add_argument("--tiny", action="store_true", help="small models, to try the benchmark on a processor")
    parser.add_argument("--repetitions", type=int, default=3, help="runs of which the median is taken")
    parser.add_argument("--json", type=Path, help="file for the figures")
    given = parser.parse_args()
    import torch

    where = torch.cuda.get_device_name() if torch.cuda.is_available() else "no accelerator"
    print(f"{machine()} {where}.\n\n| what | ours | bare library | ours / bare | unit |\n|---|--:|--:|--:|---|", flush=True)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for part in given.parts or PARTS:
            try:
                found = PARTS[part](Path(folder), given.tiny, given.repetitions)
            except Exception as error:  # one part that cannot run here must not hide the others
                print(f"| {part} | could not run: {type(error).__name__}: {str(error)[:120]} | | | |", flush=True)
                rows.append({"what": part, "error": str(error)})
                continue
            for row in found:
                print(f"| {row.what} | {row.ours:.2f} | {row.bare:.2f} | {row.ours / row.bare:.2f} | {row.unit} |", flush=True)
                rows.append(asdict(row))
    if given.json:
        given.json.write_text(json.dumps({"machine": machine(), "accelerator": where, "tiny": given.tiny, "rows": rows}, indent=1), "utf-8")


if __name__ == "__main__":
    main()
