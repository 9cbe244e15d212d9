"""A request is taken apart into the very bytes of its events, whatever one of them holds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mallard.events.split import split

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
spoilers = st.sampled_from([rb'{"a":"\ud800"}', b'{"a":"\xff"}', b'{"a":"\x01"}', b'{"a":NaN}', b"nonsense"])


def body(items: list[bytes], extra: bytes = b"") -> bytes:
    return b'{"batch":[' + b",".join(items) + b"]" + extra + b"}"


def test_a_body_without_a_batch_is_one_event() -> None:
    assert split(b'{"type":"track"}', "track").items == [b'{"type":"track"}']
    assert split(b'{"userId":"\\ud800"}', "track").items == [b'{"userId":"\\ud800"}']


def test_what_the_batch_says_for_all() -> None:
    envelope = split(body([b"1"], b', "context": {"a": 1}, "sentAt": "now"'), "batch")
    assert (envelope.items, envelope.context, envelope.sent_at) == ([b"1"], b'{"a": 1}', b'"now"')


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "malformed_json"),
        (b"nonsense", "malformed_json"),
        (b'{"batch":[1', "malformed_json"),
        (b'{"batch":[1]} and more', "malformed_json"),
        (b"[1]", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b'{"batch":{}}', "bad_value"),
        (b'{"batch":"a"}', "bad_value"),
    ],
)
def test_a_body_that_cannot_be_taken_apart_stays_whole(text: bytes, reason: str) -> None:
    envelope = split(text, "batch")
    assert (envelope.items, envelope.refusal) == ([text], reason)


def test_a_string_without_end_is_looked_at_once() -> None:
    """Half a megabyte of quotes: looked at from each of them it would take longer than the suite."""
    text = b'{"batch":["' + b'\\"' * 250_000
    assert split(text, "batch").refusal == "malformed_json"
    assert split(text + b"\\", "batch").refusal == "malformed_json"


@given(st.lists(json_values.map(lambda value: json.dumps(value).encode()), max_size=5))
@settings(derandomize=True, max_examples=60, deadline=None)
def test_items_are_the_bytes_that_came(items: list[bytes]) -> None:
    assert split(body(items), "batch").items == items


@given(
    st.lists(json_values.map(lambda value: json.dumps(value, ensure_ascii=False).encode()), max_size=4),
    spoilers,
    st.lists(json_values.map(lambda value: json.dumps(value, indent=1).encode()), max_size=4),
)
@settings(derandomize=True, max_examples=100, deadline=None)
def test_one_bad_item_leaves_the_others_alone(before: list[bytes], bad: bytes, after: list[bytes]) -> None:
    envelope = split(body([*before, bad, *after], b',"context":{"x":[1,"}"]}'), "batch")
    assert envelope.items == [*before, bad, *after]
    assert envelope.context == b'{"x":[1,"}"]}'


def test_depth_is_no_failure() -> None:
    deep = b"[" * 5_000 + b"]" * 5_000
    assert split(body([b"1", deep, b"2"]), "batch").items == [b"1", deep, b"2"]


@given(st.binary(max_size=60))
@settings(derandomize=True, max_examples=150, deadline=None)
def test_no_bytes_are_a_failure(noise: bytes) -> None:
    for text in (noise, b'{"batch":[' + noise, b'{"batch":[' + noise + b"]}"):
        envelope = split(text, "batch")
        assert envelope.items or not envelope.refusal
