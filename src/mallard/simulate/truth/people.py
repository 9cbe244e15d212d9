"""Whose events they are: stitching of anonymous ids, and sessions."""

from __future__ import annotations

from bisect import bisect_right
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


class _Links:
    """Who was logged in behind an anonymous key, by (time, event id)."""

    def __init__(self, events: list[Seen]) -> None:
        found: dict[str, list[tuple[int, str, str]]] = {}
        for event in events:
            if event.user_id is None:
                continue
            if event.key is not None:
                found.setdefault(event.key, []).append((event.time, event.id, event.user_id))
            if event.type == "alias" and event.previous_id is not None:
                found.setdefault(event.previous_id, []).append((event.time, event.id, event.user_id))
        self._users = {key: [user for _, _, user in sorted(links)] for key, links in found.items()}
        self._moments = {key: [link[:2] for link in sorted(links)] for key, links in found.items()}

    def person(self, event: Seen, session_end: int | None) -> str:
        key = event.key
        if event.user_id is not None:
            return event.user_id
        assert key is not None, "an event without any identity is quarantined"
        moments = self._moments.get(key, [])
        place = bisect_right(moments, event.order)
        if place:
            return self._users[key][place - 1]
        if session_end is not None and moments and moments[0][0] <= session_end:
            return self._users[key][0]
        return f"a:{key}"


def sessions(events: list[Seen]) -> list[Session]:
    """The sessions of the active events; every event among them learns its session."""
    streams: dict[str, list[Seen]] = {}
    for event in events:
        if event.active:
            streams.setdefault(event.anonymous_id or event.device_id or event.user_id or "", []).append(event)
    made: list[Session] = []
    for stream in streams.values():
        stream.sort(key=lambda event: event.order)
        for event, before in zip(stream, [None, *stream], strict=False):
            if before is None or event.time - before.time > GAP:
                made.append(Session([]))
            made[-1].events.append(event)
    for session in made:
        for event in session.events:
            event.session = session.id
    return made


def find_people(events: list[Seen]) -> list[Session]:
    """Set person and session of events that are no bots'; returns the sessions."""
    links = _Links(events)
    found = sessions(events)
    ends = {session.id: session.end for session in found}
    for event in events:
        event.person = links.person(event, None if event.session is None else ends[event.session])
    return found
