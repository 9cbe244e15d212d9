"""Lives that no shop would lead: few ids, many coincidences, moments on and beside every border."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from mallard.simulate.database import zoneless
from mallard.simulate.devices import ANDROID, BOTS, IOS, WEB, Device
from mallard.simulate.diary import Origin
from mallard.simulate.order_books import Row
from tests.simulate.tiny import Tiny, at

NAMES = (
    "Product Viewed", "Product Viewed", "Product Added", "Product Added", "Checkout Started",
    "Order Completed", "Application Opened", "Application Installed", "Application Crashed",
    "Product Clicked", "Page Viewed", "Page Viewed", "Screen Viewed", "Identify", "Alias", "Something Else",
)  # fmt: skip
DEVICES = (
    Device("a1", None, WEB[0], 0),
    Device("a2", None, WEB[3], 0),
    Device("a3", "d1", ANDROID[0], 0),
    Device("a4", "d2", ANDROID[1], 0, update_lag=60),
    Device("a5", "d1", IOS[1], 0),
    Device("a6", None, BOTS[0], 0, is_bot=True),
)
ORIGINS = (
    None, None, Origin("https://www.google.com/"), Origin(None, "x", "CPC", None), Origin("https://t.co/1"),
    Origin("https://shop.example.com/other"), Origin("https://www.Blog.example:81/?utm_source=no"),
    Origin("https://www.bing.com/", "mail", None, "c"), Origin(None, "y", "odd", "c"),
)  # fmt: skip
PRODUCTS = ("1", "10", "2", "9", "p", "unknown")
USERS = (None, None, "1", "2", "3")
PAGES = ("/", "/a", "/b")
MINUTE = 60_000_000


class Soup:
    """A random life of some days, from one seed."""

    def __init__(self, seed: int, timezone: str, first: date, days: int = 5) -> None:
        self.rng = Random(seed)
        self.life = Tiny(timezone)
        self.first, self.days = first, days
        self._starts = [at(f"{first + timedelta(days=n)} 00:00", timezone) for n in range(days + 1)]

    def moment(self) -> int:
        """A moment (µs UTC) on a grid of ten minutes, often a millisecond off, often about midnight."""
        rng = self.rng
        start = rng.choice(self._starts[:-1])
        grid = rng.choice((0, 0, 1, 3, 6, 6, 9, 12, 60, 61, 143, 143)) * 10 * MINUTE
        return start + grid + rng.choice((0, 0, 0, 1_000, -1_000, 30 * MINUTE, 30 * MINUTE + 1_000))

    def text(self, moment: int) -> str:
        """A moment as the wall clock shows it; of two the earlier is meant."""
        return str(zoneless(moment, ZoneInfo(self.life.timezone)))

    def events(self, count: int) -> None:
        for _ in range(count):
            self._event()
        self.life.sends.sort(key=lambda send: send.received_at)

    def _event(self) -> None:
        rng = self.rng
        device, name = rng.choice(DEVICES), rng.choice(NAMES)
        user, anonymous = rng.choice(USERS), rng.choice(("", "", "", None))
        if anonymous is None and device.device_id is None and user is None:
            anonymous = ""
        when = self.moment()
        more: dict[str, Any] = {}
        if name.startswith("Product"):
            more["product_id"] = rng.choice(PRODUCTS)
        if name == "Order Completed":
            more["order_id"] = str(rng.randrange(40)) if rng.random() < 0.9 else None
        if name == "Alias":
            more["previous"] = rng.choice(DEVICES).anonymous_id
            user = user or rng.choice(("1", "2"))
        if rng.random() < 0.1:
            more["id"] = f"same{rng.randrange(5)}"
        self.life.event(
            name, self.text(when), device, user, anonymous=anonymous, origin=rng.choice(ORIGINS),
            page=rng.choice(PAGES) if name.endswith(" Viewed") else None, network=self._network(device),
            malformed=rng.choice(("unknown_type", "no_event_name")) if rng.random() < 0.03 else None,
            **self._travel(when), **more,
        )  # fmt: skip

    def _network(self, device: Device) -> str | None:
        return None if device.platform == "web" else self.rng.choice((None, "wifi", "4g", "offline"))

    def _travel(self, when: int) -> dict[str, Any]:
        """When it was received, and what the client said of the time."""
        rng = self.rng
        chance = rng.random()
        received = when + rng.choice((0, 1, 60_000_000, 60_000_001, 3_600_000_000, 90_000_000_000))
        received = max(when, min(received, self._starts[-1] - 1))
        said: dict[str, Any] = {"received": self.text(received), "sent": self.text(received)}
        if chance < 0.1:
            said["sent"] = self.text(when)
        elif chance < 0.2:
            said["sent"] = None
        elif chance < 0.25:
            said["original"] = self.text(received + rng.choice((3_600_000_000, 3_600_001_000)))
        elif chance < 0.28:
            said["original"] = None
        elif chance < 0.33:
            said["original"], said["sent"] = self.text(when + 90 * MINUTE), self.text(received + 90 * MINUTE)
        return said

    def catalogue(self, round_: int) -> None:
        """Products and categories, otherwise than before in each round."""
        life = self.life
        life.books["product"], life.books["category"] = [], []
        for place, category in enumerate(("1", "12", "2")):
            name = None if place == 2 else f"Level {place}{'' if place else round_}"
            life.row("category", category_id=category, level1_name=name, level2_name="L2", level3_name=name)
        for place, product in enumerate(PRODUCTS[:-1]):
            if round_ % 2 and place == 1:
                continue  # not sold for the time being
            life.row(
                "product", product_id=product, name=f"{product}.{round_ * (place % 2)}", brand="B",
                category_id=(None, "1", "12", "2")[(place + round_) % 4],
                updated_at=self.text(self._starts[round_ * (place % 3) % self.days]) if place % 4 else None,
            )  # fmt: skip

    def orders(self, first: int, count: int, morning: str) -> None:
        """New orders, and some of the old ones cancelled; all that changes is stamped with the morning."""
        for number in range(first, first + count):
            self._order(str(number), morning)
        rows = self.life.books["orders"]
        for place in range(3, len(rows), 11):
            at_second = self.moment() // 1_000_000 * 1_000_000
            rows[place] = rows[place] | {
                "status": "cancelled",
                "cancelled_at": at_second,
                "updated_at": at(morning, self.life.timezone),
            }

    def _order(self, order_id: str, morning: str) -> None:
        rng, life = self.rng, self.life
        products = rng.sample(PRODUCTS, rng.randrange(4))
        life.order(
            order_id, self.text(self.moment()), rng.choice(("5", "5", "10.50", "0", "99.99")),
            rng.choice((None, "1", "2", "3", "4")),
            items=tuple((p, rng.randrange(1, 4), rng.choice(("2.5", "5", "0.01"))) for p in products),
            paid=self.text(self.moment()) if rng.random() < 0.4 else None,
            province=rng.choice((None, "Hubei", "")), updated_at=morning,
        )  # fmt: skip
        # what belongs to no order and is older than the last import is not seen by changes
        orphaned = rng.random() < 0.1 and int(order_id) < 20
        about = "gone" if orphaned else order_id
        for part in range(rng.randrange(3)):
            life.row(
                "payment", payment_id=f"{order_id}-{part}", order_id=about, amount="2.5",
                method=rng.choice((None, "", "card", "wallet")), paid_at=self.text(self.moment()),
            )  # fmt: skip
        if rng.random() < 0.5:
            life.row(
                "shipment", order_id=order_id, shipped_at=self._maybe(), delivered_at=self._maybe(),
                created_at=self.text(self.moment()),
            )  # fmt: skip
        if rng.random() < 0.3:
            life.row(
                "refund", refund_id=order_id, order_id=about, amount="1.01",
                refunded_at=self.text(self.moment()),
            )  # fmt: skip
        for coupon in rng.sample(("X", "Y"), rng.randrange(3)):
            life.row("coupon_use", coupon_id=coupon, order_id=about, amount="0.5")

    def _maybe(self) -> str | None:
        return self.text(self.moment()) if self.rng.random() < 0.7 else None

    def customers(self) -> None:
        for user in ("1", "2", "3"):
            self.life.row(
                "customer", customer_id=user, name=f"N{user}", registered_at=self.text(self._starts[0])
            )
        self.life.row("customer_profile", customer_id="1", has_car=True, phone_count=2)
        for identity, default in (("9", None), ("10", False), ("1", None)):
            self.life.row(
                "address", address_id=identity, customer_id="2", address=identity, is_default=default
            )

    def forget_orders(self) -> None:
        """Some orders are deleted, with their items or without."""
        books = self.life.books
        gone = {row["order_id"] for place, row in enumerate(books["orders"]) if place % 9 == 4}
        keep: Any = lambda row: row["order_id"] not in gone  # noqa: E731
        books["orders"] = [row for row in books["orders"] if keep(row)]
        kept_items: list[Row] = [row for row in books["order_item"] if keep(row) or row["quantity"] == 1]
        books["order_item"] = kept_items
