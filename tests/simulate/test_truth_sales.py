from __future__ import annotations

from tests.simulate.tiny import Tiny, pick


def test_each_fact_stands_on_its_own_day() -> None:
    life = Tiny("Asia/Shanghai")
    life.order("1", "2026-06-01 10:00", "100.10", "7", items=(("p", 2, "50.05"),), paid="2026-06-01 10:05")
    life.order("2", "2026-06-01 23:30", "50", "8", items=(("q", 1, "50"),), paid="2026-06-02 00:10")
    life.order("3", "2026-06-01 11:00", "30", None, cancelled_at="2026-06-03 09:00")
    life.order("4", "2026-06-02 11:00", "20", "7")
    life.row("payment", payment_id="a", order_id="4", amount="15", paid_at="2026-06-03 12:00")
    life.row("payment", payment_id="b", order_id="4", amount="5", paid_at="2026-06-02 12:00")
    life.row("payment", payment_id="c", order_id="gone", amount="5", paid_at="2026-06-02 12:00")
    life.row("refund", refund_id="r", order_id="1", amount="0.10", refunded_at="2026-06-03 23:59")
    rows = life.table("app_sales", "2026-06-10")
    money = ("gmv", "paid_gmv", "net_sales", "average_order_value", "refund_amount")
    # order 4 is paid by the first of its payments
    assert pick(rows, "dt", *money) == [
        ("2026-06-01", "180.1000", "100.1000", "100.1000", "60.0333", "0.0000"),
        ("2026-06-02", "20.0000", "70.0000", "70.0000", "20.0000", "0.0000"),
        ("2026-06-03", "0.0000", "0.0000", "-0.1000", None, "0.1000"),
    ]
    counts = ("orders", "paid_orders", "cancelled_orders", "units", "buyers", "new_buyers", "refunds")
    assert pick(rows, *counts) == [(3, 1, 0, 3, 2, 2, 0), (1, 2, 0, 0, 1, 0, 0), (0, 0, 1, 0, 0, 0, 1)]
    assert pick(rows, "gmv_day_over_day", "orders_day_over_day", "average_order_value_day_over_day") == [
        (None, None, None),
        ("-0.888951", "-0.666667", "-0.666852"),
        ("-1.000000", "-1.000000", None),
    ]
    assert pick(rows, "net_sales_day_over_day") == [(None,), ("-0.300699",), ("-1.001429",)]


def test_comparisons_reach_back_a_week_and_a_year() -> None:
    life = Tiny()
    for number, (day, total) in enumerate(
        {"2027-02-28": "10", "2028-02-22": "5", "2028-02-28": "4", "2028-02-29": "40"}.items()
    ):
        life.order(str(number), f"{day} 10:00", total, "7")
    rows = life.table("app_sales", "2028-03-01")
    compared = ("gmv_day_over_day", "gmv_week_over_week", "gmv_year_over_year", "paid_gmv_day_over_day")
    assert pick(rows, *compared, dt="2028-02-29") == [("9.000000", "7.000000", "3.000000", None)]
    assert pick(rows, *compared, dt="2028-02-28") == [(None, None, "-0.600000", None)]
    assert pick(rows, "new_buyers", dt="2028-02-29") == [(0,)]


def test_running_periods_and_those_before_them() -> None:
    life = Tiny()
    for number, (day, total) in enumerate(
        {"2026-01-31": "100", "2026-02-01": "10", "2026-02-28": "20", "2026-03-01": "1", "2026-03-30": "2",
         "2026-03-31": "4"}.items()
    ):  # fmt: skip
        life.order(str(number), f"{day} 10:00", total, "7" if number % 2 else "8", paid=f"{day} 11:00")
    rows = life.table("app_sales_period", "2026-04-01")
    columns = ("gmv", "paid_gmv", "orders", "buyers", "previous_gmv", "change_rate", "last_year_gmv")
    assert pick(rows, *columns, dt="2026-03-31", period="week") == [
        ("6.0000", "6.0000", 2, 2, "0.0000", None, None)
    ]
    assert pick(rows, *columns, dt="2026-03-31", period="month") == [
        ("7.0000", "7.0000", 3, 2, "30.0000", "-0.766667", None)
    ]
    assert pick(rows, *columns, dt="2026-03-01", period="month") == [
        ("1.0000", "1.0000", 1, 1, "10.0000", "-0.900000", None)
    ]
    assert pick(rows, *columns, dt="2026-03-31", period="quarter") == [
        ("137.0000", "137.0000", 6, 2, None, None, None)
    ]
    assert pick(rows, *columns, dt="2026-03-31", period="7d") == [
        ("6.0000", "6.0000", 2, 2, "0.0000", None, None)
    ]
    # the 30 days ending on 31 March begin on the 2nd, those before on 31 January
    assert pick(rows, *columns, dt="2026-03-31", period="30d") == [
        ("6.0000", "6.0000", 2, 2, "131.0000", "-0.954198", None)
    ]
    assert pick(rows, *columns, dt="2026-03-30", period="30d") == [
        ("3.0000", "3.0000", 2, 2, None, None, None)
    ]


