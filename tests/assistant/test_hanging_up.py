"""Leaving in the middle of an answer hangs up on the server behind the chat model, however often the work is told to stop."""

import asyncio
from contextlib import aclosing

import anyio
import pytest
from awkward_server import AwkwardServer, Reply

from assistant.build import build
from assistant.settings import read
from assistant.turns import Turn
from retrieval.content import Content
from ui.api.streams import with_heartbeat


@pytest.mark.parametrize("second", ["", " | reflex"])
async def test_a_server_that_cancels_again_and_again_lets_the_work_end(tmp_path, second):
    words = tuple(f"{n} " for n in range(200))
    with AwkwardServer(lambda body: Reply(words=words, pause=0.05)) as server:
        chosen = f"openai_http:{server.address}#m{second}"
        assistant = build(read({"data_dir": tmp_path / "data", "sample": False, "models.chat_model": chosen}))
        await assistant.start()
        chat = assistant.conversations.create("local").id

        async def pieces():
            async with aclosing(assistant.run(Turn(contents=(Content.from_text("count slowly"),), conversation=chat))) as events:
                async for event in events:
                    yield event

        whole = pieces()
        beating = with_heartbeat(whole)
        async with aclosing(whole), aclosing(beating), anyio.create_task_group() as group:
            async for event in beating:
                if event.type == "text_delta" and "3" in event.text:
                    group.cancel_scope.cancel()
        assert await asyncio.to_thread(server.gone.wait, 5)
        deadline = asyncio.get_running_loop().time() + 5
        while (kept := assistant.conversations.messages(chat, "local")[-1]).state == "running":
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.02)
        assert (kept.state, kept.text[:6]) == ("interrupted", "0 1 2 ")
        await assistant.close()
