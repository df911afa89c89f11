"""The file of a home: what it may say, and how its mistakes are told; and YAML as people write it."""

import pytest

from retrieval.faults import InvalidInput, NotFound, TooLarge
from tools import yaml_files
from tools.devices._home_file import read_home, shipped
from tools.devices.simulated import create

OWN = """
areas: {attic: {en: [attic], zh: [阁楼]}}
devices:
  - {id: lamp, kind: light, area: attic, en: [Lamp], zh: [灯], risky: true}
  - {id: safe, kind: lock, area: attic, en: [safe], exposed: false}
"""


def test_on_and_off_are_words():
    assert yaml_files.parse("power: off\non: [yes, no]\nlocked: true\nlevel: 2", "x") == {
        "power": "off", "on": ["yes", "no"], "locked": True, "level": 2,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["a: 1\na: 2", "a: &x [1]\nb: *x", "a: [1", "? [1]\n: 2", "!!python/object/apply:os.system [ls]"])
def test_what_is_not_plain_is_refused_with_its_place(text):
    with pytest.raises(InvalidInput, match=r"home\.yaml"):
        yaml_files.parse(text, "home.yaml")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(NotFound):
        yaml_files.read(tmp_path / "none.yaml")
    (tmp_path / "long.yaml").write_bytes(b"a" * (yaml_files.MOST_BYTES + 1))
    with pytest.raises(TooLarge):
        yaml_files.read(tmp_path / "long.yaml")
    (tmp_path / "odd.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput):
        yaml_files.read(tmp_path / "odd.yaml")


def test_an_own_home_takes_the_place_of_the_shipped_one(tmp_path):
    (tmp_path / "home.yaml").write_text(OWN, "utf-8")
    (lamp,) = create(tmp_path).devices()
    assert lamp.names == {"en": ("lamp",), "zh": ("灯",)}
    assert lamp.state == {"power": "off", "brightness": 1}
    assert "on" in lamp.asks
    assert "status" not in lamp.asks


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("area: attic", "area: cellar", "cellar"),
        ("id: safe", "id: lamp", "lamp"),
        ("kind: light", "kind: lamp", "devices.0.kind"),
        ("risky: true", "riksy: true", "riksy"),
        ("id: lamp", "id: ../lamp", "devices.0.id"),
    ],
)
def test_a_mistake_is_told_where_it_is(tmp_path, before, after, said):
    (tmp_path / "home.yaml").write_text(OWN.replace(before, after), "utf-8")
    with pytest.raises(InvalidInput, match=said):
        read_home(tmp_path)


def test_a_damaged_state_file_is_the_home_as_it_began(tmp_path):
    fresh = create(tmp_path).devices()
    (tmp_path / "devices.json").write_text('{"kitchen_light": "on"', "utf-8")
    assert create(tmp_path).devices() == fresh


def test_what_is_risky_stays_risky(tmp_path):
    """A file may add a question, never take one away."""
    (tmp_path / "home.yaml").write_text(OWN.replace("exposed: false", "risky: false"), "utf-8")
    safe = create(tmp_path).devices()[1]
    assert {"lock", "unlock"} == set(safe.asks)


def test_the_shipped_home_speaks_both_languages():
    assert all(entry.en and entry.zh for entry in shipped().devices)
