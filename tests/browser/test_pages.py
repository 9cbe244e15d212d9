"""The pages in a real browser: the figures shown are the database's, and nothing comes from elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from mallard.dashboard.pages import PAGES
from mallard.publish.tables import publish
from mallard.serving.connection import connect
from mallard.state import State
from tests.browser.conftest import Site, Tab
from tests.dashboard import project
from tests.dashboard.made_up import Shop
from tests.publish import exports

pytestmark = pytest.mark.browser
Opener = Callable[..., Tab]
PATHS = [path for _, path, _, _, _ in PAGES]
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 1.5, "is_mobile": True}
IMAGES = os.environ.get("MALLARD_IMAGES")
"""Folder to keep the screenshots in (docs/images); they are thrown away otherwise."""


def ask(site: Site, query: str) -> list[tuple[object, ...]]:
    """The database's own answer."""
    engine = connect(site.settings)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(sa.text(query))]
    engine.dispose()
    return rows


def money(value: object, cents: int = 0) -> str:
    return f"${float(str(value)):,.{cents}f}"


LAST_30 = "dt between '2026-10-25' and '2026-11-23'"


@pytest.mark.parametrize("path", PATHS)
def test_each_page_opens_alone_and_asks_nobody_else(
    path: str, tab: Opener, site: Site, tmp_path: Path
) -> None:
    page = tab()
    page.open(path)
    page.page.wait_for_timeout(700)
    title = next(title for _, known, title, _, _ in PAGES if known == path)
    assert page.page.inner_text("main h1") == title
    assert page.page.locator(".card").count() > 0
    assert page.page.locator(".empty").count() == 0
    assert not page.complaints
    assert {urlsplit(url).netloc for url in page.requests if not url.startswith("data:")} == {
        urlsplit(site.address).netloc
    }
    _keep(page, path.strip("/") or "overview", tmp_path)


def test_the_overview_shows_what_the_database_holds(tab: Opener, site: Site) -> None:
    page = tab()
    page.open("/")
    gmv, net, orders = ask(
        site, f"select sum(gmv), sum(net_sales), sum(orders) from app_sales where {LAST_30}"
    )[0]
    users = ask(site, f"select avg(dau) from app_active_users where {LAST_30}")[0][0]
    new = ask(site, f"select sum(new_users) from app_daily_users where {LAST_30}")[0][0]
    reached = dict(
        ask(
            site,
            f"select step, sum(reached) from app_conversion where unit = 'session' and {LAST_30} group by 1",
        )
    )
    assert page.kpi("gmv") == money(gmv)
    assert page.kpi("net-sales") == money(net)
    assert page.kpi("orders") == f"{orders:,}"
    assert page.kpi("average-order-value") == money(float(str(gmv)) / float(str(orders)), 2)
    assert page.kpi("active-users-a-day") == f"{users:,.0f}"
    assert page.kpi("new-users") == f"{new:,}"
    assert page.kpi("conversion") == f"{float(str(reached['order'])) / float(str(reached['visit'])):.1%}"
    products = ask(
        site,
        f"select product_name, sum(units), sum(sales) from app_product_sales where {LAST_30}"
        " group by product_id, product_name order by 3 desc, product_id limit 7",
    )
    assert page.cells("top-products") == [[n, f"{u:,}", money(s, 2)] for n, u, s in products]


def test_changes_are_against_the_thirty_days_before(tab: Opener, site: Site) -> None:
    page = tab()
    page.open("/")
    before = ask(site, "select sum(gmv) from app_sales where dt between '2026-09-25' and '2026-10-24'")[0][0]
    now = ask(site, f"select sum(gmv) from app_sales where {LAST_30}")[0][0]
    change = float(str(now)) / float(str(before)) - 1
    shown = page.page.inner_text('[data-kpi="gmv"] .kpi-foot')
    assert f"{change:+.1%}".replace("-", "−") in shown
    assert f"from {money(before)}" in shown


def test_a_link_holds_the_whole_view(tab: Opener, site: Site) -> None:
    page = tab()
    page.open("/sales?period=7d&compare=none&metric=orders")
    orders = ask(site, "select sum(orders) from app_sales where dt between '2026-11-17' and '2026-11-23'")[0][
        0
    ]
    for _ in range(2):
        assert page.kpi("orders") == f"{orders:,}"
        assert page.page.inner_text('[data-menu="period"] summary') == "Last 7 days"
        assert "No comparison" in page.page.inner_text('[data-menu="compare"] summary')
        assert page.page.locator('[data-kpi="orders"].chosen').count() == 1
        assert page.page.locator(".change").count() == page.page.locator("td .change").count()
        page.page.reload()
        page.page.wait_for_selector("main h1")


def test_going_about_keeps_the_days_and_the_back_button_works(tab: Opener) -> None:
    page = tab()
    page.open("/?period=7d")
    page.click('.pages a:has-text("Products")')
    assert page.page.inner_text("main h1") == "Products"
    assert page.page.url.endswith("/products?period=7d")
    page.click('[data-card="top-10-products"] .tabs a:has-text("1 day")')
    assert "window=1" in page.page.url
    page.page.go_back()
    page.page.go_back()
    page.page.wait_for_function("document.querySelector('main h1').textContent === 'Overview'")
    assert page.page.url.endswith("/?period=7d")
    assert not page.complaints


