"""What happened on a day, written down by the one who made it up."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from mallard.simulate.catalogue import Product
from mallard.simulate.devices import Device

Properties = dict[str, Any]


class Item(msgspec.Struct, frozen=True):
    """One line of an order; money in cents."""

    product: Product
    quantity: int
    cents: int
    discount: int


class Payment(msgspec.Struct, frozen=True):
    """Money received for an order."""

    payment_id: str
    cents: int
    method: str | None
    paid_at: int


class Refund(msgspec.Struct, frozen=True):
    """Money given back; line is the place of the item, None for the whole order."""

    refund_id: str
    line: int | None
    quantity: int | None
    cents: int
    reason: str
    refunded_at: int


class Order(msgspec.Struct, frozen=True):
    """An order and all that will ever happen to it. Instants are µs UTC, whole seconds; money is in cents."""

    order_id: str
    customer_id: str | None
    address_id: str | None
    created_at: int
    channel: str
    order_type: str
    province: str | None
    items: tuple[Item, ...]
    discount: int
    shipping: int
    tax: int
    coupon_id: str | None
    payments: tuple[Payment, ...]
    cancelled_at: int | None
    shipped_at: int | None
    delivered_at: int | None
    refunds: tuple[Refund, ...]
    shows_paid_at: bool = True

    @property
    def total(self) -> int:
        goods = sum(item.cents * item.quantity for item in self.items)
        return goods - self.discount + self.shipping + self.tax

    @property
    def paid_at(self) -> int | None:
        return self.payments[-1].paid_at if self.payments else None


class Origin(msgspec.Struct, frozen=True):
    """Where a visit came from."""

    referrer: str | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None


class Page(msgspec.Struct, frozen=True):
    """A page of the shop's site; back is the page it was reached from, if that was one of the shop's."""

    path: str
    title: str
    search: str = ""
    back: str | None = None


class Event(msgspec.Struct):
    """One thing a visitor did, as the client reports it; at is the true instant (µs UTC, whole ms)."""

    id: str
    type: str
    name: str
    at: int
    device: Device
    anonymous_id: str | None
    user_id: str | None
    day: int
    network: str | None = None
    origin: Origin | None = None
    page: Page | None = None
    previous_id: str | None = None
    properties: Properties = {}

    @property
    def referrer(self) -> str | None:
        """What led here: on the web the page before, or what led to the first one; in an app only that."""
        if self.page is not None and self.page.back is not None:
            return self.page.back
        if self.origin is None or (self.page is None and self.device.platform == "web"):
            return None
        return self.origin.referrer

    @property
    def app_version(self) -> str | None:
        return None if self.device.platform == "web" else self.device.release(self.day)[1]


class Reported(msgspec.Struct):
    """An event inside a request: original is the client's own time (µs; None: it gives none).

    malformed names what is wrong with it, None where it is sound.
    """

    event: Event
    original: int | None
    malformed: str | None = None


class Send(msgspec.Struct):
    """One request as the collector receives it. kind is batch, or the type of a single call."""

    received_at: int
    sent_at: int | None
    source: str
    kind: str
    ip: str
    items: list[Reported]


class Day(msgspec.Struct):
    """The diary of a day: what was sent because of it (also on later days), and the orders placed in it."""

    day: date
    sends: list[Send]
    orders: list[Order]

    @property
    def events(self) -> list[Event]:
        """Every event that happened, each once, malformed ones left out."""
        found = {
            item.event.id: item.event
            for send in self.sends for item in send.items if item.malformed is None
        }  # fmt: skip
        return list(found.values())
