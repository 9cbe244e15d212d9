"""Lakes of made-up shops for the benches: one life, the same many times over, or one after the other."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
from sides import alone

from mallard import days
from mallard.lake.land import land
from mallard.settings import Settings, parse
from mallard.simulate.database import write_database
from mallard.simulate.send import spool_days
from mallard.simulate.shop import Shop
from mallard.sources.load import load
from mallard.state import State

FIRST = date(2024, 1, 1)
ZONE = "Europe/Berlin"

IDS = {
    "event": (
        [
            *("event_id", "user_id", "anonymous_id", "previous_id", "device_id", "session_id"),
            *("view_id", "cart_id", "order_id"),
        ],
        "dt",
    ),
    "customer": (["customer_id"], "loaded"),
    "customer_profile": (["customer_id"], "loaded"),
    "address": (["address_id", "customer_id"], "loaded"),
    "orders": (["order_id", "customer_id"], "loaded"),
    "order_item": (["order_id"], "loaded"),
    "payment": (["payment_id", "order_id"], "loaded"),
    "shipment": (["order_id", "address_id", "customer_id"], "loaded"),
    "refund": (["refund_id", "order_id"], "loaded"),
    "coupon_use": (["order_id"], "loaded"),
}
"""The ids that differ from copy to copy, and what a table is partitioned by."""

PER_ORDER = {"orders", "order_item", "payment", "shipment", "refund", "coupon_use"}


def settings_of(folder: Path, memory: str = "", **warehouse: Any) -> Settings:
    """The project in a folder; warehouse: settings of that section."""
    if memory:
        warehouse["memory"] = memory
    return parse(
        {
            "shop": {"timezone": ZONE},
            "source": {"url": "sqlite:///data/shop.db", "timezone": "UTC"},
            "warehouse": warehouse,
        },
        folder / "mallard.toml",
    )


def grown(folder: Path, copies: int, length: int = 90, orders: int = 1_000_000) -> Path:
    """The project of a shop of so many days, so many times over; what is there already is not made again.

    orders: at least so many where there are ten copies or more.
    """
    base, project = folder / f"base-{length}", folder / f"copies-{copies}"
    os.environ["MALLARD_NOW"] = night_after(length)
    if not base.exists():
        alone(made, base, length, 1.0)
    if copies == 1:
        return base
    if not project.exists():
        alone(copied, base, project, copies, orders if copies >= 10 else 0)
    return project


def made(folder: Path, length: int, size: float) -> None:
    """A project whose lake holds a life of so many days."""
    shop = Shop(1, FIRST, days=length, timezone=ZONE, size=size)
    os.environ["MALLARD_NOW"] = night_after(length)
    settings = settings_of(folder)
    with State(settings.state_path) as state:
        spool_days(shop, list(shop.all_days), settings)
        land(settings, state)
        write_database(shop, shop.last_day, settings.database_url("sqlite:///data/shop.db", None, ""))
        load(settings, state)


def night_after(length: int) -> str:
    """An hour after the shop's last day, as MALLARD_NOW takes it."""
    return (days.day_start(FIRST + timedelta(days=length), ZONE) + timedelta(hours=1)).isoformat()


def copied(base: Path, folder: Path, copies: int, orders: int) -> None:
    """A project whose lake holds another one's several times over; at least so many orders in all.

    Orders beyond those of the copies are of the same customers on the same days, without events of their own.
    """
    lake, source = folder / "data" / "lake" / "ods", base / "data" / "lake" / "ods"
    db = duckdb.connect()
    db.execute("set TimeZone = 'UTC'; set preserve_insertion_order = false")
    [(held,)] = db.execute(f"select count(distinct order_id) from '{source}/orders/*/*.parquet'").fetchall()
    more = max(1, round(orders / (held * copies)))
    for path in sorted(source.iterdir()):
        ids, partition = IDS.get(path.name, ([], "loaded"))
        for part in sorted(path.glob(f"{partition}=*")):
            times, again = copies if ids else 1, more if path.name in PER_ORDER else 1
            changed = ", ".join(
                f"{name} || '~' || copy"
                + (" || '+' || again" if again > 1 and name not in ("customer_id", "address_id") else "")
                + f" as {name}"
                for name in ids
            )
            (lake / path.name / part.name).mkdir(parents=True)
            db.execute(
                f"""
                copy (
                    select * exclude (copy, again, {partition}) {f"replace ({changed})" if ids else ""}
                    from read_parquet('{part}/*.parquet', hive_partitioning = true),
                        range({times}) as copies(copy), range({again}) as orders(again)
                ) to '{lake}/{path.name}/{part.name}/copies.parquet'
                (format parquet, compression zstd, compression_level 1)
                """
            )
    refused = base / "data" / "lake" / "quarantine"
    if refused.exists():
        (folder / "data" / "lake" / "quarantine").symlink_to(refused)


def lengthened(base: Path, folder: Path, times: int) -> None:
    """A project whose lake holds another one's life, and before it the same life again and again.

    Persons, products and customers stay; events and orders get ids and dates of their own.
    """
    lake, source = folder / "data" / "lake" / "ods", base / "data" / "lake" / "ods"
    length = len(list((source / "event").glob("dt=*")))
    db = duckdb.connect()
    db.execute("set TimeZone = 'UTC'; set preserve_insertion_order = false")
    own = {"event_id", "session_id", "view_id", "cart_id", "order_id", "payment_id", "refund_id"}
    for path in sorted(source.iterdir()):
        ids, partition = IDS.get(path.name, ([], "loaded"))
        kinds = f"hive_types = {{'{partition}': date}}"
        held = f"read_parquet('{path}/*/*.parquet', hive_partitioning = true, {kinds})"
        columns = {name: kind for name, kind, *_ in db.execute(f"describe select * from {held}").fetchall()}
        changed = [f"{name} || '~' || copy as {name}" for name in ids if name in own]
        if path.name == "event" or path.name in PER_ORDER:
            changed += [
                f"{name} - to_days(cast(copy * {length} as integer)) as {name}"
                for name, kind in columns.items()
                if kind == "TIMESTAMP WITH TIME ZONE" and name != "loaded_at"
            ]
        if path.name == "event":
            changed.append(f"dt - cast(copy * {length} as integer) as dt")
        (lake / path.name).mkdir(parents=True)
        db.execute(
            f"""
            copy (
                select * exclude (copy) {f"replace ({', '.join(changed)})" if changed else ""}
                from {held}, range({times if changed else 1}) as copies(copy)
            ) to '{lake}/{path.name}' (format parquet, partition_by ({partition}), overwrite_or_ignore true)
            """
        )
