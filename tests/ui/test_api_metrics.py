"""`/metrics` of a served app after traffic: the numbers, their bounded labels, and a board and alerts that use only numbers that exist."""

import json
import re
from pathlib import Path

import pytest
import yaml
from api_app import ask, ingest, png, running
from prometheus_client.parser import text_string_to_metric_families

import ui

DEPLOY = Path(ui.__file__).parents[1] / "deploy"
FUNCTIONS = frozenset("sum by rate increase histogram_quantile clamp_min le status end route tool queue or and on max min avg".split())
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def names_in(expression):
    """Names of metrics in PromQL: what is left when strings, label matchers, ranges, groupings and functions are gone."""
    bare = re.sub(r"\bby\s*\([^)]*\)", " ", re.sub(r"\[[^\]]*\]", " ", re.sub(r"\{[^}]*\}", " ", re.sub(r'"[^"]*"', " ", expression))))
    return set(_NAME.findall(bare)) - FUNCTIONS - {"up"}


def labels_in(expression):
    """(metric, label) pairs that an expression asks for."""
    found = {
        (name, label) for name, inside in re.findall(r"(\w+)\{([^}]*)\}", expression) for label in re.findall(r"(\w+)\s*[=!]~?", inside)
    }
    grouped = [label.strip() for group in re.findall(r"\bby\s*\(([^)]*)\)", expression) for label in group.split(",")]
    return found | {(name, label) for name in names_in(expression) for label in grouped}


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("metrics")) as client:
        store = client.post("/v1/vector_stores", json={"name": "things"}).json()["id"]
        ingest(client, store, "kettle.md", "# Kettle\n\nThe kettle holds three litres.\n")
        client.post("/v1/files", files={"file": ("a.png", png())})
        client.post("/v1/files", files={"file": ("b.png", png()[:40])})
        ask(client, "What does the kettle hold?", metadata={"collection": store})
        ask(client, "Who won the election on Mars?", metadata={"collection": store})
        yield client


def shown(api):
    """Name of each sample -> its [(labels, value)]."""
    found = {}
    for family in text_string_to_metric_families(api.get("/metrics").text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def value(found, name, **labels):
    return sum(number for given, number in found[name] if labels.items() <= given.items())


def expressions():
    board = json.loads((DEPLOY / "grafana" / "synesthesia.json").read_text("utf-8"))
    rules = yaml.safe_load((DEPLOY / "prometheus-alerts.yaml").read_text("utf-8"))
    of_board = [(panel["title"], target["expr"]) for panel in board["panels"] for target in panel["targets"]]
    return of_board + [(rule["alert"], rule["expr"]) for group in rules["groups"] for rule in group["rules"]]


def test_traffic_is_counted(api):
    found = shown(api)
    assert value(found, "synesthesia_turns_total", end="answered") == 1
    assert value(found, "synesthesia_turns_total", end="refused") == value(found, "synesthesia_retrieval_refusals_total") == 1
    assert value(found, "synesthesia_turn_seconds_count") == 2
    assert value(found, "synesthesia_tool_seconds_count", tool="search") == 2
    assert value(found, "synesthesia_wait_seconds_count", queue="turns") == 2
    assert value(found, "synesthesia_turns_slots") == api.assistant.settings.limits.turns_at_once
    assert value(found, "synesthesia_workers_alive", worker="decoder") >= 1
    assert value(found, "synesthesia_circuit_open", worker="decoder") == 0
    assert value(found, "synesthesia_stored_bytes", modality="image") == sum(
        f.bytes for f in api.assistant.library.files("local") if f.modality == "image"
    )
    assert value(found, "synesthesia_stored_bytes", modality="file") > 0
    assert value(found, "synesthesia_part_ready", part="store") == 1
    assert value(found, "process_resident_memory_bytes") > 1e7


def test_a_decoder_that_is_stopped_is_counted(api):
    before = value(shown(api), "synesthesia_decoder_restarts")
    for worker in list(api.assistant.kit.decoder._all):
        worker.process.kill()
        worker.process.wait()
    assert api.post("/v1/files", files={"file": ("a.png", png())}).status_code == 200
    found = shown(api)
    assert value(found, "synesthesia_decoder_restarts") > before
    assert value(found, "synesthesia_workers_alive", worker="decoder") >= 1


@pytest.mark.case("LLM10")
def test_what_is_sent_makes_no_series(api):
    before = {(name, *sorted(labels.items())) for name, rows in shown(api).items() for labels, _ in rows}
    for number in range(20):
        api.request("A" + "BCDEFGHIJKLMNOPQRSTUVWXYZ"[number], "/v1/models")
        api.get(f"/v1/files/file-{number:032x}")
        api.get(f"/nothing/{number}")
    api.app.state.services.metrics.turn(type("Event", (), {"type": "tool_finished", "tool": "made up", "ok": False, "ms": 1.0}))
    after = {(name, *sorted(labels.items())) for name, rows in shown(api).items() for labels, _ in rows}
    new = {labels for name, *labels in after - before for labels in [tuple(labels)] if name == "synesthesia_requests_total"}
    assert len(new) <= 4
    assert not re.search(r"made up|AB\b|nothing|file-0", str(after))
    assert ("tool", "other") in {pair for _, *labels in after for pair in labels}


def test_the_board_and_the_alerts_use_numbers_that_exist(api):
    found = shown(api)
    assert len(expressions()) > 35
    for title, expression in expressions():
        check_expression(found, title, expression)


def check_expression(found, title, expression):
    assert names_in(expression) or expression.startswith("up{"), title  # what Prometheus itself knows of a server
    assert names_in(expression) <= set(found), title
    for name, label in labels_in(expression):
        if name != "up":
            assert label in found[name][0][0], f"{title}: {name} has no label {label}"


def test_the_alerts_are_loaded_by_the_configuration():
    configured = yaml.safe_load((DEPLOY / "prometheus.yaml").read_text("utf-8"))
    assert [(DEPLOY / file).is_file() for file in configured["rule_files"]] == [True]
    assert configured["scrape_configs"][0]["metrics_path"] == "/metrics"
