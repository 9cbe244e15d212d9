"""A made-up shop's published figures, for looking at the dashboard: plausible, consistent, always the same.

Not the warehouse's truth (simulate/truth.py has that): here each table is filled straight from a seed, so
that every page has something to show and the tests know what it should be.
"""

from __future__ import annotations

import math
import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from tests.dashboard.figures import BRANDS, CATEGORIES, WORDS, Rows, change, money, rate
from tests.dashboard.made_up_orders import OrderTables

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
SOURCES = [("web", 0.55), ("app-android", 0.3), ("app-ios", 0.15)]


class Shop(OrderTables):
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
