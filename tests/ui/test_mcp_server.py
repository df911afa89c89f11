"""The tools for other assistants: the official MCP client against the real server, over HTTP and over `assistant mcp`."""

import asyncio
import base64
import io
import json
import sys
import threading
import time

import pytest
from api_app import WARRANTY, b64, check_error, ingest, png, running
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError
from PIL import Image
from test_api_server import server

from assistant.keys import Keys
from tools import registry
from tools.base import Tool
from ui.api.mcp import SERVED
from ui.api.mcp import server as mcp_server
from ui.api.slots import Slots

HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json", "mcp-protocol-version": "2025-11-25"}


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    """(address, data directory) of a real server that has one document and one picture."""
    folder = tmp_path_factory.mktemp("mcp") / "data"
    with server(folder) as (_, address, _):
        import httpx

        with httpx.Client(base_url=address, timeout=60) as client:
            store = client.post("/v1/vector_stores", json={"name": "default"}).json().get("id") or "default"
            ingest(client, store, "gale.md", WARRANTY)
            ingest(client, store, "jacket.png", png("red"))
        yield address, folder


def blocks(result, kind):
    return [block for block in result.content if block.type == kind]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_official_client_lists_calls_and_reads(process, mode):
    async with Client(f"{process[0]}/mcp", mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == SERVED < set(registry.names())
        found = await client.call_tool("search", {"query": "What does the warranty cover?"})
        assert not found.is_error
        assert "heating element" in blocks(found, "text")[0].text
        link = blocks(found, "resource_link")[0]
        assert link.name.startswith("[1] ")
        (read,) = (await client.read_resource(link.uri)).contents
        assert "heating element" in read.text
        row = found.structured_content["evidence"][0]
        assert row["uri"] == link.uri
        assert row["id"] in blocks(found, "text")[0].text
        assert link.uri == f"synesthesia://items/{row['id']}"
        listed = (await client.list_resources()).resources
        assert {"gale.md", "jacket.png"} <= {resource.name for resource in listed}
        picture = next(resource for resource in listed if resource.name == "jacket.png")
        (read,) = (await client.read_resource(picture.uri)).contents
        assert read.blob.startswith("iVBOR")
        for wrong in (
            "synesthesia://items/item-none",
            "synesthesia://files/file-none",
            "file:///etc/passwd",
            "synesthesia://items/../x",
            "x",
        ):
            with pytest.raises(MCPError):
                await client.read_resource(wrong)


async def test_what_a_tool_is_told_and_promises(process):
    async with Client(f"{process[0]}/mcp") as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert "data: URL" in client.instructions
    assert tools["look"].input_schema["required"] == ["question"]
    assert tools["look"].input_schema["properties"]["image"]["description"] == "Item id or file id from an earlier result, or a data: URL."
    assert tools["search"].input_schema["properties"]["k"]["maximum"] == 20
    assert "default" in tools["search"].input_schema["properties"]["collections"]["description"]
    hints = {name: (t.annotations.read_only_hint, t.annotations.destructive_hint) for name, t in tools.items()}
    assert hints["search"] == (True, False)
    assert hints["generate_image"] == (False, False)
    assert hints["control_device"] == (False, True)
    assert "Handle" not in json.dumps([tool.input_schema for tool in tools.values()])


async def test_a_picture_is_made_looked_at_changed_and_found_again(process):
    told = []

    async def progress(done, total, message):
        told.append(done)

    async with Client(f"{process[0]}/mcp") as client:
        made = await client.call_tool("generate_image", {"prompt": "a red circle", "seed": 1}, progress_callback=progress)
        picture = blocks(made, "image")[0]
        assert Image.open(io.BytesIO(base64.b64decode(picture.data))).size == (512, 512)
        assert told
        file = made.structured_content["media"][0]["file_id"]
        assert file in blocks(made, "text")[0].text
        seen = await client.call_tool("look", {"question": "What colour is the circle?", "image": file})
        assert "red" in seen.structured_content["answer"]
        place = blocks(seen, "resource_link")[0].uri
        assert place.startswith(f"synesthesia://files/{file}?region=")
        (read,) = (await client.read_resource(place)).contents
        assert read.mime_type == "image/png"
        changed = await client.call_tool("edit_image", {"instruction": "make it blue", "image": file})
        assert blocks(changed, "image")[0].data != picture.data
        sent = await client.call_tool("find_similar", {"media": f"data:image/png;base64,{b64(png('darkred', (160, 160)))}", "k": 3})
        assert not sent.is_error
        assert blocks(sent, "image")
        spoken = await client.call_tool("speak", {"text": "hello"})
        assert blocks(spoken, "audio")[0].mime_type == "audio/wav"


async def test_errors_say_what_to_do(process):
    async with Client(f"{process[0]}/mcp") as client:
        for name, arguments, words in (
            ("look", {"question": "what?", "image": "item_none"}, "item_none"), ("look", {}, "Field required"),
            ("nothing", {}, "There is no tool"), ("remember", {"action": "recall"}, "There is no tool"), ("search", {"query": "x", "collections": ["nowhere"]}, "nowhere"),
            ("look", {"question": "what?", "image": "data:image/png;base64,AAAA"}, "few bytes"),
            ("analyze_emotion", {"media": f"data:image/png;base64,{b64(png())}"}, "consent"),
        ):  # fmt: skip
            result = await client.call_tool(name, arguments)
            assert result.is_error, name
            assert words in blocks(result, "text")[0].text
            assert set(result.structured_content["error"]) >= {"code", "hint"}
        felt = await client.call_tool("analyze_emotion", {"text": "I am so happy today!"})
        assert felt.structured_content["data"]["fused"]["label"] == "joy"


async def test_a_lock_asks_before_it_opens(process):
    async with Client(f"{process[0]}/mcp") as client:
        asked = await client.call_tool("control_device", {"action": "unlock", "device": "front door"})
        data = asked.structured_content["data"]
        assert not data["done"]
        wrong = await client.call_tool("control_device", {"action": "unlock", "device": "front door", "command": "confirm 00000000"})
        assert wrong.is_error
        done = await client.call_tool(
            "control_device", {"action": "unlock", "device": "front door", "command": f"confirm {data['confirm']}"}
        )
        assert done.structured_content["data"]["done"]


async def test_calls_beside_each_other(process):
    async with Client(f"{process[0]}/mcp") as client:
        found = await asyncio.gather(*(client.call_tool("search", {"query": "warranty"}) for _ in range(8)))
    assert len({blocks(one, "text")[0].text for one in found}) == 1


def over_stdio(folder):
    environment = {"ASSISTANT_SAMPLE": "0", "OFFLINE": "1"}
    return StdioServerParameters(command=sys.executable, args=["-m", "ui.cli.main", "mcp", "--data-dir", str(folder)], env=environment)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_over_stdio_through_the_server_that_runs(process, mode):
    async with Client(over_stdio(process[1]), mode=mode) as client:
        assert client.server_info.name == "synesthesia"
        assert {tool.name for tool in (await client.list_tools()).tools} == SERVED
        found = await client.call_tool("search", {"query": "What does the warranty cover?"})
        assert "heating element" in blocks(found, "text")[0].text
        (read,) = (await client.read_resource(blocks(found, "resource_link")[0].uri)).contents
        assert "heating element" in read.text
        with pytest.raises(MCPError, match="no item"):
            await client.read_resource("synesthesia://items/item-none")
        assert (await client.list_resource_templates()).resource_templates


async def test_over_stdio_alone(tmp_path):
    async with Client(over_stdio(tmp_path / "data")) as client:
        made = await client.call_tool("speak", {"text": "hello"})
        assert blocks(made, "audio")
    deadline = time.monotonic() + 20
    while (tmp_path / "data" / "server.json").exists() and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    assert not (tmp_path / "data" / "server.json").exists()


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("mcp-api"), **{"limits.body_bytes": 2**20}) as client:
        yield client


