"""A made-up shop's published figures, for looking at the dashboard: plausible, consistent, always the same.

Not the warehouse's truth (simulate/truth.py has that): here each table is filled straight from a seed, so
that every page has something to show and the tests know what it should be.
"""

from __future__ import annotations

import math
import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Rows = list[dict[str, Any]]

CATEGORIES = [
    ("Home", "Kitchen", "Cookware"),
    ("Home", "Kitchen", "Knives"),
    ("Home", "Living", "Lamps"),
    ("Fashion", "Shoes", "Trainers"),
    ("Fashion", "Bags", "Backpacks"),
    ("Fashion", "Outerwear", "Jackets"),
    ("Electronics", "Audio", "Headphones"),
    ("Electronics", "Phones", "Cases"),
    ("Sports", "Cycling", "Helmets"),
    ("Sports", "Running", "Watches"),
    ("Beauty", "Skin", "Serums"),
    ("Toys", "Games", "Puzzles"),
]
WORDS = ["Aster", "Birch", "Cobalt", "Dune", "Ember", "Fjord", "Grove", "Harbor", "Indigo", "Juniper"]
BRANDS = ["Nordhus", "Kestrel", "Oko", "Lumen & Co", "Tidewater"]
STEPS = {"visit": 1.0, "view": 0.72, "cart": 0.31, "checkout": 0.62, "order": 0.78, "pay": 0.93}
AUDIENCE: dict[str, list[tuple[str, float]]] = {
    "platform": [("web", 0.46), ("android", 0.33), ("ios", 0.21)],
    "os": [("Android", 0.36), ("iOS", 0.24), ("Windows", 0.25), ("macOS", 0.13), ("Linux", 0.02)],
    "android_version": [("15", 0.38), ("14", 0.31), ("13", 0.18), ("12", 0.13)],
    "ios_version": [("19.1", 0.55), ("18.6", 0.33), ("17.7", 0.12)],
    "brand": [("Apple", 0.31), ("Samsung", 0.22), ("Xiaomi", 0.17), ("OPPO", 0.1), ("unknown", 0.2)],
    "model": [("iPhone 17", 0.19), ("Galaxy S25", 0.14), ("Redmi Note 14", 0.11), ("unknown", 0.56)],
    "network": [("wifi", 0.61), ("5g", 0.24), ("4g", 0.13), ("unknown", 0.02)],
    "app_version": [("4.2.0", 0.58), ("4.1.3", 0.27), ("4.0.9", 0.15)],
    "screen": [("1920x1080", 0.31), ("390x844", 0.27), ("412x915", 0.26), ("2560x1440", 0.16)],
}
CHANNELS = [
    ("direct", "direct", "(none)", "(none)", 0.28),
    ("organic_search", "google.com", "(none)", "(none)", 0.27),
    ("paid_search", "google", "cpc", "autumn-sale", 0.14),
    ("social", "instagram", "social", "(none)", 0.13),
    ("email", "newsletter", "email", "weekly-42", 0.1),
    ("referral", "blog.example", "(none)", "(none)", 0.08),
]
PAGES = ["/", "/category", "/product", "/cart", "/checkout", "/search"]
PROVINCES = [("Zhejiang", 0.31), ("Guangdong", 0.27), ("Jiangsu", 0.18), ("Sichuan", 0.14), ("unknown", 0.1)]
METHODS = [("card", 0.52), ("alipay", 0.27), ("paypal", 0.15), ("bank_transfer", 0.06)]
SEGMENTS = ["champions", "loyal", "new", "promising", "at_risk", "hibernating", "lost"]
SOURCES = [("web", 0.55), ("app-android", 0.3), ("app-ios", 0.15)]


def rate(part: float | Decimal, whole: float | Decimal) -> Decimal | None:
    """part / whole to six places; NULL over nothing."""
    if not whole:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def change(now: Any, before: Any) -> Decimal | None:
    return None if before is None else rate(now - before, before)


def money(value: float) -> Decimal:
    return Decimal(f"{value:.2f}00")


