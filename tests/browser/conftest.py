from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from mallard.settings import Settings
from tests import servers
from tests.dashboard import project
from tests.dashboard.made_up import Shop

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Site:
    """A dashboard over the made-up shop."""

    address: str
    settings: Settings
    shop: Shop


@dataclass
class Tab:
    """A browser page with what it asked for and what it complained of."""

    page: Any
    site: Site
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Load an address and wait until it is drawn."""
        self.page.goto(self.site.address + path)
        self.page.wait_for_selector("main h1, .login h1")

    def click(self, selector: str) -> None:
        """Follow a link within the dashboard and wait for what it leads to."""
        self.page.evaluate("document.documentElement.dataset.arrived = ''")
        self.page.click(selector)
        self.page.wait_for_function("document.documentElement.dataset.arrived !== ''")

    def kpi(self, name: str) -> str:
        """A figure as it is shown."""
        return str(self.page.inner_text(f'[data-kpi="{name}"] .kpi-value'))

    def cells(self, card: str) -> list[list[str]]:
        """The rows of a card's table."""
        rows = self.page.query_selector_all(f'[data-card="{card}"] tbody tr')
        return [[cell.inner_text() for cell in row.query_selector_all("td")] for row in rows]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, one for a module: while Playwright is open, nothing else can run an event loop."""
    servers.need("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The dashboard of 120 made-up days."""
    folder = tmp_path_factory.mktemp("site")
    settings = project.write(folder)
    shop = project.fill(settings)
    with project.dashboard(folder) as address:
        yield Site(address, settings, shop)


@pytest.fixture
def tab(browser: Any, site: Site) -> Iterator[Callable[..., Tab]]:
    """Opens browser pages; keyword arguments are Playwright's for a context (viewport, color_scheme …)."""
    contexts = []

    def make(on: Site = site, **options: Any) -> Tab:
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 750}, **options})
        contexts.append(context)
        made = Tab(context.new_page(), on)
        made.page.on("request", lambda request: made.requests.append(request.url))
        made.page.on("websocket", lambda socket: made.requests.append(socket.url))
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        made.page.on(
            "console",
            lambda said: made.complaints.append(said.text) if said.type in ("error", "warning") else None,
        )
        return made

    yield make
    for context in contexts:
        context.close()
