"""The dashboard's life: new figures arrive by themselves, the login keeps others out, emptiness says why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from mallard.serving.connection import connect
from tests.browser.conftest import Site, Tab
from tests.dashboard import project

pytestmark = pytest.mark.browser
Opener = Callable[..., Tab]


def test_new_figures_arrive_by_themselves(tab: Opener, tmp_path: Path) -> None:
    settings = project.write(tmp_path)
    before = project.fill(settings, count=40)
    with project.dashboard(tmp_path) as address:
        page = tab(on=Site(address, settings, before))
        page.open("/sales?period=all&compare=none")
        old = page.kpi("orders")
        after = project.fill(settings, count=40, seed=8, build="newer")
        orders = sum(row["orders"] for row in after.tables["app_sales"])
        assert old != f"{orders:,}"
        page.page.wait_for_function(
            f"document.querySelector('[data-kpi=orders] .kpi-value').textContent === '{orders:,}'",
            timeout=30_000,
        )
        assert not page.complaints


def test_nothing_published_yet_says_what_to_do(tab: Opener, tmp_path: Path, site: Site) -> None:
    settings = project.write(tmp_path)
    (tmp_path / "data").mkdir()
    with project.dashboard(tmp_path) as address:
        page = tab(on=Site(address, settings, site.shop))
        page.page.goto(address)
        page.page.wait_for_selector(".empty")
        assert "Nothing has been published yet." in page.page.inner_text("main")
        assert "mallard run" in page.page.inner_text("main")
        project.fill(settings, count=30)
        page.page.wait_for_selector('[data-kpi="gmv"]', timeout=30_000)
        assert page.page.inner_text(".brand b") == project.NAME


def test_a_page_that_cannot_be_read_says_why_and_the_others_work(tab: Opener, tmp_path: Path) -> None:
    settings = project.write(tmp_path)
    shop = project.fill(settings, count=30)
    engine = connect(settings)
    with engine.begin() as connection:
        connection.execute(sa.text("drop table app_traffic"))
    engine.dispose()
    with project.dashboard(tmp_path) as address:
        page = tab(on=Site(address, settings, shop))
        page.open("/audience")
        page.click('.pages a:has-text("Traffic")')
        said = page.page.inner_text("main")
        assert "no such table: app_traffic" in said
        assert "Traceback" not in said
        page.click('.pages a:has-text("Sales")')
        assert page.page.inner_text("main h1") == "Sales"


def test_the_login_lets_the_password_in_and_nobody_else(tab: Opener, tmp_path: Path) -> None:
    settings = project.write(tmp_path, '[dashboard]\npassword = "env:DASHBOARD_PASSWORD"\n')
    shop = project.fill(settings, count=30)
    with project.dashboard(tmp_path, DASHBOARD_PASSWORD="canary-secret") as address:
        page = tab(on=Site(address, settings, shop))
        page.open("/sales?period=7d")
        assert page.page.url.startswith(f"{address}/login?next=")
        page.page.fill("input[type=password]", "guess")
        page.page.click("button")
        page.page.wait_for_selector(".trouble")
        page.page.fill("input[type=password]", "canary-secret")
        page.page.click("button")
        page.page.wait_for_selector("main h1")
        assert page.page.url == f"{address}/sales?period=7d"
        page.click('.pages a:has-text("Products")')
        assert page.page.inner_text("main h1") == "Products"
        page.page.click(".leave")
        page.page.wait_for_selector(".login h1")
        page.page.goto(address)
        page.page.wait_for_selector(".login h1")
