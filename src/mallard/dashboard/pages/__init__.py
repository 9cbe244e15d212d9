"""The pages: each is a function from published tables and an address to what is shown."""

from __future__ import annotations

from collections.abc import Callable

from mallard.dashboard.blocks import Card, Content, Empty
from mallard.dashboard.pages import (
    audience,
    conversion,
    customers,
    health,
    overview,
    products,
    quality,
    retention,
    sales,
    tables,
    traffic,
)
from mallard.dashboard.queries import Reader
from mallard.dashboard.view import View

Page = Callable[[Reader, View], Content]

PAGES: list[tuple[str, str, str, str, Page]] = [
    ("", "/", "Overview", "overview", overview.page),
    ("Shop", "/sales", "Sales", "sales", sales.page),
    ("Shop", "/products", "Products", "products", products.page),
    ("Shop", "/conversion", "Conversion", "conversion", conversion.page),
    ("People", "/audience", "Audience", "audience", audience.page),
    ("People", "/retention", "Retention", "retention", retention.page),
    ("People", "/traffic", "Traffic", "traffic", traffic.page),
    ("People", "/customers", "Customers", "customers", customers.page),
    ("System", "/health", "App health", "health", health.page),
    ("System", "/quality", "Data quality", "quality", quality.page),
]
"""Group, path, title, icon, function; in the order of the menu."""


def navigation() -> list[tuple[str, str, str, str]]:
    """The menu."""
    return [(group, path, title, icon) for group, path, title, icon, _ in PAGES]


def find(path: str) -> Page:
    """The page of a path; one that says that there is none, otherwise."""
    for _, known, _, _, page in PAGES:
        if path == known:
            return page
    if path.startswith("/customers/"):
        return customers.one
    if path.startswith(tables.PATH):
        return tables.page
    return _not_found


def _not_found(_: Reader, view: View) -> Content:
    text = f"There is nothing at {view.path}. The menu lists every page."
    return Content("Not found", [Card("", [Empty("This page does not exist.", text)])], timed=False)
