"""From requests to canonical events: what the lake should hold, found again by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from mallard import days as calendar
from mallard.simulate.diary import Reported, Send
from mallard.simulate.shop import DAY, HOUR, SECOND, instant
from mallard.simulate.wire import SITE_HOST

_QUARTER = 900 * SECOND
OPENINGS = ("Application Opened", "Application Installed", "Application Updated")
CRASH = "Application Crashed"
CALLS = {
    "page": "Page Viewed",
    "screen": "Screen Viewed",
    "identify": "Identify",
    "alias": "Alias",
    "group": "Group",
}
"""Names of the events that have none of their own."""


class Seen(msgspec.Struct):
    """A canonical event, with the person and session that are found later."""

    id: str
    name: str
    type: str
    time: int
    day: date
    time_source: str
    source: str
    is_bot: bool
    user_id: str | None
    anonymous_id: str | None
    device_id: str | None
    previous_id: str | None
    platform: str
    app_version: str | None
    os_name: str | None
    os_version: str | None
    brand: str | None
    model: str | None
    network: str | None
    screen: str | None
    page: str | None
    page_host: str | None
    referrer: str | None
    utm: tuple[str | None, str | None, str | None]
    product_id: str | None
    order_id: str | None
    person: str = ""
    session: str | None = None

    @property
    def key(self) -> str | None:
        """The anonymous key."""
        return self.anonymous_id or self.device_id

    @property
    def active(self) -> bool:
        return not self.is_bot and self.name != CRASH

    @property
    def order(self) -> tuple[int, str]:
        return self.time, self.id


class Quality(msgspec.Struct):
    """Counts of one source on one day of arrival."""

    received: int = 0
    landed: int = 0
    duplicates: int = 0
    quarantined: int = 0
    late: int = 0
    bots: int = 0
    time_corrected: int = 0
    freshness: int = 0


class Reading(msgspec.Struct):
    """Everything that was read: first copies, and the counts by day of arrival and source."""

    events: list[Seen]
    quality: dict[tuple[date, str], Quality]


class Calendar:
    """Business days of instants, remembered by quarters of an hour (no zone's midnight lies inside one)."""

    def __init__(self, timezone: str) -> None:
        self.timezone = timezone
        self._known: dict[int, date] = {}

    def day(self, at: int) -> date:
        quarter = at // _QUARTER
        if quarter not in self._known:
            self._known[quarter] = calendar.business_date(instant(at), self.timezone)
        return self._known[quarter]


def read(sends: Iterable[Send], days: Calendar) -> Reading:
    """Read requests in the order in which they landed."""
    reading = Reading([], {})
    known: set[str] = set()
    for send in sends:
        arrived = days.day(send.received_at)
        count = reading.quality.setdefault((arrived, send.source), Quality())
        count.freshness = max(count.freshness, send.received_at)
        for item in send.items:
            count.received += 1
            if item.malformed is not None:
                count.quarantined += 1
                continue
            seen = _seen(send, item, days)
            count.landed += 1
            count.late += seen.day < arrived
            count.bots += seen.is_bot
            count.time_corrected += seen.time_source != "client"
            if seen.id in known:
                count.duplicates += 1
            else:
                known.add(seen.id)
                reading.events.append(seen)
    return reading


def event_time(received_at: int, sent_at: int | None, original: int | None) -> tuple[int, str]:
    """When an event is held to have happened, and on whose word."""
    if original is None:
        return received_at, "received"
    at, word = original, "client"
    if sent_at is not None and abs(received_at - sent_at) > 60 * SECOND:
        at, word = received_at - (sent_at - original), "corrected"
    if at > received_at + HOUR or at < received_at - 400 * DAY:
        return received_at, "received"
    return at, word


def _seen(send: Send, item: Reported, days: Calendar) -> Seen:
    event, model = item.event, item.event.device.model
    at, word = event_time(send.received_at, send.sent_at, item.original)
    origin = event.origin
    return Seen(
        id=event.id,
        name=CALLS.get(event.type, event.name),
        type=event.type,
        time=at,
        day=days.day(at),
        time_source=word,
        source=send.source,
        is_bot=event.device.is_bot,
        user_id=event.user_id,
        anonymous_id=event.anonymous_id,
        device_id=event.device.device_id,
        previous_id=event.previous_id,
        platform=model.platform,
        app_version=event.app_version,
        os_name=model.os_name,
        os_version=model.os_version,
        brand=model.brand,
        model=model.model,
        network=event.network,
        screen=f"{model.width}x{model.height}",
        page=event.page.path if event.page else event.name if event.type == "screen" else None,
        page_host=SITE_HOST if event.page else None,
        referrer=event.referrer,
        utm=(origin.source, origin.medium, origin.campaign) if origin else (None, None, None),
        product_id=event.properties.get("product_id"),
        order_id=event.properties.get("order_id"),
    )
