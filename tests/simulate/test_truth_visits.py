from __future__ import annotations

from mallard.simulate.diary import Origin
from tests.simulate.tiny import PHONE, WEB1, WEB2, Tiny, pick

GOOGLE = Origin(referrer="https://www.google.com/search?q=x")
NEWSLETTER = Origin(None, "newsletter", "Email", "june")
TWITTER = Origin("https://t.co/abc")
BLOG = Origin("https://Blog.example.org:8080/x")
SHOP = "https://shop.example.com/"


def test_the_last_touch_that_is_not_direct_decides() -> None:
    life = Tiny()
    life.event("Page Viewed", "2026-06-01 10:00", WEB1, page="/", origin=GOOGLE)
    life.event("Page Viewed", "2026-06-01 10:01", WEB1, page="/a", back=SHOP)
    life.event("Page Viewed", "2026-06-01 10:02:30", WEB1, page="/b", origin=NEWSLETTER, back=SHOP)
    life.event("Page Viewed", "2026-06-01 10:03", WEB1, page="/c", back=SHOP)
    life.event("Page Viewed", "2026-06-01 10:00", WEB2, page="/")
    life.event("Product Viewed", "2026-06-01 10:00:01.500", WEB2, page="/")
    life.event("Screen Viewed", "2026-06-01 12:00", PHONE, page="Home", origin=BLOG, user="7")
    life.event("Application Crashed", "2026-06-01 12:01", PHONE, origin=TWITTER, user="7")
    life.order("1", "2026-06-01 12:10", "25.50", "7")
    rows = life.table("app_traffic", "2026-06-01")
    columns = (
        "channel", "source", "medium", "campaign", "visitors", "sessions", "page_views", "bounced_sessions",
        "average_duration_seconds", "orders", "sales",
    )  # fmt: skip
    assert pick(rows, *columns) == [
        ("email", "newsletter", "Email", "june", 1, 1, 4, 0, "180.000", 0, "0.0000"),
        ("direct", "direct", "(none)", "(none)", 1, 1, 1, 0, "1.500", 0, "0.0000"),
        ("referral", "blog.example.org", "(none)", "(none)", 1, 1, 1, 1, "0.000", 1, "25.5000"),
    ]
    assert pick(rows, "bounce_rate", channel="referral") == [("1.000000",)]


def test_channels() -> None:
    life = Tiny()
    origins = {
        "paid_search": Origin("https://www.google.com/", "google", "CPC"),
        "organic_search": Origin("https://www.google.co.uk/"),
        "social": TWITTER,
        "display": Origin(None, "net", "banner"),
        "affiliate": Origin(None, "partner", "affiliate"),
        "other": Origin(None, "radio", None),
        "referral": Origin("https://notgoogle.example/"),
    }
    for hour, origin in enumerate(origins.values()):
        life.event("Page Viewed", f"2026-06-01 {hour:02d}:00", WEB1, page="/", origin=origin)
    rows = life.table("app_traffic", "2026-06-01")
    assert [channel for (channel,) in pick(rows, "channel")] == list(origins)
    assert pick(rows, "source", "medium", channel="organic_search") == [("google.co.uk", "(none)")]


def test_paths_collapse_repeats_and_stop_after_six_steps() -> None:
    life = Tiny()
    for minute, page in enumerate(("/", "/", "/a", "/b", "/a", "/c", "/d", "/e")):
        life.event("Page Viewed", f"2026-06-01 10:0{minute}", WEB1, page=page)
    life.event("A", "2026-06-01 10:00", WEB2)
    life.event("Screen Viewed", "2026-06-01 10:00", PHONE, page="Home")
    life.event("Page Viewed", "2026-06-01 12:00", WEB1, page="/")
    rows = life.table("app_page_path", "2026-06-01")
    assert sorted(pick(rows, "step", "from_page", "to_page", "sessions")) == [
        (1, "(entrance)", "/", 2),
        (1, "(entrance)", "Home", 1),
        (2, "/", "(exit)", 1),
        (2, "/", "/a", 1),
        (2, "Home", "(exit)", 1),
        (3, "/a", "/b", 1),
        (4, "/b", "/a", 1),
        (5, "/a", "/c", 1),
        (6, "/c", "/d", 1),
    ]


def test_carts_without_an_order_within_24_hours_of_the_last_adding() -> None:
    life = Tiny()
    life.event("Product Added", "2026-06-01 10:00", user="7", product_id="p")
    life.event("Product Added", "2026-06-01 20:00", user="7", product_id="q")
    life.event("Product Added", "2026-06-01 20:00", WEB2, product_id="q")
    life.order("1", "2026-06-02 20:00", "5", "7")
    rows = life.table("app_cart", "2026-06-02")
    columns = ("dt", "product_id", "added_users", "abandoned_carts", "abandonment_rate")
    assert pick(rows, *columns) == [
        ("2026-06-01", "all", 2, 1, "0.500000"),
        ("2026-06-01", "p", 1, 1, "1.000000"),
        ("2026-06-01", "q", 2, 1, "0.500000"),
        ("2026-06-02", "all", 0, 0, None),
    ]
