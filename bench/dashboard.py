"""How quick the dashboard is on a year of data: ``python bench/dashboard.py [--days N]``.

A made-up shop's year is published to SQLite; Chromium opens the overview (a new browser: nothing cached) and
goes from page to page, each time over other days, so that no result is remembered. A page change is measured
in the browser: from the click to the frame in which the new page is drawn. Prints a table and, as its last
line, the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from playwright.sync_api import sync_playwright
from tests.browser.conftest import ARGUMENTS
from tests.dashboard import project

from mallard.dashboard.pages import PAGES

ROUNDS = 6
CHANGE = """(url) => new Promise((done) => {
  const root = document.documentElement, began = performance.now();
  root.dataset.arrived = "";
  const link = Object.assign(document.createElement("a"), {href: url});
  document.body.append(link); link.click(); link.remove();
  const look = () => root.dataset.arrived !== ""
    ? requestAnimationFrame(() => done(performance.now() - began)) : setTimeout(look, 1);
  look();
})"""


def first_view(browser: Any, address: str) -> float:
    """Milliseconds to the first figures in a browser that has nothing of ours."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(f"{address}/?period=12m")
    page.wait_for_selector('[data-kpi="gmv"]')
    took = float(page.evaluate("performance.now()"))
    page.context.close()
    return took


def page_changes(browser: Any, address: str) -> list[float]:
    """Milliseconds of each move."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(address)
    page.wait_for_selector('[data-kpi="gmv"]')
    times = []
    for number in range(ROUNDS):
        last = project.LAST - timedelta(days=number)
        days = f"from={last - timedelta(days=365)}&to={last}"
        for _, path, _, _, _ in PAGES:
            page.wait_for_timeout(150)
            times.append(float(page.evaluate(CHANGE, f"{path}?{days}")))
    page.context.close()
    return sorted(times)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--days", type=int, default=400)
    days = arguments.parse_args().days
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings = project.write(Path(folder))
        project.fill(settings, days)
        with project.dashboard(Path(folder)) as address:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
            first = min(first_view(browser, address) for _ in range(3))
            times = page_changes(browser, address)
            browser.close()
    half, most = statistics.median(times), times[int(len(times) * 0.95)]
    print(f"{'first view':20} {first:8.0f} ms   (goal: below 1000)")
    print(f"{'page change, p50':20} {half:8.0f} ms")
    print(f"{'page change, p95':20} {most:8.0f} ms   (goal: below 300)")
    summary = {"bench": "dashboard", "days": days, "machine": platform.machine(), "moves": len(times)}
    print(json.dumps({**summary, "first_view_ms": first, "p50_ms": half, "p95_ms": most}))


if __name__ == "__main__":
    main()
