"""What comes late reaches the days it should: one refresh after a few known stories, beside a rebuild."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mallard.warehouse.build import build
from mallard.warehouse.sql import query
from tests.warehouse.lakes import HandLake, instant
from tests.warehouse.tables import contents, differences

NOW = datetime(2024, 3, 30, 12, tzinfo=UTC)


def _event(event_id: str, name: str, at: str, **more: Any) -> dict[str, Any]:
    return {"event_id": event_id, "event_name": name, "event_time": instant(at), "product_id": "p", **more}


def _order(order_id: str, at: str) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "customer_id": "buyer",
        "created_at": instant(at),
        "status": "created",
        "total_amount": Decimal(10),
    }


def _item(order_id: str) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "order_item_id": "1",
        "product_id": "p",
        "quantity": 1,
        "unit_price": Decimal(10),
    }


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("MALLARD_NOW", NOW.isoformat())
    made = HandLake(tmp_path)
    made.events(
        _event("first", "Application Opened", "2024-03-01T00:00", user_id="first"),
        # an anonymous visitor of several days
        *(
            _event(f"v{day}", "Product Viewed", f"2024-03-{day}T12:00", anonymous_id="v")
            for day in (12, 15, 20)
        ),
        # two sessions on either side of midnight, forty minutes apart, and an order placed in the second
        _event("m1", "Product Viewed", "2024-03-10T23:45", user_id="buyer"),
        _event("m2", "Product Added", "2024-03-11T00:25", user_id="buyer"),
        # someone active on the 3rd and again on the 13th
        _event("c1", "Application Opened", "2024-03-03T12:00", user_id="away"),
        _event("c2", "Application Opened", "2024-03-13T12:00", user_id="away"),
        # a session over midnight into a day that something else touches
        _event("n1", "Product Viewed", "2024-03-13T23:50", user_id="night"),
        _event("n2", "Product Viewed", "2024-03-14T00:10", user_id="night"),
        # a copy that comes later with another day is none
        _event("copy", "Application Opened", "2024-03-05T12:00", user_id="copied"),
        _event("end", "Application Opened", "2024-03-29T12:00", user_id="first"),
    )
    made.load(
        NOW,
        product=[{"product_id": "p", "name": "old", "updated_at": instant("2024-03-01T00:00")}],
        orders=[
            _order("o1", "2024-03-04T12:00"),
            _order("o2", "2024-03-11T00:40"),
            _order("o3", "2024-03-25T12:00"),
        ],
        order_item=[_item("o1"), _item("o2"), _item("o3")],
    )
    build(made.settings, made.state)
    yield made
    made.state.close()


def _late(lake: HandLake) -> None:
    lake.events(
        # the visitor logged in on the 14th: the days after are the user's, those before are not
        _event("login", "Identify", "2024-03-14T12:00", anonymous_id="v", user_id="u", event_type="identify"),
        # joins the two sessions, from the day before
        _event("m3", "Product Viewed", "2024-03-10T23:59", user_id="buyer"),
        # was active on the 9th after all: neither gone on the 10th nor back on the 13th
        _event("c3", "Application Opened", "2024-03-09T12:00", user_id="away"),
        _event("copy", "Application Opened", "2024-03-06T12:00", user_id="copied"),
    )
    lake.load(
        NOW,
        # the first order goes, so that the next one is the customer's first
        orders=[{"order_id": "o1", "change": "delete"}],
        # renamed on the 25th
        product=[{"product_id": "p", "name": "new", "updated_at": instant("2024-03-25T08:00")}],
    )


def test_what_comes_late_reaches_what_it_should(lake: HandLake) -> None:
    _late(lake)
    report = build(lake.settings, lake.state)
    assert not report.full
    assert date(2024, 3, 18) not in report.days

    def ask(sql: str) -> list[tuple[Any, ...]]:
        return list(query(lake.settings, sql).rows)

    persons = ask("select dt, person_id from dws_person_day where person_id in ('u', 'a:v') order by dt")
    assert persons == [
        (date(2024, 3, 12), "a:v"),
        (date(2024, 3, 14), "u"),
        (date(2024, 3, 15), "u"),
        (date(2024, 3, 20), "u"),
    ]
    assert ask("select dt, events from dws_session where person_id = 'buyer'") == [(date(2024, 3, 10), 3)]
    assert ask("select dt, events from dws_session where person_id = 'night'") == [(date(2024, 3, 13), 2)]
    assert ask("select session_id from dws_order_session where order_id = 'o2'") == [("m1",)]
    churn = "select churned_users, reactivated_users from app_churned_users where dt = '2024-03-{}'"
    assert ask(churn.format(10)) == [(0, 0)]
    assert ask(churn.format(13)) == [(0, 0)]
    assert ask("select dt from app_sales where new_buyers = 1") == [(date(2024, 3, 11),)]
    assert ask("select dt, product_name from app_product_sales order by dt") == [
        (date(2024, 3, 11), "old"),
        (date(2024, 3, 25), "new"),
    ]
    assert ask("select dt from dwd_event where event_id = 'copy'") == [(date(2024, 3, 5),)]
    refreshed = contents(lake.settings.warehouse_path)
    build(lake.settings, lake.state, full=True)
    assert differences(refreshed, contents(lake.settings.warehouse_path)) == {}
