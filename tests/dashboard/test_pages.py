"""Pages that could mislead: shares of some days only, pairs of another kind, days without a past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from mallard.dashboard.blocks import Block, Card, Content, Grid, Kpis, Table
from mallard.dashboard.pages import find
from mallard.dashboard.queries import Reader, Store
from mallard.dashboard.shell import freshness
from mallard.dashboard.view import Span, understand
from mallard.publish.tables import publish
from mallard.serving.tables import Publication
from mallard.state import State
from tests.dashboard import project
from tests.dashboard.made_up import Shop
from tests.publish import exports

DAYS = 30
Look = Callable[[str], Content]


@pytest.fixture
def shop() -> Shop:
    return Shop(project.LAST - timedelta(days=DAYS - 1), DAYS)


@pytest.fixture
def look(shop: Shop, tmp_path: Path) -> Look:
    """Publishes the shop as it is when first looked at; then a page of an address."""
    settings = project.settings_of(tmp_path)

    def page(address: str) -> Content:
        if not (tmp_path / "data" / "serving.db").exists():
            exports.write_export(settings, "made-up", shop.tables, DAYS, shop.days[0])
            with State(settings.state_path) as state:
                publish(settings, state)

        def work(reader: Reader) -> Content:
            held = reader.publication
            view = understand(address, Span(held.first_day, held.last_day), project.LAST + timedelta(days=1))
            return find(view.path)(reader, view)

        return Store(settings).consistent(work)

    return page


def card(content: Content, title: str) -> Card:
    found: list[Block] = []
    for block in content.blocks:
        found += block.cards if isinstance(block, Grid) else [block]
    [one] = [block for block in found if isinstance(block, Card) and block.title == title]
    return one


def table(content: Content, title: str) -> Table:
    [one] = [block for block in card(content, title).blocks if isinstance(block, Table)]
    return one


def changes(content: Content) -> dict[str, bool]:
    """Label → whether the figure is compared."""
    [row] = [block for block in content.blocks if isinstance(block, Kpis)]
    return {kpi.label: kpi.change is not None for kpi in row.cards}


@pytest.mark.parametrize("page", ["/", "/audience"])
def test_the_shares_of_a_span_are_of_all_its_users(shop: Shop, look: Look, page: str) -> None:
    last = shop.days[-1]
    total = shop.users[-1]
    for row in shop.tables["app_audience"]:
        if (row["dt"], row["dimension"], row["value"]) == (last, "platform", "web"):
            row["users"] -= 10
    shop.add(
        "app_audience", dt=last, dimension="platform", value="server", users=10, total_users=total, share=None
    )
    rows = table(look(f"{page}?period=all"), "Platform").rows
    assert [row for row in rows if row[0] == "Server"] == [("Server", 10 / DAYS, 10 / sum(shop.users))]
    assert sum(row[2] for row in rows) == pytest.approx(1)


def test_what_was_bought_together_is_not_what_was_viewed_together(shop: Shop, look: Look) -> None:
    one, other, third = (product[0] for product in shop.products[50:53])
    shop.add(
        "app_product_recommendations", product_id=one, rank=1, basis="viewed", other_product_id=other,
        pairs=999, support=None, confidence=None, lift=None,
    )  # fmt: skip
    bought = table(look("/products"), "What goes together")
    viewed = table(look("/products?basis=viewed"), "What goes together")
    assert len(bought.rows) == 10
    assert max(row[2] for row in bought.rows) < 999
    assert [row[2] for row in viewed.rows] == [999]
    assert third not in {row[0] for row in viewed.rows}


def test_churn_is_not_compared_with_days_that_could_have_none(look: Look) -> None:
    assert changes(look("/retention?from=2026-11-09&to=2026-11-23")) == {
        "Churned users": False,
        "Came back": False,
        "Inactive users": True,
    }
    assert changes(look("/retention?from=2026-11-21&to=2026-11-23"))["Churned users"]


def test_a_shop_without_customers_is_no_search_without_a_match(shop: Shop, look: Look) -> None:
    shop.tables["dws_customer"] = []
    assert table(look("/customers"), "").empty == "The shop has no customers yet."
    assert table(look("/customers?q=nobody"), "").empty == "No customer matches “nobody”."


@pytest.mark.parametrize(("days", "hours", "stale"), [(1, 1, False), (3, 1, True), (1, 40, True)])
def test_old_figures_are_marked(look: Look, tmp_path: Path, days: int, hours: int, stale: bool) -> None:
    look("/")
    held: Publication = Store(project.settings_of(tmp_path)).publication()
    now = datetime(2026, 11, 24, 6, tzinfo=UTC)
    held = replace(held, last_day=now.date() - timedelta(days=days), built_at=now - timedelta(hours=hours))
    assert ("stale" in freshness(held, now)) is stale


def test_any_published_table_has_a_page(shop: Shop, look: Look) -> None:
    content = look("/tables/app_daily_users?from=2026-11-21&to=2026-11-23&column=new_users")
    rows = {row["dt"]: row["new_users"] for row in shop.tables["app_daily_users"]}
    wanted = [rows[shop.days[n]] for n in (-3, -2, -1)]
    [chart] = card(content, "new_users").blocks
    assert chart.option["series"][0]["data"] == wanted
    [listed] = [c for c in content.blocks if isinstance(c, Card) and c.csv]
    assert "app_daily_users.csv?from=2026-11-21" in listed.csv
    [held] = listed.blocks
    names = [column.title for column in held.columns]
    assert [row[names.index("new_users")] for row in held.rows] == wanted[::-1]


def test_a_table_without_days_shows_its_rows_and_no_other_has_a_page(look: Look) -> None:
    content = look("/tables/dws_customer")
    assert not content.timed
    [only] = content.blocks
    assert isinstance(only, Card)
    assert len(only.blocks[0].rows) == 300
    [gone] = look("/tables/sqlite_master").blocks
    assert isinstance(gone, Card)
    assert gone.blocks[0].title == "There is no such table."


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("/products?window=7", "Top 10 products"),
        ("/products?window=7", "Top 10 categories"),
        ("/sales", "Running periods"),
        ("/audience", "New users by period"),
        ("/retention", "Bought again"),
        ("/customers", "Segments"),
    ],
)
def test_the_file_of_a_card_as_of_one_day_holds_its_rows_alone(look: Look, page: str, title: str) -> None:
    parts = urlsplit(card(look(page), title).csv)
    query = dict(parse_qsl(parts.query))
    assert query["from"] == query["to"] == project.LAST.isoformat()


def test_a_category_without_a_name_is_told_by_its_id(shop: Shop, look: Look) -> None:
    first, second = [
        row
        for row in shop.tables["app_top_categories"]
        if row["dt"] == project.LAST and row["window_days"] == 7 and row["rank"] <= 2
    ]
    first.update(category_id="unknown", category="unknown")
    second.update(category_id="c99", category="unknown")
    names = [row[1] for row in table(look("/products?window=7"), "Top 10 categories").rows]
    assert names[:2] == ["Unknown", "c99"]
