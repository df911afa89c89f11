"""Makes the word statistics that help the speech recogniser with requests: a trigram model of what people say to an assistant.

Interpolated Kneser-Ney (Chen and Goodman 1999), rare trigrams left out, written in ARPA's format, compressed.

    python training/train_speech_words.py --data DIR
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import math
import random
import re
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pocketsphinx
from tqdm import tqdm

from assistant.speech import spelled_out
from training import data as sets
from training.router.examples import CLASSES, HERE, _expand

SEED, READINGS, HELD = 3, 12, 20
DISCOUNT = 0.75
SENTENCE = re.compile(r"[.!?\n;:]+\s*")
DATA = {
    "HWU64": "CC BY 4.0", "SNIPS 2017": "CC0 1.0", "CLINC150": "CC BY 3.0", "Banking77": "CC BY 4.0", "self-instruct": "Apache-2.0",
    "TinyStories (sample)": "CDLA-Sharing-1.0", "training/router/en": "ours, Apache-2.0",
}  # fmt: skip
Gram = tuple[str, ...]


def requests(data: Path) -> Iterator[tuple[str, str]]:
    """(set, sentence) of what people ask of assistants, and some plain prose for the words between."""
    intents = data / "intent_text/dev"
    for name in ("hwu64", "snips7"):
        for line in (intents / f"{name}.jsonl").read_text("utf-8").splitlines():
            yield name, json.loads(line)["text"]
    for name in ("clinc150", "banking77"):
        with (intents / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            yield from ((name, row["text"]) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for line in (data / "lm_text/dev/instructions.jsonl").read_text("utf-8").splitlines():
        yield from (("instructions", part) for part in SENTENCE.split(json.loads(line)["instruction"]))
    yield from (("tinystories", part) for part in SENTENCE.split((data / "lm_text/dev/tinystories_sample.txt").read_text("utf-8")))
    yield from (("own", text) for text in own())


def own() -> Iterator[str]:
    """Our router's English example lines, each expanded several times."""
    import tomllib

    chance, slots = random.Random(SEED), tomllib.loads((HERE / "slots.toml").read_text("utf-8"))["en"]
    for name in CLASSES:
        for line in (HERE / "en" / f"{name}.txt").read_text("utf-8").splitlines():
            template = re.sub(r"^@\S+\s*", "", line.strip())
            if template and not template.startswith("#"):
                yield from sorted({_expand(template, slots, chance) for _ in range(READINGS)})


def words_of(sentence: str, known: frozenset[str]) -> list[str]:
    """The words as the recogniser's dictionary writes them; others stand as `<unk>`."""
    return [word if word in known else "<unk>" for word in spelled_out(sentence).split()]


