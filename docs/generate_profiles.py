"""Writes docs/profiles.md from assistant/profiles.py: python docs/generate_profiles.py. tests/test_docs.py checks that it is current."""

from __future__ import annotations

from pathlib import Path

from assistant.planning import uses
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

| profile | for whom | to download | memory, all at once |
|---|---|---|---|
"""
HOW = """
Nothing is downloaded by itself. `assistant plan small` says what would be downloaded and what fits on this machine;
`assistant models pull small` asks the hub for the exact sizes and licences, tells them, asks, downloads, and writes down the commit
and the sha256 of every file (`models.lock.json` in the cache directory). From then on exactly these files are loaded, and a file that was
changed is refused. `OFFLINE=1` works with all profiles once their models are here.

Only weights that hold no code are taken: safetensors, and the formats of CTranslate2 and ONNX where a back-end reads those. Code that comes
with a model is never run.

Memory is for 16-bit weights, as on an accelerator or on a processor that multiplies bfloat16; other processors take twice as much.
Models are loaded at their first use and share `limits.model_bytes` (0: 70 percent of what is free); when a load would go over it, the one
unused for longest makes room, never one in use. What cannot fit is refused, with the quantization that would.

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
        lines.append(f"| `{name}` | {whom} | {_gb(download)} | {_gb(memory)} |\n")
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
