"""Whose events they are: stitching of anonymous ids, and sessions."""

from __future__ import annotations

from datetime import date

import msgspec

from mallard.simulate.shop import SECOND
from mallard.simulate.truth.reading import Seen

GAP = 1_800 * SECOND


class Session(msgspec.Struct):
    """Events of one stream without a gap of more than half an hour, in order."""

    events: list[Seen]

    @property
    def id(self) -> str:
        return self.events[0].id

    @property
    def day(self) -> date:
        return self.events[0].day

    @property
    def start(self) -> int:
        return self.events[0].time

    @property
    def end(self) -> int:
        return self.events[-1].time

    @property
    def person(self) -> str:
        return self.events[-1].person


class _Link(msgspec.Struct, order=True):
    """From a moment on a key stands for a user; said in a session."""

    time: int
    id: str
    user: str
    session: str


class _Links:
    """Who was logged in behind an anonymous key."""

    def __init__(self, events: list[Seen]) -> None:
        self._found: dict[str, list[_Link]] = {}
        for event in events:
            if event.user_id is None:
                continue
            link = _Link(event.time, event.id, event.user_id, event.session or "")
            if event.key is not None:
                self._found.setdefault(event.key, []).append(link)
            if event.type == "alias" and event.previous_id is not None:
                self._found.setdefault(event.previous_id, []).append(link)
        for links in self._found.values():
            links.sort()

    def person(self, event: Seen) -> str:
        if event.user_id is not None:
            return event.user_id
        key = event.key or ""
        links = self._found.get(key, [])
        before = [link for link in links if (link.time, link.id) <= event.order]
        if before:
            return before[-1].user
        if event.session is not None:
            for link in links:
                if link.session == event.session:
                    return link.user
        return f"a:{key}"


def sessions(events: list[Seen]) -> list[Session]:
    """The sessions of the active events; every event in or just behind one learns its session."""
    streams: dict[str, list[Seen]] = {}
    for event in events:
        if not event.is_bot:
            streams.setdefault(event.anonymous_id or event.device_id or event.user_id or "", []).append(event)
    made: list[Session] = []
    for stream in streams.values():
        last: Seen | None = None
        for event in sorted(stream, key=lambda event: event.order):
            near = last is not None and event.time - last.time <= GAP
            if event.active:
                if not near:
                    made.append(Session([]))
                made[-1].events.append(event)
                last = event
            event.session = made[-1].id if near or event.active else None
    return made


def find_people(events: list[Seen]) -> list[Session]:
    """Set person and session of events that are no bots'; returns the sessions."""
    found = sessions(events)
    links = _Links(events)
    for event in events:
        event.person = links.person(event)
    return found
