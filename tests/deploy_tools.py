"""Finds what deploy/ is linted with: on the path, or where `deploy/tools.sh` put it. Skips a test whose program is in neither place."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm/synesthesia"
_HOME = Path(os.environ.get("HOME") or "~").expanduser()


def program(*names: str) -> str:
    """The first of them that is here; skips the test when none is."""
    own = _HOME / ".cache/synesthesia/deploy-tools/bin"
    for name in names:
        found = shutil.which(name) or shutil.which(name, path=f"{own}:/usr/sbin:/usr/local/sbin")
        if found:
            return found
    pytest.skip(f"{names[0]} is not here: sh deploy/tools.sh gets it, or the system's packages")


def ran(*command: str | Path, fails: bool = False, environment: dict[str, str] | None = None) -> str:
    """What it said. Fails the test when it does not end as it should."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, timeout=300,
                          env={**os.environ, **(environment or {})})  # fmt: skip
    assert bool(done.returncode) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def helm() -> str:
    """Helm 3 or 4."""
    found = program("helm")
    if "v3." not in (said := ran(found, "version", "--short")) and "v4." not in said:
        pytest.skip(f"{found} is not the Helm that is meant: {said[:60]}")
    return found