def catalogue(life: Tiny) -> None:
    for identity, name in (("c1", "Tea"), ("c2", "Pans")):
        life.row(
            "category", category_id=identity, level1_name="All", level2_name="Some", level3_id=identity,
            level3_name=name,
        )  # fmt: skip
    life.row(
        "product", product_id="10", name="Old", category_id="c1", brand="B", updated_at="2026-05-01 00:00"
    )  # fmt: skip
    life.row("product", product_id="9", name="Nine", category_id="c2", updated_at="2026-05-01 00:00")


def test_ties_go_to_the_lesser_id_in_text_order_and_unknown_products_have_no_name() -> None:
    life = Tiny()
    catalogue(life)
    life.order("1", "2026-06-01 10:00", "1", items=(("9", 1, "5"), ("10", 2, "2.5"), ("x", 1, "1")))
    life.order("2", "2026-06-02 10:00", "1", items=(("9", 1, "5"),))
    rows = life.table("app_top_products", "2026-06-02")
    columns = ("rank", "product_id", "product_name", "category", "orders", "units", "sales")
    assert pick(rows, *columns, dt="2026-06-01", window_days=1) == [
        (1, "10", "Old", "Tea", 1, 2, "5.0000"),
        (2, "9", "Nine", "Pans", 1, 1, "5.0000"),
        (3, "x", None, None, 1, 1, "1.0000"),
    ]
    assert pick(rows, *columns, dt="2026-06-02", window_days=7, rank=1) == [
        (1, "9", "Nine", "Pans", 2, 2, "10.0000")
    ]
    sales = life.table("app_product_sales", "2026-06-02")
    columns = ("product_id", "product_name", "level1_name", "level3_name", "brand", "units", "sales")
    assert sorted(pick(sales, *columns, dt="2026-06-01")) == [
        ("10", "Old", "All", "Tea", "B", 2, "5.0000"),
        ("9", "Nine", "All", "Pans", None, 1, "5.0000"),
        ("x", None, None, None, None, 1, "1.0000"),
    ]


def test_only_ten_products_make_the_top() -> None:
    life = Tiny()
    life.order("1", "2026-06-01 10:00", "1", items=tuple((f"p{n:02d}", 1, "1") for n in range(12)))
    rows = life.table("app_top_products", "2026-06-01")
    assert pick(rows, "product_id", window_days=30) == [(f"p{n:02d}",) for n in range(10)]


def test_names_are_those_in_force_at_the_end_of_the_day_as_far_as_imports_have_seen_them() -> None:
    life = Tiny("Asia/Shanghai")
    catalogue(life)
    for day in (1, 2, 3):
        life.order(str(day), f"2026-06-0{day} 10:00", "1", items=(("10", 1, "5"),))
    life.imported("2026-06-02 12:00")
    renamed = dict(life.books["product"][0])
    life.books["product"] = life.books["product"][1:]
    life.row("product", product_id="10", name="New", category_id="c2", updated_at="2026-06-02 23:59:59")
    life.imported("2026-06-03 12:00")
    assert renamed["name"] == "Old"
    rows = life.table("app_product_sales", "2026-06-03")
    assert pick(rows, "product_name", "level3_name") == [("Old", "Tea"), ("New", "Pans"), ("New", "Pans")]
    tops = life.table("app_top_categories", "2026-06-03")
    # an item counts for the category of its order's day
    assert pick(tops, "category_id", "category", "orders", "sales", dt="2026-06-03", window_days=7) == [
        ("c2", "Pans", 2, "10.0000"),
        ("c1", "Tea", 1, "5.0000"),
    ]