class Waiting(Tool):
    """Works until it is told to stop."""

    name = "search"
    description = "Waits."

    def __init__(self, arguments):
        self.arguments, self.started, self.stopped = arguments, threading.Event(), threading.Event()

    def run(self, args, context):
        self.started.set()
        if context.cancel.wait(20):
            self.stopped.set()
        context.check()


async def test_a_client_that_leaves_stops_the_tool(api, monkeypatch):
    waiting, slots = Waiting(api.assistant.tools["search"].arguments), Slots(1, 1)
    monkeypatch.setitem(api.assistant.tools, "search", waiting)
    async with Client(mcp_server(api.assistant, "local", slots)) as client:
        call = asyncio.create_task(client.call_tool("search", {"query": "x"}))
        assert await asyncio.to_thread(waiting.started.wait, 10)
        assert slots.running == 1
        call.cancel()
        assert await asyncio.to_thread(waiting.stopped.wait, 10)
        for _ in range(100):
            if slots.running == 0:
                break
            await asyncio.sleep(0.02)
        assert slots.running == 0


def rpc(client, method, params=None, **more):
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
    return client.post("/mcp", json=body, headers={**HEADERS, **more})


def answered(response):
    assert response.status_code == 200, response.text
    lines = [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: ")]
    return json.loads(lines[-1] if lines else response.text)["result"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b"5", b"{}", b"\xff", b'{"jsonrpc":"2.0","id":1,"method":"nope"}', b"[" * 50_000]
)
@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28", "1", None])
def test_anything_sent_is_answered_below_500(api, body, version):
    headers = {key: value for key, value in HEADERS.items() if key != "mcp-protocol-version"} | (
        {"mcp-protocol-version": version} if version else {}
    )
    answer = api.post("/mcp", content=body, headers=headers)
    assert answer.status_code < 500
    assert "Traceback" not in answer.text
    assert len(answer.content) < 3000


