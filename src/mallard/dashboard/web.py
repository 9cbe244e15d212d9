"""The dashboard as a web application: NiceGUI carries the pages, one document moves from one to the next.

Only this module and downloads import the web framework, which is slow to load; app.py imports them late.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.staticfiles import StaticFiles
from nicegui import ui

from mallard import days
from mallard.dashboard import markup, shell
from mallard.dashboard.blocks import Card, Chart, Content, Empty, Grid
from mallard.dashboard.downloads import routes
from mallard.dashboard.format import WHOLE, Format
from mallard.dashboard.pages import find, navigation
from mallard.dashboard.queries import Reader, Store
from mallard.dashboard.view import Span, View, understand
from mallard.errors import MallardError
from mallard.serving.tables import Publication
from mallard.settings import Settings

STATIC = Path(__file__).parent / "static"
NEW_DATA_SECONDS = 5
log = logging.getLogger("mallard.dashboard")


@dataclass(frozen=True)
class Loaded:
    """A page with its data, ready to be drawn."""

    content: Content
    view: View | None
    publication: Publication | None


def load(store: Store, address: str) -> Loaded:
    """Read what an address asks for. Runs in a thread; whatever fails becomes a page that says so."""
    try:
        return store.consistent(lambda reader: _load(reader, address))
    except MallardError as known:
        return Loaded(Content("Mallard", [_trouble(known.what, known.fix)], timed=False), None, None)
    except Exception:
        log.exception("page %s failed", address)
        card = _trouble(
            "This page could not be shown.", "The dashboard's log says why; the other pages may work."
        )
        return Loaded(Content("Mallard", [card], timed=False), None, None)


def _load(reader: Reader, address: str) -> Loaded:
    held = reader.publication
    view = understand(address, Span(held.first_day, held.last_day), days.today(held.timezone))
    return Loaded(find(view.path)(reader, view), view, held)


def _trouble(what: str, fix: str) -> Card:
    return Card("", [Empty(what, fix)])


class Window:
    """One open document: what it shows, and the elements that are filled again on each move."""

    def __init__(self, store: Store, address: str) -> None:
        self.store = store
        self.address = address
        self.moves = 0
        self.build = ""
        self.side = ui.html("", sanitize=False, tag="aside").classes("side")
        self.main = ui.element("div").classes("main")  # the framework has a <main> around all
        ui.on("mallard_go", lambda event: self.go(str(event.args)))
        ui.timer(NEW_DATA_SECONDS, self.look_for_news)

    async def go(self, address: str) -> None:
        """Move to an address; a later move overtakes an earlier one that is still being read."""
        self.moves += 1
        move = self.moves
        loaded = await asyncio.to_thread(load, self.store, address)
        if move != self.moves:
            return
        scroll = address.split("?")[0] != self.address.split("?")[0]
        self.address = address
        self.show(loaded)
        self._arrived(loaded, scroll)

    def show(self, loaded: Loaded) -> None:
        """Draw a page in place of the one before."""
        held, view = loaded.publication, loaded.view
        shop = Format(held.currency, held.timezone) if held else Format()
        self.build = held.build_id if held else ""
        if held and view:
            guarded = self.store.settings.dashboard.password is not None
            self.side.set_content(shell.sidebar(view, navigation(), held, guarded))
        elif not self.side.content:
            self.side.set_content(shell.bare_sidebar())
        self.main.clear()
        with self.main:
            if held and view:
                _html(shell.header(loaded.content, view, held, days.now()))
            else:
                _html(shell.bare_header(loaded.content.title))
            for block in loaded.content.blocks:
                draw(block, shop)

    def _arrived(self, loaded: Loaded, scroll: bool) -> None:
        title = f"{loaded.content.title} · {loaded.publication.shop}" if loaded.publication else "Mallard"
        arguments = ", ".join(json.dumps(value) for value in (self.address, title, scroll))
        self.main.client.run_javascript(f"mallard.arrived({arguments})")

    async def look_for_news(self) -> None:
        """Show new figures as soon as a publish has switched the tables."""
        try:
            held = await asyncio.to_thread(self.store.publication)
        except MallardError:
            return
        if held.build_id != self.build:
            await self.go(self.address)


def draw(block: Any, shop: Format) -> None:
    """One block as elements: charts are NiceGUI's, all else is HTML."""
    if isinstance(block, Grid):
        with ui.element("div").classes(f"grid g{block.shape}"):
            for card in block.cards:
                draw(card, shop)
    elif isinstance(block, Card):
        with ui.element("section").classes("card").props(f'data-card="{_name(block.title)}"'):
            if block.title:
                head = markup.card_head(block.title, block.tip, block.tabs, block.csv)
                ui.html(head, sanitize=False).classes("card-head")
            for inner in block.blocks:
                draw(inner, shop)
            if block.note:
                _html(markup.note(block.note))
    elif isinstance(block, Chart):
        with ui.element("div").classes("chart").props(f'role="img" aria-label="{_name(block.label)}"'):
            ui.echart(block.option).style(f"height: {block.height}px")
    else:
        _html(markup.render(block, shop))


def _html(text: str) -> None:
    ui.html(text, sanitize=False)


def _name(title: str) -> str:
    return title.lower().replace('"', "").replace(" ", "-")


def head(store_currency: Format) -> str:
    """What the document's head loads: style, behaviour, the shop's currency; all from here."""
    version = int(max(path.stat().st_mtime for path in STATIC.iterdir()))
    currency = json.dumps(store_currency.symbol)
    whole = json.dumps(store_currency.currency in WHOLE)
    return (
        f'<link rel="stylesheet" href="/static/dashboard.css?{version}">'
        f'<script src="/static/dashboard.js?{version}"></script>'
        f"<script>mallard.currency = {currency}; mallard.whole = {whole};</script>"
    )


def create(settings: Settings) -> Any:
    """The ASGI application. NiceGUI keeps one for each process, so call this once."""
    store = Store(settings)
    application = FastAPI(title="Mallard", docs_url=None, redoc_url=None, openapi_url=None)
    application.mount("/static", StaticFiles(directory=STATIC), name="static")

    @ui.page("/", title="Mallard", favicon=STATIC / "duck.svg", language="en-US")
    @ui.page("/{path:path}", title="Mallard", favicon=STATIC / "duck.svg", language="en-US")
    async def document(request: Request) -> None:
        address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        loaded = await asyncio.to_thread(load, store, address)
        shop = Format(loaded.publication.currency) if loaded.publication else Format()
        ui.add_head_html(head(shop))
        if loaded.publication:
            ui.page_title(f"{loaded.content.title} · {loaded.publication.shop}")
        Window(store, address).show(loaded)

    application.include_router(routes(store))
    ui.run_with(application, dark=None, tailwind=False, show_welcome_message=False, reconnect_timeout=30)
    return application