def test_an_order_with_two_products_of_a_category_counts_once() -> None:
    life = Tiny()
    catalogue(life)
    life.order("1", "2026-06-01 10:00", "1", items=(("9", 1, "5"), ("x", 1, "1"), ("y", 3, "1.5")))
    rows = life.table("app_top_categories", "2026-06-01")
    assert pick(rows, "rank", "category_id", "category", "orders", "units", "sales", window_days=1) == [
        (1, "unknown", "unknown", 1, 4, "5.5000"),
        (2, "c2", "Pans", 1, 1, "5.0000"),
    ]


def test_payments_regions_and_coupons() -> None:
    life = Tiny()
    life.order("1", "2026-06-01 10:00", "100", "7", province="Hubei")
    life.order("2", "2026-06-01 11:00", "50", "7", province="Hubei")
    life.order("3", "2026-06-01 12:00", "30", None)
    for identity, order, amount, method in (
        ("a", "1", "60", "card"), ("b", "1", "40", "card"), ("c", "3", "30", None),
        ("d", "gone", "1", "card"),
    ):  # fmt: skip
        life.row(
            "payment", payment_id=identity, order_id=order, amount=amount, method=method,
            paid_at="2026-06-02 00:30",
        )  # fmt: skip
    life.row("coupon_use", coupon_id="X", order_id="1", amount="10")
    life.row("coupon_use", coupon_id="Y", order_id="1", amount="1")
    life.row("coupon_use", coupon_id="X", order_id="gone", amount="10")
    methods = life.table("app_payment_methods", "2026-06-02")
    assert pick(methods, "dt", "method", "orders", "amount", "buyers") == [
        ("2026-06-02", "card", 2, "101.0000", 1),
        ("2026-06-02", "unknown", 1, "30.0000", 0),
    ]
    regions = life.table("app_regions", "2026-06-02")
    assert pick(regions, "province", "orders", "amount", "buyers") == [
        ("Hubei", 2, "150.0000", 1),
        ("unknown", 1, "30.0000", 0),
    ]
    coupons = life.table("app_coupons", "2026-06-02")
    columns = ("coupon_id", "orders", "amount", "buyers", "discount", "average_order_value", "lift")
    assert pick(coupons, *columns, other_average_order_value="40.0000") == [
        ("X", 1, "100.0000", 1, "10.0000", "100.0000", "1.500000"),
        ("Y", 1, "100.0000", 1, "1.0000", "100.0000", "1.500000"),
    ]


def test_how_long_orders_take() -> None:
    life = Tiny()
    life.order("1", "2026-06-01 10:00:00", "1", "7", paid="2026-06-01 10:00:10")
    life.order("2", "2026-06-01 10:00:00", "1", "7", paid="2026-06-02 10:00:00")
    life.order("3", "2026-06-01 10:00:00", "1", "7", paid="2026-06-01 10:00:05")
    life.order("4", "2026-06-01 10:00:00", "1", "7")
    life.row("shipment", order_id="1", shipped_at="2026-06-01 11:00:10", delivered_at="2026-06-03 11:00:10")
    life.row("shipment", order_id="3", shipped_at="2026-06-01 10:00:06")
    row = life.table("app_order_timing", "2026-06-02")
    assert pick(row, "orders", "unpaid_orders", "unpaid_rate", dt="2026-06-01") == [(4, 1, "0.250000")]
    assert pick(row, "median_seconds_to_pay", "mean_seconds_to_pay", dt="2026-06-01") == [
        ("10.000", "28805.000")
    ]
    assert pick(row, "median_seconds_to_ship", "mean_seconds_to_ship", "mean_seconds_to_deliver") == [
        ("1800.500", "1800.500", "172800.000"),
        (None, None, None),
    ]


def test_days_before_2000_and_after_today_are_no_days_of_the_warehouse() -> None:
    life = Tiny()
    life.order("1", "1999-12-31 23:59", "5", "7", cancelled_at="2000-01-01 00:00")
    life.order("2", "2000-01-02 10:00", "5", "7", paid="2000-01-04 00:00")
    rows = life.table("app_sales", "2000-01-03")
    assert pick(rows, "dt", "orders", "cancelled_orders", "new_buyers") == [
        ("2000-01-01", 0, 1, 0),
        ("2000-01-02", 1, 0, 0),
    ]