def test_days_of_ones_own_choice(tab: Opener, site: Site) -> None:
    page = tab()
    page.open("/sales")
    page.page.click('[data-menu="period"] summary')
    page.page.fill('.range input[name="from"]', "2026-11-01")
    page.page.fill('.range input[name="to"]', "2026-11-10")
    page.click(".range button")
    orders = ask(site, "select sum(orders) from app_sales where dt between '2026-11-01' and '2026-11-10'")[0][
        0
    ]
    assert page.kpi("orders") == f"{orders:,}"
    assert page.page.inner_text('[data-menu="period"] summary') == "1 – 10 Nov 2026"
    assert "from=2026-11-01&to=2026-11-10" in page.page.url


def test_a_comparison_the_data_does_not_reach_is_said_to_be_missing(tab: Opener) -> None:
    page = tab()
    page.open("/?period=30d&compare=year")
    said = "No comparison: the data begins on 27 Jul 2026."
    assert page.page.inner_text(".head .unlike") == said
    assert page.page.inner_text('[data-kpi="gmv"] .kpi-foot') == ""
    page.page.click('[data-menu="compare"] summary')
    assert page.page.inner_text(".why") == said


def test_the_funnel_is_the_databases(tab: Opener, site: Site) -> None:
    page = tab()
    page.open("/conversion?unit=person&period=yesterday")
    rows = ask(
        site,
        "select reached, overall_rate from app_conversion where unit = 'person' and dt = '2026-11-22'"
        " order by step_number",
    )
    counts = [item.inner_text() for item in page.page.query_selector_all(".step-count")]
    shares = [item.inner_text() for item in page.page.query_selector_all(".step-share")]
    assert counts == [f"{reached:,}" for reached, _ in rows]
    assert shares == [f"{float(str(rate)):.1%}" for _, rate in rows]


def test_whom_to_win_back_leads_to_each_person_and_downloads_whole(tab: Opener, site: Site) -> None:
    page = tab()
    page.open("/retention?from=2026-08-01&to=2026-08-05")
    lapsed = ask(
        site, "select count(*) from app_churned_user_list where dt between '2026-08-01' and '2026-08-05'"
    )[0][0]
    rows = page.cells("whom-to-win-back")
    assert rows[0][:2] == ["5 Aug 2026", "29 Jul 2026"]
    with page.page.expect_download() as download:
        page.page.click('[data-card="whom-to-win-back"] .csv')
    assert len(Path(download.value.path()).read_text().splitlines()) - 1 == lapsed
    known = ask(site, "select customer_id, name from dws_customer")
    names = {str(key): name for key, name in known}
    person = next(row[2] for row in rows if row[2] in names)
    page.click(f'[data-card="whom-to-win-back"] a:text-is("{person}")')
    assert page.page.inner_text("main h1") == names[person]


def test_a_table_sorts_by_its_heads(tab: Opener) -> None:
    page = tab()
    page.open("/products")
    page.page.click('[data-card="every-product"] th:has-text("Units") button')
    units = [int(row[5].replace(",", "")) for row in page.cells("every-product")]
    assert units == sorted(units, reverse=True)
    page.page.click('[data-card="every-product"] th:has-text("Product") button')
    names = [row[0] for row in page.cells("every-product")]
    assert names[0].startswith("Aster")


def test_a_definition_shows_when_pointed_at(tab: Opener) -> None:
    page = tab()
    page.open("/")
    page.page.hover('[data-kpi="gmv"] .tip')
    page.page.wait_for_selector(".bubble.on")
    assert page.page.inner_text(".bubble") == "Sum of total_amount of all orders created on dt, paid or not."


def test_a_customer_is_found_and_shown(tab: Opener, site: Site, tmp_path: Path) -> None:
    page = tab()
    page.open("/customers")
    page.page.keyboard.press("/")
    page.page.keyboard.type("petrov")
    page.page.evaluate("document.documentElement.dataset.arrived = ''")
    page.page.keyboard.press("Enter")
    page.page.wait_for_function("document.documentElement.dataset.arrived !== ''")
    found = page.page.locator(".card td a")
    assert found.count() > 0
    assert all("Petrov" in row[1] for row in page.cells(""))
    page.open("/customers/u5")
    assert page.page.inner_text("main h1") == "Priya Wang"
    orders, amount = ask(site, "select orders, order_amount from dws_customer where customer_id = 'u5'")[0]
    assert page.kpi("orders") == f"{orders}"
    assert page.kpi("order-amount") == money(amount, 2)
    _keep(page, "customer", tmp_path)


def test_nobody_and_nowhere_are_said_plainly(tab: Opener) -> None:
    page = tab()
    page.open("/customers/nobody%2F1")
    assert "There is no such customer." in page.page.inner_text("main")
    page.open("/no/such/page")
    assert "This page does not exist." in page.page.inner_text("main")
    page.open("/customers?q=zzzz")
    assert "No customer matches “zzzz”." in page.page.inner_text("main")


