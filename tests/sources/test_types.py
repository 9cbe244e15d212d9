"""Types keep their value on the way in, whatever the server writes them with."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from mallard.errors import SourceError
from tests.servers import DatabaseServer
from tests.sources.shops import Shop, order

pytestmark = pytest.mark.mariadb


def _query(shop: Shop, table: str, query: str) -> None:
    shop.options.setdefault("source", {}).setdefault("tables", {})[table] = {"query": query, "mode": "full"}


def _customer(shop: Shop, columns: str, values: str, query: str) -> None:
    """A customer table of one's own, and the query that maps it."""
    shop.sql(
        "drop table if exists person",
        f"create table person (id bigint unsigned primary key, {columns}) charset utf8mb4",
        f"insert into person values {values}",
    )
    _query(shop, "customer", query)


def test_decimals_are_exact_to_the_last_place(mariadb_shop: Shop) -> None:
    money = ("99999999999999.9999", "-99999999999999.9999", "0.0001", "0.1", "1234567890123.4567")
    mariadb_shop.insert(
        "orders",
        *(order(f"{place}", "2026-11-20 10:00:00", total_amount=m) for place, m in enumerate(money)),
    )
    mariadb_shop.load()
    assert [row[0] for row in mariadb_shop.current("orders", "total_amount")] == [Decimal(m) for m in money]


def test_decimals_of_many_places_are_rounded_half_away_from_zero(mariadb_shop: Shop) -> None:
    _query(
        mariadb_shop,
        "orders",
        "select '1' as order_id, timestamp '2026-11-20 10:00:00' as created_at, 'paid' as status,"
        " cast('12.345650000000001234' as decimal(38, 18)) as total_amount,"
        " cast(-0.00005 as decimal(38, 18)) as discount_amount",
    )
    mariadb_shop.load()
    assert mariadb_shop.current("orders", "total_amount, discount_amount") == [
        (Decimal("12.3457"), Decimal("-0.0001"))
    ]


def test_sums_of_decimals_are_read(mariadb_shop: Shop) -> None:
    """A reader that takes a computed decimal's scale from the first row fails here."""
    mariadb_shop.sql(
        "create table part (order_id int, amount decimal(20, 6))",
        "insert into part values (1, 1.5), (1, 2.25), (2, 7)",
    )
    _query(
        mariadb_shop,
        "orders",
        "select order_id, timestamp '2026-11-20 10:00:00' as created_at, 'paid' as status,"
        " sum(amount) as total_amount, avg(amount) as tax_amount from part group by order_id",
    )
    mariadb_shop.load()
    assert mariadb_shop.current("orders", "total_amount, tax_amount") == [
        (Decimal("3.7500"), Decimal("1.8750")),
        (Decimal("7.0000"), Decimal("7.0000")),
    ]


def test_unsigned_bigints_keep_every_digit(mariadb_shop: Shop) -> None:
    _customer(
        mariadb_shop, "x int", "(18446744073709551615, 1), (0, 1)", "select id as customer_id from person"
    )
    mariadb_shop.load()
    assert mariadb_shop.current("customer", "customer_id") == [("0",), ("18446744073709551615",)]


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("tinyint(1)", "(1, 1), (2, 0), (3, null), (4, -1)", [True, False, None, True]),
        ("bit(1)", "(1, b'1'), (2, b'0'), (3, null)", [True, False, None]),
        ("bit(8)", "(1, b'10000000'), (2, b'0')", [True, False]),
        ("enum('Y', 'N')", "(1, 'Y'), (2, 'N'), (3, null)", [True, False, None]),
        ("varchar(5)", "(1, 'true'), (2, 'FALSE'), (3, 'no'), (4, '')", [True, False, False, False]),
    ],
)
def test_every_way_of_saying_yes_and_no(
    mariadb_shop: Shop, kind: str, values: str, expected: list[bool | None]
) -> None:
    _customer(mariadb_shop, f"x {kind}", values, "select id as customer_id, x as is_blocked from person")
    mariadb_shop.load()
    assert [row[0] for row in mariadb_shop.current("customer", "is_blocked")] == expected


VALUES = [
    ("year", "2155", "2155"),
    ("time", "'-838:59:59'", "-838:59:59"),
    ("time(6)", "'838:59:59.000001'", "838:59:59.000001"),
    ("json", """'{"a": [1, "é🦆"]}'""", '{"a": [1, "é🦆"]}'),
    ("enum('rot', 'grün')", "'grün'", "grün"),
    ("set('a', 'b')", "'a,b'", "a,b"),
    ("varchar(20) character set latin1", "'Müller'", "Müller"),
    ("varchar(20) character set utf8mb4", "'👨‍👩‍👧 鸭'", "👨‍👩‍👧 鸭"),
    ("longtext", "repeat('x', 100000)", "x" * 100000),
    ("binary(4)", "x'00ff10ab'", "00FF10AB"),
    ("blob", "x'deadbeef'", "DEADBEEF"),
    ("double", "1e300", "1e300"),
    ("float", "0.1", "0.1"),
    ("bigint", "-9223372036854775808", "-9223372036854775808"),
    ("date", "'9999-12-31'", "9999-12-31"),
    ("datetime(6)", "'1000-01-01 00:00:00.000001'", "1000-01-01 00:00:00.000001"),
    ("varchar(9)", "''", ""),
    ("varchar(9)", "concat('a', char(0), 'b')", "a\x00b"),
    ("varchar(20) character set gbk", "'北京鸭'", "北京鸭"),
    ("varchar(20) character set ucs2", "'Łódź'", "Łódź"),
    ("varchar(20) character set utf8mb3", "'日本'", "日本"),
    ("decimal(65, 30)", f"'{'9' * 35}.{'1' * 30}'", f"{'9' * 35}.{'1' * 30}"),
    ("bit(64)", "18446744073709551615", "18446744073709551615"),
    ("varbinary(4)", "x'00ff00'", "00FF00"),
]


