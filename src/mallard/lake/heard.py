"""What the state file has heard of the lake's commits, and so which days are still to be built."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from mallard import reporting
from mallard.lake import commits
from mallard.lake.commits import Stream
from mallard.state import LOST, State
from mallard.storage import Storage

_SEEN = "lake.seen"


def tell(storage: Storage, state: State) -> set[date]:
    """Note the days of every commit that this state file has not heard of, of all streams."""
    seen = dict(state.get(_SEEN, {}))
    touched: set[date] = set()
    with state.transaction():
        for name, stream in commits.read(storage).items():
            for subject, last in stream.history.touched.items():
                fresh = {date.fromisoformat(day) for day, seq in last.items() if seq > seen.get(name, 0)}
                state.touch(subject, fresh)
                touched |= fresh
            seen[name] = stream.history.seq
        state.put(_SEEN, seen)
    return touched


def notice_loss(streams: Mapping[str, Stream], state: State, today: date) -> None:
    """Look whether commits that were heard of are gone: the lake was put back from a copy, or is another one.

    Before anything is written: new commits take the numbers of those that are gone, and nobody would hear of
    them. What is there is then heard of anew.
    """
    seen = dict(state.get(_SEEN, {}))
    whole = {name: seq for name, seq in seen.items() if name in streams and streams[name].history.seq >= seq}
    if whole != seen:
        reporting.warn(
            "the lake is older than at the last run, or another one (was it put back from a copy, or is its"
            " disk not mounted?): everything is built anew from what it holds"
        )
        with state.transaction():
            state.touch(LOST, [today])
            state.put(_SEEN, whole)
