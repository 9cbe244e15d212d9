"""The nine-table schema ``mall``: its tables, and the contract's rows in its words.

It knows less than the contract (no refunds, discounts, provinces, moments of shipping) and says it in codes.
Its times are the shop's own, without a zone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mallard.simulate.order_books import Books, Row

STATUS_CODES = {"created": 0, "paid": 1, "shipped": 2, "completed": 3, "cancelled": 4, "refunded": 5}
"""What order_status means here; settings.source.order_status must say it to the importer."""

METHOD_CODES = {"card": 1, "wallet": 2, "bank_transfer": 3, "cash_on_delivery": 4, "gift_card": 5}
TYPE_CODES = {"normal": 1, "gift": 2}

_LAYOUT = """
user: user_id* id, user_name text, user_gender text, user_birthday date, e_mail text, mobile text,
  register_time time, is_blacklist flag
user_extend: user_id* id, is_pregnant_woman flag, is_have_children flag, is_have_car flag, phone_brand text,
  phone_cnt int, change_phone_cnt int, weight double, height double
user_addr: addr_id* id, user_id id, addr_name text, order_flag flag, user_name text, mobile text
goods_info: goods_id* id, goods_no text, goods_name text, curr_price money, third_category_id id,
  goods_desc text, create_time time
category_code: first_category_id id, first_category_name text, second_category_id id,
  second_catery_name text, third_category_id* id, third_category_name text
user_order: order_id* id, order_date time, user_id id, order_money money, order_type int, order_status int,
  pay_id id, update_time time
order_item: order_id* id, goods_id* id, goods_amount int, curr_price money, create_time time
order_delivery: order_id* id, addr_id id, user_id id, carriage_money money, create_time time
payment_flow: pay_id* id, order_id id, trade_no text, pay_money money, pay_type int, pay_time time
"""


def layout() -> dict[str, list[tuple[str, str, bool]]]:
    """Name, kind and whether it is part of the key, for the columns of each table."""
    tables: dict[str, list[tuple[str, str, bool]]] = {}
    for line in _LAYOUT.strip().replace("\n  ", " ").splitlines():
        name, _, columns = line.partition(": ")
        specs = (column.split() for column in columns.split(","))
        tables[name] = [(word.rstrip("*"), kind, word.endswith("*")) for word, kind in specs]
    return tables


def mall_rows(books: Books) -> Books:
    """The contract's rows as rows of the nine tables; instants are still µs UTC."""
    first_payment: dict[str, str] = {}
    for payment in books["payment"]:
        first_payment.setdefault(payment["order_id"], payment["payment_id"])
    makers: dict[str, tuple[str, Callable[[Row], Row]]] = {
        "user": ("customer", _user),
        "user_extend": ("customer_profile", _extend),
        "user_addr": ("address", _address),
        "goods_info": ("product", _goods),
        "category_code": ("category", _category),
        "user_order": ("orders", lambda row: _order(row, first_payment)),
        "order_item": ("order_item", _item),
        "order_delivery": ("shipment", _delivery),
        "payment_flow": ("payment", _payment),
    }
    return {name: _made(make, books[source]) for name, (source, make) in makers.items()}


def _made(make: Callable[[Row], Row], rows: Iterable[Row]) -> list[Row]:
    return [make(row) for row in rows]


def _id(value: str | None) -> int | None:
    return None if value is None else int(value)


def _user(row: Row) -> Row:
    return {
        "user_id": _id(row["customer_id"]),
        "user_name": row["name"],
        "user_gender": row["gender"],
        "user_birthday": row["birth_date"],
        "e_mail": row["email"],
        "mobile": row["phone"],
        "register_time": row["registered_at"],
        "is_blacklist": row["is_blocked"],
    }


def _extend(row: Row) -> Row:
    return {
        "user_id": _id(row["customer_id"]),
        "is_pregnant_woman": row["is_pregnant"],
        "is_have_children": row["has_children"],
        "is_have_car": row["has_car"],
        "phone_brand": row["phone_brand"],
        "phone_cnt": row["phone_count"],
        "change_phone_cnt": row["phone_change_count"],
        "weight": row["weight_kg"],
        "height": row["height_cm"],
    }


def _address(row: Row) -> Row:
    return {
        "addr_id": _id(row["address_id"]),
        "user_id": _id(row["customer_id"]),
        "addr_name": row["address"],
        "order_flag": row["is_default"],
        "user_name": row["recipient"],
        "mobile": row["phone"],
    }


def _goods(row: Row) -> Row:
    return {
        "goods_id": _id(row["product_id"]),
        "goods_no": row["sku"],
        "goods_name": row["name"],
        "curr_price": row["price"],
        "third_category_id": _id(row["category_id"]),
        "goods_desc": row["description"],
        "create_time": row["created_at"],
    }


def _category(row: Row) -> Row:
    return {
        "first_category_id": _id(row["level1_id"]),
        "first_category_name": row["level1_name"],
        "second_category_id": _id(row["level2_id"]),
        "second_catery_name": row["level2_name"],
        "third_category_id": _id(row["level3_id"]),
        "third_category_name": row["level3_name"],
    }


def _order(row: Row, first_payment: dict[str, str]) -> Row:
    return {
        "order_id": _id(row["order_id"]),
        "order_date": row["created_at"],
        "user_id": _id(row["customer_id"]),
        "order_money": row["total_amount"],
        "order_type": TYPE_CODES[row["order_type"]],
        "order_status": STATUS_CODES[row["status"]],
        "pay_id": _id(first_payment.get(row["order_id"])),
        "update_time": row["updated_at"],
    }


def _item(row: Row) -> Row:
    return {
        "order_id": _id(row["order_id"]),
        "goods_id": _id(row["product_id"]),
        "goods_amount": row["quantity"],
        "curr_price": row["unit_price"],
        "create_time": row["created_at"],
    }


def _delivery(row: Row) -> Row:
    return {
        "order_id": _id(row["order_id"]),
        "addr_id": _id(row["address_id"]),
        "user_id": _id(row["customer_id"]),
        "carriage_money": row["shipping_amount"],
        "create_time": row["created_at"],
    }


def _payment(row: Row) -> Row:
    return {
        "pay_id": _id(row["payment_id"]),
        "order_id": _id(row["order_id"]),
        "trade_no": row["transaction_no"],
        "pay_money": row["amount"],
        "pay_type": METHOD_CODES.get(row["method"]),
        "pay_time": row["paid_at"],
    }


__all__ = ["METHOD_CODES", "STATUS_CODES", "TYPE_CODES", "layout", "mall_rows"]
