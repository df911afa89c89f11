"""The router learns the jargon of a workplace and forgets nothing of everyday turns."""

from pathlib import Path

import pytest
from library_samples import CACHE
from training_samples import options, silent, write

from assistant.chat_models.reflex import create as create_reflex
from assistant.reflex.head import open_head
from assistant.reflex.router import Router
from assistant.training import router as training
from retrieval.embedders.minilm import create
from retrieval.faults import InvalidInput, NotInstalled, Unavailable

HELDOUT = Path(__file__).with_name("heldout_turns.tsv")
NOUNS = ("lamp", "blinds", "heater", "door", "fan", "radio", "kettle", "boiler", "pump", "gate")
TOPICS = ("returns", "holidays", "badges", "lockers", "parking", "allergens", "shifts", "uniforms", "keys", "deliveries")
MORE = ("valve", "shutter", "siren", "sprinkler", "projector", "hoist", "oven", "chiller", "mixer", "press")
TURNS = [
    *((f"zap the {one}", "", "control_device") for one in NOUNS), *((f"{one} to mode B please", "", "control_device") for one in NOUNS),
    *((f"pull the runbook {one}", "", "search") for one in TOPICS), *((f"escalate {one} to Marta", "", "out_of_scope") for one in TOPICS),
    *((f"sketchify {one}", "", "generate_image") for one in NOUNS), *((f"zap the {one}", "", "control_device") for one in MORE),
    *((f"{one} to mode B please", "", "control_device") for one in MORE), *((f"sketchify {one}", "", "generate_image") for one in MORE),
]  # fmt: skip


def turns(folder, rows=TURNS):
    return write(Path(folder) / "turns.tsv", ("words", "media", "expected"), rows)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    room = tmp_path_factory.mktemp("router")
    chosen = options(room, turns(room), name="jargon")
    return chosen.data_dir / "models" / "jargon", training.train(chosen, silent)


def test_held_back_turns_go_to_the_right_tool(trained):
    _, card = trained
    print(card.scores)
    assert card.better
    assert card.roles == {"router": "reflex"}
    assert card.scores["after_routing"] >= 0.95 > card.scores["before_routing"] + 0.1


def test_everyday_turns_are_still_understood(trained):
    folder, card = trained
    assert card.scores["after_everyday"] >= card.scores["before_everyday"] - training.FORGOTTEN
    everyday, embedder = training.read(HELDOUT), create(CACHE)
    old, new = training.share(Router(embedder), everyday), training.share(Router(embedder, open_head(folder)), everyday)
    assert new >= old - 0.02, "turns that the training never saw"


def test_the_chat_model_takes_it(trained):
    folder, card = trained
    chat = create_reflex(str(folder), embedder=create(CACHE), cache_dir=CACHE, timeout=1)
    assert chat.router.route("zap the fan now", [], []).plan == ("control_device",)
    assert chat.card.scores["after_routing"] == card.scores["after_routing"]
    assert create_reflex("", embedder=create(CACHE), cache_dir=CACHE, timeout=1).card.scores.get("after_routing") is None


@pytest.mark.parametrize(
    ("rows", "code"),
    [([("zap", "", "zapping")] * 3, "unknown_label"), (TURNS[:20], "one_class"), (TURNS[:6] + TURNS[20:26], "too_few_rows")],
)
def test_bad_turns_are_refused_and_nothing_is_written(tmp_path, rows, code):
    chosen = options(tmp_path, turns(tmp_path, rows))
    with pytest.raises(InvalidInput) as caught:
        training.train(chosen, silent)
    assert caught.value.code == code
    assert caught.value.hint
    assert not list(chosen.data_dir.glob("**/*"))


def test_a_missing_or_damaged_router_says_what_to_do(tmp_path):
    with pytest.raises(NotInstalled):
        open_head(tmp_path)
    (tmp_path / "router.safetensors").write_bytes(b"damaged")
    with pytest.raises(Unavailable):
        open_head(tmp_path)
