"""How events travel: in batches, and now and then late, twice, at a wrong hour or broken."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from mallard.simulate.diary import Event, Reported, Send
from mallard.simulate.plan import Visit
from mallard.simulate.shop import DAY, HOUR, SECOND, Shop

LATE_DAYS = 3
"""Every request caused by a day is received before the end of the third day after it."""

MALFORMED = ("not_an_object", "no_event_name", "no_identity", "unknown_type", "too_large")
"""What can be wrong with an item that is sent malformed on purpose; each is one quarantined record."""

_MINUTE = 60 * SECOND
_MS = 1_000
_BROKEN_CLOCKS = (-56 * 365 * DAY, -500 * DAY, 3 * 365 * DAY, 5 * HOUR)


class Carrier:
    """Turns the events of visits into the requests of one day."""

    def __init__(self, shop: Shop, day: date, rng: Random) -> None:
        self.rng = rng
        self.sends: list[Send] = []
        self._midnight = shop.start(day + timedelta(days=1))
        self._malformed = 0

    def carry(self, visit: Visit, events: list[Event]) -> None:
        """The requests of one visit, with what goes wrong with them."""
        rng = self.rng
        device = visit.device
        late = 0
        if device.platform != "web" and rng.random() < 0.03:
            late = int((0.3 + rng.random() * 2.4) * DAY) // _MS * _MS
        shift = device.skew_ms * _MS
        broken = _BROKEN_CLOCKS[int(rng.random() * 4)] if rng.random() < 0.002 else 0
        size = len(events) if late else 20 if device.platform != "web" else 8
        ip = f"203.0.113.{1 + int(rng.random() * 250)}"
        for start in range(0, len(events), size):
            batch = events[start : start + size]
            sent = batch[-1].at + (1_000 + int(rng.random() * 4_000)) * _MS + late
            items = [Reported(event, event.at + shift + broken) for event in batch]
            send = Send(
                sent + 30_000 + int(rng.random() * 400_000), sent + shift, device.platform, "batch", ip, items
            )
            self.sends.append(send)
            self._twist(send, sent, bool(late), bool(shift))

    def _twist(self, send: Send, sent: int, late: bool, skewed: bool) -> None:
        chance = self.rng.random()
        if chance < 0.004:
            self._spoil(send)
        elif chance < 0.01:
            send.sent_at = None
        elif chance < 0.012:
            for item in send.items:
                item.original = None
        elif chance < 0.02:
            self._split(send)
            return
        elif chance < 0.024:  # the request hangs on its way for longer than a minute
            send.received_at += (61 + int(self.rng.random() * 400)) * SECOND
        near_midnight = abs(send.received_at - self._midnight) < 15 * _MINUTE
        if not late and (self.rng.random() < 0.012 or (skewed and near_midnight)):
            self._resend(send, sent)

    def _split(self, send: Send) -> None:
        """Each event as a call of its own."""
        self.sends.pop()
        for place, item in enumerate(send.items):
            at = send.received_at + place * 7_000
            self.sends.append(Send(at, send.sent_at, send.source, item.event.type, send.ip, [item]))

    def _resend(self, send: Send, sent: int) -> None:
        """The same items again: as they were, or stamped anew with the time of the second sending."""
        rng = self.rng
        delay = int((5 + rng.random() ** 4 * 90_000) * SECOND) // _MS * _MS
        if abs(send.received_at - self._midnight) < 15 * _MINUTE:
            delay = 16 * _MINUTE
        sent_at = send.sent_at
        if sent_at is not None and rng.random() < 0.6:
            sent_at += delay
        again = Send(send.received_at + delay, sent_at, send.source, "batch", send.ip, send.items)
        self.sends.append(again)

    def _spoil(self, send: Send) -> None:
        """One malformed item more in the batch, the kinds taking turns."""
        kind = MALFORMED[self._malformed % len(MALFORMED)]
        self._malformed += 1
        like = send.items[0]
        place = int(self.rng.random() * (len(send.items) + 1))
        send.items.insert(place, Reported(like.event, like.original, kind))
