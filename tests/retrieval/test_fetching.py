"""Addresses: what is asked for, what is refused before a connection is made, and what a bad server can do. Over real sockets."""

import socket
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from in_a_thread import answering

from retrieval import fetching
from retrieval.faults import Fault, InvalidInput, NotAllowed, NotFound, TimedOut, TooLarge, Unavailable, Unreadable
from retrieval.fetching import FetchLimits, fetch

PAGE = b"<html><body><p>Two years of warranty.</p></body></html>"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status=200, body=PAGE, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers and "Transfer_Encoding" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        path, _, query = self.path.partition("?")
        route = getattr(self, f"at_{path.strip('/').partition('/')[0]}", None)
        if route is None:
            self.answer(404, b"no")
        else:
            route(query)

    def at_docs(self, _):
        if self.headers.get("If-None-Match") == '"one"':
            self.answer(304, b"")
        else:
            self.answer(Content_Type="text/html; charset=utf-8", ETag='"one"')

    def at_to(self, query):
        self.answer(302, b"", Location=query)

    def at_loop(self, _):
        self.answer(301, b"", Location="/loop")

    def at_declared(self, _):
        self.answer(Content_Length="99999999")
        self.close_connection = True

    def at_chunks(self, _):
        self.answer(body=b"", Transfer_Encoding="chunked")
        with suppress(OSError):
            for _ in range(64):
                self.wfile.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")

    def at_drip(self, _):
        self.answer(body=b"", Content_Length="1000")
        self.drip()

    def at_open(self, _):  # no length: the end of the stream is the end of the file
        self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
        self.drip()

    def at_short(self, _):
        self.answer(body=b"half", Content_Length="100")
        self.close_connection = True

    def at_packed(self, _):
        self.answer(Content_Encoding="gzip")

    def at_empty(self, _):
        self.answer(204, b"")

    def drip(self):
        while not self.server.over.wait(0.05):
            try:
                self.wfile.write(b"x")
                self.wfile.flush()
            except OSError:
                return


@contextmanager
def serving():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.over = [], threading.Event()
    with answering(server):
        yield server
        server.over.set()


@pytest.fixture(scope="module")
def server():
    with serving() as started:
        yield started


@pytest.fixture
def at(server):
    server.asked.clear()
    return f"http://127.0.0.1:{server.server_port}"


def get(url, bytes=20_000, seconds=5.0, hosts=("127.0.0.1",), **more):
    return fetch(url, FetchLimits(bytes, seconds, hosts), **more)


def test_a_file_comes_with_its_name_its_declared_type_and_its_mark(at, server):
    got = get(f"{at}/docs/page.html?v=1#part")
    assert (got.data, got.name, got.media_type, got.tag) == (PAGE, "page.html", "text/html", '"one"')
    (asked, headers), = server.asked  # fmt: skip
    assert asked == "/docs/page.html?v=1"
    assert headers["Host"] == f"127.0.0.1:{server.server_port}"
    assert headers["Accept-Encoding"] == "identity"
    assert not {"Cookie", "Authorization", "Referer"} & set(headers)


def test_what_has_not_changed_is_not_sent_again(at):
    assert get(f"{at}/docs/page.html", tag='"one"') is None
    assert get(f"{at}/docs/page.html", tag='"old"').data == PAGE


def test_a_redirect_inside_what_is_allowed_is_followed(at):
    assert get(f"{at}/to?/docs/page.html").name == "page.html"


@pytest.mark.case("S02")
@pytest.mark.parametrize("target", [
    "http://localhost:{port}/docs/page.html", "http://127.0.0.2:{port}/", "http://[::1]:{port}/", "http://169.254.169.254/latest/",
    "file:///etc/passwd", "gopher://127.0.0.1:{port}/", "data:text/plain,x", "http://a@127.0.0.1:{port}/", "//0.0.0.0:{port}/",
    "http://[::ffff:172%E3%80%8231]/", "http://[::1", "http://192.0.0.192/opc/v2/", "http://168.63.129.16/machine/",
])  # fmt: skip
def test_each_redirect_is_checked(at, server, target):
    with pytest.raises(InvalidInput) as caught:
        get(f"{at}/to?{target.format(port=server.server_port)}", hosts=(f"127.0.0.1:{server.server_port}",))
    assert (caught.value.code, caught.value.param) == ("url_not_allowed", "url")
    assert len(server.asked) == 1


