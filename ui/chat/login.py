"""The pages where people log in, make the first account or change their password: plain forms, no script, beside Streamlit's own routes.

The session's token goes into a cookie that scripts cannot read and other sites cannot send. A form of another site is refused.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from retrieval import catalogue
from ui.chat.client import Api, ApiFault, Json
from ui.chat.settings_of_page import COOKIE, LOOPBACK, beyond_this_machine, providers, setup_code, where

MONTH = 30 * 86_400
LONGEST_FORM = 20_000
FORMS = {"login": ("name", "password"), "first": ("code", "name", "password"), "password": ("old", "password")}
"""Page -> its fields."""
TITLES = {"login": "login.title", "first": "login.first", "password": "login.change"}
_KINDS = {"name": "username", "code": "one-time-code", "old": "current-password", "password": "current-password"}


def routes() -> list[Route]:
    """The routes of the three pages."""
    return [Route(f"/{page}", _page(page), methods=["GET", "POST"]) for page in FORMS]


def _page(page: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        language = _language(request)
        if page == "first" and (not setup_code() or await _ask(lambda api: api.login_needed())):
            return RedirectResponse("/login", 303)
        if request.method == "GET":
            return _form(page, language)
        if not _own(request):
            return PlainTextResponse("", 403)
        if int(request.headers.get("content-length") or LONGEST_FORM + 1) > LONGEST_FORM:
            return PlainTextResponse("", 413)
        sent = {name: str(value) for name, value in (await request.form(max_files=0, max_fields=8)).items()}
        if page == "first" and not hmac.compare_digest(sent.get("code", "").strip().encode(), setup_code().encode()):
            return _form(page, language, catalogue.say("ui.chat", language, "login.wrong_code"), 403)
        try:
            begun = await _ask(lambda api: _do(page, api, sent), request.cookies.get(COOKIE, "") if page == "password" else None)
        except ApiFault as fault:
            return _form(page, language, f"{fault.message} {fault.hint}".strip(), fault.status or 503, sent.get("name", ""))
        if page == "login" and (old := request.cookies.get(COOKIE)):
            await _end(old)
        response = RedirectResponse(f"/?lang={language}", 303)
        secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
        response.set_cookie(COOKIE, begun["token"], max_age=MONTH, httponly=True, samesite="lax", secure=secure)
        return response

    return answer


def _do(page: str, api: Api, sent: dict[str, str]) -> Json:
    if page == "password":
        return api.change_password(sent.get("old", ""), sent.get("password", ""))
    return (api.log_in if page == "login" else api.first_account)(sent.get("name", ""), sent.get("password", ""))


async def _ask(work: Callable[[Api], Any], token: str | None = None) -> Any:
    """Something of the service, with the token of this machine or another. Raises ApiFault."""
    address, machine = where()

    def run() -> Any:
        api = Api(address, machine if token is None else token)
        try:
            return work(api)
        finally:
            api.close()

    return await anyio.to_thread.run_sync(run)


async def _end(token: str) -> None:
    """End the session that the browser had before; one that is over already is no fault."""
    try:
        await _ask(lambda api: api.log_out(), token)
    except ApiFault:
        return


def _own(request: Request) -> bool:
    """Whether a form came from this page: browsers always name the origin of a POST."""
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.headers.get("host")


def _language(request: Request) -> str:
    wanted = request.query_params.get("lang") or request.headers.get("accept-language", "")
    return "zh" if wanted.strip().lower().startswith("zh") else "en"


def _form(page: str, language: str, problem: str = "", status: int = 200, name: str = "") -> HTMLResponse:
    def say(key: str, **values: object) -> str:
        return escape(catalogue.say("ui.chat", language, key, **values))

    fields = []
    for place, field in enumerate(FORMS[page]):
        kind = "password" if field in ("old", "password") else "text"
        known = "new-password" if field == "password" and page != "login" else _KINDS[field]
        value = f' value="{escape(name)}"' if field == "name" else ""
        words = say("login.new" if field == "password" and page == "password" else f"login.{field}")
        focus = " autofocus" if place == 0 else ""
        fields.append(
            f'<label>{words}<input name="{field}" type="{kind}" autocomplete="{known}" maxlength="1000" required{value}{focus}></label>'
        )
    others = "".join(
        f'<a class="other" href="/?oidc={escape(provider)}&amp;lang={language}">{say("login.with", provider=_shown(provider))}</a>'
        for provider in (providers() if page == "login" else ())
    )
    html = Template(Path(__file__).with_name("login.html").read_text("utf-8")).substitute(
        language="zh-CN" if language == "zh" else "en", title=say(TITLES[page]),
        fields="".join(fields), others=others,
        problem=f'<p role="alert">{escape(problem)}</p>' if problem else "", hint=say(f"login.{page}_hint"),
        action=f"/{page}?lang={language}", submit=say(f"login.{page}_do"),
    )  # fmt: skip
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})


def _shown(provider: str) -> str:
    return "OpenID Connect" if provider == "default" else provider.capitalize()


class Entrance:
    """Sends whoever opens the page without a session to the login; and a page of this machine only answers to its names."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one socket."""
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        name = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        if not beyond_this_machine() and name not in LOOPBACK:
            return await PlainTextResponse("", 403)(scope, receive, send)
        if scope["type"] == "http" and scope["method"] == "GET" and self._document(scope["path"], headers):
            target = await _gate(Request(scope).cookies)
            if target:
                return await RedirectResponse(f"/{target}", 303)(scope, receive, send)
        await self.app(scope, receive, send)

    def _document(self, path: str, headers: Headers) -> bool:
        """Whether a person opens the page, and not one of its parts, nor comes back from a provider."""
        own = path.strip("/") in FORMS or path.startswith(("/_stcore", "/auth/", "/oauth2callback", "/static/", "/media/"))
        return not own and "text/html" in headers.get("accept", "")


async def _gate(cookies: dict[str, str]) -> str:
    """The page to go to first; empty to come in, or to be told in the page what is wrong."""
    if providers():
        return ""  # Streamlit knows who that is, and only a run of the page can ask it
    try:
        if not await _ask(lambda api: api.login_needed()):
            return "first" if beyond_this_machine() and setup_code() else ""
        token = cookies.get(COOKIE, "")
        await _ask(lambda api: api.whoami(), token or "-")
    except ApiFault as fault:
        return "login" if fault.status in (401, 403) else ""
    return ""
