"""Whatever is sent, the collector's answer and the landing agree on every single event."""

from __future__ import annotations

import json
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mallard.events.event import EVENT_TYPES
from tests.collectors import KEY, Collector

text = st.text(st.characters(codec=None), max_size=8)  # lone surrogates and NUL among them
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), text)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
ids = st.one_of(text, st.integers(), st.sampled_from(["u-1", "", "x" * 101, "x" * 300]), anything)
objects = st.one_of(
    anything,
    st.dictionaries(
        st.sampled_from(
            ["price", "quantity", "position", "product_id", "value", "device", "app", "page", "id"]
        ),
        anything,
        max_size=4,
    ),
    st.builds(lambda device: {"device": {"id": device}}, ids),
)
times = st.one_of(st.datetimes().map(str), st.sampled_from(["9999-12-31T23:59:59Z", "0000-00-00"]), anything)
events = st.fixed_dictionaries(
    {"type": st.one_of(st.sampled_from(EVENT_TYPES), anything)},
    optional={
        "event": st.one_of(st.just("Product Viewed"), text, anything),
        "messageId": ids,
        "userId": ids,
        "anonymousId": ids,
        "previousId": ids,
        "timestamp": times,
        "sentAt": times,
        "properties": objects,
        "traits": objects,
        "context": objects,
    },
)
batches = st.fixed_dictionaries(
    {"batch": st.lists(st.one_of(events, events, anything), max_size=6)},
    optional={"context": objects, "sentAt": times, "timestamp": times},
)
requests = st.one_of(
    st.tuples(st.sampled_from(["/v1/batch", "/v1/import"]), batches),
    st.tuples(st.sampled_from(["/v1/track", "/v1/i", "/v1/p", "/v1/screen", "/v1/g", "/v1/alias"]), events),
)


def told(answer: httpx.Response, body: Any) -> list[str | None]:
    """For each event of a request that was taken, the reason it is rejected for, or None."""
    reasons: list[str | None] = [None] * (len(body["batch"]) if "batch" in body else 1)
    for item in answer.json().get("rejected", []):
        reasons[item["index"]] = item["reason"]
    return reasons


@settings(
    max_examples=15, derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(st.lists(requests, min_size=5, max_size=30))
def test_the_answers_name_exactly_what_is_quarantined(
    mallard: Collector, sent: list[tuple[str, dict[str, Any]]]
) -> None:
    expected: list[str | None] = []
    with httpx.Client(base_url=mallard.url, auth=(KEY.format("shop"), "")) as client:
        for path, body in sent:
            answer = client.post(path, content=json.dumps(body).encode())
            assert answer.status_code in (200, 400), answer.text
            if answer.status_code == 200:
                expected += told(answer, body)
    _, rows, aside = mallard.fresh()
    found = {row["origin"]: row.get("reason") for row in rows + aside}  # an origin sorts as it came
    assert [found[origin] for origin in sorted(found)] == expected
