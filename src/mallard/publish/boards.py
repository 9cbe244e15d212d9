"""The dashboards that go to Superset: which figures, drawn how, in what order.

They mirror our own pages. Tables, columns and sentences are the catalogue's; here stands only how days add up
and what is drawn. The dashboard's filter chooses the days, so every figure holds for any span of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Form = Literal["count", "money", "rate", "number"]
Kind = Literal["figure", "line", "bars", "ranking", "sheet", "rows", "share", "funnel", "heat"]
Equals = tuple[tuple[str, str | int], ...]


@dataclass(frozen=True)
class Measure:
    """A figure of one table. sql: an aggregate; column: the one whose sentence describes it."""

    name: str
    label: str
    sql: str
    form: Form
    column: str


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


def total(column: str, label: str, form: Form = "count") -> Measure:
    """The days' sum."""
    return Measure(f"sum_{column}", label, f"SUM({column})", form, column)


def mean(column: str, label: str, form: Form = "number") -> Measure:
    """The mean over the days: people must not be added up from day to day."""
    return Measure(f"mean_{column}", label, f"AVG({column} * 1.0)", form, column)


def ratio(column: str, label: str, top: str, bottom: str, form: Form = "rate") -> Measure:
    """A ratio of sums, never a mean of ratios; without a denominator it is NULL."""
    sql = f"SUM({top}) * 1.0 / NULLIF(SUM({bottom}), 0)"
    return Measure(f"ratio_{column}", label, sql, form, column)


def hours(step: str, label: str) -> Measure:
    """The mean of the days' medians, in hours."""
    column = f"median_seconds_to_{step}"
    return Measure(f"hours_to_{step}", label, f"AVG({column}) / 3600.0", "number", column)


ARRIVALS = ("received", "landed", "quarantined", "duplicates", "late", "bots", "time_corrected")
GOODS = (total("orders", "Orders"), total("units", "Units"), total("sales", "Sales", "money"))
SALES = (total("orders", "Orders"), total("amount", "Amount", "money"))

MEASURES: dict[str, tuple[Measure, ...]] = {
    "app_active_users": (
        mean("dau", "Active users a day"),
        mean("wau", "Weekly active users"),
        mean("mau", "Monthly active users"),
        ratio("stickiness", "Stickiness", "dau", "mau"),
    ),
    "app_audience": (total("users", "Person-days"), ratio("share", "Share", "users", "total_users")),
    "app_cart": (
        total("added_users", "Carts"),
        total("abandoned_carts", "Abandoned carts"),
        ratio("abandonment_rate", "Abandonment", "abandoned_carts", "added_users"),
    ),
    "app_churned_user_list": (Measure("people", "People", "COUNT(*)", "count", "person_id"),),
    "app_churned_users": (
        total("churned_users", "Churned users"),
        total("reactivated_users", "Came back"),
        mean("inactive_users", "Inactive users"),
    ),
    "app_conversion": (
        total("reached", "Reached"),
        Measure(
            "order_rate",
            "Conversion",
            "SUM(CASE WHEN step = 'order' THEN reached END) * 1.0"
            " / NULLIF(SUM(CASE WHEN step = 'visit' THEN reached END), 0)",
            "rate",
            "overall_rate",
        ),
    ),
    "app_coupons": (*SALES, total("discount", "Discount", "money")),
    "app_crashes": (
        total("crashes", "Crashes"),
        mean("affected_users", "Affected users a day"),
        mean("active_users", "Active users a day"),
        ratio("crash_free_user_rate", "Crash-free users", "crash_free_users", "active_users"),
    ),
    "app_customer_segments": (mean("customers", "Customers"), mean("sales", "Sales", "money")),
    "app_daily_users": (
        total("new_users", "New users"),
        mean("returning_users", "Returning users a day"),
        Measure("known_users", "Users known", "MAX(total_users)", "count", "total_users"),
    ),
    "app_data_quality": tuple(total(name, name.replace("_", " ").capitalize()) for name in ARRIVALS),
    "app_new_users": (mean("new_users", "New users to date"), mean("previous_period", "Period before")),
    "app_open_count": (
        total("opens", "App opens"),
        ratio("opens_per_user", "Opens per person", "opens", "users", "number"),
    ),
    "app_open_distribution": (
        total("users", "Person-days"),
        ratio("share", "Share", "users", "total_users"),
    ),
    "app_order_timing": (
        hours("pay", "Hours to pay"),
        hours("ship", "Hours to ship"),
        hours("deliver", "Hours to deliver"),
        ratio("unpaid_rate", "Unpaid orders", "unpaid_orders", "orders"),
    ),
    "app_page_path": (total("sessions", "Sessions"),),
    "app_payment_methods": SALES,
    "app_product_recommendations": (
        Measure("confidence_of_pair", "Confidence", "MAX(confidence)", "rate", "confidence"),
        Measure("lift_of_pair", "Lift", "MAX(lift)", "number", "lift"),
    ),
    "app_product_sales": GOODS,
    "app_regions": SALES,
    "app_repurchase": (
        mean("buyers", "Buyers in the window"),
        ratio("rate", "Bought again", "repeat_buyers", "buyers"),
    ),
    "app_retention": (
        total("cohort_size", "People"),
        ratio("rate", "Retention", "retained", "cohort_size"),
    ),
    "app_sales": (
        total("gmv", "GMV", "money"),
        total("paid_gmv", "Paid GMV", "money"),
        total("net_sales", "Net sales", "money"),
        total("orders", "Orders"),
        total("paid_orders", "Paid orders"),
        total("cancelled_orders", "Cancelled orders"),
        total("units", "Units"),
        total("new_buyers", "New buyers"),
        total("refund_amount", "Refunds", "money"),
        mean("buyers", "Buyers a day"),
        ratio("average_order_value", "Average order value", "gmv", "orders", "money"),
    ),
    "app_sales_period": (
        mean("gmv", "GMV to date", "money"),
        mean("previous_gmv", "GMV before", "money"),
        mean("last_year_gmv", "GMV a year before", "money"),
    ),
    "app_top_categories": GOODS,
    "app_top_products": GOODS,
    "app_traffic": (
        total("sessions", "Sessions"),
        total("page_views", "Page views"),
        ratio("bounce_rate", "Bounce rate", "bounced_sessions", "sessions"),
        total("orders", "Orders"),
        total("sales", "Sales", "money"),
        ratio("orders", "Conversion", "orders", "sessions"),
    ),
    "dws_customer": (
        Measure("customers", "Customers", "COUNT(*)", "count", "customer_id"),
        total("orders", "Orders"),
        total("order_amount", "Order amount", "money"),
    ),
}

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
