"""What is published is what was exported, in every database: rows, types, keys, comments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import sqlalchemy as sa

from mallard.catalog import published_tables
from mallard.dashboard.queries import Store
from mallard.errors import PublishError
from mallard.publish.tables import publish
from mallard.serving.connection import connect
from mallard.serving.tables import published, readable
from mallard.settings import Settings
from mallard.state import State
from tests.publish import exports


def read(settings: Settings, name: str) -> list[dict[str, object]]:
    """All rows of a published table, by its key."""
    table = published_tables()[name]
    source = readable(table)
    engine = connect(settings)
    with engine.connect() as connection:
        rows = connection.execute(sa.select(source).order_by(*(source.c[k] for k in table.key)))
        found = [dict(row) for row in rows.mappings()]
    engine.dispose()
    return found


def test_every_table_comes_back_value_for_value(settings: Settings, state: State) -> None:
    made = exports.full_export(settings, "b1", rows=4)

    report = publish(settings, state)

    assert report.build_id == "b1"
    assert not report.already
    assert report.tables == dict.fromkeys(made, 4)
    for name, rows in made.items():
        key = published_tables()[name].key
        assert read(settings, name) == sorted(rows, key=lambda row: [row[k] for k in key]), name


def test_the_publication_says_what_is_there(settings: Settings, state: State) -> None:
    exports.full_export(settings, "b1", rows=2)
    publish(settings, state)

    engine = connect(settings)
    with engine.connect() as connection:
        held = published(connection)
    engine.dispose()

    assert held is not None
    assert (held.build_id, held.shop, held.currency, held.timezone) == ("b1", "Test shop", "USD", "UTC")
    assert (held.first_day, held.last_day) == (exports.FIRST, date(2026, 1, 3))
    assert held.tables == dict.fromkeys(published_tables(), 2)
    assert held.built_at < held.published_at


def test_the_same_build_again_does_nothing_and_says_so(settings: Settings, state: State) -> None:
    exports.full_export(settings, "b1")
    publish(settings, state)
    before = _published_at(settings)

    report = publish(settings, state)

    assert report.already
    assert _published_at(settings) == before


def test_another_name_of_the_shop_is_published_though_the_build_is_the_same(
    settings: Settings, state: State
) -> None:
    exports.full_export(settings, "b1")
    publish(settings, state)
    renamed = settings.model_copy(update={"shop": settings.shop.model_copy(update={"name": "Renamed"})})

    assert not publish(renamed, state).already
    engine = connect(settings)
    with engine.connect() as connection:
        assert connection.execute(sa.text("select distinct shop from mallard_publication")).all() == [
            ("Renamed",)
        ]
    engine.dispose()


def test_a_newer_build_replaces_the_tables_and_leaves_nothing_behind(
    settings: Settings, state: State
) -> None:
    exports.full_export(settings, "b1", rows=5)
    publish(settings, state)
    made = exports.full_export(settings, "b2", rows=3, salt=100)
    publish(settings, state)

    assert len(read(settings, "app_sales")) == 3
    assert read(settings, "app_sales")[0]["orders"] == made["app_sales"][0]["orders"]
    assert _table_names(settings) == {*published_tables(), "mallard_publication"}


def test_a_table_that_the_catalogue_no_longer_has_disappears(
    settings: Settings, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports.full_export(settings, "b1")
    publish(settings, state)
    fewer = {name: table for name, table in published_tables().items() if name != "app_cart"}
    monkeypatch.setattr("mallard.publish.export.published_tables", lambda _: fewer)
    exports.full_export(settings, "b2")

    report = publish(settings, state)

    assert report.removed == ("app_cart",)
    assert "app_cart" not in _table_names(settings)
    assert "app_sales" in _table_names(settings)


def test_keys_are_primary_keys_and_the_days_are_indexed(settings: Settings, state: State) -> None:
    exports.full_export(settings, "b1")
    publish(settings, state)
    engine = connect(settings)
    inspector = sa.inspect(engine)
    for name, table in published_tables().items():
        key = inspector.get_pk_constraint(name)["constrained_columns"]
        assert key == list(table.key), name
        if any(c.name == "dt" for c in table.columns):
            leading = [key[0], *(i["column_names"][0] for i in inspector.get_indexes(name))]
            assert "dt" in leading, name
    engine.dispose()


def test_comments_are_the_catalogues_sentences(settings: Settings, state: State) -> None:
    if settings.publish_url.startswith("sqlite"):
        pytest.skip("SQLite has no comments")
    exports.full_export(settings, "b1")
    publish(settings, state)
    engine = connect(settings)
    inspector = sa.inspect(engine)
    table = published_tables()["app_sales"]
    comments = {column["name"]: column["comment"] for column in inspector.get_columns("app_sales")}
    assert comments == {column.name: column.description for column in table.columns}
    assert inspector.get_table_comment("app_sales")["text"] == f"{table.description} {table.grain}"
    engine.dispose()


def test_decimals_keep_every_digit_they_declare(settings: Settings, state: State) -> None:
    amounts = ["0.0001", "99999999999.9999", "-0.1000", "12345678901.2345", "1000000.0000", "0.3000"]
    rows = [{"dt": date(2026, 1, 1 + n), "gmv": Decimal(text), "orders": n} for n, text in enumerate(amounts)]
    exports.write_export(settings, "b1", {"app_sales": rows})
    publish(settings, state)

    assert [str(row["gmv"]) for row in read(settings, "app_sales")] == amounts


def test_a_plain_query_gets_numbers_that_add_up(settings: Settings, state: State) -> None:
    rows = [{"dt": date(2026, 1, n), "gmv": Decimal("0.1000"), "orders": 1} for n in range(1, 11)]
    exports.write_export(settings, "b1", {"app_sales": rows})
    publish(settings, state)
    engine = connect(settings)
    with engine.connect() as connection:
        total, large = connection.execute(
            sa.text("select sum(gmv), count(*) from app_sales where gmv > 0.0999 and gmv < 0.2")
        ).one()
    engine.dispose()
    assert round(float(total), 9) == 1.0
    assert large == 10


def test_keys_that_differ_only_in_case_accents_or_spaces_are_different(
    settings: Settings, state: State
) -> None:
    sources = ["Google", "google", "goögle", "google ", " google"]
    rows = [
        {"dt": date(2026, 1, 1), "channel": "other", "source": source, "medium": "m", "campaign": "c"}
        for source in sources
    ]
    exports.write_export(settings, "b1", {"app_traffic": rows})
    publish(settings, state)
    assert sorted(str(row["source"]) for row in read(settings, "app_traffic")) == sorted(sources)


NASTY = [
    "'",
    "\\",
    "\\'",
    "'; drop table app_sales; --",
    '"',
    "`",
    "%s",
    "%(x)s",
    ":x",
    "?",
    "\n\r\t\x1a",
    "),(",
    "null",
    "NULL",
    "\\N",
    "",
    " ",
    "🦆",
    "\u2028",
    "\x00",
    "a,b",
]


def test_texts_of_every_kind_come_back_as_they_were(settings: Settings, state: State) -> None:
    rows = [
        {"dt": date(2026, 1, 1), "channel": "other", "source": text, "medium": f"{n}", "campaign": text}
        for n, text in enumerate(NASTY)
    ]
    exports.write_export(settings, "b1", {"app_traffic": rows})
    publish(settings, state)
    found = {int(str(row["medium"])): row for row in read(settings, "app_traffic")}
    no_nul = settings.publish_url.startswith("postgres")
    for n, text in enumerate(NASTY):
        kept = text.replace("\x00", "\ufffd") if no_nul else text
        assert (found[n]["source"], found[n]["campaign"]) == (kept, kept)


def test_a_key_too_long_for_an_index_is_published_without_one(settings: Settings, state: State) -> None:
    rows = [
        {"dt": date(2026, 1, 1), "channel": "other", "source": "s" * 3000, "medium": "m", "campaign": name}
        for name in ("a" * 900, "b" * 900)
    ]
    exports.write_export(settings, "b1", {"app_traffic": rows})
    publish(settings, state)
    assert len(read(settings, "app_traffic")) == 2


def test_more_rows_than_one_batch_are_all_loaded(
    settings: Settings, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mallard.publish.export.BATCH_ROWS", 100)
    rows = [{"dt": date(2026, 1, 1), "product_id": f"p{n:05d}", "orders": n} for n in range(1050)]
    exports.write_export(settings, "b1", {"app_product_sales": rows})
    publish(settings, state)
    assert [row["orders"] for row in read(settings, "app_product_sales")] == list(range(1050))


def test_an_engines_own_types_and_part_files_are_taken_in(settings: Settings, state: State) -> None:
    folder = exports.write_export(settings, "b1", {})
    (folder / "app_top_products.parquet").unlink()
    parts = folder / "app_top_products.parquet"
    parts.mkdir()
    (parts / "_SUCCESS").touch()
    for rank in (1, 2):
        row = {
            "dt": pa.array([date(2026, 1, 1)], pa.date32()),
            "window_days": pa.array([7], pa.int32()),
            "rank": pa.array([rank], pa.int16()),
            "product_id": pa.array([f"p{rank}"], pa.large_string()),
            "product_name": pa.array([None], pa.null()),
            "category": pa.array(["c"]).dictionary_encode(),
            "orders": pa.array([3.0], pa.float64()),
            "units": pa.array([Decimal(4)], pa.decimal128(38, 0)),
            "sales": pa.array([Decimal("5.5")], pa.decimal128(38, 1)),
        }
        parquet.write_table(pa.table(row), parts / f"part-{rank}.parquet")
    exports.point(settings, "b1", {**dict.fromkeys(published_tables(), 0), "app_top_products": 2})
    publish(settings, state)
    assert read(settings, "app_top_products") == [
        {
            "dt": date(2026, 1, 1),
            "window_days": 7,
            "rank": rank,
            "product_id": f"p{rank}",
            "product_name": None,
            "category": "c",
            "orders": 3,
            "units": 4,
            "sales": Decimal("5.5000"),
        }
        for rank in (1, 2)
    ]


def test_a_run_is_recorded(settings: Settings, state: State) -> None:
    exports.full_export(settings, "b1", rows=2)
    publish(settings, state)
    run = state.runs("publish")[0]
    assert run.status == "done"
    assert run.detail["build_id"] == "b1"
    assert run.detail["rows"] == 2 * len(published_tables())


def _published_at(settings: Settings) -> object:
    engine = connect(settings)
    with engine.connect() as connection:
        held = published(connection)
    engine.dispose()
    assert held is not None
    return held.published_at


def _table_names(settings: Settings) -> set[str]:
    engine = connect(settings)
    names = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    return names


@pytest.mark.parametrize("statement", ["alter table app_sales drop column units", "drop table app_sales"])
def test_tables_of_another_version_are_told_with_what_mends_them(
    settings: Settings, state: State, statement: str
) -> None:
    """After an upgrade, until the next run: the dashboard asks for columns that are not there yet."""
    exports.full_export(settings, "0")
    publish(settings, state)
    engine = connect(settings)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()
    store = Store(settings)
    with pytest.raises(PublishError, match="other tables than this version") as told:
        store.consistent(lambda reader: reader.rows("app_sales"))
    assert "mallard run" in told.value.fix
    store.engine.dispose()
    assert not publish(settings, state).already
    assert publish(settings, state).already
    assert read(settings, "app_sales")
