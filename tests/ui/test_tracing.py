"""Traces: a real collector gets the spans of a real turn, nested, without a word of what was said; nothing is sent or imported when off."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from api_app import WARRANTY, ask, ingest, running

from assistant.settings import Settings, read
from retrieval.faults import InvalidInput, NotAllowed
from ui.api.tracing import open_tracing


class Collector(BaseHTTPRequestHandler):
    """OTLP over HTTP, as far as spans go."""

    def do_POST(self):
        self.server.got.append((self.path, self.rfile.read(int(self.headers["content-length"])), self.headers["content-encoding"]))
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *said):
        """Quiet."""


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """What a collector got of a service that was started, asked and stopped: (path, body) of each batch, and the ids that were answered."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    server.got = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    with running(tmp_path_factory.mktemp("traces"), otlp_endpoint=endpoint) as client:
        store = client.post("/v1/vector_stores", json={"name": "zqxcollection"}).json()["id"]
        ingest(client, store, "zqxfile.md", WARRANTY.replace("kettle", "zqxkettle"))
        sent = {"x-request-id": "from-a-proxy-0001", "traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
        answer = client.post("/v1/chat/completions", headers=sent, json={
            "model": "assistant", "messages": [{"role": "user", "content": "What does the zqxwarranty of the kettle cover?"}],
            "metadata": {"collection": store},
        })  # fmt: skip
        assert answer.headers["x-request-id"] == "from-a-proxy-0001"
        bad = client.get("/v1/files/zqxnothing")
        assert ask(client, "turn on the light in the kitchen").status_code == 200
    server.shutdown()
    server.server_close()
    return server.got, answer, bad


def spans_of(got):
    import gzip

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    found = []
    for path, body, encoding in got:
        assert path == "/v1/traces"
        request = ExportTraceServiceRequest.FromString(gzip.decompress(body) if encoding == "gzip" else body)
        found += [span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]
    return found


def attributes(span):
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


def test_a_turn_is_a_tree_of_spans_in_the_trace_of_the_caller(collected):
    got, *_ = collected
    spans = spans_of(got)
    mine = [span for span in spans if span.trace_id == b"\xab" * 16]
    by_id = {span.span_id: span for span in mine}
    request = next(span for span in mine if span.name == "request")
    assert request.parent_span_id == b"\xcd" * 8
    told = attributes(request)
    assert (told["request.id"], told["http.route"], told["http.response.status_code"]) == ("from-a-proxy-0001", "/v1/chat/completions", 200)
    turn = next(span for span in mine if span.name == "turn")

    def above(span):
        while span.parent_span_id in by_id:
            span = by_id[span.parent_span_id]
            yield span.name

    assert list(above(turn)) == ["request"]
    for name in ("model", "tool", "retrieve"):
        assert "turn" in list(above(next(span for span in mine if span.name == name))), name
    assert "tool" in list(above(next(span for span in mine if span.name == "retrieve")))
    assert attributes(next(span for span in mine if span.name == "tool"))["gen_ai.tool.name"] == "search"
    assert "route" in {span.name for span in spans}
    assert all(span.end_time_unix_nano >= span.start_time_unix_nano > 0 for span in spans)


@pytest.mark.case("G01", "LLM02")
def test_no_span_has_content(collected):
    got, answer, bad = collected
    assert bad.status_code == 404
    assert b"zqx" in answer.content.lower() or answer.status_code == 200
    whole = b"".join(str(span).encode() for span in spans_of(got))
    for word in (b"zqx", b"warranty", b"kitchen", b"kettle.md"):
        assert word not in whole
    assert not any(span.events for span in spans_of(got))


def test_without_an_endpoint_nothing_is_made_or_imported():
    assert open_tracing(Settings()) is None
    code = (
        "import sys; from assistant.settings import Settings; from ui.api.app import create_app; create_app(lambda: None, Settings());"
        "found = [m for m in sys.modules if m.startswith('opentelemetry.sdk') or m.startswith('opentelemetry.exporter')]; assert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize("endpoint", ["https://collector.example.org:4318", "http://192.168.1.4:4318", "http://0.0.0.0:4318"])
def test_offline_traces_stay_on_this_machine(endpoint):
    with pytest.raises(NotAllowed):
        open_tracing(Settings(offline=True, otlp_endpoint=endpoint))
    open_tracing(Settings(offline=True, otlp_endpoint="http://[::1]:4318")).close()


def test_an_address_with_a_password_in_it_is_refused():
    with pytest.raises(InvalidInput) as refused:
        open_tracing(Settings(otlp_endpoint="https://me:secret@collector.example.org"))
    assert "secret" not in refused.value.message
    with pytest.raises(InvalidInput):
        read({"otlp_endpoint": "ftp://x"}, environ={})


def test_a_collector_that_is_away_costs_no_answer(tmp_path):
    tracing = open_tracing(Settings(data_dir=tmp_path, otlp_endpoint="http://127.0.0.1:9"))
    with tracing.span("request"), pytest.raises(ZeroDivisionError), tracing.span("turn"):
        raise ZeroDivisionError
    tracing.close()
