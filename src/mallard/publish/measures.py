"""The figures that Superset may draw: for each published table, how its days add up.

Tables, columns and sentences are the catalogue's. A dashboard's filter chooses the days, so every figure
holds for any span of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Form = Literal["count", "money", "rate", "number"]


@dataclass(frozen=True)
class Measure:
    """A figure of one table. sql: an aggregate; column: the one whose sentence describes it."""

    name: str
    label: str
    sql: str
    form: Form
    column: str


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
