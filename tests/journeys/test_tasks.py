"""The table of tasks: every example that the bundled profile serves runs against the real server, and holds what its row promises."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from assistant.profiles import PROFILES
from retrieval.lock import running_server
from tools import registry

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tasks.md").read_text("utf-8")
COLUMNS = ["task", *PROFILES, "example", "output holds"]


@dataclass(frozen=True)
class Row:
    """One task of the page."""

    task: str
    profiles: dict
    example: str
    holds: str

    @property
    def served(self):
        return not self.profiles["bundled"].startswith("no") and bool(self.example)


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def unquoted(cell):
    return cell[1:-1] if cell.startswith("`") else cell


ROWS = [
    Row(found[0], dict(zip(PROFILES, found[1:-2], strict=True)), unquoted(found[-2]), unquoted(found[-1]))
    for found in map(cells, re.findall(r"^\| (?!task |---).*\|$", PAGE, re.MULTILINE))
]
SERVED = [row for row in ROWS if row.served]


def test_the_table_is_whole():
    heads = re.findall(r"^\| task .*\|$", PAGE, re.MULTILINE)
    assert len(heads) == 5
    assert all(cells(head) == COLUMNS for head in heads)
    assert len({row.task for row in ROWS}) == len(ROWS) > 60
    for row in ROWS:
        assert all(row.profiles.values()), row.task
        if row.served:
            assert row.holds, f"{row.task} promises nothing"
        elif not all(cell.startswith("no") for cell in row.profiles.values()) and "mcp.md" not in row.profiles["bundled"]:
            assert row.example, f"{row.task} has no example"
            assert not row.holds, f"{row.task} promises what is not tried"


def test_every_tool_has_a_row_and_every_name_is_a_tool():
    named = {name for row in ROWS for cell in row.profiles.values() for name in re.findall(r"`([a-z_]+)`", cell)}
    assert named == set(registry.names())


def test_every_command_of_an_example_exists():
    spec = importlib.util.spec_from_file_location("generate_commands", ROOT / "docs" / "generate_commands.py")
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    known = dict(generator.commands())
    for row in ROWS:
        for part in row.example.split(" && "):
            if command := re.match(r"assistant \w+(?: add| again)?", part):
                options = {option for parameter in known[command[0]].params for option in parameter.opts}
                assert set(re.findall(r" (--\w+)", part)) <= options | {"--collection"}, row.task


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """(folder to type in, data directory, address) of a server with the sample collection; the folder has the files a person would bring."""
    import trimesh
    from media_samples import video

    folder = tmp_path_factory.mktemp("tasks")
    (folder / "assistant").symlink_to(ROOT / "assistant")
    (folder / "clip.mp4").write_bytes(video())
    trimesh.creation.box((1, 2, 3)).export(folder / "part.stl")
    data = folder / "data"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ASSISTANT_") or key == "ASSISTANT_CACHE_DIR"}
    command = [sys.executable, "-m", "ui.cli.main", "serve", "--port", "0", "--data-dir", str(data)]
    process = subprocess.Popen(
        command, cwd=folder, env=environment | {"OFFLINE": "1"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            assert process.poll() is None, "the server ended at its start"
            found = running_server(data)
            if found and httpx.get(f"{found[0]}/readyz", trust_env=False, timeout=30).status_code == 200:
                break
            time.sleep(0.1)
        yield folder, data, found[0]
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.slow
@pytest.mark.parametrize("row", SERVED, ids=lambda row: row.task)
def test_an_example_gives_what_its_row_promises(row, place):
    folder, data, address = place
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "ASSISTANT_DATA_DIR": str(data), "NO_PROXY": "127.0.0.1"}
    script = row.example.replace("http://127.0.0.1:8000", address)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert row.holds in done.stdout, f"{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    for made in re.findall(r"--(?:out|speak) (\S+)", script):
        assert (folder / made).stat().st_size > 1000
    if script.startswith("assistant ask"):  # the tools that the row names are those that ran
        ran = set(re.findall(r"^  (\w+) \.\.\.$", done.stderr, re.MULTILINE))
        named = set(re.findall(r"`(\w+)`", row.profiles["bundled"]))
        assert ran == named, f"{row.task}: {ran} ran"


@pytest.mark.slow
@pytest.mark.parametrize("row", [r for r in ROWS if not r.served and r.example and "--" not in r.example], ids=lambda row: row.task)
def test_what_the_bundled_models_cannot_do_is_not_made_up(row, place):
    folder, data, _ = place
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "ASSISTANT_DATA_DIR": str(data), "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        ["bash", "-c", f"{row.example} --json"], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    answer = json.loads(done.stdout)["answer"]
    assert not re.search(r"bonjour|1495|def \w+\(|\"Ann\"", answer, re.IGNORECASE), answer
