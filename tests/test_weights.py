"""What ships as weights: small, without pickle, each with a card that says where it comes from and how good it is."""

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("retrieval", "tools", "assistant", "ui")
WEIGHTS = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.safetensors"))
MOST_BYTES = 120 * 2**20
FORBIDDEN_LICENCES = ("NC", "non-commercial", "unclear", "unknown")
PICKLED = {".pt", ".pth", ".bin", ".pkl", ".ckpt", ".npy", ".h5", ".hdf5"}


def card_of(weights):
    """The card lies beside the file, or beside the folder of a pipeline that the file is a part of."""
    own = weights.with_name(weights.stem + ".card.json")
    above = [folder.with_name(folder.name + ".card.json") for folder in weights.parents if folder != ROOT and ROOT in folder.parents]
    return next((card for card in (own, *above) if card.is_file()), None)


def named(path):
    return str(path.relative_to(ROOT))


def test_all_weights_together_fit_the_budget():
    assert WEIGHTS
    assert sum(path.stat().st_size for path in WEIGHTS) <= MOST_BYTES


@pytest.mark.parametrize("weights", WEIGHTS, ids=named)
def test_weights_have_a_card(weights):
    path = card_of(weights)
    assert path, f"{named(weights)} has no card"
    card = json.loads(path.read_text("utf-8"))
    training = card["training"]
    assert card["scores"] or card["kind"] == "derived", "a card tells scores on data that was kept back"
    assert card["limits"]
    assert card["licence"]
    assert training["command"].startswith("python training/")
    assert training["seconds"] > 0
    assert training["device"]
    assert training["data"]
    for name, licence in training["data"].items():
        assert not any(word in str(licence) for word in FORBIDDEN_LICENCES), f"{name} must not train what ships"
    script = ROOT / training["command"].split()[1]
    assert script.is_file(), f"{script} makes these weights"


@pytest.mark.parametrize("weights", [path for path in WEIGHTS if card_of(path) == path.with_name(path.stem + ".card.json")], ids=named)
def test_the_card_is_of_this_file(weights):
    card = json.loads(card_of(weights).read_text("utf-8"))
    assert card["sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert card["bytes"] == weights.stat().st_size


def test_no_weights_are_pickled():
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.suffix in PICKLED]
    assert not found
