"""Reading the published tables, on every database, while publishes come in between."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from mallard.dashboard.downloads import wanted
from mallard.dashboard.pages import PAGES, find
from mallard.dashboard.queries import NothingPublished, Reader, Store
from mallard.dashboard.view import Span, understand
from mallard.errors import UnreachableError
from tests import servers
from tests.dashboard import project
from tests.dashboard.made_up import Shop

WEEK = Span(project.LAST - timedelta(days=6), project.LAST)


@pytest.fixture(
    scope="module",
    params=[
        "sqlite",
        pytest.param("mariadb", marks=pytest.mark.mariadb),
        pytest.param("postgres", marks=pytest.mark.postgres),
    ],
)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Shop]:
    """The made-up shop in a database of each kind."""
    url = "sqlite:///data/serving.db"
    if request.param != "sqlite":
        server: servers.DatabaseServer = request.getfixturevalue(request.param)
        url = server.create(f"d{uuid.uuid4().hex[:12]}")
    settings = project.settings_of(tmp_path_factory.mktemp("project"), url)
    return Store(settings), project.fill(settings, count=45)


def test_sums_are_exact(filled: tuple[Store, Shop]) -> None:
    store, shop = filled
    rows = [row for row in shop.tables["app_sales"] if WEEK.first <= row["dt"] <= WEEK.last]
    total = store.consistent(lambda reader: reader.total("app_sales", WEEK, "gmv", "orders"))
    assert total == {"gmv": sum(r["gmv"] for r in rows), "orders": sum(r["orders"] for r in rows)}
    assert isinstance(total["gmv"], Decimal)
    assert isinstance(total["orders"], int)


def test_sums_by_come_largest_first(filled: tuple[Store, Shop]) -> None:
    store, shop = filled
    expected: dict[str, Decimal] = {}
    for row in shop.tables["app_product_sales"]:
        if WEEK.first <= row["dt"] <= WEEK.last:
            expected[row["product_id"]] = expected.get(row["product_id"], Decimal(0)) + row["sales"]
    best = sorted(expected.items(), key=lambda item: (-item[1], item[0]))[:5]
    rows = store.consistent(
        lambda reader: reader.sums("app_product_sales", WEEK, ["sales"], by=["product_id"], limit=5)
    )
    assert [(row["product_id"], row["sales"]) for row in rows] == best


def test_a_column_named_like_a_keyword_is_read(filled: tuple[Store, Shop]) -> None:
    store, _ = filled
    day = Span(project.LAST, project.LAST)
    rows = store.consistent(
        lambda reader: reader.rows("app_top_products", day, order=["-rank"], window_days=7)
    )
    assert [row["rank"] for row in rows] == list(range(10, 0, -1))


@pytest.mark.parametrize("path", [*(path for _, path, _, _, _ in PAGES), "/customers/u5", "/nowhere"])
def test_every_page_reads_from_every_database(filled: tuple[Store, Shop], path: str) -> None:
    store, _ = filled

    def page(reader: Reader) -> str:
        held = reader.publication
        view = understand(f"{path}?compare=none", Span(held.first_day, held.last_day), project.LAST)
        return find(view.path)(reader, view).title

    assert store.consistent(page)


def test_a_publish_between_two_readings_starts_them_again(tmp_path: Path) -> None:
    settings = project.settings_of(tmp_path)
    project.fill(settings, count=30)
    store = Store(settings)
    seen: list[str] = []

    def work(reader: Reader) -> tuple[int, int]:
        first = len(reader.rows("app_sales"))
        if not seen:
            project.fill(settings, count=31, build="newer")
        seen.append(reader.publication.build_id)
        return first, len(reader.rows("app_active_users"))

    assert store.consistent(work) == (31, 31)
    assert seen == ["made-up", "newer"]


def test_results_are_kept_for_a_build_only(tmp_path: Path) -> None:
    settings = project.settings_of(tmp_path)
    project.fill(settings, count=30)
    store = Store(settings)
    assert len(store.consistent(lambda reader: reader.rows("app_sales"))) == 30
    project.fill(settings, count=31, build="newer")
    assert len(store.consistent(lambda reader: reader.rows("app_sales"))) == 31


def test_nothing_published_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(NothingPublished, match="Nothing has been published yet"):
        Store(project.settings_of(tmp_path)).publication()


def test_a_database_that_does_not_answer_is_said(tmp_path: Path) -> None:
    url = f"mysql://root:canary-secret@127.0.0.1:{servers.free_port()}/shop"
    with pytest.raises(UnreachableError) as absent:
        Store(project.settings_of(tmp_path, url)).publication()
    assert "canary-secret" not in str(absent.value)


def test_looking_at_a_project_before_its_first_run_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(NothingPublished):
        Store(project.settings_of(tmp_path)).publication()
    assert not list(tmp_path.iterdir())


def test_a_download_takes_days_and_filters(filled: tuple[Store, Shop]) -> None:
    store, _ = filled
    day = project.LAST.isoformat()
    params = {"from": day, "to": day, "window_days": "7", "nonsense": "1; drop table app_sales"}
    names, rows = store.consistent(lambda reader: wanted(reader, "app_top_products", params))
    assert names[:3] == ["dt", "window_days", "rank"]
    assert len(rows) == 10
    with pytest.raises(LookupError):
        store.consistent(lambda reader: wanted(reader, "sqlite_master", params))


@pytest.mark.parametrize("wrong", [{"window_days": "9" * 20}, {"window_days": "x"}, {"from": "0", "to": "1"}])
def test_a_download_that_no_table_can_answer_is_not_asked_of_the_database(
    filled: tuple[Store, Shop], wrong: dict[str, str]
) -> None:
    store, _ = filled
    with pytest.raises(ValueError):
        store.consistent(lambda reader: wanted(reader, "app_top_products", wrong))
