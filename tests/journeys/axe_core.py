"""axe-core from the package registry: the script that audits a page for accessibility. It is not kept in the repository."""

import shutil
import subprocess
import tarfile

import pytest


def axe_script(folder):
    """Its source, fetched into `folder`; skips the test where that cannot be done."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    try:
        done = subprocess.run(["npm", "pack", "axe-core@4"], cwd=folder, capture_output=True, text=True, timeout=90)
    except subprocess.TimeoutExpired:
        pytest.skip("the package registry did not answer in time")
    if done.returncode:
        pytest.skip("axe-core could not be fetched from the package registry")
    with tarfile.open(next(folder.glob("*.tgz"))) as package:
        return package.extractfile("package/axe.min.js").read().decode()


def audit(made, axe):
    """Violations of WCAG 2.1 A and AA, and of the good practices, as `rule: element`."""
    made.wait_for_timeout(300)
    found = made.evaluate(axe + "\n; axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })")
    assert found["passes"]
    return [f"{rule['id']}: {node['html'][:120]}" for rule in found["violations"] for node in rule["nodes"]]