def test_the_csv_of_a_card_is_the_tables_rows(tab: Opener, site: Site) -> None:
    page = tab()
    page.open("/sales?period=7d")
    with page.page.expect_download() as downloading:
        page.page.click('[data-card="regions"] .csv')
    assert downloading.value.suggested_filename == "app_regions.csv"
    lines = Path(downloading.value.path()).read_text().splitlines()
    rows = ask(
        site,
        "select dt, province, orders, cast(amount as text), buyers from app_regions"
        " where dt between '2026-11-17' and '2026-11-23' order by dt, province",
    )
    assert lines[0] == "dt,province,orders,amount,buyers"
    assert len(lines) == len(rows) + 1
    for line, (dt, province, orders, amount, buyers) in zip(lines[1:], rows, strict=True):
        day, where, count, money_text, people = line.split(",")
        assert (day, where, count, people) == (dt, province, str(orders), str(buyers))
        assert float(money_text) == float(str(amount))


@pytest.mark.parametrize("path", PATHS)
def test_no_page_is_wider_than_a_phone(path: str, tab: Opener, tmp_path: Path) -> None:
    page = tab(**PHONE)
    page.open(path)
    page.page.wait_for_timeout(300)
    assert page.page.evaluate("document.scrollingElement.scrollWidth") <= 390
    if path == "/":
        page.page.wait_for_timeout(500)
        _keep(page, "phone", tmp_path)


def test_the_menu_of_a_phone_opens_and_leads_on(tab: Opener) -> None:
    page = tab(**PHONE)
    page.open("/")
    assert page.page.locator(".side").bounding_box()["x"] < 0
    page.page.click(".burger")
    page.page.wait_for_function("document.querySelector('.side').getBoundingClientRect().x === 0")
    page.click('.pages a:has-text("Traffic")')
    assert page.page.inner_text("main h1") == "Traffic"
    page.page.wait_for_function("document.querySelector('.side').getBoundingClientRect().x < -200")


def test_dark_follows_the_system_and_can_be_chosen(tab: Opener, tmp_path: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page = tab(color_scheme="dark")
    page.open("/")
    dark = page.page.evaluate(ground)
    page.page.wait_for_timeout(700)
    _keep(page, "dark", tmp_path)
    page.page.click(".theme")
    light = page.page.evaluate(ground)
    assert _brightness(dark) < 60 < 200 < _brightness(light)
    page.page.reload()
    page.page.wait_for_selector("main h1")
    assert page.page.evaluate(ground) == light


def _brightness(color: str) -> int:
    return max(int(part) for part in color.strip("rgb()").split(","))


def _keep(page: Tab, name: str, folder: Path) -> None:
    """A screenshot, for the docs if asked for."""
    target = Path(IMAGES) if IMAGES else folder
    target.mkdir(parents=True, exist_ok=True)
    page.page.screenshot(path=str(target / f"{name}.png"))
    assert (target / f"{name}.png").stat().st_size > 10_000


def test_a_hostile_name_is_only_a_name(tab: Opener, tmp_path: Path) -> None:
    name = "</title><script>window.hit = 1</script><img src=x onerror='window.hit = 1'>"
    settings = project.write(tmp_path)
    shop = Shop(project.LAST - timedelta(days=29), 30)
    shop.tables["dws_customer"][0].update(name=name, customer_id="x/../&?#", segment=name)
    shop.tables["app_traffic"][0].update(channel=name)
    exports.write_export(settings, "hostile", shop.tables, 30, project.LAST - timedelta(days=29))
    with State(settings.state_path) as state:
        publish(settings, state)
    with project.dashboard(tmp_path) as address:
        page = tab(on=Site(address, settings, shop))
        page.open("/customers?q=onerror")
        page.click(".card td a")
        assert page.page.inner_text("main h1") == name
        page.page.reload()
        page.page.wait_for_selector("main h1")
        assert page.page.inner_text("main h1") == name
        page.open("/traffic?period=all")
        assert name in page.page.inner_text("main")
        assert page.page.evaluate("window.hit") is None


def test_a_page_says_its_language_and_has_one_main_part(tab: Opener) -> None:
    page = tab()
    page.open("/")
    assert page.page.evaluate("document.documentElement.lang") == "en-US"
    assert page.page.locator("main").count() == page.page.locator("h1").count() == 1


def test_what_is_printed_is_whole_and_dark_on_white(tab: Opener) -> None:
    page = tab(color_scheme="dark")
    page.open("/sales")
    page.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.page.set_viewport_size({"width": 720, "height": 1000})  # an A4 page between its margins
    page.page.emulate_media(media="print", color_scheme="dark")
    ground, ink = page.page.evaluate(
        "['background-color', 'color'].map(name => getComputedStyle(document.body).getPropertyValue(name))"
    )
    assert (ground, ink) == ("rgb(247, 248, 248)", "rgb(22, 25, 29)")
    cut = "[...document.querySelectorAll('.table')].filter(e => e.clientHeight < e.scrollHeight - 1"
    assert page.page.evaluate(cut + " || e.clientWidth < e.scrollWidth - 1).length") == 0
