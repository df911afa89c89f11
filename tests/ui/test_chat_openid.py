"""Login by OpenID Connect, from the browser through a provider of this machine to an owner of one's own."""

import os
import subprocess
import sys
import time

import httpx
import pytest
from identity_provider import CLIENT, provider
from own_service import service_here
from page_in_browser import browser, free_port, needs_chromium, settled

from assistant.accounts import Accounts
from ui.chat.launch import command, environment, secrets_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chrome(tmp_path_factory):
    """(browser, accounts): a page with a provider, over a service where Ana is the admin."""
    needs_chromium()
    folder, port = tmp_path_factory.mktemp("openid"), free_port()
    with provider() as vouching, service_here(folder) as (api, bound):
        accounts = Accounts(folder / "data")
        accounts.add("Ana", "correct horse battery staple")
        (folder / "data" / "secrets.toml").write_text(
            f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\ncookie_secret = "a9Kd83jf0Qm4nT7vXz1LpW5r"\n'
            f'client_id = "{CLIENT[0]}"\nclient_secret = "{CLIENT[1]}"\n'
            f'server_metadata_url = "{vouching.address}/.well-known/openid-configuration"\n'
        )
        line = command(api.address, port, secrets=secrets_of(folder / "data", "127.0.0.1"))
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(line, env={**os.environ, **environment(api.address, bound.token)}, stdout=log, stderr=log)
            try:
                _wait(f"http://127.0.0.1:{port}/_stcore/health", process)
                with browser(f"http://127.0.0.1:{port}/") as found:
                    yield found, accounts
            finally:
                process.terminate()
                process.wait(20)


def _wait(address, process):
    deadline = time.monotonic() + 60
    while process.poll() is None:
        try:
            httpx.get(address, trust_env=False)
            return
        except httpx.HTTPError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    pytest.fail(f"the page ended: {sys.executable}")


@pytest.mark.case("X05")
def test_an_identity_comes_in_as_itself_and_goes(chrome):
    found, accounts = chrome
    page = found.page()
    page.get_by_role("link", name="Log in").wait_for(timeout=60_000)
    page.goto(f"{found.address}login")
    page.get_by_role("link", name="Log in with OpenID Connect").click(timeout=60_000)
    page.get_by_text("Dora").first.wait_for(timeout=90_000)
    settled(page)
    (dora,) = [account for account in accounts.list() if account.name == "Dora"]
    assert (dora.login, dora.role) == ("oidc", "user")
    assert dora.owner.startswith("oidc:")
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("link", name="Log in").first.wait_for(timeout=60_000)
    assert "Dora" not in page.inner_text("body")
    page.context.close()
