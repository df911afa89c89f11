"""`assistant eval commands`: typed and spoken commands, what must not act, and the exit code."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.synthesizers.espeak import create as create_voice

EXAMPLE = Path(__file__).parents[2] / "examples" / "coffee-machine"
TYPED = """text\tintent\tslots
could you make me a large latte with some oat milk?\torderDrink\t{"size": "large", "coffeeDrink": "latte", "milkAmount": "some oat milk"}
turn on the grinder\tswitch_on\t{"device": "grinder"}
打开磨豆机\tswitch_on
is the grinder on?\tnone
i had a large latte yesterday\tnone
order a pizza\torderDrink
"""


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kitchen")
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    return folder


def evaluate(folder, *arguments):
    command = [sys.executable, "-m", "ui.cli.main", "eval", "commands", *arguments, "--data-dir", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_typed_commands_are_counted(kitchen):
    rows = kitchen / "typed.tsv"
    rows.write_text(TYPED, "utf-8")
    done = evaluate(kitchen, str(rows), "--min-typed", "0.9", "--json")
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    typed = found["typed"]
    assert not found["passed"]
    assert (typed["cases"], typed["intent"], typed["slots"], typed["false_actions"]) == (4, 0.75, 1.0, 0)
    assert [case["said"] for case in typed["wrong"]] == ["order a pizza"]
    assert evaluate(kitchen, str(rows), "--min-typed", "0.7").returncode == 0


def test_spoken_commands_are_heard_by_the_intents(kitchen):
    speaker = create_voice("")
    for name, words in (
        ("order", "Can I get a double shot cappuccino with brown sugar?"),
        ("talk", "The weather was lovely in the mountains."),
    ):
        (kitchen / f"{name}.wav").write_bytes(speaker.speak(words, "en", speed=0.9).data)
    speaker.close()
    rows = kitchen / "spoken.tsv"
    rows.write_text('order.wav\torderDrink\t{"coffeeDrink": "cappuccino", "numberOfShots": "double shot"}\ntalk.wav\tnone\n', "utf-8")
    done = evaluate(kitchen, str(rows), "--min-spoken", "1", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    spoken = json.loads(done.stdout)["spoken"]
    assert (spoken["cases"], spoken["intent"], spoken["whole"], spoken["other"], spoken["false_actions"]) == (1, 1.0, 1.0, 1, 0)


@pytest.mark.parametrize("line", ["just words", "turn on\tswitch_on\t{size"])
def test_a_row_that_cannot_be_read_is_named(kitchen, line):
    rows = kitchen / "wrong.tsv"
    rows.write_text(line, "utf-8")
    done = evaluate(kitchen, str(rows))
    assert done.returncode != 0
    assert "line 1" in done.stderr
