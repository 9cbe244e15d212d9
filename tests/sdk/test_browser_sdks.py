"""Browser SDKs in a real Chromium, set up as docs/sdks.md says, on a site of another origin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.collectors import Collector, collector, eventually, once
from tests.sdk.conftest import USER_AGENT
from tests.sdk.expected import EVENTS, check_journey
from tests.sdk.faults import (
    BUSY,
    CUT_AFTER,
    CUT_BEFORE,
    ERROR,
    HALF_ANSWER,
    LIMITED,
    fault_proxy,
)
from tests.sdk.programs import BROWSER_SDKS
from tests.sdk.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]
sdks = pytest.mark.parametrize("sdk", BROWSER_SDKS)
HURRIED = {"segment-browser-batching": {"size": "3", "timeout": "500"}}

QUERY = "?utm_campaign=spring&utm_source=news&utm_medium=email&utm_term=shoes&utm_content=top"


def visit(visitor: BrowserContext, address: str) -> Page:
    page = visitor.new_page()
    page.goto(address + QUERY)
    page.wait_for_function("window.ready")
    return page


def at(address: str, sdk: str) -> dict[str, Any]:
    """Columns that every event of a visit has."""
    same = {
        "source": sdk, "platform": "web", "os_name": "Windows", "os_version": "10", "user_agent": USER_AGENT,
        "locale": "de-DE", "page_url": address + QUERY, "page_path": f"/{sdk}.html",
        "page_title": "Duck Pond", "referrer": None, "device_id": None, "app_version": None,
        "utm_campaign": "spring", "utm_source": "news", "utm_medium": "email", "utm_term": "shoes",
        "utm_content": "top", "ip": "127.0.0.0",
    }  # fmt: skip
    if sdk == "rudder-browser":  # it names the zone by its offset, and the screen's size
        return same | {"timezone": "GMT+0800", "screen_width": 1280, "screen_height": 720}
    return same | {"timezone": "Asia/Shanghai"}


def arrived(mallard: Collector, sdk: str, events: int = len(EVENTS)) -> list[dict[str, Any]]:
    """The rows of a source, once so many different events are there."""
    assert eventually(lambda: len(once(mallard.events(sdk))) >= events), mallard.log.read_text()[-2000:]
    return mallard.events(sdk)


@sdks
def test_the_journey_lands_exactly_once(
    sdk: str, tmp_path: Path, shop: Site, visitor: BrowserContext
) -> None:
    with collector(tmp_path / "project", [sdk]) as mallard:
        address = shop.module(sdk, mallard.url, **HURRIED.get(sdk, {}))
        visit(visitor, address).evaluate("shop()")
        rows = arrived(mallard, sdk)
        assert len(rows) == len(once(rows))
        check_journey(rows, 1, at(address, sdk))
        assert mallard.quarantined() == []


@sdks
def test_faults_on_the_way_lose_nothing_and_double_nothing(
    sdk: str, tmp_path: Path, shop: Site, visitor: BrowserContext
) -> None:
    faults = [ERROR, LIMITED, CUT_AFTER, BUSY, HALF_ANSWER, CUT_BEFORE]
    if sdk == "segment-browser-batching":  # all wait behind one batch, whose pauses grow
        faults = faults[:4]
    with collector(tmp_path / "project", [sdk]) as mallard, fault_proxy(mallard.port, faults) as proxy:
        address = shop.module(sdk, proxy.url, **HURRIED.get(sdk, {}))
        visit(visitor, address).evaluate("shop()")
        assert eventually(lambda: sorted(proxy.seen()) == sorted(faults))
        assert eventually(lambda: len(mallard.events(sdk)) > len(EVENTS))  # what was cut off comes again
        rows = arrived(mallard, sdk)
        check_journey(once(rows), 1, at(address, sdk), late_login=sdk == "segment-browser")


@pytest.mark.parametrize("sdk", ["segment-browser", "rudder-browser"])
def test_events_of_an_outage_come_with_the_next_page(
    sdk: str, tmp_path: Path, shop: Site, visitor: BrowserContext
) -> None:
    with collector(tmp_path / "project", [sdk]) as mallard:
        page = visit(visitor, shop.module(sdk, mallard.url))
        mallard.kill()
        page.evaluate("shop()")
        page.goto("about:blank")
        mallard.start()
        page.goto(shop.module(sdk, mallard.url))
        rows = arrived(mallard, sdk)
        assert {row["event_name"] for row in rows} == set(EVENTS)


def test_what_waits_for_its_batch_goes_out_when_the_page_is_left(
    tmp_path: Path, shop: Site, visitor: BrowserContext
) -> None:
    sdk = "segment-browser-batching"
    with collector(tmp_path / "project", [sdk]) as mallard:
        address = shop.module(sdk, mallard.url)
        page = visit(visitor, address)
        page.evaluate("shop()")
        page.goto("about:blank")
        check_journey(arrived(mallard, sdk), 1, at(address, sdk))


def test_a_tab_put_aside_and_taken_up_again_sends_twice_and_counts_once(
    tmp_path: Path, shop: Site, visitor: BrowserContext
) -> None:
    sdk = "segment-browser-batching"
    with collector(tmp_path / "project", [sdk]) as mallard:
        address = shop.module(sdk, mallard.url)
        page = visit(visitor, address)
        page.evaluate("shop()")
        page.evaluate(
            """for (const state of ['hidden', 'visible']) {
              Object.defineProperty(document, 'visibilityState', { value: state, configurable: true })
              document.dispatchEvent(new Event('visibilitychange'))
            }"""
        )
        assert eventually(lambda: len(mallard.events(sdk)) == 2 * len(EVENTS))
        check_journey(once(mallard.events(sdk)), 1, at(address, sdk))


def test_beacons_carry_what_waits_when_the_page_is_left(
    tmp_path: Path, shop: Site, visitor: BrowserContext
) -> None:
    sdk = "rudder-browser"
    with collector(tmp_path / "project", [sdk]) as mallard:
        address = shop.module(sdk, mallard.url, configUrl=f"'{mallard.url}', useBeacon: true")
        page = visit(visitor, address)
        page.evaluate("shop()")
        page.goto("about:blank")
        check_journey(arrived(mallard, sdk), 1, at(address, sdk))


def test_the_snippet_without_a_build_step_sends_a_page_view(
    tmp_path: Path, shop: Site, visitor: BrowserContext
) -> None:
    sdk = "segment-browser-script"
    with collector(tmp_path / "project", [sdk]) as mallard:
        address = shop.script(sdk, mallard.url)
        visitor.new_page().goto(address + QUERY)
        (row,) = arrived(mallard, sdk, 1)
        wanted = {"event_type": "page"} | at(address, sdk)
        assert {column: row[column] for column in wanted} == wanted


@sdks
def test_no_third_party_hears_of_the_visit(
    sdk: str, tmp_path: Path, shop: Site, visitor: BrowserContext
) -> None:
    """Not even minutes later: the SDKs would report about themselves to their makers."""
    asked: set[str] = set()
    visitor.on("request", lambda request: asked.add(request.url.split("/")[2]))
    visitor.clock.install()
    with collector(tmp_path / "project", [sdk]) as mallard:
        page = visit(visitor, shop.module(sdk, mallard.url))
        page.evaluate("shop()")
        page.clock.run_for(60_000)
        arrived(mallard, sdk)
        page.clock.run_for(60_000)
        assert asked == {f"127.0.0.1:{shop.port}", f"127.0.0.1:{mallard.port}"}
