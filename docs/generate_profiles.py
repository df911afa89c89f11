"""Writes docs/profiles.md from assistant/profiles.py: python docs/generate_profiles.py. tests/test_docs.py checks that it is current."""

from __future__ import annotations

from pathlib import Path

from assistant.planning import BUNDLED_MEMORY, uses
from assistant.profiles import FOR_WHOM, KNOWN, PROFILES
from retrieval.hosting.host import OVERHEAD
from retrieval.hosting.reference import parse

PAGE = Path(__file__).with_name("profiles.md")
HEAD = """# Profiles

This page is written by `python docs/generate_profiles.py`.

One setting chooses the models of every role:

```toml
# assistant.toml
profile = "small"
```

| profile | for whom | to download | memory, all at once | licences |
|---|---|---|---|---|
"""
HOW = """
`small` and `large` need the packages of full-size models: `make install EXTRAS=models`. In `small` and `large` a chat model too large for a
machine may be quantized (`?quantize=int8`, `int4`); other models may not, and need the memory that stands below.

Nothing is downloaded by itself. `assistant plan small` says what would be downloaded and what fits on this machine;
`assistant models pull small` asks the hub for the exact sizes and licences, tells them, asks, downloads, and writes down the commit
and the sha256 of every file (`models.lock.json` in the cache directory). From then on exactly these files are loaded, and a file that was
changed is refused. `OFFLINE=1` works with all profiles once their models are here.

Only weights that hold no code are taken: safetensors, and the formats of CTranslate2 and ONNX where a back-end reads those. `whisper` opens
a file of openai-whisper's own format, which you name, with torch's loader that runs no code. Code that comes with a model is never run.

Memory is for 16-bit weights, as on an accelerator or on a processor that multiplies bfloat16; other processors take twice as much.
Models are loaded at their first use and share `limits.model_bytes` (0: 70 percent of what is free); when a load would go over it, the one
unused for longest makes room, never one in use. What cannot fit is refused, for a chat model with the quantization that would. On 24 GB
that is 16.8 GB: there `large` needs `?quantize=int8` for its chat model, and another image generator, such as that of `small`.

Calls of several people to an encoder, a reranker or a transcriber of transformers are put together into batches, and so are pictures of
one prompt. The `transformers` chat model answers one question at a time: the library's continuous batching keeps pages of keys and
values, which the state layers of Qwen3.5 do not have, and steers no answer by a grammar of its own, as our tool calls need. For many
people at once, take a server with continuous batching (vLLM, SGLang) by `openai_http`. When a conversation outgrows the context, the same
model sums up the turns that no longer fit, once.

## Models of each role

A role of `[models]` that is set goes before the profile. A reference names a model of the hub (`org/name`, `org/name@revision`) or a
directory with its files, and may have options: `?dtype=bfloat16`, `?device=cuda:0`, `?quantize=int8` or `int4`.

```toml
profile = "small"

[models]
chat_model = "transformers:Qwen/Qwen3.5-4B?quantize=int4"
transcriber = "whisper:/models/whisper/medium.pt"
```

| role | bundled | small | large | remote |
|---|---|---|---|---|
"""
KNOWN_HEAD = """
`none` leaves a role out. The sizes below are rounded.

## The models named here

| model | download | memory | licence | brings |
|---|---|---|---|---|
"""
REMOTE = """
## A chat model on a server

```toml
profile = "remote"

[models]
chat_model = "openai_http:http://gpu.example:8000/v1#Qwen/Qwen3.5-9B | openai_http:http://localhost:11434/v1#qwen3-vl | reflex"
```

The address ends where the API begins, often with `/v1`, and the model's name stands behind `#`; without either the service does not start
and says so. `OPENAI_BASE_URL=http://HOST/v1#NAME` does the same. `assistant doctor` asks whether it is there.

Any server that speaks OpenAI's chat completions will do: vLLM, SGLang, Ollama, llama.cpp, a hosted one. Where several are given, the
next one is asked when one does not answer.
"""


def _gb(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 5e7 else "nothing"


def _memory(source: str) -> int:
    known = KNOWN[source]
    return int((2 * known.parameters or known.bytes) * OVERHEAD)


def _sources(profile: str) -> list[str]:
    return [parse(use.partition(":")[2], None).where for use in uses(PROFILES[profile])]


def page() -> str:
    """The whole page."""
    lines = [HEAD]
    for name, whom in FOR_WHOM.items():
        download, memory = (sum(of(source) for source in _sources(name)) for of in (lambda source: KNOWN[source].bytes, _memory))
        licences = ", ".join(dict.fromkeys(KNOWN[source].licence for source in _sources(name)))
        own = "Apache-2.0 and the licences of its data" if name != "remote" else "as bundled; the chat model's own"
        lines.append(f"| `{name}` | {whom} | {_gb(download)} | {(memory + BUNDLED_MEMORY) / 1e9:.1f} GB | {licences or own} |\n")
    lines.append(HOW)
    for role in type(PROFILES["bundled"]).model_fields:
        cells = " | ".join(f"`{getattr(models, role)}`" for models in PROFILES.values())
        lines.append(f"| `{role}` | {cells} |\n")
    lines.append(KNOWN_HEAD)
    for source, known in KNOWN.items():
        lines.append(f"| `{source}` | {_gb(known.bytes)} | {_gb(_memory(source))} | {known.licence} | {known.brings} |\n")
    return "".join([*lines, REMOTE])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