@pytest.mark.case("S02")
def test_redirects_end(at, server):
    with pytest.raises(InvalidInput):
        get(f"{at}/loop")
    assert len(server.asked) == fetching.MOST_REDIRECTS + 1


@pytest.mark.case("S01", "S04")
@pytest.mark.parametrize("host", [
    "127.0.0.1", "127.1", "0", "0x7f000001", "2130706433", "017700000001", "localhost", "[::1]", "[::]", "[::ffff:7f00:1]",
    "[::ffff:a9fe:a9fe]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1",
    "169.254.169.254", "[fe80::1]", "[fc00::1]", "[fec0::1]", "224.0.0.1", "255.255.255.255", "１２７.0.0.1", "127。0。0。1",
])  # fmt: skip
@pytest.mark.parametrize("port", [80, None])
def test_private_addresses_are_refused_however_they_are_spelled(host, port, server):
    server.asked.clear()
    with pytest.raises((InvalidInput, NotFound)) as caught:
        get(f"http://{host}:{port or server.server_port}/", hosts=())
    assert caught.value.code in ("url_not_allowed", "host_unknown")
    assert server.asked == []


def test_only_ports_of_the_web(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("93.184.216.34", 22))])
    with pytest.raises(InvalidInput) as caught:
        get("http://example.org:6379/", hosts=())
    assert "6379" in caught.value.message


@pytest.mark.case("S03")
def test_the_name_is_resolved_once_and_one_private_address_is_enough_to_refuse(monkeypatch, server):
    answers = [[(2, 1, 6, "", ("127.0.0.1", 0))], [(2, 1, 6, "", ("169.254.169.254", 0))]]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers.pop(0))
    assert get(f"http://shop.example:{server.server_port}/docs/page.html", hosts=("shop.example",)).data == PAGE
    assert len(answers) == 1
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("93.184.216.34", 0)), (2, 1, 6, "", ("10.0.0.1", 0))])
    with pytest.raises(InvalidInput):
        get("http://shop.example/", hosts=())


@pytest.mark.case("S05")
@pytest.mark.parametrize("path", ["/declared", "/chunks"])
def test_a_file_over_the_limit_is_cut_off(at, path):
    with pytest.raises(TooLarge):
        get(at + path)


@pytest.mark.case("S05")
@pytest.mark.parametrize("path", ["/drip", "/open"])
def test_a_server_that_drips_is_hung_up_on(at, path):
    began = time.monotonic()
    with pytest.raises(TimedOut):
        get(at + path, seconds=0.4)
    assert time.monotonic() - began < 10


@pytest.mark.case("S05")
@pytest.mark.parametrize(("path", "kind"), [("/short", Unreadable), ("/packed", Unreadable), ("/empty", Unavailable), ("/none", NotFound)])
def test_answers_that_are_no_file(at, path, kind):
    with pytest.raises(kind) as caught:
        get(at + path)
    assert caught.value.hint


def test_nobody_there_and_no_web_server():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable):
            get(f"http://127.0.0.1:{taken.getsockname()[1]}/")
    with pytest.raises(NotFound):
        get("http://no-such-host.invalid/", hosts=("no-such-host.invalid",))


def test_a_plain_server_behind_https(at):
    with pytest.raises(Unavailable):
        get(at.replace("http:", "https:"))


def test_offline_nothing_is_asked(at, server):
    with pytest.raises(NotAllowed) as caught:
        get(f"{at}/docs/page.html", offline=True)
    assert caught.value.code == "offline"
    assert isinstance(caught.value, Fault)
    assert server.asked == []
