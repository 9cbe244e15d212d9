"""The books on orders: the rows of the six tables that tell of them, as they stand at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from mallard.simulate.diary import Order

Row = dict[str, Any]
Books = dict[str, list[Row]]


def money(cents: int) -> Decimal:
    """An amount of cents."""
    return Decimal(cents).scaleb(-2)


def order_rows(orders: list[Order], end: int, currency: str) -> Books:
    """The six tables of orders already placed, as they stand just before an instant."""
    made: Books = {
        name: [] for name in ("orders", "order_item", "payment", "shipment", "refund", "coupon_use")
    }
    for order in orders:
        made["orders"].append(_order(order, end, currency))
        made["order_item"].extend(_items(order))
        made["payment"].extend(_payments(order, end))
        made["shipment"].extend(_shipment(order, end))
        made["refund"].extend(_refunds(order, end))
        if order.coupon_id is not None:
            amount = money(order.discount)
            made["coupon_use"].append(
                {"coupon_id": order.coupon_id, "order_id": order.order_id, "amount": amount}
            )
    return made


def _seen(at: int | None, end: int) -> int | None:
    return at if at is not None and at < end else None


def _order(order: Order, end: int, currency: str) -> Row:
    paid = _seen(order.paid_at, end)
    cancelled, shipped = _seen(order.cancelled_at, end), _seen(order.shipped_at, end)
    delivered = _seen(order.delivered_at, end)
    refunds = [refund for refund in order.refunds if refund.refunded_at < end]
    status = "created"
    for word, holds in (
        ("paid", paid),
        ("shipped", shipped),
        ("completed", delivered),
        ("refunded", any(refund.line is None for refund in refunds)),
        ("cancelled", cancelled),
    ):
        status = word if holds else status
    changes = [order.created_at, paid, cancelled, shipped, delivered, *(r.refunded_at for r in refunds)]
    return {
        "order_id": order.order_id,
        "customer_id": order.customer_id,
        "created_at": order.created_at,
        "status": status,
        "total_amount": money(order.total),
        "discount_amount": money(order.discount),
        "shipping_amount": money(order.shipping),
        "tax_amount": money(order.tax),
        "currency": currency,
        "order_type": order.order_type,
        "channel": order.channel,
        "province": order.province,
        "paid_at": paid if order.shows_paid_at else None,
        "cancelled_at": cancelled,
        "updated_at": max(change for change in changes if change is not None),
    }


def _items(order: Order) -> Iterator[Row]:
    for line, item in enumerate(order.items, 1):
        yield {
            "order_item_id": str(line),
            "order_id": order.order_id,
            "product_id": item.product.product_id,
            "quantity": item.quantity,
            "unit_price": money(item.cents),
            "discount_amount": money(item.discount),
            "created_at": order.created_at,
        }


def _payments(order: Order, end: int) -> Iterator[Row]:
    for payment in order.payments:
        if payment.paid_at < end:
            yield {
                "payment_id": payment.payment_id,
                "order_id": order.order_id,
                "transaction_no": f"T{payment.payment_id}",
                "amount": money(payment.cents),
                "method": payment.method,
                "paid_at": payment.paid_at,
            }


def _shipment(order: Order, end: int) -> Iterator[Row]:
    paid = _seen(order.paid_at, end)
    if paid is not None:
        yield {
            "order_id": order.order_id,
            "address_id": order.address_id,
            "customer_id": order.customer_id,
            "shipping_amount": money(order.shipping),
            "created_at": paid,
            "shipped_at": _seen(order.shipped_at, end),
            "delivered_at": _seen(order.delivered_at, end),
        }


def _refunds(order: Order, end: int) -> Iterator[Row]:
    for refund in order.refunds:
        if refund.refunded_at < end:
            yield {
                "refund_id": refund.refund_id,
                "order_id": order.order_id,
                "order_item_id": None if refund.line is None else str(refund.line + 1),
                "quantity": refund.quantity,
                "amount": money(refund.cents),
                "reason": refund.reason,
                "refunded_at": refund.refunded_at,
            }
