"""Orders and their lives: everything that will happen to an order is decided when it is placed."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from mallard.simulate.catalogue import Catalogue, Product
from mallard.simulate.diary import Item, Order, Payment, Refund
from mallard.simulate.people import PROVINCES, Person
from mallard.simulate.shop import SECOND

_METHODS = ("card", "wallet", "bank_transfer", "cash_on_delivery", None)
_COUPONS = ("WELCOME10", "SPRING", "FREESHIP")
_REASONS = ("damaged", "wrong size", "late", "changed mind")


def seconds(rng: Random, low: int, high: int) -> int:
    """A whole number of seconds between two bounds, in µs."""
    return (low + int(rng.random() * (high - low))) * SECOND


def make_order(
    rng: Random, number: int, customer: Person | None, channel: str, items: tuple[Item, ...], created_at: int
) -> Order:
    """An order placed at an instant (whole seconds), with its future."""
    goods = sum(item.cents * item.quantity for item in items)
    coupon = _COUPONS[int(rng.random() * 3)] if rng.random() < 0.15 else None
    discount = goods // 10 if coupon else 0
    shipping = 0 if goods > 5_000 or coupon == "FREESHIP" else 599
    tax = (goods - discount) * 7 // 100
    total = goods - discount + shipping + tax
    payments = _payments(rng, number, channel, total, created_at)
    order = Order(
        order_id=str(number),
        customer_id=customer.user_id if customer else None,
        address_id=str(customer.number * 10) if customer else None,
        created_at=created_at,
        channel=channel,
        order_type="gift" if rng.random() < 0.05 else "normal",
        province=customer.province if customer else PROVINCES[number % len(PROVINCES)],
        items=_with_discount(items, discount, goods),
        discount=discount,
        shipping=shipping,
        tax=tax,
        coupon_id=coupon,
        payments=payments,
        cancelled_at=None,
        shipped_at=None,
        delivered_at=None,
        refunds=(),
        shows_paid_at=channel != "phone",
    )
    return _with_future(rng, order, number, total)


def make_items(rng: Random, catalogue: Catalogue, wanted: list[Product], at: int) -> tuple[Item, ...]:
    """Lines for the products wanted, and sometimes one more; prices are those of the moment."""
    chosen = list(dict.fromkeys(wanted))
    while not chosen or rng.random() < 0.35:
        product = catalogue.pick(rng)
        if product not in chosen:
            chosen.append(product)
    return tuple(
        Item(product, 1 if rng.random() < 0.8 else 2 + int(rng.random() * 3), product.at(at).cents, 0)
        for product in chosen
    )


def _with_discount(items: tuple[Item, ...], discount: int, goods: int) -> tuple[Item, ...]:
    if not discount:
        return items
    shares = [item.cents * item.quantity * discount // goods for item in items]
    shares[0] += discount - sum(shares)
    return tuple(
        Item(item.product, item.quantity, item.cents, share)
        for item, share in zip(items, shares, strict=True)
    )


def _payments(rng: Random, number: int, channel: str, total: int, created_at: int) -> tuple[Payment, ...]:
    chance = rng.random()
    if channel == "phone":
        delay = seconds(rng, 3_600, 200_000)
    elif chance < 0.8:
        delay = seconds(rng, 20, 900)
    elif chance < 0.88:
        delay = seconds(rng, 900, 40_000)
    else:
        delay = seconds(rng, 40_000, 130_000)
    if chance > 0.93:
        return ()
    method = _METHODS[int(rng.random() ** 1.6 * len(_METHODS))]
    first, second = str(number * 10 + 1), str(number * 10 + 2)
    if rng.random() < 0.03:
        part = total // 3
        gift = Payment(first, part, "gift_card", created_at + delay)
        return gift, Payment(second, total - part, method, created_at + delay + seconds(rng, 5, 4_000))
    return (Payment(first, total, method, created_at + delay),)


def _with_future(rng: Random, order: Order, number: int, total: int) -> Order:
    paid_at = order.paid_at
    if paid_at is None:
        gives_up = rng.random() < 0.6
        return replace(
            order, cancelled_at=order.created_at + seconds(rng, 1_800, 90_000) if gives_up else None
        )
    if rng.random() < 0.03:
        cancelled = paid_at + seconds(rng, 600, 80_000)
        back = Refund(
            str(number * 10 + 1), None, None, total, "cancelled", cancelled + seconds(rng, 0, 86_400)
        )
        return replace(order, cancelled_at=cancelled, refunds=(back,))
    shipped = paid_at + seconds(rng, 4 * 3_600, 3 * 86_400)
    delivered = shipped + seconds(rng, 86_400, 6 * 86_400) if rng.random() < 0.97 else None
    order = replace(order, shipped_at=shipped, delivered_at=delivered)
    if delivered is None or rng.random() > 0.06:
        return order
    return replace(order, refunds=_refunds(rng, order, number, total, delivered))


def _refunds(rng: Random, order: Order, number: int, total: int, delivered: int) -> tuple[Refund, ...]:
    reason = _REASONS[int(rng.random() * len(_REASONS))]
    at = delivered + seconds(rng, 86_400, 12 * 86_400)
    if rng.random() < 0.3:
        return (Refund(str(number * 10 + 1), None, None, total, reason, at),)
    line = int(rng.random() * len(order.items))
    item = order.items[line]
    one = item.cents - item.discount // item.quantity
    refunds = [Refund(str(number * 10 + 1), line, 1, one, reason, at)]
    if item.quantity > 1 and rng.random() < 0.5:
        again = Refund(str(number * 10 + 2), line, 1, one, reason, at + seconds(rng, 60, 2 * 86_400))
        refunds.append(again)
    return tuple(refunds)
