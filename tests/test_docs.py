"""Documentation that cannot rot: every setting, tool, command and route is described, links lead somewhere, snippets run."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from assistant.cluster import Cluster
from assistant.limits import Limits
from assistant.retention import Retention
from assistant.settings import Models, Settings
from retrieval.backends import names as backends
from retrieval.lock import running_server
from tools import registry

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
README = (ROOT / "README.md").read_text("utf-8")


def page(name):
    return (ROOT / "docs" / name).read_text("utf-8")


def test_every_setting_is_described_with_its_default():
    rows = dict(re.findall(r"^\| `([\w.]+)` \| (.*?) \|", page("settings.md"), re.MULTILINE))
    general = set(Settings.model_fields) - {"models", "limits", "retention", "cluster", "sources"}
    numbers = {
        f"{group}.{name}": field
        for group, kind in (("limits", Limits), ("retention", Retention))
        for name, field in kind.model_fields.items()
    }
    cluster = {f"cluster.{name}": field.default for name, field in Cluster.model_fields.items()}
    assert set(rows) == general | {f"models.{role}" for role in Models.model_fields} | set(numbers) | set(cluster)
    assert {name: rows[name] for name in cluster} == {name: f"`{str(default).lower()}`" for name, default in cluster.items()}
    for name, field in numbers.items():
        assert float(rows[name]) == float(field.default), name
    settings = Settings()
    for role in Models.model_fields:
        assert rows[f"models.{role}"] == f"`{settings.backend(role)[0]}`"


def test_the_readme_names_every_tool():
    listed = set(re.findall(r"^\| `(\w+)` \| ", README.partition("## What it can do")[2].partition("\n## ")[0], re.MULTILINE))
    assert listed == set(registry.names())


def generator(name):
    spec = importlib.util.spec_from_file_location(f"generate_{name}", ROOT / "docs" / f"generate_{name}.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.mark.parametrize("name", ["commands", "models", "profiles"])
def test_a_generated_page_is_current(name):
    assert page(f"{name}.md") == generator(name).page(), f"run: python docs/generate_{name}.py"


def test_every_command_has_help_with_an_example_and_every_result_has_json():
    for name, command in generator("commands").commands():
        assert "Example" in (command.help or ""), name
        if name not in ("assistant up", "assistant serve", "assistant ui", "assistant chat", "assistant mcp"):
            assert any("--json" in parameter.opts for parameter in command.params), f"{name} has no --json"


def test_every_route_is_described():
    from ui.api.app import create_app

    app = create_app(lambda: None, Settings())
    routes = {f"{method.upper()} {path}" for path, methods in app.openapi()["paths"].items() for method in methods}
    described = set(re.findall(r"`((?:GET|POST|PATCH|PUT|DELETE) /[^`]*)`", page("api.md")))
    known = {re.sub(r":path", "", route) for route in routes} | {"GET /docs", "GET /openapi.json", "GET /"}
    assert not known - described - {"GET /"}, "routes that docs/api.md does not describe"
    assert not described - known, "routes that docs/api.md describes and that do not exist"


@pytest.mark.parametrize("folder", ["assistant/chat_models", "retrieval/embedders", "tools/image_generators", "tools/vqa", "tools/emotions",
                                    "assistant/transcribers", "assistant/synthesizers", "retrieval/stores", "tools/devices"])  # fmt: skip
def test_every_interface_is_in_the_page_on_adding(folder):
    assert f"`{folder}`" in page("adding-a-tool.md")
    assert backends(folder.replace("/", "."))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text("utf-8")):
        if not target.startswith(("http://", "https://")) and not target.startswith("docs/images/"):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_address_or_path_of_a_build_machine(path):
    assert not re.search(r"/home/(?!assistant)|/work/|/tmp/|pypi\.", path.read_text("utf-8"))


def test_make_help_lists_what_the_readme_promises():
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("install", "run", "test", "test-fast", "lint", "bench", "clean"):
        assert f"make {target}" in listed


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A real server on its own data directory with the sample collection; (address, data directory)."""
    folder = tmp_path_factory.mktemp("docs") / "data"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ASSISTANT_") or key == "ASSISTANT_CACHE_DIR"}
    command = [sys.executable, "-m", "ui.cli.main", "serve", "--port", "0", "--data-dir", str(folder)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            assert process.poll() is None, "the server ended at its start"
            found = running_server(folder)
            if found and httpx.get(f"{found[0]}/readyz", trust_env=False).status_code == 200:
                break
            time.sleep(0.1)
        yield found[0], folder
    finally:
        process.terminate()
        process.wait(30)


def snippets(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README.partition("## First five minutes")[2], re.MULTILINE | re.DOTALL)


def run(command, server):
    _, folder = server
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "ASSISTANT_DATA_DIR": str(folder), "NO_PROXY": "127.0.0.1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_the_readmes_python_runs(server):
    for code in snippets("python"):
        done = run([sys.executable, "-c", code.replace("http://127.0.0.1:8000", server[0])], server)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()


@pytest.mark.slow
def test_the_readmes_shell_lines_run(server):
    for script in snippets("bash"):
        done = run(["bash", "-euo", "pipefail", "-c", script.replace("http://127.0.0.1:8000", server[0])], server)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_readmes_first_answer_is_cited(server):
    curl = next(script for script in snippets("bash") if "curl" in script).replace("http://127.0.0.1:8000", server[0])
    message = json.loads(run(["bash", "-c", curl], server).stdout)["choices"][0]["message"]
    assert "faults in material and workmanship" in message["content"]
    assert message["annotations"][0]["locator"]
