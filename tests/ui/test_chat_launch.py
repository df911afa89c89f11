"""How the page is started, and that its words exist in both languages."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

import ui.chat
from ui.chat.launch import command, environment

HERE = Path(ui.chat.__file__).parent


def test_the_command_keeps_the_token_to_itself():
    line = command("http://127.0.0.1:8000", 8501, "secret")
    assert "secret" not in " ".join(line)
    assert environment("http://127.0.0.1:8000", "secret") == {"ASSISTANT_API_URL": "http://127.0.0.1:8000", "ASSISTANT_API_TOKEN": "secret"}
    assert "--browser.gatherUsageStats=false" in line
    assert line[-2:] == ["--api", "http://127.0.0.1:8000"]


def test_streamlit_knows_every_flag():
    from streamlit import config

    known = set(config._config_options_template)
    flags = [part[2:].split("=")[0] for part in command("http://x", 1) if part.startswith("--") and "=" in part]
    assert not [flag for flag in flags if flag not in known]


def test_starting_it_loads_no_streamlit():
    code = "import sys; import ui.chat.launch, ui.chat.client, ui.chat.live; assert 'streamlit' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


def words(language: str) -> dict[str, str]:
    table = tomllib.loads(files("ui.chat").joinpath("words", f"{language}.toml").read_text("utf-8"))
    return {
        f"{k}.{n}" if isinstance(v, dict) else k: t for k, v in table.items() for n, t in (v.items() if isinstance(v, dict) else [("", v)])
    }


def test_both_languages_say_the_same_things():
    english, chinese = words("en"), words("zh")
    assert set(english) == set(chinese)
    for key, text in english.items():
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", chinese[key])), key


@pytest.mark.parametrize("path", sorted(HERE.glob("*.py")), ids=lambda path: path.name)
def test_every_sentence_that_is_said_exists(path):
    said = set(re.findall(r"""say\(\s*f?["']([a-z_.]+)["'](?!\s*if)""", path.read_text("utf-8")))
    assert said - {"ui.chat"} <= set(words("en"))


def test_no_file_of_the_page_hides_a_module_of_others():
    """`streamlit run` puts this folder first on sys.path."""
    code = "import importlib.util, sys; print([n for n in sys.argv[1:] if importlib.util.find_spec(n)])"
    names = [path.stem for path in HERE.glob("*.py") if path.stem != "__init__"]
    done = subprocess.run([sys.executable, "-P", "-c", code, *names], capture_output=True, text=True, check=True, timeout=30, cwd="/")
    assert done.stdout.strip() == "[]"
