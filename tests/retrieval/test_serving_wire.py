"""What goes between a server and its models: every value of an interface comes back as it was, and nothing else is taken."""

import numpy as np
import ormsgpack
import pytest

from assistant.transcribers.base import Expected, Transcript, Word
from retrieval.content import Content
from retrieval.embedders.base import Trained
from retrieval.faults import Busy, InvalidInput, NotInstalled, Unreadable
from retrieval.serving.wire import Wire
from tools.emotions.base import LABELS, EmotionReading, Moment
from tools.image_generators.base import EditRequest, ImageRequest, Picture, Recipe
from tools.intents.book import shipped

PICTURE = Content(modality="image", media_type="image/png", data=b"\x89PNG\x00\xff", name="ä.png", width=3, height=4)
RECIPE = Recipe(prompt="a cat", seed=0, width=64, height=64, model="m", parents=("a",), parameters={"edits": (1, 2), "near": [0.5]})
VALUES = {
    "retrieval.embedders": [[PICTURE, Content.from_text("保修期")], frozenset({"text", "image"}), Trained(scale=2.0), {"a": None, 1: 2.5}],
    "tools.image_generators": [
        ImageRequest(prompt="a cat", seed=0), EditRequest(instruction="red", mask=PICTURE), [Picture(content=PICTURE, recipe=RECIPE)],
        ("model", "0" * 64),
    ],
    "tools.emotions": [
        EmotionReading(label="joy", distribution=dict.fromkeys(LABELS, 1 / 7), uncertainty=0.5, timeline=(Moment(start=0, end=1, label="joy"),))
    ],
    "assistant.transcribers": [
        Transcript(text="hello", language="en", words=(Word(word="hello", start=0, end=1, probability=0.5),)),
        Expected(books=(shipped("en"), shipped("zh")), things=("lantern",)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("package", VALUES)
def test_values_come_back_as_they_were(package):
    wire = Wire(package)
    for value in VALUES[package]:
        found = wire.unpack(wire.pack(value))
        assert found == value
        assert type(found) is type(value)


@pytest.mark.parametrize("array", [np.zeros((0, 384), np.float32), np.arange(6, dtype=np.float32).reshape(2, 3), np.float64(2.5)])
def test_arrays_come_back_as_they_were(array):
    wire = Wire("retrieval.embedders")
    found = wire.unpack(wire.pack(array))
    assert np.array_equal(found, array)
    assert np.shape(found) == np.shape(array)
    if isinstance(found, np.ndarray):
        assert found.dtype == array.dtype
        assert found.flags.writeable


@pytest.mark.parametrize("kind", [InvalidInput, Unreadable, NotInstalled, Busy])
def test_faults_come_back_as_they_were(kind):
    wire, fault = Wire("retrieval.embedders"), kind("It is wrong.", hint="Mend it.", param="input", code="own_code")
    fault.retry_after, fault.status = 3, 503
    found = wire.unpack(wire.pack(fault))
    assert type(found) is kind
    assert (found.to_dict(), found.status, found.retry_after) == (fault.to_dict(), 503, 3)


def test_a_fault_of_a_kind_of_its_own_is_its_nearest_kind():
    class Odd(Unreadable):
        pass

    wire = Wire("retrieval.embedders")
    assert type(wire.unpack(wire.pack(Odd("No.", hint="Yes.")))) is Unreadable


@pytest.mark.parametrize("plain", [{"~": "Settings", "fields": {}}, {"~": "Content", "fields": {"~": "map", "items": []}}, {"a": 1}, {}])
def test_what_the_interface_does_not_speak_of_is_refused(plain):
    with pytest.raises(ValueError):
        Wire("retrieval.embedders").unpack(ormsgpack.packb(plain))


def test_what_has_no_place_there_is_not_sent():
    with pytest.raises(TypeError):
        Wire("retrieval.embedders").pack(object())
