"""Fits the chances of `retrieval/likeness.py` for the weights that lie beside `senses.py`: run it after every training of either encoder.

    python training/fit_likeness.py --data DIR

Everything asked was kept back from training: rows of the photo sets, the drawing style left out, and the
fold of ESC-10 that the sound network never heard. Stores of several
sizes are filled and asked with what they have and with what they have not; the first hits are the samples, so a chance is the chance that
a hit found among many is right. Takes about a minute on one core. Writes `retrieval/embedders/senses_likeness.json`.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from assistant.evaluation.base import STYLE_LEFT_OUT, Files, held_out
from assistant.evaluation.image_encoder import CLOTHES, CLOTHES_NAMES, EMOJI, PHOTOS
from retrieval.content import Content
from retrieval.embedders import colour_layout
from retrieval.embedders._export import digest
from retrieval.embedders.minilm import create as open_minilm
from retrieval.embedders.senses import HERE, WEIGHTS, Senses
from retrieval.labels import asked
from retrieval.likeness import FILE, SYNONYMS
from training.data import folder

SOUNDS = "environment_sound/dev/esc10"
FOLD = "4"
"""The fold that a single network never heard."""
HEARD = {
    "Dog bark": "dog barking", "Baby cry": "crying baby", "Chainsaw": "chainsaw", "Clock tick": "clock ticking", "Rain": "rain",
    "Fire crackling": "crackling fire", "Helicopter": "helicopter", "Person sneeze": "sneezing", "Rooster": "rooster crowing",
    "Sea waves": "sea waves",
}  # fmt: skip
LOOKS = {
    "dog face": "Dog bark", "dog": "Dog bark", "baby": "Baby cry", "alarm clock": "Clock tick", "mantelpiece clock": "Clock tick",
    "cloud with rain": "Rain", "umbrella with rain drops": "Rain", "fire": "Fire crackling", "helicopter": "Helicopter",
    "sneezing face": "Person sneeze", "rooster": "Rooster", "water wave": "Sea waves",
}  # fmt: skip
SIZES = (5, 20, 80, 300)
PHOTOS_OF_A_SET, DRAWINGS, PASSAGES, STRANGE = 220, 300, 80, 250
MATCH = 0.75
"""Cosine of two names from which on they count as the same thing."""


@dataclass
class Things:
    """Vectors with what each is (a name), and the vectors of these names."""

    vectors: np.ndarray
    names: list[str]
    meant: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    def chosen(self, places: list[int]) -> Things:
        return Things(self.vectors[places], [self.names[n] for n in places], self.meant[places])


class Fit:
    """Collects samples of each curve and fits them."""

    def __init__(self, data: Path, embedder: Senses, seed: int) -> None:
        self.data, self.embedder, self.chance = data, embedder, random.Random(seed)
        self.best = np.concatenate([asked("label")[1], asked("sound")[1]])

    def texts(self, texts: list[str]) -> np.ndarray:
        return self.embedder.embed([Content.from_text(text) for text in texts])

    def things(self, contents: list[Content], names: list[str]) -> Things:
        return Things(self.embedder.embed(contents), names, self.texts(names))

    def pictures(self) -> Things:
        contents, names = [], []
        for name in (*PHOTOS.values(), CLOTHES):
            files = Files(self.data, name)
            rows = [row for row in files.rows if held_out(row["file"], 5)]
            rows = self.chance.sample(rows, min(PHOTOS_OF_A_SET, len(rows)))
            contents += [files.image(row["file"]) for row in rows]
            labels = [row.get("label") or row["class"] for row in rows]
            names += [CLOTHES_NAMES.get(label, label) for label in labels]
        files = Files(self.data, EMOJI)
        rows = [row for row in files.rows if row["style"] == STYLE_LEFT_OUT]
        known = [row for row in rows if row["label"] in LOOKS]
        rows = known + self.chance.sample(rows, DRAWINGS)
        contents += [files.image(row["file"]) for row in rows]
        self.looks = colour_layout.create().embed(contents)
        return self.things(contents, names + [row["label"] for row in rows])

    def sounds(self) -> Things:
        files = Files(self.data, SOUNDS)
        vectors, names, committee = [], [], self.embedder.listeners > 1
        for row in files.rows:
            if not committee and row["fold"] != FOLD:
                continue
            content = Content(modality="audio", media_type="audio/ogg", data=files.bytes(row["file"]))
            # Of a committee, the member that was trained without this fold.
            vectors.append(self.embedder.heard(content, int(row["fold"]) - 1 if committee else None))
            names.append(HEARD[row["class"]])
        return Things(np.stack(vectors), names, self.texts(names))

    def strange(self) -> list[str]:
        """Questions and requests that no picture answers."""
        articles = json.loads((self.data / "qa_extractive/dev/xquad.en.json").read_text("utf-8"))["data"]
        questions = [qa["question"] for article in articles for p in article["paragraphs"] for qa in p["qas"]]
        with (self.data / "intent_text/dev/clinc150.tsv").open(encoding="utf-8") as file:
            questions += [row[0] if isinstance(row, list) else "" for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)][
                1:2000
            ]
        return self.chance.sample(questions, STRANGE)

    def passages(self) -> list[str]:
        articles = json.loads((self.data / "qa_extractive/dev/xquad.en.json").read_text("utf-8"))["data"]
        return self.chance.sample([p["context"] for article in articles for p in article["paragraphs"]], PASSAGES)

    def stores(self, things: Things) -> list[Things]:
        """Ten of each size, each of some kinds of things only, so that most queries are about what is not there."""
        found = []
        for size in SIZES:
            for _ in range(10):
                kinds = sorted(set(things.names))
                kept = set(self.chance.sample(kinds, max(2, len(kinds) // 2)))
                places = [n for n, name in enumerate(things.names) if name in kept]
                found.append(things.chosen(self.chance.sample(places, min(size, len(places)))))
        return found

    def hits(self, query: np.ndarray, meant: np.ndarray | None, store: Things, gap: str, most: int = 3) -> list[tuple[float, float, bool]]:
        """(cosine, gap, right) of the first hits; `gap`: which side the known names are compared with."""
        cosines = store.vectors @ query
        found = []
        for n in np.argsort(-cosines)[:most]:
            best = (self.best @ (store.vectors[n] if gap == "found" else query)).max() if gap else cosines[n]
            right = meant is not None and float(meant @ store.meant[n]) >= MATCH
            found.append((float(cosines[n]), float(cosines[n] - best), right))
        return found

    def words_to(self, things: Things, prompts: tuple[str, ...]) -> list[tuple[float, float, bool]]:
        names = sorted(set(things.names))
        queries = [(prompt.format(name), name) for name in names for prompt in prompts]
        vectors, meant, strange = (
            self.texts([text for text, _ in queries]),
            self.texts([name for _, name in queries]),
            self.texts(self.strange()),
        )
        found = []
        for store in self.stores(things):
            there = {name for name in store.names}
            own = [n for n, (_, name) in enumerate(queries) if name in there]
            for n in [*self.chance.sample(own, min(12, len(own))), *self.chance.sample(range(len(queries)), 6)]:
                found += self.hits(vectors[n], meant[n], store, "found")
            for n in self.chance.sample(range(len(strange)), 8):
                found += self.hits(strange[n], None, store, "found")
        return found

    def pictures_to(self, seen: Things) -> list[tuple[float, float, bool]]:
        """Pictures for a picture: cosine in the joint space, cosine of colour and layout, and whether both show the same."""
        found = []
        for store in self.stores(Things(np.arange(len(seen)), seen.names, seen.meant)):
            for n in self.chance.sample(range(len(seen)), 25):
                others = store.vectors[store.vectors != n]
                cosines, looks = seen.vectors[others] @ seen.vectors[n], self.looks[others] @ self.looks[n]
                chosen = {*np.argsort(-cosines)[:4].tolist(), *np.argsort(-looks)[:4].tolist()}
                found += [
                    (float(cosines[k]), float(looks[k]), float(seen.meant[n] @ seen.meant[others[k]]) >= MATCH) for k in sorted(chosen)
                ]
        return found

    def things_to(self, asked_by: Things, store_of: Things, same: bool) -> list[tuple[float, float, bool]]:
        found = []
        for store in self.stores(store_of):
            for n in self.chance.sample(range(len(asked_by)), min(25, len(asked_by))):
                inside = store.chosen(
                    [k for k in range(len(store)) if not (same and np.array_equal(store.vectors[k], asked_by.vectors[n]))]
                )
                found += self.hits(asked_by.vectors[n], asked_by.meant[n], inside, "", 5)
        return found

    def to_passages(self, things: Things, prompts: tuple[str, ...]) -> list[tuple[float, float, bool]]:
        names = sorted(set(things.names))
        said = [(prompt.format(name), name) for name in names for prompt in prompts]
        passages = self.passages()
        told = Things(self.texts([text for text, _ in said]), [name for _, name in said], self.texts([name for _, name in said]))
        other = Things(self.texts(passages), [""] * len(passages), np.zeros((len(passages), told.meant.shape[1]), np.float32))
        found = []
        for store in self.stores(told):
            some = other.chosen(self.chance.sample(range(len(other)), min(len(other), len(store))))
            both = Things(
                np.concatenate([store.vectors, some.vectors]), store.names + some.names, np.concatenate([store.meant, some.meant])
            )
            for n in self.chance.sample(range(len(things)), min(25, len(things))):
                found += self.hits(things.vectors[n], things.meant[n], both, "query")
        return found

    def named(self, kind: str, things: Things) -> list[tuple[float, float, bool]]:
        _, vectors = asked(kind)
        found = []
        for vector, meant in zip(things.vectors, things.meant, strict=True):
            cosines = vectors @ vector
            first = int(np.argmax(cosines))
            rivals = cosines[(vectors @ vectors[first]) < SYNONYMS]
            found.append((float(cosines[first]), float(cosines[first] - rivals.max()), float(vectors[first] @ meant) >= MATCH))
        return found


def fit(name: str, samples: list[tuple[float, float, bool]]) -> list[float]:
    """Intercept and slopes of the cosine and the gap; prints how well the chances hold on every other sample, which the fit left out."""
    features, right = np.array([s[:2] for s in samples]), np.array([s[2] for s in samples])
    known = LogisticRegression(C=100.0, max_iter=2000).fit(features[::2], right[::2])
    chance, truth = known.predict_proba(features[1::2])[:, 1], right[1::2].astype(float)
    bins = np.clip((chance * 5).astype(int), 0, 4)
    rows = [(chance[bins == b].mean(), truth[bins == b].mean(), int((bins == b).sum())) for b in range(5) if (bins == b).any()]
    error = sum(n * abs(mean - share) for mean, share, n in rows) / len(truth)
    print(f"{name}: {len(samples)} samples, {right.mean():.2f} right, calibration error {error:.3f};",
          ", ".join(f"{mean:.2f} -> {share:.2f} ({n})" for mean, share, n in rows), flush=True)  # fmt: skip
    whole = LogisticRegression(C=100.0, max_iter=2000).fit(features, right)
    wrong = whole.coef_[0] < 0  # a sign that speaks against itself is noise: leave it out
    if wrong.any() and features[:, wrong].any():
        features[:, wrong] = 0
        whole = LogisticRegression(C=100.0, max_iter=2000).fit(features, right)
    return [round(float(x), 3) for x in (whole.intercept_[0], *whole.coef_[0])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="folder of the training sets (default: $DATA)")
    parser.add_argument("--cache", default="~/.cache/synesthesia", type=lambda given: Path(given).expanduser())
    parser.add_argument("--weights", default=HERE, type=Path, help="folder of the weights")
    parser.add_argument("--seed", type=int, default=3)
    arguments = parser.parse_args()
    embedder = Senses(arguments.cache, words=open_minilm(arguments.cache), folder=arguments.weights)
    job = Fit(folder(arguments.data), embedder, arguments.seed)
    seen = job.pictures()
    shown, told = ("{}", "a photo of {}", "a {}"), ("a photo of a {}.", "The {} is shown here.", "{}")
    pairs: dict[str, Any] = {
        "text-image": fit("text-image", job.words_to(seen, shown)), "image-image": fit("image-image", job.pictures_to(seen)),
        "image-text": fit("image-text", job.to_passages(seen, told)),
    }  # fmt: skip
    names = {"label": fit("label", job.named("label", seen))}
    if "audio" in embedder.modalities:
        heard = job.sounds()
        shows = seen.chosen([n for n, name in enumerate(seen.names) if name in LOOKS])
        shows.meant = job.texts([HEARD[LOOKS[name]] for name in shows.names])
        pairs |= {
            "text-audio": fit("text-audio", job.words_to(heard, ("{}", "the sound of {}", "{} sound"))),
            "audio-audio": fit("audio-audio", job.things_to(heard, heard, True)),
            "audio-image": fit("audio-image", job.things_to(heard, shows, False)),
            "image-audio": fit("image-audio", job.things_to(shows, heard, False)),
            "audio-text": fit("audio-text", job.to_passages(heard, ("{}", "You can hear {}.", "the sound of {}"))),
        }  # fmt: skip
        names["sound"] = fit("sound", job.named("sound", heard))
    weights = {name: digest(arguments.weights / name) for name in WEIGHTS.values() if (arguments.weights / name).is_file()}
    FILE.write_text(json.dumps({"pairs": pairs, "names": names, "weights": weights}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
