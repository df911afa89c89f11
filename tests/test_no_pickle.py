"""No pickle anywhere: no source loads one, and none is loaded while the tests run. A pickle can run any code."""

import ast
import pickle
from pathlib import Path

import pickle_guard
import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for package in ("assistant", "tools", "retrieval", "ui", "training") for path in (ROOT / package).rglob("*.py"))
FORBIDDEN = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
pytestmark = pytest.mark.case("LLM03", "LLM04")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_source_loads_a_pickle(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            assert not FORBIDDEN & {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in FORBIDDEN
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "load":
            module = getattr(node.func.value, "id", "")
            given = {keyword.arg: getattr(keyword.value, "value", None) for keyword in node.keywords}
            assert module != "torch" or given.get("weights_only") is True
            assert module not in ("np", "numpy") or given.get("allow_pickle") is False


@pytest.fixture
def noted():
    before = list(pickle_guard.seen)
    yield pickle_guard.seen
    pickle_guard.seen[:] = before


def test_the_guard_sees_a_pickle_loaded_for_code_of_ours(noted):
    loaded = pickle.dumps(Path)
    ours = compile("import pickle\nfound = pickle.loads(data)", f"{ROOT}/retrieval/somewhere.py", "exec")
    exec(ours, {"data": loaded})
    assert noted[-1].startswith("pathlib")
    assert noted[-1].endswith("somewhere.py:2")


def test_the_guard_leaves_others_alone(noted):
    before = len(noted)
    assert pickle.loads(pickle.dumps(Path)) is Path
    assert len(noted) == before
