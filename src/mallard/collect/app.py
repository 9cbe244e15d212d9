"""The collector's ASGI application: which path means what, and how each request becomes an answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any

from mallard import days, reporting
from mallard.collect import configs, cors, pixel, ship
from mallard.collect.answers import (
    GIF,
    JSON,
    SUCCESS,
    Answer,
    Refusal,
    Rejection,
    json,
    received,
    unavailable,
)
from mallard.collect.commit import Committer
from mallard.collect.health import Health
from mallard.collect.intake import Examined, examine, examine_closely
from mallard.collect.keys import Keys, Source
from mallard.collect.metrics import CONTENT_TYPE, Metrics
from mallard.collect.openapi import document
from mallard.collect.requests import Receive, Request, Room, Scope
from mallard.errors import SpoolError
from mallard.settings import Settings
from mallard.spool import Record

_log = logging.getLogger(__name__)
Send = Callable[[dict[str, Any]], Awaitable[None]]
Show = Callable[[Record, Sequence[Rejection]], None]
Handler = Callable[[Request, str], Awaitable[Answer]]

_AGENT = 1000
"""Characters kept of a user agent, which goes with every event of a request."""

_CALLS = ("track", "page", "screen", "identify", "alias", "group")
_KINDS = {
    **{f"/v1/{call}": call for call in _CALLS},
    **{f"/v1/{call[0]}": call for call in _CALLS},
    "/v1/batch": "batch",
    "/v1/b": "batch",
    "/v1/import": "batch",
    "/beacon/v1/batch": "batch",
}
"""Paths that take events. /v1/p is page, /v1/a alias, as the browser SDK has it."""


class App:
    """One worker's application. ``show`` is told what was kept, for ``mallard collect --try``."""

    def __init__(self, settings: Settings, committer: Committer, metrics: Metrics, show: Show | None) -> None:
        self._settings = settings
        self._limits = settings.collect
        self._committer = committer
        self._metrics = metrics
        self._show = show
        self._keys = Keys(settings)
        self._health = Health(settings, committer)
        self._body_limit = settings.collect.max_batch_kb << 10
        self._room = Room()
        self._routes = self._table()

    def _table(self) -> dict[str, tuple[str, Handler, str]]:
        """Path → method, handler, what the handler is told."""
        routes: dict[str, tuple[str, Handler, str]] = {
            path: ("POST", self._events, kind) for path, kind in _KINDS.items()
        }
        routes[ship.PATH] = ("POST", self._lines, "")
        routes["/v1/m"] = ("POST", self._ignored, "")
        routes["/pixel/v1/track"] = ("GET", self._pixel, "track")
        routes["/pixel/v1/page"] = ("GET", self._pixel, "page")
        routes["/sourceConfig"] = ("GET", self._source_config, "")
        routes["/health"] = ("GET", self._healthy, "")
        routes["/metrics"] = ("GET", self._exposition, "")
        routes["/openapi.json"] = ("GET", self._document, "")
        return routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._respond(Request.of(scope, receive), send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        watching = asyncio.create_task(self._health.watch())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        watching.cancel()
        try:
            await self._committer.close()
        except SpoolError as failure:  # what was acknowledged is durable; the next start seals it
            reporting.warn(failure.what)
        await send({"type": "lifespan.shutdown.complete"})

    async def _respond(self, request: Request, send: Send) -> None:
        try:
            answer = await self._answer(request)
        except Refusal as refusal:
            self._metrics.refused.labels(refusal.code).inc()
            answer = refusal.answer()
        except Exception:  # whatever went wrong is ours: the sender must come again
            _log.exception("a request could not be answered")
            answer = unavailable("internal_error", "Something went wrong here.").answer()
        headers = answer.headers + cors.headers(request)
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, request: Request) -> Answer:
        route = self._routes.get(request.path)
        if route is None:
            route = self._settings_route(request.path)
        method, handler, argument = route
        if request.method == method or (request.method == "HEAD" and method == "GET"):
            return await handler(request, argument)
        if request.method == "OPTIONS":
            return cors.PREFLIGHT
        raise Refusal(405, "method_not_allowed", f"Use {method}.", allow=f"{method}, OPTIONS")

    def _settings_route(self, path: str) -> tuple[str, Handler, str]:
        start, _, rest = path.partition("/v1/projects/")
        key, _, end = rest.partition("/")
        if start == "" and key and end == "settings":
            return "GET", self._project_settings, key
        raise Refusal(404, "not_found", "There is nothing here; /openapi.json lists what there is.")

    async def _events(self, request: Request, kind: str) -> Answer:
        self._health.check()
        body = await request.body(self._body_limit, self._room)
        examined = examine(kind, body, self._limits)
        now = monotonic()
        source = self._keys.find(request, examined.write_key, now)
        source.admit(request.header(b"origin"), now)
        return received(await self._keep(request, kind, body, source, examined))

    async def _keep(
        self, request: Request, kind: str, body: bytes, source: Source, examined: Examined
    ) -> Sequence[Rejection]:
        """Bring a body to the spool; returns when it is durable, with what of it will be quarantined."""
        if source.events:
            examined = examine_closely(kind, body, self._limits, source.events)
        if examined.items:
            record = Record(
                dialect="segment",
                kind=kind,
                source=source.name,
                received_at=int(days.now().timestamp() * 1e6),
                body=body,
                ip=request.address(self._limits.trust_proxy, self._limits.truncate_ip),
                user_agent=request.header(b"user-agent")[:_AGENT],
            )
            await self._committer.keep(record)
            self._metrics.count(source.name, examined.items, examined.rejected)
            if self._show is not None:
                self._show(record, examined.rejected)
        return examined.rejected

    async def _lines(self, request: Request, _: str) -> Answer:
        """A block of a log that is followed on another host."""
        self._health.check()
        body = await request.body(self._body_limit, self._room)
        now = monotonic()
        source = self._keys.find(request, None, now)
        source.admit(request.header(b"origin"), now)
        record = ship.taken(request.query(), body, source.name, int(days.now().timestamp() * 1e6))
        await self._committer.keep(record)
        self._metrics.count(source.name, body.count(b"\n"), ())
        return SUCCESS

    async def _pixel(self, request: Request, kind: str) -> Answer:
        """Always the picture: a page must not break because an event was not taken."""
        if request.method == "HEAD":  # somebody looks whether it is there
            return GIF
        try:
            self._health.check()
            query = request.query()
            body = pixel.event(query)
            examined = examine(kind, body, self._limits)
            now = monotonic()
            source = self._keys.named(query.get("writeKey", examined.write_key), now)
            source.admit(request.header(b"origin"), now)
            await self._keep(request, kind, body, source, examined)
        except Refusal as refusal:
            self._metrics.refused.labels(refusal.code).inc()
        return GIF

    async def _ignored(self, request: Request, _: str) -> Answer:
        """The SDKs' reports about themselves; read to its end so that the connection stays good."""
        await request.body(self._body_limit, self._room)
        return SUCCESS

    async def _project_settings(self, request: Request, key: str) -> Answer:
        self._keys.named(key, monotonic())
        return json(configs.segment(key, request))

    async def _source_config(self, request: Request, _: str) -> Answer:
        source = self._keys.find(request, None, monotonic())
        return json(configs.rudderstack(source.name, request))

    async def _healthy(self, request: Request, _: str) -> Answer:
        self._health.check()
        return json({"status": "ok"})

    async def _exposition(self, request: Request, _: str) -> Answer:
        page = await asyncio.get_running_loop().run_in_executor(None, self._metrics.page)
        return Answer(200, page, [(b"content-type", CONTENT_TYPE)])

    async def _document(self, request: Request, _: str) -> Answer:
        return Answer(200, document(), JSON)
