"""The locks of the dependencies: they hold all that pyproject.toml asks for, each at one version with its hashes."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = {"voice": ("voice",), "all": ("all",), "dev": ("voice", "dev")}
ENTRY = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^ ;]+)(?P<rest>.*(?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)*)$", re.MULTILINE)
pytestmark = pytest.mark.case("LLM03")


def wanted(extras):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    open_, found = [*project["dependencies"]], []
    open_ += [line for extra in extras for line in project["optional-dependencies"][extra]]
    while open_:
        asked = Requirement(open_.pop())
        if canonicalize_name(asked.name) == "synesthesia":
            open_ += [line for extra in asked.extras for line in project["optional-dependencies"][extra]]
        elif asked.name != "torch":
            found.append(asked)
    return found


@pytest.fixture(params=LOCKS)
def lock(request):
    return request.param, (ROOT / f"deploy/locks/{request.param}.txt").read_text("utf-8")


def test_every_package_that_is_asked_for_is_locked_at_a_version_that_will_do(lock):
    name, text = lock
    locked = {}
    for entry in ENTRY.finditer(text):
        locked.setdefault(canonicalize_name(entry["name"]), []).append(entry["version"])
    for asked in wanted(LOCKS[name]):
        versions = locked.get(canonicalize_name(asked.name), [])
        assert any(asked.specifier.contains(version) for version in versions), f"{asked} is not in the lock: make lock"


def test_everything_in_a_lock_is_pinned_and_hashed(lock):
    entries = list(ENTRY.finditer(lock[1]))
    assert len(entries) > 100
    assert "".join(entry[0] for entry in entries).replace("\n", "") == lock[1].replace("\n", "")
    assert all("--hash=sha256:" in entry["rest"] for entry in entries)


def test_torch_is_left_to_the_person(lock):
    assert not re.search(r"^(torch|nvidia-[\w-]+|cuda-[\w-]+)==", lock[1], re.MULTILINE)
