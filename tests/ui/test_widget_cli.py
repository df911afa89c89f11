"""`assistant widget` and `assistant faq init` as a site owner types them, and the sample shop of the demo."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import httpx
import pytest
from api_app import running
from widget_site import SITE

from retrieval.faults import Conflict
from ui.widget import demo


def assistant(*arguments, folder, check=True):
    command = [sys.executable, "-m", "ui.cli.main", *arguments, "--data-dir", str(folder / "data")]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "ASSISTANT_SAMPLE": "0", "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("owner")


@pytest.mark.slow
def test_a_site_owners_first_run(folder):
    done = assistant("faq", "init", "my-faq.csv", folder=folder)
    assert "12 added" in done.stdout
    assert (folder / "my-faq.csv").read_text("utf-8").startswith("question,answer,language")
    (folder / "my-faq.csv").write_text("question,answer\nDo you sell canoes?,Only in summer.\n")
    assert "1 added" in assistant("faq", "init", "my-faq.csv", folder=folder).stdout

    command = [sys.executable, "-m", "ui.cli.main", "widget", "demo", "--port", "0", "--json", "--data-dir", str(folder / "data")]
    environment = {**os.environ, "ASSISTANT_SAMPLE": "0", "PYTHONPATH": os.getcwd()}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        said = json.loads("".join(process.stdout.readline() for _ in range(4)))
        page = httpx.get(said["shop"], trust_env=False)
        assert "require-trusted-types-for 'script'" in page.headers["content-security-policy"]
        key = page.text.partition('data-key="')[2].partition('"')[0]
        body = {"question": "Do you sell canoes?"}
        answer = httpx.post(
            f"{said['api']}/v1/widget/{key}/answers", json=body, headers={"Origin": said["shop"]}, trust_env=False, timeout=60
        )
        assert "Only in summer." in json.loads(answer.text.split("data: ")[-2])["text"]
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, process.stderr.read()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_keys_are_made_listed_and_revoked(folder):
    assistant("faq", "init", "my-faq.csv", folder=folder, check=False)
    line = assistant("widget", "key", "create", "shop", "--origin", SITE, "--address", "https://ask.example/", folder=folder).stdout
    assert line.startswith('<script src="https://ask.example/widget.js" data-key="pk_')
    assert assistant("widget", "snippet", "shop", "--address", "https://ask.example", folder=folder).stdout == line
    (found,) = [
        key for key in json.loads(assistant("widget", "key", "list", "--json", folder=folder).stdout)["data"] if key["name"] == "shop"
    ]
    assert found["origins"] == [SITE]
    assert json.loads(assistant("widget", "questions", "shop", "--json", folder=folder).stdout) == {"data": []}
    assert "Revoked" in assistant("widget", "key", "revoke", "shop", folder=folder).stdout
    gone = assistant("widget", "snippet", "shop", folder=folder, check=False)
    assert gone.returncode == 1
    assert "no publishable key 'shop'" in gone.stderr


class TestShop:
    @pytest.fixture
    def address(self):
        with demo.shop("http://127.0.0.1:1", 0, lambda origin: f"<script data-origin='{origin}'></script>") as address:
            yield address

    def test_the_page_its_style_and_its_pictures(self, address):
        assert f"data-origin='{address}'" in httpx.get(address, trust_env=False).text
        assert "为风雨而生" in httpx.get(f"{address}/?zh", trust_env=False).text
        assert httpx.get(f"{address}/shop.css", trust_env=False).headers["content-type"].startswith("text/css")
        assert httpx.get(f"{address}/red_jacket.png", trust_env=False).content.startswith(b"\x89PNG")

    @pytest.mark.parametrize("path", ["/nothing", "/../__init__.py", "/..%2f..%2f__init__.py", "/demo.py", "/brown_dog.png"])
    def test_nothing_else(self, address, path):
        assert httpx.get(f"{address}{path}", trust_env=False).status_code == 404

    def test_a_taken_port(self, address):
        with pytest.raises(Conflict, match="taken"), demo.shop("", int(address.rpartition(":")[2]), str):
            pass


def test_without_api_keys_a_foreign_page_reaches_the_widget_and_nothing_else(tmp_path):
    with running(tmp_path) as api:
        store = api.post("/v1/vector_stores", json={"name": "shop"}).json()["id"]
        key = api.post("/v1/publishable_keys", json={"name": "s", "origins": [SITE], "collections": [store]}).json()["key"]
        assert api.get(f"/v1/widget/{key}", headers={"Origin": SITE}).status_code == 200
        for path in ("/v1/files", "/v1/publishable_keys", "/v1/widget", "/widget", "/v1/widgets/x"):
            assert api.get(path, headers={"Origin": SITE}).status_code == 403, path
