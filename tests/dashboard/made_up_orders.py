"""The made-up shop's tables of orders, products and customers."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.dashboard.figures import METHODS, PROVINCES, SEGMENTS, Rows, Tables, change, money, rate


class OrderTables(Tables):
    """Sales, products, carts, payments, customers."""

    def _sales(self) -> None:
        main = (
            "gmv",
            "paid_gmv",
            "net_sales",
            "orders",
            "paid_orders",
            "units",
            "buyers",
            "average_order_value",
        )
        made: Rows = []
        for n, dt in enumerate(self.days):
            orders = round(self.users[n] * self.random.uniform(0.085, 0.1))
            gmv = money(orders * self.random.uniform(78, 92))
            paid = money(float(gmv) * self.random.uniform(0.88, 0.95))
            refunds = round(orders * 0.04)
            refunded = money(refunds * 61.3)
            row = {
                "dt": dt,
                "gmv": gmv,
                "paid_gmv": paid,
                "refund_amount": refunded,
                "net_sales": paid - refunded,
                "orders": orders,
                "paid_orders": round(orders * 0.92),
                "cancelled_orders": round(orders * 0.05),
                "refunds": refunds,
                "units": round(orders * 1.8),
                "buyers": round(orders * 0.96),
                "new_buyers": round(orders * 0.31),
                "average_order_value": (gmv / orders).quantize(Decimal("0.0001"), ROUND_HALF_UP),
            }
            made.append(row)
            for name in main:
                for suffix, back in (("day_over_day", 1), ("week_over_week", 7), ("year_over_year", 365)):
                    before = made[n - back][name] if n >= back else None
                    row[f"{name}_{suffix}"] = change(row[name], before)
        self.tables["app_sales"] = made

    def _periods(self) -> None:
        sales = self.tables["app_sales"]
        for n, dt in enumerate(self.days):
            starts = {
                "week": dt.weekday() + 1,
                "month": dt.day,
                "quarter": (dt - _quarter(dt)).days + 1,
                "year": dt.timetuple().tm_yday,
                "7d": 7,
                "30d": 30,
            }
            for period, span in starts.items():
                part = sales[max(0, n - span + 1) : n + 1]
                gmv = sum((row["gmv"] for row in part), Decimal(0))
                prior = sales[n - 2 * span + 1 : n - span + 1] if n >= 2 * span - 1 else None
                before = sum((row["gmv"] for row in prior), Decimal(0)) if prior else None
                orders = sum(row["orders"] for row in part)
                self.add(
                    "app_sales_period",
                    dt=dt,
                    period=period,
                    gmv=gmv,
                    orders=orders,
                    paid_gmv=sum((r["paid_gmv"] for r in part), Decimal(0)),
                    net_sales=sum((r["net_sales"] for r in part), Decimal(0)),
                    buyers=round(orders * 0.8),
                    previous_gmv=before,
                    change_rate=change(gmv, before),
                    last_year_gmv=None,
                    yoy_rate=None,
                )

    def _products(self) -> None:
        sold: dict[date, dict[str, tuple[int, int, Decimal]]] = {}
        for n, dt in enumerate(self.days):
            sold[dt] = {}
            for place, (product, name, (l1, l2, l3), brand, price) in enumerate(self.products):
                orders = round(self.users[n] * 0.012 * self.random.random() / (1 + place / 8))
                if not orders:
                    continue
                units = orders + orders // 3
                sold[dt][product] = (orders, units, price * units)
                self.add(
                    "app_product_sales",
                    dt=dt,
                    product_id=product,
                    product_name=name,
                    level1_name=l1,
                    level2_name=l2,
                    level3_name=l3,
                    brand=brand,
                    orders=orders,
                    units=units,
                    sales=price * units,
                )
        self._rank(sold)

    def _rank(self, sold: dict[date, dict[str, tuple[int, int, Decimal]]]) -> None:
        facts = {p[0]: p for p in self.products}
        for dt in self.days:
            for window in (1, 7, 30):
                sums: dict[str, list[Any]] = {}
                groups: dict[str, list[Any]] = {}
                for back in range(window):
                    for product, figures in sold.get(dt - timedelta(days=back), {}).items():
                        for target, key in ((sums, product), (groups, facts[product][2][2])):
                            held = target.setdefault(key, [0, 0, Decimal(0)])
                            for i in range(3):
                                held[i] += figures[i]
                order = sorted(sums.items(), key=lambda item: (-item[1][2], item[0]))[:10]
                for place, (product, (orders, units, sales)) in enumerate(order, 1):
                    self.add(
                        "app_top_products",
                        dt=dt,
                        window_days=window,
                        rank=place,
                        product_id=product,
                        product_name=facts[product][1],
                        category=facts[product][2][2],
                        orders=orders,
                        units=units,
                        sales=sales,
                    )
                ranked = sorted(groups.items(), key=lambda item: (-item[1][2], item[0]))[:10]
                for place, (category, (orders, units, sales)) in enumerate(ranked, 1):
                    self.add(
                        "app_top_categories",
                        dt=dt,
                        window_days=window,
                        rank=place,
                        category_id=category,
                        category=category,
                        orders=orders,
                        units=units,
                        sales=sales,
                    )

    def _commerce(self) -> None:
        for n, dt in enumerate(self.days):
            sale = self.tables["app_sales"][n]
            orders = sale["orders"]
            for province, share in PROVINCES:
                part = round(orders * share)
                self.add(
                    "app_regions",
                    dt=dt,
                    province=province,
                    orders=part,
                    amount=money(part * 84.1),
                    buyers=part,
                )
            for method, share in METHODS:
                part = round(orders * share)
                self.add(
                    "app_payment_methods",
                    dt=dt,
                    method=method,
                    orders=part,
                    amount=money(part * 83.2),
                    buyers=part,
                )
            for coupon, part in (("WELCOME10", round(orders * 0.09)), ("FREESHIP", round(orders * 0.05))):
                self.add(
                    "app_coupons",
                    dt=dt,
                    coupon_id=coupon,
                    orders=part,
                    amount=money(part * 97),
                    buyers=part,
                    discount=money(part * 8.5),
                    average_order_value=Decimal("97.0000"),
                    other_average_order_value=Decimal("81.5000"),
                    lift=rate(Decimal("15.5"), Decimal("81.5")),
                )
            unpaid = orders - sale["paid_orders"]
            self.add(
                "app_order_timing",
                dt=dt,
                orders=orders,
                unpaid_orders=unpaid,
                unpaid_rate=rate(unpaid, orders),
                median_seconds_to_pay=Decimal("212.000"),
                mean_seconds_to_pay=Decimal("1310.250"),
                median_seconds_to_ship=Decimal("72310.000"),
                mean_seconds_to_ship=Decimal("80112.500"),
                median_seconds_to_deliver=Decimal("190212.000"),
                mean_seconds_to_deliver=Decimal("203311.125"),
            )
            for place, product in enumerate(["all", *(p[0] for p in self.products[:20])]):
                added = round(self.users[n] * (0.31 if place == 0 else 0.05 / place))
                left = round(added * 0.68)
                self.add(
                    "app_cart",
                    dt=dt,
                    product_id=product,
                    added_users=added,
                    abandoned_carts=left,
                    abandonment_rate=rate(left, added),
                )
            for window in (7, 30, 90):
                for place, category in enumerate(
                    ["all", "Home", "Fashion", "Electronics", "Sports", "Beauty"]
                ):
                    buyers = round(orders * min(window, n + 1) * 0.8 / (place + 1))
                    again = round(buyers * 0.06 * window**0.4)
                    self.add(
                        "app_repurchase",
                        dt=dt,
                        window_days=window,
                        category=category,
                        buyers=buyers,
                        repeat_buyers=again,
                        rate=rate(again, buyers),
                    )
            for place, segment in enumerate(SEGMENTS):
                people = round((200 + n * 22) / (place + 2))
                self.add(
                    "app_customer_segments",
                    dt=dt,
                    segment=segment,
                    customers=people,
                    sales=money(people * 260 / (place + 1)),
                )
        for i, product in enumerate(self.products[:40]):
            for place in range(1, 5):
                self.add(
                    "app_product_recommendations",
                    product_id=product[0],
                    rank=place,
                    basis="bought",
                    other_product_id=self.products[(i + place * 7) % 60][0],
                    pairs=60 - place * 9,
                    support=Decimal("0.004200"),
                    confidence=Decimal(f"0.{30 - place * 4}0000"),
                    lift=Decimal(f"{4 - place * 0.6:.6f}"),
                )

    def _customers(self) -> None:
        first = ["Mei", "Anna", "Omar", "Lucía", "Jonas", "Priya", "Kofi", "Yuki", "Chloé", "Ivan"]
        last = ["Wang", "Larsson", "Haddad", "García", "Weber", "Iyer", "Mensah", "Sato", "Martin", "Petrov"]
        for n in range(400):
            orders = n * 7 % 9
            joined = self.days[n % len(self.days)]
            bought = datetime.combine(self.days[-1 - n % 30], time(19, n % 60), UTC) if orders else None
            amount = money(orders * (60 + n % 37))
            self.add(
                "dws_customer",
                customer_id=f"u{n}",
                name=f"{first[n % 10]} {last[n // 10 % 10]}",
                gender="female" if n % 2 else "male",
                birth_date=date(1960 + n % 45, 1 + n % 12, 1 + n % 28),
                email=f"customer{n}@shop.example",
                phone=f"+86 138 **** {n:04d}",
                registered_at=datetime.combine(joined, time(9, n % 60), UTC),
                is_blocked=n % 97 == 0,
                has_children=n % 3 == 0,
                has_car=n % 4 == 0,
                phone_brand=["Apple", "Samsung", "Xiaomi"][n % 3],
                province=PROVINCES[n % 5][0],
                country="China",
                first_active_dt=joined,
                last_active_dt=self.days[-1 - n % 30],
                active_days=1 + n % 25,
                first_order_at=datetime.combine(joined, time(11, n % 60), UTC) if orders else None,
                last_order_at=bought,
                orders=orders,
                order_amount=amount,
                paid_orders=orders - (orders > 4),
                paid_amount=amount,
                cancelled_orders=orders // 5,
                refund_amount=money(orders // 4 * 21),
                average_order_value=(amount / orders).quantize(Decimal("0.0001")) if orders else None,
                recency_days=n % 30 if orders else None,
                segment=SEGMENTS[n % 7] if orders else None,
            )


def _quarter(dt: date) -> date:
    return date(dt.year, (dt.month - 1) // 3 * 3 + 1, 1)