class Model:
    """Counts, then probabilities with the weight of falling back."""

    def __init__(self, sentences: list[list[str]]) -> None:
        self._raw: list[Counter[Gram]] = [Counter(), Counter(), Counter()]
        for words in sentences:
            line = ["<s>", *words, "</s>"]
            for order in range(3):
                self._raw[order].update(zip(*(line[n:] for n in range(order + 1)), strict=False))
        # Lower orders count in how many places a word was seen, not how often (Kneser and Ney 1995).
        counts: list[Counter[Gram]] = [Counter(), Counter(), self._raw[2]]
        for order in (1, 0):
            counts[order] = Counter(gram[1:] for gram in self._raw[order + 1])
            counts[order].update({gram: n for gram, n in self._raw[order].items() if gram[0] == "<s>"})
        self.grams: list[dict[Gram, float]] = [{}, {}, {}]
        self.back: list[dict[Gram, float]] = [{}, {}]
        self._single(counts[0])
        self._longer(1, counts[1], least=1)
        self._longer(2, counts[2], least=2)

    def _single(self, counts: Counter[Gram]) -> None:
        counts = Counter({g: n for g, n in counts.items() if g not in (("<s>",), ("<unk>",))})
        total = sum(counts.values()) + len(counts)
        self.grams[0] = {gram: (n + 1) / total for gram, n in counts.items()}

    def _longer(self, order: int, counts: Counter[Gram], least: int) -> None:
        follow: dict[Gram, dict[str, int]] = defaultdict(dict)
        for gram, n in counts.items():
            follow[gram[:-1]][gram[-1]] = n
        for history, after in follow.items():
            if "<unk>" in history:
                continue
            total, kinds = sum(after.values()), len(after)
            kept = {w: n for w, n in after.items() if n >= least and w != "<unk>"}
            below = {w: self.probability((*history[1:], w)) for w in kept}
            share = {w: (n - DISCOUNT) / total + DISCOUNT * kinds / total * below[w] for w, n in kept.items()}
            if share:
                self.grams[order].update({(*history, w): p for w, p in share.items()})
                left, under = max(1e-6, 1 - sum(share.values())), max(1e-6, 1 - sum(below.values()))
                self.back[order - 1][history] = left / under

    def probability(self, gram: Gram) -> float:
        """Chance of the last word after those before it."""
        if gram in self.grams[len(gram) - 1]:
            return self.grams[len(gram) - 1][gram]
        if len(gram) == 1:
            return 1e-7
        return self.back[len(gram) - 2].get(gram[:-1], 1.0) * self.probability(gram[1:])

    def perplexity(self, sentences: list[list[str]]) -> float:
        """On sentences that were kept back; unknown words are left out."""
        loss = count = 0.0
        for words in sentences:
            line = ["<s>", *words, "</s>"]
            for n in range(1, len(line)):
                gram = tuple(line[max(0, n - 2) : n + 1])
                if "<unk>" not in gram:
                    loss, count = loss - math.log(self.probability(gram)), count + 1
        return math.exp(loss / max(1, count))

    def arpa(self) -> str:
        """The model in ARPA's format."""
        self.grams[0][("<s>",)] = 1e-99
        lines = ["\\data\\", *(f"ngram {n + 1}={len(grams)}" for n, grams in enumerate(self.grams))]
        for order, grams in enumerate(self.grams):
            lines += ["", f"\\{order + 1}-grams:"]
            for gram, chance in sorted(grams.items()):
                back = f" {math.log10(self.back[order].get(gram, 1.0)):.3f}" if order < 2 else ""
                lines.append(f"{max(-99.0, math.log10(chance)):.3f} {' '.join(gram)}{back}")
        return "\n".join([*lines, "", "\\end\\", ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="folder of the training sets (default: $DATA)")
    parser.add_argument("--out", default="assistant/transcribers/requests.arpa.gz", type=Path)
    parser.add_argument("--quick", action="store_true", help="do not measure the recogniser with it")
    args = parser.parse_args()
    root, started = sets.folder(args.data), time.monotonic()
    dictionary = Path(pocketsphinx.get_model_path()) / "en-us/cmudict-en-us.dict"
    known = frozenset(line.split(" ", 1)[0] for line in dictionary.read_text("utf-8").splitlines())
    trained, held, sizes = [], [], Counter[str]()
    for name, text in tqdm(requests(root), desc="sentences"):
        words = words_of(text, known)
        if words:
            (held if sets.held_out(text, HELD) else trained).append(words)
            sizes[name] += 1
    seen = Counter(word for words in trained for word in words)
    rare = {word for word, n in seen.items() if n < 2}
    model = Model([[("<unk>" if word in rare else word) for word in words] for words in tqdm(trained, desc="counting")])
    perplexity = model.perplexity([[("<unk>" if word in rare or word not in seen else word) for word in words] for words in held])
    args.out.write_bytes(gzip.compress(model.arpa().encode(), 9, mtime=0))
    training = {
        "command": "python training/train_speech_words.py --data DATA", "seconds": round(time.monotonic() - started, 1),
        "device": "one CPU core", "sentences": dict(sizes), "held_back_sentences": len(held), "held_back_perplexity": round(perplexity, 1),
        "words": len(model.grams[0]), "pairs": len(model.grams[1]), "triples": len(model.grams[2]), "data": DATA,
    }  # fmt: skip
    card = {
        "name": "requests, trigrams", "role": "transcriber", "kind": "learned", "source": "training/train_speech_words.py", "revision": "1",
        "sha256": hashlib.sha256(args.out.read_bytes()).hexdigest(), "licence": "Apache-2.0", "bytes": args.out.stat().st_size,
        "modalities": ["audio"], "scores": {} if args.quick else measured(root),
        "limits": "English requests to an assistant; the sounds are PocketSphinx's.", "training": training,
    }  # fmt: skip
    args.out.with_name(args.out.name.split(".")[0] + ".card.json").write_text(json.dumps(card, indent=2) + "\n", "utf-8")
    print(json.dumps(card, indent=1))


def measured(data: Path) -> dict[str, float]:
    """Scores of the whole recogniser with the new statistics, by the bundled voice and recordings of people."""
    from assistant.evaluation.speech import evaluate
    from assistant.synthesizers.espeak import create as create_voice
    from assistant.transcribers.base import Expected
    from assistant.transcribers.pocketsphinx import create as create_recogniser
    from assistant.voice import Voice
    from retrieval.decoding import Decoder
    from tools.devices.simulated import create as create_devices
    from tools.intents.book import shipped

    voice = Voice(Decoder(workers=1), create_recogniser(), create_voice(""))
    with tempfile.TemporaryDirectory() as folder:
        devices = create_devices(Path(folder)).devices()
    voice.listen_for(lambda: Expected(home=tuple(devices), books=(shipped("en"),)))
    return {score.name: round(score.value, 4) for score in evaluate(data, voice)}


if __name__ == "__main__":
    main()
