"""The same life told in other words: lines of ``user_action.log``, and the books of schema ``mall``."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from mallard.simulate.database import zoneless
from mallard.simulate.log_lines import Line
from mallard.simulate.mall import METHOD_CODES, TYPE_CODES
from mallard.simulate.order_books import Books, Row
from mallard.simulate.shop import micros
from mallard.simulate.truth.reading import Calendar, Quality, Reading, Seen, event_time

_NAMES = {
    1: "Application Opened",
    2: "Product Clicked",
    3: "Product Viewed",
    4: "Product List Viewed",
    5: "Application Crashed",
}
_PLATFORMS = {1: ("android", "Android"), 2: ("ios", "iOS"), 3: ("web", "Windows")}
_NETWORKS = ("unknown", "wifi", "2g", "3g", "4g", "5g")
_TIMES = ("created_at", "paid_at", "updated_at", "registered_at", "cancelled_at")


def read_log(lines: Iterable[Line], followed_at: int, source: str, days: Calendar) -> Reading:
    """What lines become that were all followed at one moment (µs UTC); their ids are their places."""
    arrived = days.day(followed_at)
    count = Quality(freshness=followed_at)
    events = []
    for place, line in enumerate(lines):
        seen = _seen(line, f"{place:012d}", followed_at, source, days)
        events.append(seen)
        count.received += 1
        count.landed += 1
        count.late += seen.day < arrived
        count.time_corrected += seen.time_source != "client"
    return Reading(events, {(arrived, source): count} if events else {})


def _seen(line: Line, identity: str, received_at: int, source: str, days: Calendar) -> Seen:
    at, word = event_time(received_at, None, line["acttime"] * 1_000)
    platform, system = _PLATFORMS[line["platform"]]
    goods = line.get("goods_id")
    return Seen(
        id=identity,
        name=_NAMES[line["act"]],
        type="track",
        time=at,
        day=days.day(at),
        time_source=word,
        source=source,
        is_bot=False,
        user_id=str(line["uid"]) if "uid" in line else None,
        anonymous_id=None,
        device_id=line["xaid"] or None,
        previous_id=None,
        platform=platform,
        app_version=line["ver"],
        os_name=system,
        os_version=line["osver"].removeprefix("win"),
        brand=line["brand"],
        model=line["model"],
        network=_NETWORKS[line["net"]],
        screen=line["display"],
        page=None,
        page_host=None,
        referrer=None,
        utm=(None, None, None),
        product_id=None if goods is None else str(goods),
        order_id=None,
    )


def mall_books(books: Books, timezone: str) -> Books:
    """The contract's rows as they come back from the nine tables."""
    zone = ZoneInfo(timezone)
    first_payment: dict[str, Row] = {}
    for payment in books["payment"]:
        first_payment.setdefault(payment["order_id"], payment)
    told: Books = {
        **books,
        "customer": [row | {"updated_at": None} for row in books["customer"]],
        "address": [
            row | {"province": None, "country": None, "phone": row["phone"]} for row in books["address"]
        ],
        "product": [row | {"brand": None, "updated_at": None} for row in books["product"]],
        "orders": [_order(row, first_payment.get(row["order_id"])) for row in books["orders"]],
        "order_item": [
            row | {"order_item_id": row["product_id"], "discount_amount": None} for row in books["order_item"]
        ],
        "payment": [row | {"method": _method(row["method"])} for row in books["payment"]],
        "shipment": [row | {"shipped_at": None, "delivered_at": None} for row in books["shipment"]],
        "refund": [],
        "coupon_use": [],
    }
    return {name: [_through_the_clock(row, zone) for row in rows] for name, rows in told.items()}


def _order(row: Row, payment: Row | None) -> Row:
    unknown = dict.fromkeys(
        (
            "discount_amount",
            "shipping_amount",
            "tax_amount",
            "currency",
            "channel",
            "province",
        )
    )
    return (
        row
        | unknown
        | {
            "order_type": str(TYPE_CODES[row["order_type"]]),
            "paid_at": None if payment is None else payment["paid_at"],
            "cancelled_at": row["updated_at"] if row["status"] == "cancelled" else None,
        }
    )


def _method(name: str | None) -> str | None:
    code = METHOD_CODES.get(name or "")
    return None if code is None else str(code)


def _through_the_clock(row: Row, zone: ZoneInfo) -> Row:
    """Instants as they are after they stood in the table as the shop's local time; of two the earlier."""
    changed = {
        name: micros(zoneless(row[name], zone).replace(tzinfo=zone))
        for name in _TIMES
        if row.get(name) is not None
    }
    return row | changed
