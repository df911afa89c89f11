"""Writes docs/models.md from the cards beside the weights: python docs/generate_models.py. tests/test_docs.py checks that it is current."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).with_name("models.md")
PACKAGES = ("assistant", "retrieval", "tools")
HEAD = """# Bundled models

This page is written by `python docs/generate_models.py` from the cards beside the weights. Every score was measured through the service's
own code on rows that the model was not trained on; `assistant eval bundled --data DIR` measures them again. `assistant doctor` lists
what runs here. Training: [../training/README.md](../training/README.md).

The text encoder all-MiniLM-L6-v2 (Apache-2.0) comes in a package of its own, as do PocketSphinx, RapidOCR and eSpeak NG. `minilm_int8`
rounds its matrices to 8 bits when it is first used: cosine 0.998 to the exact vectors on average, at least 0.995; on 185 English paragraphs
and as many questions the right one comes first 170 times with either.
"""


def cards() -> Iterator[tuple[str, dict[str, Any]]]:
    """(path, card) of every trained model, by path."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.card.json")):
            yield str(path.relative_to(ROOT)), json.loads(path.read_text("utf-8"))


def section(path: str, card: dict[str, Any]) -> str:
    """One model."""
    training = card.get("training", {})
    head = f"\n## {card['name']}\n\n`{path}` · {card['role']} · {card['bytes'] / 2**20:.1f} MiB · {card['licence']}\n\n{card['limits']}\n"
    scores = [f"| {name.replace('_', ' ')} | {value} |" for name, value in card.get("scores", {}).items()]
    table = "\n| measured | score |\n|---|---|\n" + "\n".join(scores) + "\n" if scores else ""
    made = f"\nTrained with `{training['command']}`: {training['seconds']} s on {training['device']}.\n" if training else ""
    data = "".join(f"- {name}: {licence}\n" for name, licence in training.get("data", {}).items())
    return head + table + made + (f"\n{data}" if data else "")


def page() -> str:
    """The whole page."""
    return HEAD + "".join(section(path, card) for path, card in cards())


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
