"""The other systems, in a virtual environment of their own, so that they never become part of this project's."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

from benchmarks import lookups
from benchmarks.ingesting import PEERS

FOLDER = Path("~/.cache/synesthesia/bench-venv").expanduser()
PYTHON = FOLDER / "bin" / "python"
PACKAGES = tuple(dict.fromkeys([*PEERS.values(), *(package for known in lookups.PEERS.values() for package in known)]))


def install() -> str:
    """Make the environment and install the peers; nothing when it worked, else why not. What this project has is taken from it."""
    if not PYTHON.exists():
        made = subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], capture_output=True, text=True, check=False)
        if made.returncode:
            return "no virtual environment could be made"
        site = next(FOLDER.glob("lib/python*/site-packages"))
        (site / "zz_project.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", "utf-8")
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--quiet", *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else "not installed: " + (done.stderr.strip().splitlines() or ["pip failed"])[-1][:100]


def versions() -> dict[str, str]:
    """Version by package of those that are installed."""
    if not PYTHON.exists():
        return {}
    code = "import sys; from importlib.metadata import version; print(version(sys.argv[1]))"
    found = {}
    for package in PACKAGES:
        done = subprocess.run([str(PYTHON), "-c", code, package], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found[package] = done.stdout.strip()
    return found
