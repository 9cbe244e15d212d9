"""Lives small enough to be counted on paper: a few events and rows, written down by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from mallard.contract import TABLES
from mallard.simulate.devices import ANDROID, BOTS, IOS, WEB, Device
from mallard.simulate.diary import Event, Origin, Page, Reported, Send
from mallard.simulate.order_books import Books, Row
from mallard.simulate.shop import micros
from mallard.simulate.truth import figures_of
from mallard.simulate.truth.reading import Calendar, read
from mallard.simulate.truth.world import Import, World, make_world

WEB1 = Device("web-1", None, WEB[0], 0)
WEB2 = Device("web-2", None, WEB[2], 0)
PHONE = Device("phone-1", "device-1", ANDROID[0], 0)
IPHONE = Device("iphone-1", "device-2", IOS[0], 0)
BOT = Device("bot-1", None, BOTS[0], 0, is_bot=True)
CALLS = {"Page Viewed": "page", "Screen Viewed": "screen", "Identify": "identify", "Alias": "alias"}


def at(text: str, timezone: str = "UTC") -> int:
    """'2026-06-01 10:00[:00[.000]]' of a zone's wall clock as µs UTC."""
    return micros(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC))


class Tiny:
    """A life under construction. Times are those of the shop's wall clock."""

    def __init__(self, timezone: str = "UTC") -> None:
        self.timezone = timezone
        self.sends: list[Send] = []
        self.books: Books = {name: [] for name in TABLES}
        self.imports: list[Import] = []

    def event(
        self, name: str, when: str, device: Device = WEB1, user: str | None = None, *,
        received: str | None = None, sent: str | None = "", original: str | None = "", id: str = "",
        page: str | None = None, origin: Origin | None = None, anonymous: str | None = "",
        previous: str | None = None,
        network: str | None = None, malformed: str | None = None, back: str | None = None, **properties: Any,
    ) -> None:  # fmt: skip
        """One event in a request of its own, received when it happened unless said otherwise."""
        moment = at(when, self.timezone)
        kind = CALLS.get(name, "track")
        event = Event(
            id or f"e{len(self.sends):04d}", kind, page or name if kind == "screen" else name, moment, device,
            device.anonymous_id if anonymous == "" else anonymous, user, 0, network, origin,
            Page(page, page, back=back) if page and kind != "screen" else None, previous, properties,
        )  # fmt: skip
        arrived = at(received, self.timezone) if received else moment
        self.sends.append(
            Send(
                arrived,
                arrived if sent == "" else None if sent is None else at(sent, self.timezone),
                device.platform,
                "batch",
                "203.0.113.1",
                [
                    Reported(
                        event,
                        moment
                        if original == ""
                        else None
                        if original is None
                        else at(original, self.timezone),
                        malformed,
                    )
                ],
            )
        )

    def row(self, table: str, **values: Any) -> Row:
        """One row of a contract table; times as text, money as text."""
        row: Row = {}
        for column in TABLES[table].columns:
            value = values.pop(column.name, None)
            if column.type == "instant" and value is not None:
                value = at(value, self.timezone)
            elif column.type == "money" and value is not None:
                value = Decimal(value)
            row[column.name] = value
        assert not values, f"{table} has no {sorted(values)}"
        self.books[table].append(row)
        return row

    def order(
        self, order_id: str, created: str, total: str, customer: str | None = None, *,
        items: tuple[tuple[str, int, str], ...] = (), paid: str | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """An order, with (product, quantity, unit price) lines."""
        self.row(
            "orders", order_id=order_id, created_at=created, total_amount=total, customer_id=customer,
            paid_at=paid, status="created", **more,
        )  # fmt: skip
        for place, (product_id, quantity, price) in enumerate(items, 1):
            self.row(
                "order_item", order_id=order_id, order_item_id=str(place), product_id=product_id,
                quantity=quantity, unit_price=price, created_at=created,
            )  # fmt: skip

    def imported(self, when: str) -> None:
        """Import the database as it now is."""
        self.imports.append(self._import(when))

    def _import(self, when: str) -> Import:
        return Import(at(when, self.timezone), {name: [*rows] for name, rows in self.books.items()})

    def world(self, as_of: str) -> World:
        """The world at the end of a day; where nothing was said to be imported, everything was then."""
        days = Calendar(self.timezone)
        imports = self.imports or [self._import(f"{as_of} 00:00")]
        return make_world(read(self.sends, days), imports, days, date.fromisoformat(as_of))

    def table(self, name: str, as_of: str) -> list[Row]:
        return figures_of(self.world(as_of), [name])[name]


def pick(rows: list[Row], *columns: str, **where: Any) -> list[tuple[Any, ...]]:
    """Some columns of the rows with some values; dates and decimals as text."""
    chosen = (row for row in rows if all(_plain(row[name]) == value for name, value in where.items()))
    return [tuple(_plain(row[name]) for name in columns) for row in chosen]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, (date, Decimal)) else value
