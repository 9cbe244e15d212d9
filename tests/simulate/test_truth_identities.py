"""Accounting identities that any true figures keep, over a month of simulated life."""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from mallard.catalog import published_tables
from mallard.simulate import truth
from mallard.simulate.shop import Shop
from mallard.simulate.truth.world import World

SHOP = Shop(21, date(2026, 10, 10), 35, "America/New_York", size=0.15, purges=True)
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def world() -> World:
    imports = [(day, SHOP.start(day + timedelta(days=1))) for day in (SHOP.all_days[20], SHOP.last_day)]
    return truth.simulated_world(SHOP, SHOP.all_days, SHOP.last_day, imports)


@pytest.fixture(scope="module")
def figures(world: World) -> dict[str, Rows]:
    return truth.figures_of(world)


def total(rows: Rows, column: str, *by: str, **where: Any) -> dict[tuple[Any, ...], Any]:
    sums: dict[tuple[Any, ...], Any] = defaultdict(int)
    for row in rows:
        if all(row[name] == value for name, value in where.items()):
            sums[tuple(row[name] for name in by)] += row[column]
    return dict(sums)


def test_every_published_table_has_its_columns_and_unique_keys(figures: dict[str, Rows]) -> None:
    catalog = published_tables()
    assert figures.keys() == catalog.keys()
    for name, rows in figures.items():
        assert rows, name
        assert all(list(row) == [column.name for column in catalog[name].columns] for row in rows), name
        keys = [tuple(row[part] for part in catalog[name].key) for row in rows]
        assert len(set(keys)) == len(keys), name


def test_decimals_have_the_scale_of_their_column(figures: dict[str, Rows]) -> None:
    for name, table in published_tables().items():
        for column in table.columns:
            if column.type.startswith("decimal"):
                scale = int(column.type.rstrip(")").split(",")[1])
                values = [row[column.name] for row in figures[name] if row[column.name] is not None]
                assert all(isinstance(v, Decimal) and v.as_tuple().exponent == -scale for v in values), (
                    name,
                    column,
                )


def test_tables_by_day_have_no_gaps(figures: dict[str, Rows], world: World) -> None:
    for name, table in published_tables().items():
        if table.key == ("dt",):
            assert [row["dt"] for row in figures[name]] == world.spine, name


def test_users(figures: dict[str, Rows]) -> None:
    daily = figures["app_daily_users"]
    for before, row in itertools.pairwise(daily):
        assert row["total_users"] == before["total_users"] + row["new_users"]
    active = {row["dt"]: row for row in figures["app_active_users"]}
    new = total(figures["app_new_users"], "new_users", "dt", period="day")
    for row in daily:
        assert row["new_users"] + row["returning_users"] == row["daily_users"] == active[row["dt"]]["dau"]
        assert new[(row["dt"],)] == row["new_users"]
        assert active[row["dt"]]["dau"] <= active[row["dt"]]["wau"] <= active[row["dt"]]["mau"]
        assert active[row["dt"]]["mau"] <= row["total_users"]


def test_who_leaves_and_who_comes_back(figures: dict[str, Rows]) -> None:
    churned = figures["app_churned_users"]
    for before, row in itertools.pairwise(churned):
        assert row["inactive_users"] == (
            before["inactive_users"] + row["churned_users"] - row["reactivated_users"]
        )
    listed = total([row | {"one": 1} for row in figures["app_churned_user_list"]], "one", "dt")
    assert listed == {(row["dt"],): row["churned_users"] for row in churned if row["churned_users"]}


def test_shares_sum_to_one(figures: dict[str, Rows]) -> None:
    daily = {row["dt"]: row["daily_users"] for row in figures["app_daily_users"]}
    users = total(figures["app_audience"], "users", "dt", "dimension")
    for (day, dimension), count in users.items():
        if not dimension.endswith("_version") or dimension == "app_version":
            assert count == daily[day]
    for row in figures["app_audience"]:
        if row["dimension"].endswith("d_version") or row["dimension"] == "ios_version":
            assert users[row["dt"], row["dimension"]] == row["total_users"]
    spread = total(figures["app_open_distribution"], "users", "dt")
    assert spread == {(row["dt"],): row["users"] for row in figures["app_open_count"]}


