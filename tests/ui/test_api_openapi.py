"""The OpenAPI document: whole, without names that clash, and with an answer for every operation. Every other test of the API holds answers to it."""

import json
import re

import pytest
from api_app import running
from conforming import Conformance
from fastapi.routing import APIRoute

from ui.api.answers import asking, feeling, homes, keeping, making, remembering, talking
from ui.api.answers.table import ANSWERS


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("openapi")) as client:
        yield client


@pytest.fixture(scope="module")
def document(api):
    return api.get("/openapi.json").json()


def operations(document):
    return {f"{method.upper()} {path}": operation for path, methods in document["paths"].items() for method, operation in methods.items()}


def test_every_operation_says_what_it_answers(api, document):
    routes = [route for route in api.app.routes if isinstance(route, APIRoute) and route.include_in_schema]
    assert set(operations(document)) == {f"{method} {route.path_format}" for route in routes for method in route.methods}
    assert set(operations(document)) == set(ANSWERS)


def test_it_is_whole(document):
    references = set(re.findall(r'"#/components/(\w+/\w+)"', json.dumps(document)))
    known = {f"{kind}/{name}" for kind in ("schemas", "responses") for name in document["components"][kind]}
    assert references <= known
    identities = [operation["operationId"] for operation in operations(document).values()]
    assert len(set(identities)) == len(identities)
    assert all(re.fullmatch(r"\w+", identity) for identity in identities)
    for name, operation in operations(document).items():
        declared = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", name)), name
        assert {"200", "400", "500"} <= set(operation["responses"]), name


def test_no_answer_has_the_name_of_a_body(document):
    bodies = {
        body["content"]["application/json"]["schema"].get("$ref", "").rpartition("/")[2]
        for operation in operations(document).values() if "application/json" in (body := operation.get("requestBody", {"content": {}}))["content"]
    }  # fmt: skip
    answers = {
        name for module in (asking, feeling, homes, keeping, making, remembering, talking) for name in vars(module) if name[0].isupper()
    }
    assert not bodies & answers


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (("GET", "/healthz", 200, b'{"status": "fine"}'), "was expected"), (("GET", "/healthz", 418, b"{}"), "not documented"),
        (("GET", "/v1/models", 404, b'{"detail": "x"}'), "not documented"), (("GET", "/v1/models/x", 404, b'{"detail": "x"}'), "required"),
        (("GET", "/v1/files", 200, b'{"object": "list", "data": [{}]}'), "required"), (("GET", "/none", 404, b'{"detail": "x"}'), "required"),
    ],
)  # fmt: skip
def test_an_answer_that_differs_is_noticed(document, answer, word):
    method, path, status, body = answer
    assert word in Conformance(document).problem(method, path, status, {"content-type": "application/json"}, body)


def test_a_page_of_html_is_no_answer(document):
    assert "documented are" in Conformance(document).problem("GET", "/v1/files", 200, {"content-type": "text/html"}, b"<p>")
