"""The true funnel: visit, view, cart, checkout, order, pay, each at or after the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from mallard.simulate.order_books import Row
from mallard.simulate.shop import DAY
from mallard.simulate.truth.numbers import median_seconds, ratio
from mallard.simulate.truth.people import GAP, Session
from mallard.simulate.truth.reading import Seen
from mallard.simulate.truth.world import World

STEPS = ("visit", "view", "cart", "checkout", "order", "pay")
EVENTS = {"Product Viewed": "view", "Product Added": "cart", "Checkout Started": "checkout"}
COMPLETED = "Order Completed"
Moments = dict[str, list[int]]


class Placed:
    """To which session each order belongs, and the completions of orders the books do not know."""

    def __init__(self, world: World) -> None:
        self.orders = {row["order_id"]: row for row in world.books["orders"]}
        self.first_told: dict[str, Seen] = {}
        for event in sorted(world.events, key=lambda event: event.order):
            if event.name == COMPLETED and event.order_id is not None:
                self.first_told.setdefault(event.order_id, event)
        self.only_told = [event for order, event in self.first_told.items() if order not in self.orders]
        by_person: dict[str, list[Session]] = {}
        for session in world.sessions:
            by_person.setdefault(session.person, []).append(session)
        self.of_session: dict[str, list[Row]] = {}
        for row in self.orders.values():
            session_id = self._session(row, by_person)
            if session_id is not None:
                self.of_session.setdefault(session_id, []).append(row)

    def _session(self, row: Row, by_person: dict[str, list[Session]]) -> str | None:
        told = self.first_told.get(row["order_id"])
        if told is not None:
            return told.session
        at = row["created_at"]
        around = [
            session
            for session in by_person.get(row["customer_id"], [])
            if session.start <= at <= session.end + GAP
        ]
        return max(around, key=lambda session: (session.start, session.id)).id if around else None


def conversion(world: World) -> Iterator[Row]:
    """app_conversion."""
    placed = Placed(world)
    persons = _persons(world, placed)
    sessions = _sessions(world, placed)
    for day in world.spine:
        yield from _rows(day, "person", persons.get(day, []))
        yield from _rows(day, "session", sessions.get(day, []))


def _persons(world: World, placed: Placed) -> dict[date, list[list[int]]]:
    moments: dict[str, Moments] = {}
    for event in world.events:
        if event.active and event.name in EVENTS:
            moments.setdefault(event.person, {}).setdefault(EVENTS[event.name], []).append(event.time)
    for row in placed.orders.values():
        if row["customer_id"] is not None:
            person = moments.setdefault(row["customer_id"], {})
            person.setdefault("order", []).append(row["created_at"])
            if row["order_id"] in world.paid_at:
                person.setdefault("pay", []).append(world.paid_at[row["order_id"]])
    for event in placed.only_told:
        moments.setdefault(event.person, {}).setdefault("order", []).append(event.time)
    found: dict[date, list[list[int]]] = {}
    for day, events in world.active_events.items():
        starts: dict[str, int] = {}
        for event in events:
            starts.setdefault(event.person, event.time)
        found[day] = [_climb(start, start + DAY, moments.get(person, {})) for person, start in starts.items()]
    return found


def _sessions(world: World, placed: Placed) -> dict[date, list[list[int]]]:
    told: dict[str, list[int]] = {}
    for event in placed.only_told:
        told.setdefault(event.session or "", []).append(event.time)
    found: dict[date, list[list[int]]] = {}
    for session in world.sessions:
        moments: Moments = {"order": list(told.get(session.id, [])), "pay": []}
        for event in session.events:
            if event.name in EVENTS:
                moments.setdefault(EVENTS[event.name], []).append(event.time)
        for row in placed.of_session.get(session.id, []):
            moments["order"].append(row["created_at"])
            paid = world.paid_at.get(row["order_id"])
            if paid is not None and paid <= session.end + GAP:
                moments["pay"].append(paid)
        found.setdefault(session.day, []).append(_climb(session.start, None, moments))
    return found


def _climb(start: int, end: int | None, moments: Moments) -> list[int]:
    """The times of the steps reached, in order."""
    reached = [start]
    for step in STEPS[1:]:
        later = [at for at in moments.get(step, []) if at >= reached[-1] and (end is None or at <= end)]
        if not later:
            break
        reached.append(min(later))
    return reached


def _rows(day: date, unit: str, climbs: Iterable[list[int]]) -> Iterator[Row]:
    climbs = list(climbs)
    before = visits = len(climbs)
    for number, step in enumerate(STEPS, 1):
        reached = [climb for climb in climbs if len(climb) >= number]
        spans = [climb[number - 1] - climb[number - 2] for climb in reached] if number > 1 else []
        yield {
            "dt": day,
            "unit": unit,
            "step": step,
            "step_number": number,
            "reached": len(reached),
            "step_rate": ratio(len(reached), before) if number > 1 else None,
            "overall_rate": ratio(len(reached), visits),
            "median_seconds_from_previous": median_seconds(spans),
        }
        before = len(reached)
