"""How often a sender may send."""

from __future__ import annotations

import pytest

from mallard.collect.answers import Refusal
from mallard.collect.keys import Source


def status(source: Source, now: float) -> int:
    try:
        source.admit("", now)
    except Refusal as refusal:
        return refusal.status
    return 200


def taken(source: Source, times: list[float]) -> int:
    found = [status(source, now) for now in times]
    assert set(found) <= {200, 429}
    return found.count(200)


def test_a_burst_of_a_second_and_then_the_rate() -> None:
    source = Source("web", rate=10)
    assert taken(source, [1000.0] * 50) == 10
    assert taken(source, [1000.0 + step / 1000 for step in range(1, 2001)]) == 20


def test_no_rate_is_no_limit() -> None:
    assert taken(Source("web"), [1.0] * 1000) == 1000


def test_a_share_of_a_small_rate_lets_one_through() -> None:
    """Three workers share one request a second."""
    source = Source("web", rate=1 / 3)
    assert taken(source, [100.0, 100.1]) == 1
    assert taken(source, [102.0]) == 0
    assert taken(source, [103.5]) == 1


def test_origins() -> None:
    source = Source("web", origins=frozenset({"https://a.example"}))
    source.admit("https://a.example", 0.0)
    source.admit("", 0.0)
    with pytest.raises(Refusal) as refusal:
        source.admit("https://b.example", 0.0)
    assert refusal.value.status == 403
