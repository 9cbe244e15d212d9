"""Who gets in: the login, and the checks that keep other web sites' pages out.

Without a password the dashboard listens on loopback only, and still answers only to loopback names: a page
from elsewhere that points its own name at 127.0.0.1 gets nothing. With one, everything needs its cookie.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from mallard.dashboard.icons import DUCK
from mallard.dashboard.server import loopback

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "mallard_session"
STAYS_SECONDS = 14 * 24 * 3600
TRIES, TRY_SECONDS = 10, 60
ADDRESSES = 1000
LONGEST_FORM = 4096
OPEN_PATHS = ("/static/",)
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "content-security-policy": (  # NiceGUI needs inline and evaluated scripts; nothing comes from elsewhere
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval';"
        " style-src 'self' 'unsafe-inline';"
        " img-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'; form-action 'self'"
    ),
}


class Gate:
    """Stands before the application. password: None lets every loopback visitor in; key: signs the logins."""

    def __init__(self, application: Application, password: str | None, shop: str, key: bytes = b"") -> None:
        self.app = application
        self.password = password
        self.shop = shop
        self.key = key or secrets.token_bytes(32)
        self.failures: dict[str, deque[float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        if not self._right_host(headers) or not self._same_site(scope, headers):
            await _refuse(scope, send, 403, "This address is not the dashboard's.")
        elif self.password is None or scope["path"].startswith(OPEN_PATHS):
            await self._pass(scope, receive, send)
        elif scope["path"] == "/login" and scope["type"] == "http":
            await self._login(scope, receive, send)
        elif scope["path"] == "/logout":
            await _answer(
                send, 303, "", {"location": "/login", "set-cookie": f"{COOKIE}=; Path=/; Max-Age=0"}
            )
        elif self._known(headers):
            await self._pass(scope, receive, send)
        elif scope["type"] == "http" and scope["method"] == "GET":
            query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
            await _answer(send, 303, "", {"location": f"/login?next={quote(scope['path'] + query, safe='')}"})
        else:
            await _refuse(scope, send, 401, "Log in first.")

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, _with_headers(send))
        except RuntimeError as failed:  # Starlette's word for a visitor who left before the answer
            if "No response returned" not in str(failed):
                raise

    def _right_host(self, headers: dict[str, str]) -> bool:
        """Without a password, only loopback names will do."""
        name = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        return self.password is not None or loopback(name)

    def _same_site(self, scope: Scope, headers: dict[str, str]) -> bool:
        """A browser says which page opens a socket or posts a form; it must be one of ours."""
        origin = headers.get("origin")
        if origin is None or (scope["type"] == "http" and scope["method"] in ("GET", "HEAD")):
            return True
        return urlsplit(origin).netloc == headers.get("host")

    def _known(self, headers: dict[str, str]) -> bool:
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        if cookie is None:
            return False
        until, _, signature = cookie.value.partition(".")
        good = hmac.compare_digest(signature.encode(), self._sign(until).encode())
        return good and until.isdigit() and int(until) > time.time()

    def _sign(self, text: str) -> str:
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()

    async def _login(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = _inside(parse_qs(scope["query_string"].decode("latin-1")).get("next", ["/"])[0])
        if scope["method"] != "POST":
            await _answer(send, 200, self._form(target, ""))
            return
        failed = self._failed(scope)
        if len(failed) == TRIES and time.monotonic() - failed[0] < TRY_SECONDS:
            text = "Too many wrong passwords. Wait a minute, then try again."
            await _answer(send, 429, self._form(target, text), {"retry-after": str(TRY_SECONDS)})
            return
        given = parse_qs(await _body(receive)).get("password", [""])[0]
        if not hmac.compare_digest(given.encode(), (self.password or "").encode()):
            failed.append(time.monotonic())
            await _answer(send, 401, self._form(target, "That is not the password."))
            return
        until = str(int(time.time()) + STAYS_SECONDS)
        secure = "; Secure" if scope.get("scheme") == "https" else ""
        rules = f"Path=/; HttpOnly; SameSite=Lax; Max-Age={STAYS_SECONDS}{secure}"
        cookie = f"{COOKIE}={until}.{self._sign(until)}; {rules}"
        await _answer(send, 303, "", {"location": target, "set-cookie": cookie})

    def _failed(self, scope: Scope) -> deque[float]:
        """When an address last gave wrong passwords; the oldest address is forgotten when there are many."""
        address = (scope.get("client") or ("", 0))[0]
        if address not in self.failures and len(self.failures) >= ADDRESSES:
            del self.failures[next(iter(self.failures))]
        return self.failures.setdefault(address, deque(maxlen=TRIES))

    def _form(self, target: str, trouble: str) -> str:
        said = f'<p class="trouble" role="alert">{escape(trouble)}</p>' if trouble else ""
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Log in</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<link rel="icon" href="/static/duck.svg"><link rel="stylesheet" href="/static/dashboard.css">'
            '<script src="/static/dashboard.js"></script></head>'
            f'<body class="login"><form method="post" action="/login?next={quote(target, safe="")}">{DUCK}'
            f"<h1>{escape(self.shop)}</h1>{said}<label>Password"
            '<input type="password" name="password" autocomplete="current-password" required autofocus>'
            '</label><button type="submit">Log in</button></form></body></html>'
        )


def _inside(target: str) -> str:
    """Where to go after the login: a path of the dashboard, never another site."""
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"


async def _body(receive: Receive) -> str:
    parts, size = [], 0
    while size <= LONGEST_FORM:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if not message.get("more_body"):
            break
    return b"".join(parts)[:LONGEST_FORM].decode("utf-8", "replace")


def _with_headers(send: Send) -> Send:
    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            extra = [(k.encode(), v.encode()) for k, v in HEADERS.items()]
            message = {**message, "headers": [*message.get("headers", []), *extra]}
        await send(message)

    return sending


async def _refuse(scope: Scope, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": text})
    else:
        await _answer(send, status, text, {"content-type": "text/plain; charset=utf-8"})


async def _answer(send: Send, status: int, text: str, headers: dict[str, str] | None = None) -> None:
    body = text.encode()
    given = {
        "content-type": "text/html; charset=utf-8",
        "content-length": str(len(body)),
        "cache-control": "no-store",
        **HEADERS,
        **(headers or {}),
    }
    pairs = [(name.encode(), value.encode()) for name, value in given.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