def test_values_of_every_type_come_as_they_are(mariadb_shop: Shop) -> None:
    """Each in a column of its own, kept as extra; and a row of NULLs."""
    names = [f"v{place}" for place in range(len(VALUES))]
    _customer(
        mariadb_shop,
        ", ".join(f"{name} {kind}" for name, (kind, _, _) in zip(names, VALUES, strict=True)),
        f"(1, {', '.join(value for _, value, _ in VALUES)}), (2, {', '.join(['null'] * len(VALUES))})",
        f"select id as customer_id, {', '.join(names)} from person",
    )
    mariadb_shop.load(["customer"])
    (first,), (second,) = mariadb_shop.current("customer", "extra")
    assert list(json.loads(first).values()) == [expected for _, _, expected in VALUES]
    assert second is None


def test_dates_of_zeros_become_null_and_are_counted(mariadb_shop: Shop) -> None:
    mariadb_shop.sql("create table zeros (id int, day date, at datetime, stamp timestamp null)")
    with mariadb_shop.engine.connect() as connection:
        connection.exec_driver_sql("set sql_mode = ''")
        connection.exec_driver_sql(
            "insert into zeros values (1, '0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00'),"
            " (2, '2001-02-03', '2026-02-03 04:05:06', '2026-02-03 04:05:06')"
        )
    _query(
        mariadb_shop,
        "customer",
        "select id as customer_id, day as birth_date, at as registered_at, stamp as updated_at from zeros",
    )
    report = mariadb_shop.load()["customer"]
    assert (report.new, report.quarantined, report.zero_dates) == (2, 0, 3)
    dates = "birth_date, registered_at is null, updated_at is null"
    assert mariadb_shop.current("customer", dates) == [(None, True, True), (date(2001, 2, 3), False, False)]


def test_a_date_with_a_zero_in_it_is_refused(mariadb_shop: Shop) -> None:
    mariadb_shop.sql("create table zeros (id int, day date)")
    with mariadb_shop.engine.connect() as connection:
        connection.exec_driver_sql("set sql_mode = ''")
        connection.exec_driver_sql("insert into zeros values (1, '2026-00-10'), (2, '2026-01-10')")
    _query(mariadb_shop, "customer", "select id as customer_id, day as birth_date from zeros")
    assert mariadb_shop.load()["customer"].reasons == {"bad_date": 1}


def test_datetime_is_the_shops_time_and_timestamp_is_an_instant(
    mariadb: DatabaseServer, mariadb_shop: Shop
) -> None:
    """One moment as the wall clock of Shanghai and as a TIMESTAMP, in a server of a third zone."""
    mariadb_shop.sql(
        "set global time_zone = '-05:00'", "create table moments (wall datetime(6), stamp timestamp(6))"
    )
    with mariadb_shop.engine.connect() as connection:
        connection.exec_driver_sql("set time_zone = '+08:00'")
        connection.exec_driver_sql(
            "insert into moments values ('2026-11-20 08:30:00.5', '2026-11-20 08:30:00.5')"
        )
    _query(
        mariadb_shop,
        "customer",
        "select 1 as customer_id, wall as registered_at, stamp as updated_at from moments",
    )
    try:
        mariadb_shop.load()
    finally:
        mariadb_shop.sql("set global time_zone = 'SYSTEM'")
    moment = int(datetime(2026, 11, 20, 0, 30, tzinfo=UTC).timestamp()) * 1_000_000 + 500_000
    assert mariadb_shop.current("customer", "epoch_us(registered_at), epoch_us(updated_at)") == [
        (moment, moment)
    ]


@pytest.mark.parametrize(
    ("wall", "utc"),
    [
        ("2026-03-29 01:59:59", datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)),
        ("2026-03-29 03:00:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("2026-10-25 02:30:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),  # twice: the second is meant
        ("2026-10-25 03:00:00", datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
        ("2026-07-01 00:00:00", datetime(2026, 6, 30, 22, 0, tzinfo=UTC)),
    ],
)
def test_summer_time_of_the_sources_zone(sqlite_shop: Shop, wall: str, utc: datetime) -> None:
    sqlite_shop.options["source"] = {"timezone": "Europe/Berlin"}
    sqlite_shop.insert("customer", {"customer_id": "1", "registered_at": wall})
    sqlite_shop.load()
    assert sqlite_shop.current("customer", "epoch(registered_at)") == [(utc.timestamp(),)]


