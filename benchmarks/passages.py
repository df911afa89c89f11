"""Generated passages and questions: no data of anybody, the same for every contestant and every run."""

from __future__ import annotations

import random

import numpy as np

NOUNS = """harbour kettle lantern orchard engine violin glacier market bridge compass turbine library garden tunnel satellite bakery
museum ferry antenna workshop vineyard reservoir telescope factory stadium archive lighthouse quarry greenhouse observatory dam railway
clinic theatre shipyard windmill cathedral laboratory hangar brewery foundry aquarium canal depot forge gallery hostel inn jetty kiln
loom mill nursery oven pier quay refinery sawmill tannery vault warehouse yard zeppelin beacon cellar dairy elevator fountain""".split()
VERBS = """opens closes repairs measures carries stores heats cools paints lifts counts delivers inspects records replaces protects cleans
tests weighs seals drains lights guards feeds turns moves marks prints sorts covers""".split()
ADJECTIVES = """old narrow silver broken northern quiet heavy wooden modern hidden bright frozen public private empty crowded famous small
round electric copper marble rusty yellow distant early late damp warm steep""".split()
PLACES = [
    start + end
    for start in "Ar Bel Cor Dun El Fen Gal Hol Is Jor Kel Lin Mor Nor Os Pel".split()
    for end in "den ford wick haven moor".split()
]
REASONS = (
    "the warranty covers it for two years", "the council asked for it in spring", "nobody had checked the pressure since March",
    "the manual says so on page twelve", "visitors complained about the noise", "the water rises every autumn",
    "a storm damaged the roof", "the price of copper fell", "the permit ends in June", "the inspector signed the form",
)  # fmt: skip
SENTENCES = (
    "The {a} {n} of {p} {v} the {m} every {d} days because {r}.",
    "In {p} a {a} {n} {v} {d} of the {m}s, and {r}.",
    "When the {n} is {a}, it {v} the {m} within {d} minutes.",
    "{p} paid {d} euros for the {n}; the {a} {m} {v} it now.",
    "After {d} years the {m} near {p} still {v} the {a} {n}.",
)  # fmt: skip


def passages(count: int, sentences: int = 5) -> list[str]:
    """`count` passages of about `sentences` * 75 characters. Those with neighbouring numbers are about the same few things."""
    found = []
    for number in range(count):
        chance = random.Random(number)
        topic = random.Random(number // 8)
        nouns, place = topic.sample(NOUNS, 4), topic.choice(PLACES)
        found.append(" ".join(_sentence(chance, nouns, place) for _ in range(sentences)))
    return found


def _sentence(chance: random.Random, nouns: list[str], place: str) -> str:
    n, m = chance.sample(nouns, 2)
    return chance.choice(SENTENCES).format(
        n=n, m=m, p=place, a=chance.choice(ADJECTIVES), v=chance.choice(VERBS), d=chance.randrange(2, 400), r=chance.choice(REASONS)
    )


def questions(count: int, among: int) -> list[str]:
    """`count` questions about things that are in the first `among` passages."""
    found = []
    for number in range(count):
        topic = random.Random(random.Random(number).randrange(among) // 8)
        nouns, place = topic.sample(NOUNS, 4), topic.choice(PLACES)
        found.append(f"How often does the {nouns[0]} in {place} need the {nouns[1]}?")
    return found


def clustered(count: int, seeds: np.ndarray, seed: int = 0, noise: float = 0.6) -> np.ndarray:
    """`count` unit vectors around `seeds` (real ones), as the vectors of more such passages would lie; float32, in float16 steps."""
    chance = np.random.default_rng(seed)
    made = seeds[chance.integers(0, len(seeds), count)]
    made = made + chance.standard_normal(made.shape, np.float32) * np.float32(noise / np.sqrt(made.shape[1]))
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made.astype(np.float16).astype(np.float32)