class Shop:
    """Fills every table of the catalogue it knows for the days first … first + count - 1."""

    def __init__(self, first: date, count: int, seed: int = 7) -> None:
        self.days = [first + timedelta(days=n) for n in range(count)]
        self.random = random.Random(seed)
        self.tables: dict[str, Rows] = {}
        self.users = [self._wave(n, 820, 0.0016) for n in range(count)]
        self.new = [round(u * self.random.uniform(0.09, 0.14)) for u in self.users]
        self.products = [
            (
                f"P{i:04d}",
                f"{WORDS[i % 10]} {CATEGORIES[i % 12][2][:-1]} {i}",
                CATEGORIES[i % 12],
                BRANDS[i % 5],
                money(9 + (i * 37 % 190) + 0.9),
            )
            for i in range(1, 61)
        ]
        for fill in (
            self._people,
            self._audience,
            self._crashes,
            self._sales,
            self._periods,
            self._products,
            self._funnel,
            self._traffic,
            self._cohorts,
            self._commerce,
            self._quality,
            self._customers,
        ):
            fill()

    def _wave(self, n: int, base: float, growth: float) -> int:
        weekly = 1 + 0.16 * math.sin((self.days[n].weekday() + 1) * 2 * math.pi / 7)
        yearly = 1 + 0.08 * math.sin(n / 58)
        return round(base * (1 + growth) ** n * weekly * yearly * self.random.uniform(0.95, 1.05))

    def add(self, table: str, **row: Any) -> None:
        self.tables.setdefault(table, []).append(row)

    def _people(self) -> None:
        known = inactive = 0
        for n, (dt, users, new) in enumerate(zip(self.days, self.users, self.new, strict=True)):
            known += new
            self.add(
                "app_daily_users",
                dt=dt,
                total_users=known,
                daily_users=users,
                new_users=new,
                returning_users=users - new,
            )
            before, week = (self.users[n - back] if n >= back else None for back in (1, 7))
            wau = round(users * 3.1) if n > 6 else round(users * (1 + n * 0.33))
            mau = round(users * 7.4) if n > 29 else round(users * (1 + n * 0.21))
            self.add(
                "app_active_users",
                dt=dt,
                dau=users,
                dau_previous_day=before,
                wau=wau,
                mau=mau,
                day_over_day_rate=change(users, before),
                dau_same_day_last_week=week,
                week_over_week_rate=change(users, week),
                stickiness=rate(users, mau),
            )
            churned = round(users * 0.06) if n > 6 else 0
            back = round(users * 0.03) if n > 8 else 0
            inactive = max(0, inactive + churned - back)
            self.add(
                "app_churned_users",
                dt=dt,
                churned_users=churned,
                inactive_users=inactive,
                reactivated_users=back,
            )
            for i in range(min(churned, 40)):
                known_user = i % 4 != 0
                self.add(
                    "app_churned_user_list",
                    dt=dt,
                    person_id=f"u{n * 40 + i}" if known_user else f"a:d{n}-{i}",
                    user_id=f"u{n * 40 + i}" if known_user else None,
                    device_id=f"device-{n}-{i}",
                    platform=("web", "android", "ios")[i % 3],
                    last_active_dt=dt - timedelta(days=7),
                    days_inactive=7,
                )
            opens, openers = round(users * 1.34), round(users * 0.56)
            self.add("app_open_count", dt=dt, opens=opens, users=openers, opens_per_user=rate(opens, openers))
            once, twice = round(openers * 0.44), round(openers * 0.27)
            for bucket, people in (("1", once), ("2", twice), ("3+", openers - once - twice)):
                self.add(
                    "app_open_distribution",
                    dt=dt,
                    bucket=bucket,
                    users=people,
                    total_users=openers,
                    share=rate(people, openers),
                )
            for period, span in (("day", 1), ("week", 7), ("month", 30), ("quarter", 91), ("year", 365)):
                now = sum(self.new[max(0, n - span + 1) : n + 1])
                prior = sum(self.new[n - 2 * span + 1 : n - span + 1]) if n >= 2 * span - 1 else None
                self.add(
                    "app_new_users",
                    dt=dt,
                    period=period,
                    new_users=now,
                    previous_period=prior,
                    change_rate=change(now, prior),
                    last_year=None,
                    yoy_rate=None,
                )

    def _audience(self) -> None:
        for dt, users in zip(self.days, self.users, strict=True):
            for dimension, shares in AUDIENCE.items():
                total = {"android_version": round(users * 0.33), "ios_version": round(users * 0.21)}.get(
                    dimension, users
                )
                left = total
                for place, (value, share) in enumerate(shares):
                    people = left if place == len(shares) - 1 else round(total * share)
                    left -= people
                    self.add(
                        "app_audience",
                        dt=dt,
                        dimension=dimension,
                        value=value,
                        users=people,
                        total_users=total,
                        share=rate(people, total),
                    )

    def _crashes(self) -> None:
        for dt, users in zip(self.days, self.users, strict=True):
            totals = [0, 0, 0]
            for platform, share in (("android", 0.33), ("ios", 0.21)):
                before = totals
                for version, part in AUDIENCE["app_version"]:
                    active = round(users * share * part)
                    hit = round(active * self.random.uniform(0.001, 0.02) * (3 if version == "4.0.9" else 1))
                    row = [hit + hit // 3, hit, active]
                    totals = [a + b for a, b in zip(totals, row, strict=True)]
                    self._crash(dt, platform, version, *row)
                both = [a - b for a, b in zip(totals, before, strict=True)]
                self._crash(dt, platform, "all", *both)
            self._crash(dt, "all", "all", totals[0], totals[1], users)

    def _crash(self, dt: date, platform: str, version: str, crashes: int, hit: int, active: int) -> None:
        self.add(
            "app_crashes",
            dt=dt,
            platform=platform,
            app_version=version,
            crashes=crashes,
            affected_users=hit,
            active_users=active,
            crash_free_users=active - hit,
            crash_free_user_rate=rate(active - hit, active),
        )

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

    def _funnel(self) -> None:
        for dt, users in zip(self.days, self.users, strict=True):
            for unit, start in (("person", users), ("session", round(users * 1.4))):
                before, reached = None, start
                for number, (step, share) in enumerate(STEPS.items(), 1):
                    reached = (
                        start if before is None else round(before * share * self.random.uniform(0.96, 1.0))
                    )
                    seconds = Decimal(f"{self.random.uniform(20, 60) * number:.3f}")
                    self.add(
                        "app_conversion",
                        dt=dt,
                        unit=unit,
                        step=step,
                        step_number=number,
                        reached=reached,
                        step_rate=None if before is None else rate(reached, before),
                        overall_rate=rate(reached, start),
                        median_seconds_from_previous=None if before is None else seconds,
                    )
                    before = reached

    def _traffic(self) -> None:
        for dt, users in zip(self.days, self.users, strict=True):
            for channel, source, medium, campaign, share in CHANNELS:
                sessions = round(users * 1.4 * share)
                bounced = round(sessions * 0.38)
                self.add(
                    "app_traffic",
                    dt=dt,
                    channel=channel,
                    source=source,
                    medium=medium,
                    campaign=campaign,
                    visitors=round(users * share),
                    sessions=sessions,
                    page_views=round(sessions * 5.2),
                    bounced_sessions=bounced,
                    bounce_rate=rate(bounced, sessions),
                    average_duration_seconds=Decimal("182.500"),
                    orders=round(sessions * 0.06),
                    sales=money(sessions * 0.06 * 84),
                )
            for step in range(1, 4):
                for i, page in enumerate(PAGES):
                    origin = "(entrance)" if step == 1 else PAGES[(i + step) % 6]
                    self.add(
                        "app_page_path",
                        dt=dt,
                        step=step,
                        from_page=origin,
                        to_page=page,
                        sessions=round(users * 0.5 / (i + 1) / step),
                    )

    def _cohorts(self) -> None:
        last = self.days[-1]
        for n, dt in enumerate(self.days):
            for k in (0, 1, 2, 3, 4, 5, 6, 7, 14, 30):
                if dt + timedelta(days=k) <= last:
                    self._cohort("day", dt, k, self.new[n], 1.0 if k == 0 else 0.42 / k**0.55)
            if dt.weekday() == 0:
                for k in range(13):
                    if dt + timedelta(days=7 * k + 6) <= last:
                        size = sum(self.new[n : n + 7])
                        self._cohort("week", dt, k, size, 1.0 if k == 0 else 0.48 / k**0.5)
            if dt.day == 1:
                size = sum(self.new[n : n + 30])
                for k in range(13):
                    if dt + timedelta(days=31 * (k + 1)) <= last:
                        self._cohort("month", dt, k, size, 1.0 if k == 0 else 0.5 / k**0.5)

    def _cohort(self, period: str, dt: date, k: int, size: int, share: float) -> None:
        retained = size if k == 0 else round(size * share * self.random.uniform(0.9, 1.1))
        self.add(
            "app_retention",
            period=period,
            cohort_dt=dt,
            period_number=k,
            cohort_size=size,
            retained=retained,
            rate=rate(retained, size),
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

    def _quality(self) -> None:
        for dt, users in zip(self.days, self.users, strict=True):
            seen = datetime.combine(dt, time(23, 59, 41), UTC)
            for source, share in SOURCES:
                received = round(users * 17 * share)
                bad = round(received * 0.0006)
                self.add(
                    "app_data_quality",
                    dt=dt,
                    source=source,
                    received=received,
                    landed=received - bad,
                    duplicates=round(received * 0.004),
                    quarantined=bad,
                    late=round(received * 0.011),
                    bots=round(received * 0.02),
                    time_corrected=round(received * 0.003),
                    freshness=seen,
                )
            for table, rows in (("orders", 96), ("customer", 41), ("product", 2)):
                self.add(
                    "app_data_quality",
                    dt=dt,
                    source=f"db:{table}",
                    received=rows,
                    landed=rows,
                    duplicates=0,
                    quarantined=0,
                    late=0,
                    bots=0,
                    time_corrected=0,
                    freshness=seen,
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
