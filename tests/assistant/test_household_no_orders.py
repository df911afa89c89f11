"""The household, intents and agent together: what is no order leaves every device as it was."""

import asyncio

import pytest
from no_order_samples import CHINESE, ENGLISH

from assistant.build import build
from assistant.settings import read


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("household")
    made = build(read({"data_dir": folder / "data", "sample": False}, environ={"OFFLINE": "1"}, file=folder / "none.toml"))
    yield made
    asyncio.run(made.close())


@pytest.mark.parametrize(("language", "sayings"), [("en", ENGLISH[::3]), ("zh", CHINESE[::3])])
async def test_nothing_moves(assistant, language, sayings):
    before = assistant.kit.devices.devices()
    replies = [
        await assistant.household.process(said, owner="o", language=language, conversation=f"{language}{n}")
        for n, said in enumerate(sayings)
    ]
    assert [said for said, reply in zip(sayings, replies, strict=True) if reply.kind == "done"] == []
    assert assistant.kit.devices.devices() == before


async def test_an_order_moves(assistant):
    reply = await assistant.household.process("may I ask you to turn on the fan?", owner="o", language="en")
    assert (reply.kind, reply.by) == ("done", "intents")
    assert next(d for d in assistant.kit.devices.devices() if d.id == "bedroom_fan").state["power"] == "on"
