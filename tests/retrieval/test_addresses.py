"""Which addresses of the web are asked for at all, and where they may lead."""

import pytest

from retrieval.addresses import checked, is_address, is_public
from retrieval.faults import InvalidInput


@pytest.mark.case("S04")
@pytest.mark.parametrize("url", [
    "ftp://example.org/", "javascript:alert(1)", "http://", "http:///path", "http://a\\@127.0.0.1/", "http://user@example.org/",
    "http://user:pass@example.org/", "http://exa mple.org/", "http://example.org/\n", "http://example.org:0/", "http://example.org:99999/",
    "http://example.org:port/", "http://[::1", "http://[fe80::1%25lo]/", "http://.example.org/", "http://" + "a" * 3000, "http://a..b/",
])  # fmt: skip
def test_addresses_that_are_not_asked_for_at_all(url):
    with pytest.raises(InvalidInput) as caught:
        checked(url)
    assert caught.value.code == "url_not_allowed"


def test_an_address_is_put_in_one_form():
    assert checked("https://Example.org/a b".replace(" ", "%20") + "#x").geturl() == "https://example.org/a%20b"
    assert checked("http://bücher.example/ü").geturl() == "http://xn--bcher-kva.example/ü"


@pytest.mark.case("S01")
@pytest.mark.parametrize(("address", "public"), [
    ("93.184.216.34", True), ("2606:2800:220:1:248:1893:25c8:1946", True), ("64:ff9b::5db8:d822", True), ("64:ff9b::a00:1", False),
    ("192.0.0.192", False), ("168.63.129.16", False), ("2001:4860::5efe:7f00:1", False), ("2001:4860::200:5efe:a9fe:a9fe", False),
    ("2001:4860::5efe:5db8:d822", True), ("::ffff:c000:c0", False), ("2002:c000:c0::", False), ("64:ff9b::c000:c0", False),
    ("3fff::1", False), ("192.88.99.1", False), ("::ffff:93.184.216.34", True), ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False), ("0.0.0.0", False), ("198.18.0.1", False),
])  # fmt: skip
def test_public_addresses(address, public):
    assert is_public(address) is public


def test_a_path_is_no_address():
    assert [is_address(text) for text in ("https://a.example/b", "HTTP://a.example", "a/b.txt", "c:/http://", "ftp://a")] == [
        True, True, False, False, False,
    ]  # fmt: skip
