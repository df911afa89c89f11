"""Registry: the tools are the files with a `create(kit)`; listing imports none of them."""

import subprocess
import sys
from pathlib import Path

from tools.registry import create_all, names

EXPECTED = (
    "analyze_emotion", "control_device", "edit_image", "find_similar", "generate_image", "look", "read_document", "remember",
    "repeat_image", "search", "show_image", "speak", "transcribe",
)  # fmt: skip


class Nothing:
    """A kit that no tool touches before it runs."""

    devices = None


def test_the_tools_are_found_by_file():
    assert names() == EXPECTED


def test_listing_imports_no_tool():
    code = "import sys; from tools.registry import names; names(); print([m for m in sys.modules if m in ('tools.search', 'tools.look')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "[]"


def test_each_tool_is_named_like_its_file_and_costs_nothing_to_make():
    made = create_all(Nothing())
    assert tuple(made) == EXPECTED
    assert all(tool.name == name for name, tool in made.items())
