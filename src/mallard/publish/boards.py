"""The dashboards that go to Superset: which figures, drawn how, in what order. They mirror our own pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mallard.publish.measures import ARRIVALS

Kind = Literal["figure", "line", "bars", "ranking", "sheet", "rows", "share", "funnel", "heat"]
Equals = tuple[tuple[str, str | int], ...]


@dataclass(frozen=True)
class Look:
    """One chart.

    measures: names of the table's measures; for 'rows' its columns. by: the columns it is broken down by
    (for 'heat' across, then down). equals, differs: the rows that count.
    """

    kind: Kind
    title: str
    table: str
    measures: tuple[str, ...]
    by: tuple[str, ...] = ()
    equals: Equals = ()
    differs: Equals = ()
    limit: int = 20


@dataclass(frozen=True)
class Board:
    """One dashboard: rows of charts that share the width."""

    name: str
    title: str
    rows: tuple[tuple[Look, ...], ...]


_EVERY: Equals = (("platform", "all"), ("app_version", "all"))
_SESSIONS: Equals = (("unit", "session"),)
_CRASH_FREE = Look(
    "figure", "Crash-free users", "app_crashes", ("ratio_crash_free_user_rate",), equals=_EVERY
)
_DIMENSIONS = (
    ("platform", "Platforms"),
    ("os", "Operating systems"),
    ("brand", "Brands"),
    ("model", "Models"),
    ("network", "Networks"),
    ("app_version", "App versions"),
    ("screen", "Screens"),
    ("android_version", "Android versions"),
    ("ios_version", "iOS versions"),
)


def _figure(title: str, table: str, measure: str, equals: Equals = ()) -> Look:
    return Look("figure", title, table, (measure,), equals=equals)


def _dimension(name: str, title: str) -> Look:
    return Look(
        "ranking", title, "app_audience", ("sum_users",), ("value",), (("dimension", name),), limit=10
    )


BOARDS: tuple[Board, ...] = (
    Board(
        "overview",
        "Overview",
        (
            (
                _figure("GMV", "app_sales", "sum_gmv"),
                _figure("Orders", "app_sales", "sum_orders"),
                _figure("Active users a day", "app_active_users", "mean_dau"),
                _figure("New users", "app_daily_users", "sum_new_users"),
                _figure("Conversion", "app_conversion", "order_rate", _SESSIONS),
                _CRASH_FREE,
            ),
            (Look("line", "Money by day", "app_sales", ("sum_gmv", "sum_paid_gmv", "sum_net_sales")),),
            (
                Look(
                    "ranking",
                    "Best products",
                    "app_product_sales",
                    ("sum_sales",),
                    ("product_name",),
                    limit=10,
                ),
                Look("ranking", "Channels", "app_traffic", ("sum_sessions",), ("channel",), limit=10),
            ),
        ),
    ),
    Board(
        "sales",
        "Sales",
        (
            (
                _figure("GMV", "app_sales", "sum_gmv"),
                _figure("Paid GMV", "app_sales", "sum_paid_gmv"),
                _figure("Net sales", "app_sales", "sum_net_sales"),
                _figure("Orders", "app_sales", "sum_orders"),
                _figure("Average order value", "app_sales", "ratio_average_order_value"),
                _figure("Refunds", "app_sales", "sum_refund_amount"),
            ),
            (
                Look("bars", "Orders by day", "app_sales", ("sum_paid_orders", "sum_cancelled_orders")),
                Look(
                    "line",
                    "Month to date against the month before",
                    "app_sales_period",
                    ("mean_gmv", "mean_previous_gmv", "mean_last_year_gmv"),
                    equals=(("period", "month"),),
                ),
            ),
            (
                Look("ranking", "Regions", "app_regions", ("sum_amount",), ("province",)),
                Look("share", "Payment methods", "app_payment_methods", ("sum_amount",), ("method",)),
            ),
            (
                Look(
                    "sheet",
                    "Coupons",
                    "app_coupons",
                    ("sum_amount", "sum_orders", "sum_discount"),
                    ("coupon_id",),
                ),
                Look(
                    "line",
                    "How long orders take",
                    "app_order_timing",
                    ("hours_to_pay", "hours_to_ship", "hours_to_deliver"),
                ),
            ),
        ),
    ),
    Board(
        "products",
        "Products",
        (
            (
                Look(
                    "sheet",
                    "Products",
                    "app_product_sales",
                    ("sum_sales", "sum_units", "sum_orders"),
                    ("product_id", "product_name", "brand"),
                    limit=1000,
                ),
                Look("share", "Categories", "app_product_sales", ("sum_sales",), ("level1_name",)),
            ),
            (
                Look(
                    "rows",
                    "The ten best of each day",
                    "app_top_products",
                    ("dt", "rank", "product_name", "category", "orders", "units", "sales"),
                    equals=(("window_days", 1),),
                    limit=1000,
                ),
                Look(
                    "rows",
                    "The best categories of each day",
                    "app_top_categories",
                    ("dt", "rank", "category", "orders", "units", "sales"),
                    equals=(("window_days", 1),),
                    limit=1000,
                ),
            ),
            (
                Look(
                    "rows",
                    "Bought or viewed together",
                    "app_product_recommendations",
                    ("product_id", "rank", "other_product_id", "basis", "pairs", "confidence", "lift"),
                    limit=1000,
                ),
            ),
        ),
    ),
    Board(
        "conversion",
        "Conversion",
        (
            (
                Look(
                    "funnel", "Funnel of sessions", "app_conversion", ("sum_reached",), ("step",), _SESSIONS
                ),
                Look(
                    "funnel",
                    "Funnel of people",
                    "app_conversion",
                    ("sum_reached",),
                    ("step",),
                    (("unit", "person"),),
                ),
            ),
            (Look("line", "Conversion by day", "app_conversion", ("order_rate",), equals=_SESSIONS),),
            (
                Look(
                    "line",
                    "Abandoned carts by day",
                    "app_cart",
                    ("sum_added_users", "sum_abandoned_carts"),
                    equals=(("product_id", "all"),),
                ),
                Look(
                    "sheet",
                    "Carts left behind",
                    "app_cart",
                    ("sum_abandoned_carts", "sum_added_users", "ratio_abandonment_rate"),
                    ("product_id",),
                    differs=(("product_id", "all"),),
                ),
            ),
        ),
    ),
    Board(
        "audience",
        "Audience",
        (
            (
                _figure("Active users a day", "app_active_users", "mean_dau"),
                _figure("Stickiness", "app_active_users", "ratio_stickiness"),
                _figure("New users", "app_daily_users", "sum_new_users"),
                _figure("App opens", "app_open_count", "sum_opens"),
                _figure("Opens per person", "app_open_count", "ratio_opens_per_user"),
            ),
            (
                Look("line", "Active users", "app_active_users", ("mean_dau", "mean_wau", "mean_mau")),
                Look(
                    "bars",
                    "New and returning users",
                    "app_daily_users",
                    ("mean_returning_users", "sum_new_users"),
                ),
            ),
            (
                Look("share", "Opens a day", "app_open_distribution", ("sum_users",), ("bucket",)),
                Look(
                    "line",
                    "New users, month to date",
                    "app_new_users",
                    ("mean_new_users", "mean_previous_period"),
                    equals=(("period", "month"),),
                ),
            ),
            *(
                tuple(_dimension(name, title) for name, title in _DIMENSIONS[start : start + 3])
                for start in (0, 3, 6)
            ),
        ),
    ),
    Board(
        "retention",
        "Retention",
        (
            (
                _figure("Churned users", "app_churned_users", "sum_churned_users"),
                _figure("Came back", "app_churned_users", "sum_reactivated_users"),
                _figure("Inactive users", "app_churned_users", "mean_inactive_users"),
            ),
            (
                Look(
                    "heat",
                    "Who comes back, by week",
                    "app_retention",
                    ("ratio_rate",),
                    ("period_number", "cohort_dt"),
                    (("period", "week"),),
                    (("period_number", 0),),
                    limit=1000,
                ),
                Look(
                    "line",
                    "Bought again within 30 days",
                    "app_repurchase",
                    ("ratio_rate",),
                    equals=(("window_days", 30), ("category", "all")),
                ),
            ),
            (
                Look(
                    "rows",
                    "Whom to win back",
                    "app_churned_user_list",
                    ("dt", "person_id", "user_id", "device_id", "platform", "last_active_dt"),
                    limit=10_000,
                ),
            ),
        ),
    ),
    Board(
        "traffic",
        "Traffic",
        (
            (
                _figure("Sessions", "app_traffic", "sum_sessions"),
                _figure("Page views", "app_traffic", "sum_page_views"),
                _figure("Bounce rate", "app_traffic", "ratio_bounce_rate"),
                _figure("Sales", "app_traffic", "sum_sales"),
            ),
            (Look("bars", "Sessions by channel", "app_traffic", ("sum_sessions",), ("channel",)),),
            (
                Look(
                    "sheet",
                    "Where sessions come from",
                    "app_traffic",
                    ("sum_sessions", "ratio_bounce_rate", "sum_orders", "ratio_orders", "sum_sales"),
                    ("channel", "source", "medium", "campaign"),
                    limit=1000,
                ),
            ),
            (
                Look(
                    "sheet",
                    "The first steps through the shop",
                    "app_page_path",
                    ("sum_sessions",),
                    ("step", "from_page", "to_page"),
                    limit=1000,
                ),
            ),
        ),
    ),
    Board(
        "customers",
        "Customers",
        (
            (
                Look("bars", "Segments by day", "app_customer_segments", ("mean_customers",), ("segment",)),
                Look("share", "Customers by region", "dws_customer", ("customers",), ("province",)),
            ),
            (
                Look(
                    "sheet",
                    "Best customers",
                    "dws_customer",
                    ("sum_order_amount", "sum_orders"),
                    ("customer_id", "name", "segment", "province"),
                    limit=1000,
                ),
            ),
        ),
    ),
    Board(
        "health",
        "App health",
        (
            (
                _CRASH_FREE,
                _figure("Crashes", "app_crashes", "sum_crashes", _EVERY),
                _figure("Affected users a day", "app_crashes", "mean_affected_users", _EVERY),
            ),
            (
                Look(
                    "bars",
                    "Crashes by platform",
                    "app_crashes",
                    ("sum_crashes",),
                    ("platform",),
                    (("app_version", "all"),),
                    (("platform", "all"),),
                ),
            ),
            (
                Look(
                    "sheet",
                    "By platform and version",
                    "app_crashes",
                    ("sum_crashes", "mean_affected_users", "mean_active_users", "ratio_crash_free_user_rate"),
                    ("platform", "app_version"),
                    differs=(("app_version", "all"),),
                    limit=1000,
                ),
            ),
        ),
    ),
    Board(
        "quality",
        "Data quality",
        (
            tuple(
                _figure(name.capitalize(), "app_data_quality", f"sum_{name}")
                for name in ("received", "landed", "quarantined", "duplicates")
            ),
            (Look("bars", "Received by source", "app_data_quality", ("sum_received",), ("source",)),),
            (
                Look(
                    "sheet",
                    "By source",
                    "app_data_quality",
                    tuple(f"sum_{name}" for name in ARRIVALS),
                    ("source",),
                ),
            ),
        ),
    ),
)