@pytest.mark.parametrize(
    "text",
    ["2026-11-20 00:30:00+00:00", "2026-11-20T00:30:00Z", "2026-11-20 08:30:00+08", "2026-11-20 08:30:00"],
)
def test_a_written_zone_counts_and_none_is_the_shops(sqlite_shop: Shop, text: str) -> None:
    sqlite_shop.insert("customer", {"customer_id": "1", "registered_at": text})
    sqlite_shop.load()
    moment = datetime(2026, 11, 20, 0, 30, tzinfo=UTC).timestamp()
    assert sqlite_shop.current("customer", "epoch(registered_at)") == [(moment,)]


@pytest.mark.postgres
def test_postgres_types(postgres_shop: Shop) -> None:
    postgres_shop.sql(
        "create type mood as enum ('glad', 'sad')",
        "create table person (id uuid, mood mood, born date, at timestamptz, wall timestamp, ok boolean,"
        " tags text[], data jsonb, raw bytea)",
        "insert into person values ('00000000-0000-0000-0000-00000000000a', 'glad', '0044-03-15 BC',"
        " '2026-11-20 08:30:00.000001+08', '2026-11-20 08:30:00.000001', true, '{a,b}',"
        " '{\"k\": 1}', '\\xff')",
    )
    _query(
        postgres_shop,
        "customer",
        "select id as customer_id, mood as gender, at as registered_at, wall as updated_at,"
        " ok as is_blocked, tags, data, raw from person",
    )
    postgres_shop.load()
    moment = int(datetime(2026, 11, 20, 0, 30, tzinfo=UTC).timestamp()) * 1_000_000 + 1
    assert postgres_shop.current(
        "customer",
        "customer_id, gender, epoch_us(registered_at), epoch_us(updated_at), is_blocked, extra",
    ) == [
        (
            "00000000-0000-0000-0000-00000000000a", "glad", moment, moment, True,
            '{"tags":"{a,b}","data":"{\\"k\\": 1}","raw":"ff"}',
        )
    ]  # fmt: skip


@pytest.mark.postgres
def test_postgres_dates_beyond_those_that_every_engine_has_are_refused(postgres_shop: Shop) -> None:
    """Read by their first ten characters they would land as other days."""
    postgres_shop.sql(
        "alter table customer alter birth_date type text",
        "insert into customer (customer_id, birth_date, registered_at) values ('1', '0044-03-15 BC', null),"
        " ('2', '99999-12-31', null), ('3', null, 'infinity'), ('4', null, '0044-03-15 10:00 BC'),"
        " ('5', '2001-02-03 04:05', '9999-12-31 23:59:59.999999'), ('6', '2001-2-3', '0001-01-01 00:00')",
    )
    assert postgres_shop.load(["customer"])["customer"].reasons == {"bad_date": 4}
    assert postgres_shop.current("customer", "customer_id, birth_date") == [
        ("5", date(2001, 2, 3)), ("6", date(2001, 2, 3)),
    ]  # fmt: skip


@pytest.mark.postgres
def test_postgres_money_is_a_number_and_names_may_differ_by_case_alone(postgres_shop: Shop) -> None:
    postgres_shop.sql(
        'create table sale (id int, total money, "Note" text, "note" text)',
        "insert into sale values (1, '-1,234.56', 'A', 'a')",
    )
    query = "select id as order_id, timestamp '2026-11-20 10:00' as created_at, 'paid' as status, total as"
    rest = '"Note", "note" from sale'
    _query(postgres_shop, "orders", f"{query} total_amount, {rest}")
    postgres_shop.load(["orders"])
    assert postgres_shop.current("orders", "total_amount, extra") == [
        (Decimal("-1234.56"), '{"Note":"A","note":"a"}')
    ]
    _query(postgres_shop, "orders", f"{query} total_amount, '{{more}}' as told, {rest}")
    assert postgres_shop.load(["orders"])["orders"].changed == 1
    _query(postgres_shop, "orders", f"{query} total_amount, 1 as x, 2 as x, {rest}")
    with pytest.raises(SourceError, match="gives the column 'x' more than once"):
        postgres_shop.load(["orders"])
    _query(postgres_shop, "orders", f'{query} total_amount, 1 as "Order_id", {rest}')
    with pytest.raises(SourceError, match="gives the column 'order_id' more than once"):
        postgres_shop.load(["orders"], full=True)


@pytest.mark.postgres
def test_postgres_numbers_that_are_none(postgres_shop: Shop) -> None:
    postgres_shop.sql("alter table orders alter total_amount type numeric")
    postgres_shop.insert(
        "orders",
        order("1", "2026-11-20 10:00:00", total_amount="NaN"),
        order("2", "2026-11-20 10:00:00", total_amount="7.5"),
        order("3", "infinity"),
    )
    assert postgres_shop.load()["orders"].reasons == {"bad_date": 1, "not_a_number": 1}
    assert postgres_shop.current("orders", "order_id") == [("2",)]
