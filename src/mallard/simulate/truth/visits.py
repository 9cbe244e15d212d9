"""True figures on visits: where they come from, the way they take, the carts they leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from urllib.parse import urlsplit

from mallard.simulate.order_books import Row
from mallard.simulate.shop import DAY
from mallard.simulate.truth.conversion import Placed
from mallard.simulate.truth.dimensions import beside_all
from mallard.simulate.truth.numbers import mean_seconds, money, ratio
from mallard.simulate.truth.people import Session
from mallard.simulate.truth.reading import Seen
from mallard.simulate.truth.world import World

Touch = tuple[str, str, str, str]
DIRECT: Touch = ("direct", "direct", "(none)", "(none)")
MEDIA = {
    "paid_search": ("cpc", "ppc", "paid", "paidsearch", "paid_search"),
    "social": ("social", "paid_social", "sm"),
    "email": ("email",),
    "display": ("display", "banner", "cpm"),
    "affiliate": ("affiliate",),
    "referral": ("referral",),
    "organic_search": ("organic",),
}
HOSTS = {
    "organic_search": ("google", "bing", "baidu", "yahoo", "duckduckgo", "sogou", "yandex"),
    "social": (
        "facebook", "instagram", "twitter", "t", "x", "weibo", "tiktok", "youtube", "pinterest", "linkedin",
    ),
}  # fmt: skip


def _channel(rules: dict[str, tuple[str, ...]], words: set[str], otherwise: str) -> str:
    return next((channel for channel, known in rules.items() if words & set(known)), otherwise)


def touch(event: Seen) -> Touch | None:
    """Channel, source, medium and campaign that an event brings; None where it is just another page."""
    source, medium, campaign = event.utm
    host = _host(event.referrer)
    if source is not None:
        channel = _channel(MEDIA, {(medium or "").lower()}, "other")
        return channel, source, medium or "(none)", campaign or "(none)"
    if host is None or host == event.page_host:
        return None
    channel = _channel(HOSTS, set(host.split(".")), "referral")
    return channel, host, medium or "(none)", campaign or "(none)"


def _host(url: str | None) -> str | None:
    host = urlsplit(url or "").hostname
    return host.removeprefix("www.") if host else None


def traffic(world: World) -> Iterator[Row]:
    """app_traffic."""
    placed = Placed(world)
    groups: dict[tuple[date, Touch], list[Session]] = {}
    for session in world.sessions:
        touches = [found for found in map(touch, session.events) if found is not None]
        groups.setdefault((session.day, touches[-1] if touches else DIRECT), []).append(session)
    for (day, (channel, source, medium, campaign)), sessions in groups.items():
        if day not in world.spine:
            continue
        orders = [row for session in sessions for row in placed.of_session.get(session.id, [])]
        bounced = sum(_looks(session) <= 1 for session in sessions)
        yield {
            "dt": day,
            "channel": channel,
            "source": source,
            "medium": medium,
            "campaign": campaign,
            "visitors": len({session.person for session in sessions}),
            "sessions": len(sessions),
            "page_views": sum(_pages(session) for session in sessions),
            "bounced_sessions": bounced,
            "bounce_rate": ratio(bounced, len(sessions)),
            "average_duration_seconds": mean_seconds([session.end - session.start for session in sessions]),
            "orders": len(orders),
            "sales": money(sum((row["total_amount"] for row in orders), Decimal(0))),
        }


def _pages(session: Session) -> int:
    return sum(event.type in ("page", "screen") for event in session.events)


def _looks(session: Session) -> int:
    return _pages(session) + sum(event.name == "Product Viewed" for event in session.events)


def page_path(world: World) -> Iterator[Row]:
    """app_page_path."""
    counts: Counter[tuple[date, int, str, str]] = Counter()
    for session in world.sessions:
        if session.day in world.spine:
            counts.update((session.day, *step) for step in _steps(session))
    for (day, step, here, there), count in counts.items():
        yield {"dt": day, "step": step, "from_page": here, "to_page": there, "sessions": count}


def _steps(session: Session) -> Iterator[tuple[int, str, str]]:
    way = ["(entrance)"]
    for event in session.events:
        if event.type in ("page", "screen"):
            page = event.page or "(unknown)"
            if page != way[-1]:
                way.append(page)
    if len(way) > 1:
        way.append("(exit)")
    for step in range(1, min(len(way), 7)):
        yield step, way[step - 1], way[step]


def cart(world: World) -> Iterator[Row]:
    """app_cart."""
    orders: dict[str, list[int]] = {}
    for row in world.books["orders"]:
        orders.setdefault(row["customer_id"], []).append(row["created_at"])
    for day in world.spine:
        last: dict[str, dict[str, int]] = {"all": {}}
        for event in world.active_events.get(day, []):
            if event.name == "Product Added":
                last["all"][event.person] = event.time
                if event.product_id is not None:
                    last.setdefault(beside_all(event.product_id), {})[event.person] = event.time
        for product_id, adders in last.items():
            left = [
                person
                for person, at in adders.items()
                if not any(at <= moment <= at + DAY for moment in orders.get(person, []))
            ]
            yield {
                "dt": day,
                "product_id": product_id,
                "added_users": len(adders),
                "abandoned_carts": len(left),
                "abandonment_rate": ratio(len(left), len(adders)),
            }