def test_only_posts_of_bounded_size(api):
    for method in ("GET", "DELETE", "PUT"):
        check_error(api.request(method, "/mcp"), 405)
    check_error(api.post("/mcp", content=b"x" * 2_000_000, headers=HEADERS), 413, "too_large")


def test_pages_of_others_are_refused(api):
    check_error(rpc(api, "tools/list", origin="https://evil.example"), 403)
    check_error(rpc(api, "tools/list", host="evil.example"), 403)
    assert answered(rpc(api, "tools/list", origin="http://localhost:8501"))["tools"]


def test_a_key_opens_what_belongs_to_its_owner(api):
    keys = Keys(api.assistant.settings.data_dir)
    try:
        as_of = {name: {"authorization": f"Bearer {keys.create(name)[1]}"} for name in ("alice", "bob")}
    finally:
        keys.close()
    check_error(rpc(api, "tools/list"), 401, "invalid_api_key")
    check_error(rpc(api, "tools/list", authorization="Bearer wrong"), 401, "invalid_api_key")
    sent = api.post("/v1/files", files={"file": ("gale.md", WARRANTY)}, data={"purpose": "assistants"}, headers=as_of["alice"])
    file = sent.json()["id"]
    ask = {"name": "read_document", "arguments": {"question": "What does the warranty cover?", "document": file}}
    found = answered(rpc(api, "tools/call", ask, **as_of["alice"]))
    assert "heating element" in found["content"][0]["text"]
    assert found["content"][1]["uri"].startswith(f"synesthesia://files/{file}")
    assert answered(rpc(api, "tools/call", ask, **as_of["bob"]))["isError"]
    assert answered(rpc(api, "resources/list", **as_of["bob"]))["resources"] == []
    read = {"uri": found["content"][1]["uri"]}
    assert "heating element" in answered(rpc(api, "resources/read", read, **as_of["alice"]))["contents"][0]["text"]
    assert "There is no file" in rpc(api, "resources/read", read, **as_of["bob"]).text