def test_crashes_add_up(figures: dict[str, Rows]) -> None:
    rows = figures["app_crashes"]
    versions = [row for row in rows if row["app_version"] != "all"]
    platforms = [row for row in rows if row["app_version"] == "all" and row["platform"] != "all"]
    everything = {k: v for k, v in total(rows, "crashes", "dt", platform="all").items() if v}
    for parts in (versions, platforms):
        assert {k: v for k, v in total(parts, "crashes", "dt").items() if v} == everything


def test_money(figures: dict[str, Rows]) -> None:
    for row in figures["app_sales"]:
        assert row["net_sales"] == row["paid_gmv"] - row["refund_amount"]
        assert row["new_buyers"] <= row["buyers"] <= row["orders"]
    sales = {(row["dt"],): row for row in figures["app_sales"]}
    regions = figures["app_regions"]
    assert total(regions, "amount", "dt") == {day: row["gmv"] for day, row in sales.items() if row["orders"]}
    assert total(regions, "orders", "dt") == {
        day: row["orders"] for day, row in sales.items() if row["orders"]
    }
    units = total(figures["app_product_sales"], "units", "dt")
    assert units == {day: row["units"] for day, row in sales.items() if row["units"]}
    paid = sum(row["amount"] for row in figures["app_payment_methods"])
    assert paid == sum(row["paid_gmv"] for row in figures["app_sales"])  # nothing is paid for in part
    month = [row for row in figures["app_sales_period"] if row["period"] == "30d"][-1]
    assert month["gmv"] == sum(row["gmv"] for row in figures["app_sales"][-30:])


def test_tops_are_the_best_of_the_products_sold(figures: dict[str, Rows]) -> None:
    sold: dict[date, Rows] = defaultdict(list)
    for row in figures["app_product_sales"]:
        sold[row["dt"]].append(row)
    ties = 0
    for day, rows in sold.items():
        best = sorted(rows, key=lambda row: (-row["sales"], row["product_id"]))[:10]
        top = [row for row in figures["app_top_products"] if (row["dt"], row["window_days"]) == (day, 1)]
        assert [row["product_id"] for row in top] == [row["product_id"] for row in best]
        ties += len({row["sales"] for row in best}) < len(best)
    assert ties > 5


def test_the_funnel_never_rises(figures: dict[str, Rows]) -> None:
    reached: dict[tuple[date, str], list[int]] = defaultdict(list)
    for row in figures["app_conversion"]:
        reached[row["dt"], row["unit"]].append(row["reached"])
    assert all(counts == sorted(counts, reverse=True) and len(counts) == 6 for counts in reached.values())
    visits = {day: counts[0] for (day, unit), counts in reached.items() if unit == "person"}
    assert visits == {row["dt"]: row["daily_users"] for row in figures["app_daily_users"]}
    sessions = {day: counts[0] for (day, unit), counts in reached.items() if unit == "session"}
    assert {(day,): count for day, count in sessions.items()} == total(
        figures["app_traffic"], "sessions", "dt"
    )
    assert sum(counts[5] for counts in reached.values()) > 20


def test_cohorts_begin_whole(figures: dict[str, Rows]) -> None:
    rows = figures["app_retention"]
    assert all(row["retained"] == row["cohort_size"] for row in rows if row["period_number"] == 0)
    sizes = total(rows, "cohort_size", "cohort_dt", period="day", period_number=0)
    new = {(row["dt"],): row["new_users"] for row in figures["app_daily_users"]}
    assert all(new[day] == size for day, size in sizes.items())


def test_segments_hold_every_customer_with_an_order(figures: dict[str, Rows]) -> None:
    last = figures["app_sales"][-1]["dt"]
    customers = total(figures["app_customer_segments"], "customers", "segment", dt=last)
    wide: dict[tuple[str], int] = defaultdict(int)
    for row in figures["dws_customer"]:
        if row["segment"] is not None:
            wide[(row["segment"],)] += 1
    assert {name: count for name, count in customers.items() if count} == dict(wide)


def test_what_was_received_landed_or_was_quarantined(figures: dict[str, Rows]) -> None:
    rows = figures["app_data_quality"]
    assert all(row["received"] == row["landed"] + row["quarantined"] for row in rows)
    for column in ("duplicates", "quarantined", "late", "bots", "time_corrected"):
        assert sum(row[column] for row in rows) > 0, column


def test_a_product_is_never_recommended_beside_itself(figures: dict[str, Rows]) -> None:
    rows = figures["app_product_recommendations"]
    assert all(row["product_id"] != row["other_product_id"] and row["rank"] <= 10 for row in rows)
    assert {row["basis"] for row in rows} == {"bought", "viewed"}
