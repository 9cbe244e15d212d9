"""True figures on apps and machines: opens, audience, crashes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

from mallard.simulate.order_books import Row
from mallard.simulate.truth.dimensions import UNKNOWN, beside_all, named
from mallard.simulate.truth.numbers import ratio
from mallard.simulate.truth.reading import CRASH, OPENINGS, Seen
from mallard.simulate.truth.world import World, by_day

DIMENSIONS = {
    "platform": "platform",
    "os": "os_name",
    "brand": "brand",
    "model": "model",
    "network": "network",
    "app_version": "app_version",
    "screen": "screen",
}
ALL = "all"


def _opens(world: World, day: date) -> Counter[str]:
    return Counter(event.person for event in world.active_events.get(day, []) if event.name in OPENINGS)


def open_count(world: World) -> Iterator[Row]:
    """app_open_count."""
    for day in world.spine:
        opens = _opens(world, day)
        yield {
            "dt": day,
            "opens": opens.total(),
            "users": len(opens),
            "opens_per_user": ratio(opens.total(), len(opens)),
        }


def open_distribution(world: World) -> Iterator[Row]:
    """app_open_distribution."""
    for day in world.spine:
        opens = _opens(world, day)
        buckets = Counter("3+" if count >= 3 else str(count) for count in opens.values())
        for bucket in ("1", "2", "3+"):
            yield {
                "dt": day,
                "bucket": bucket,
                "users": buckets[bucket],
                "total_users": len(opens),
                "share": ratio(buckets[bucket], len(opens)),
            }


def audience(world: World) -> Iterator[Row]:
    """app_audience."""
    for day in world.spine:
        persons = world.active.get(day, set())
        for dimension, column in DIMENSIONS.items():
            yield from _shares(day, dimension, persons, world.last_values(day, column))
        platforms = world.last_values(day, "platform")
        for platform in ("android", "ios"):
            users = {person for person in persons if platforms.get(person) == platform}
            versions = world.last_values(day, "os_version", platform)
            yield from _shares(day, f"{platform}_version", users, versions)


def _shares(day: date, dimension: str, persons: set[str], last: dict[str, str]) -> Iterator[Row]:
    counts = Counter(last.get(person, UNKNOWN) for person in sorted(persons))
    for value, users in counts.items():
        yield {
            "dt": day,
            "dimension": dimension,
            "value": value,
            "users": users,
            "total_users": len(persons),
            "share": ratio(users, len(persons)),
        }


def crashes(world: World) -> Iterator[Row]:
    """app_crashes."""
    events = by_day(world.events)
    for day in world.spine:
        today = events.get(day, [])
        groups: dict[tuple[str, str], list[Seen]] = {(ALL, ALL): list(today)}
        for event in today:
            platform, version = named(event.platform), beside_all(named(event.app_version))
            groups.setdefault((platform, version), []).append(event)
            groups.setdefault((platform, ALL), []).append(event)
        for (platform, version), members in groups.items():
            yield {"dt": day, "platform": platform, "app_version": version, **_crash_counts(members)}


def _crash_counts(events: Iterable[Seen]) -> Row:
    events = list(events)
    crashed = [event.person for event in events if event.name == CRASH]
    active = {event.person for event in events if event.active}
    free = active - set(crashed)
    return {
        "crashes": len(crashed),
        "affected_users": len(set(crashed)),
        "active_users": len(active),
        "crash_free_users": len(free),
        "crash_free_user_rate": ratio(len(free), len(active)),
    }
