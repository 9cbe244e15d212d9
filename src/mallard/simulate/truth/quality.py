"""True figures on what came in and what became of it."""

from __future__ import annotations

from collections.abc import Iterator

from mallard.contract import TABLES
from mallard.simulate.order_books import Row
from mallard.simulate.shop import instant
from mallard.simulate.truth.world import Import, World


def data_quality(world: World) -> Iterator[Row]:
    """app_data_quality."""
    for (day, source), count in world.quality.items():
        yield {
            "dt": day,
            "source": source,
            "received": count.received,
            "landed": count.landed,
            "duplicates": count.duplicates,
            "quarantined": count.quarantined,
            "late": count.late,
            "bots": count.bots,
            "time_corrected": count.time_corrected,
            "freshness": instant(count.freshness),
        }
    yield from _tables(world)


def _tables(world: World) -> Iterator[Row]:
    """Versions written by the imports of a day: rows new, changed or gone since the import before."""
    counts: dict[tuple[object, str], list[int]] = {}
    before: Import | None = None
    for one in world.imports:
        for name in one.books:
            written = _written(name, before, one)
            if written:
                entry = counts.setdefault((world.days.day(one.at), name), [0, 0])
                entry[0] += written
                entry[1] = one.at
        before = one
    for (day, name), (written, at) in counts.items():
        yield {
            "dt": day,
            "source": f"db:{name}",
            "received": written,
            "landed": written,
            "duplicates": 0,
            "quarantined": 0,
            "late": 0,
            "bots": 0,
            "time_corrected": 0,
            "freshness": instant(at),
        }


def _written(name: str, before: Import | None, now: Import) -> int:
    key = TABLES[name].key
    old = {} if before is None else {tuple(row[k] for k in key): row for row in before.books[name]}
    new = {tuple(row[k] for k in key): row for row in now.books[name]}
    return sum(old.get(k) != row for k, row in new.items()) + sum(k not in new for k in old)
