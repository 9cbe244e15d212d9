"""Bodies no SDK would send: each is refused in words, or everything in it lands or is quarantined."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.collectors import KEY, Collector, collector

AUTH = (KEY.format("shop"), "")
GOOD: dict[str, Any] = {"type": "track", "event": "Product Viewed", "userId": "u-1"}
MEGABYTE = 1 << 20


def batch(*items: Any) -> bytes:
    return json.dumps({"batch": items}).encode()


def written(**fields: str) -> bytes:
    """A batch of a good event and one whose fields are JSON as written here."""
    odd = GOOD | dict.fromkeys(fields)
    text = json.dumps({"batch": [GOOD, odd]})
    for name, raw in fields.items():
        text = text.replace(f'"{name}": null', f'"{name}": {raw}')
    return text.encode("utf-8", "surrogatepass")


def deep(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def bomb(size: int) -> bytes:
    return gzip.compress(b'{"batch": [' + b" " * size + b"]}")


def send(mallard: Collector, body: bytes, key: str = AUTH[0], encoding: str | None = None) -> httpx.Response:
    headers = {"Content-Encoding": encoding} if encoding else {}
    return httpx.post(f"{mallard.url}/v1/batch", content=body, auth=(key, ""), headers=headers, timeout=30)


REFUSED = {
    "nothing": (b"", 400),
    "white space": (b" \r\n\t", 400),
    "no JSON": (b"event=Product+Viewed", 400),
    "half an object": (b'{"batch": [{"type": "track"', 400),
    "two objects": (b'{"batch": []} {"batch": []}', 400),
    "null": (b"null", 400),
    "a list": (b'[{"type": "track", "event": "x", "userId": "u"}]', 400),
    "a number": (b"1e999999", 400),
    "a string": (b'"batch"', 400),
    "no list in batch": (b'{"batch": {"type": "track"}}', 400),
    "a number in batch": (b'{"batch": 7}', 400),
    "UTF-16": ('{"batch": []}'.encode("utf-16"), 400),
    "brackets without end": (b"[" * 400_000, 400),
    "objects without end": (b'{"batch":[' + b'{"a":' * 80_000, 400),
    "a megabyte": (batch(GOOD | {"userId": "u" * MEGABYTE}), 413),
    "a string without end": (b'{"batch": ["' + b'\\"' * 240_000, 400),
    "a long context for many events": (
        json.dumps({"batch": [GOOD] * 2000, "context": {f"k{n}": [] for n in range(2_000)}}).encode(),
        413,
    ),
    "a context longer than an event": (
        json.dumps({"batch": [GOOD], "context": {"note": "x" * 40_000}}).encode(),
        413,
    ),
    "a sentAt longer than an event": (
        json.dumps({"batch": [GOOD], "sentAt": "2026" * 10_000}).encode(),
        413,
    ),
    "too many events": (batch(*[{"a": 1}] * 2501), 413),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_body_that_is_no_batch_is_refused_in_words(case: str, mallard: Collector) -> None:
    body, status = REFUSED[case]
    answer = send(mallard, body)
    assert answer.status_code == status, answer.text
    said = answer.json()
    assert said["code"]
    assert said["message"].endswith(".")
    assert mallard.fresh()[0].received == 0


GZIP_REFUSED = {
    "a bomb of 200 MB": (bomb(200 * MEGABYTE), 413),
    "a bomb of many members": (bomb(100_000) * 20, 413),
    "no gzip at all": (b'{"batch": []}', 400),
    "garbage behind the magic number": (b"\x1f\x8b" + b"\xff" * 100, 400),
    "cut short": (gzip.compress(batch(GOOD))[:-12], 400),
    "nothing": (b"", 400),
    "a wrong checksum": (gzip.compress(batch(GOOD))[:-8] + b"\0" * 8, 400),
    "gzip in gzip": (gzip.compress(gzip.compress(batch(GOOD))), 400),
}


@pytest.mark.parametrize("case", GZIP_REFUSED)
def test_broken_and_overblown_gzip_is_refused_in_words(case: str, mallard: Collector) -> None:
    body, status = GZIP_REFUSED[case]
    answer = send(mallard, body, encoding="gzip")
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"code", "message"}
    assert mallard.fresh()[0].received == 0


@pytest.mark.parametrize("encoding", ["deflate", "br", "zstd", "gzip, gzip", "\x01"])
def test_an_encoding_that_is_not_known_is_refused_in_words(encoding: str, mallard: Collector) -> None:
    answer = send(mallard, batch(GOOD), encoding=encoding)
    assert answer.status_code in (400, 415)
    assert mallard.fresh()[0].received == 0


ODD = {
    "100 levels": written(properties=deep(100)),
    "10,000 levels": written(properties=deep(2_000)),
    "an id of 200 KB": written(userId=json.dumps("u" * 200_000)),
    "a message id of 101 characters": written(messageId=json.dumps("m" * 101)),
    "a key of 20 KB": written(properties=json.dumps({"k" * 20_000: 1})),
    "10,000 keys": written(properties=json.dumps({f"k{n}": n for n in range(2_000)})),
    "NUL in the name": written(event=r'"Product\u0000Viewed"'),
    "NUL in an id": written(userId=r'"u\u0000"'),
    "NUL in a property": written(properties=r'{"product_id": "p\u0000", "\u0000": 1}'),
    "a real NUL byte": written(event='"Product\0Viewed"'),
    "a lone surrogate in the name": written(event=r'"\ud83d Viewed"'),
    "a lone surrogate in an id": written(userId=r'"\udc00"'),
    "a lone surrogate in a property": written(properties=r'{"product_id": "\ud800", "\udfff": 1}'),
    "a surrogate as bytes": written(event='"\ud800"'),
    "bytes that are no UTF-8": written(event='"BAD"').replace(b"BAD", b"\xff\xfe\xc0\xaf"),
    "control characters": written(event='"a\x01\x02\x1f"'),
    "right to left and zero width": written(event='"\u202e\u200b\ufeff"'),
    "a number for a name": written(event="17"),
    "a list for a name": written(event='["Product Viewed"]'),
    "no name": written(event="null"),
    "an empty name": written(event='""'),
    "no type": written(type="null"),
    "an unknown type": written(type='"purchase"'),
    "a number for a type": written(type="1"),
    "an object for a type": written(type='{"track": 1}'),
    "a number for an id": written(userId="12345678901234567890"),
    "a fraction for an id": written(userId="1.5"),
    "true for an id": written(userId="true"),
    "an object for an id": written(userId='{"id": 1}'),
    "a list for an id": written(anonymousId="[1]"),
    "an object for a message id": written(messageId="{}"),
    "a list for properties": written(properties='["p-1"]'),
    "a string for properties": written(properties='"p-1"'),
    "false for properties": written(properties="false"),
    "a string for the context": written(context='"web"'),
    "a list for the context": written(context="[]"),
    "a string for a part of the context": written(context='{"device": "Pixel", "os": 13, "app": []}'),
    "an object for a time": written(timestamp='{"at": 1}'),
    "no day of any calendar": written(timestamp='"2026-02-30T25:61:00Z"'),
    "year 0": written(timestamp='"0000-01-01T00:00:00Z"'),
    "year 9999": written(timestamp='"9999-12-31T23:59:59.999999Z"'),
    "year 99999": written(timestamp='"+99999-01-01T00:00:00Z"'),
    "a time as a number": written(timestamp="1795500387"),
    "a time beyond numbers": written(timestamp="1e308"),
    "sent before it happened": written(sentAt='"1970-01-01T00:00:00Z"', timestamp='"2026-11-24T00:00:00Z"'),
    "words for a price": written(properties='{"price": "cheap", "quantity": "two", "position": {}}'),
    "a price beyond DECIMAL": written(properties='{"price": 1e30, "value": -1e300}'),
    "a quantity beyond 64 bits": written(properties='{"quantity": 1' + "0" * 400 + "}"),
    "a number without end": written(properties='{"value": 1e999999}'),
    "NaN": written(properties='{"value": NaN}'),
    "Infinity": written(properties='{"value": -Infinity}'),
    "the same key twice": written(properties='{"price": 1, "price": "x", "price": 2}'),
    "the same event key twice": written(event='"a", "event": 7, "event": "b"'),
    "a comment": written(properties="{/* none */}"),
    "a comma too many": written(properties='{"a": 1,}'),
    "single quotes": written(properties="{'a': 1}"),
    "an item that is null": batch(GOOD, None),
    "items of every type": batch(GOOD, 1, "x", True, None, [], [[GOOD]], {}),
    "a batch in a batch": batch(GOOD, {"batch": [GOOD, GOOD]}),
    "an empty batch": batch(),
    "a time for all that is no time": b'{"sentAt": [], "batch": [%b]}' % json.dumps(GOOD).encode(),
    "keys of JavaScript": written(properties='{"__proto__": {"x": 1}, "constructor": 1}'),
    "SQL": written(event='"\'; drop table event; --"', userId='"\\" or 1=1"'),
}


@dataclass(frozen=True)
class Outcome:
    """What the collector answered to a body, and what the landing made of it."""

    answer: httpx.Response
    rows: list[dict[str, Any]]
    quarantined: list[dict[str, Any]]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """All odd bodies, each with a write key of its own, landed together."""
    keys = {case: f"case{number}" for number, case in enumerate(ODD)}
    with collector(tmp_path_factory.mktemp("odd"), keys.values()) as mallard:
        answers = {case: send(mallard, ODD[case], key=KEY.format(keys[case])) for case in ODD}
        report, rows, aside = mallard.fresh()
        assert report.received == report.landed + report.quarantined == len(rows) + len(aside)
    return {
        case: Outcome(
            answers[case], *([row for row in both if row["source"] == key] for both in (rows, aside))
        )
        for case, key in keys.items()
    }


@pytest.mark.parametrize("case", ODD)
def test_an_odd_event_never_costs_its_neighbour(case: str, outcomes: dict[str, Outcome]) -> None:
    """200, the good event of the batch landed, and the answer names what the landing quarantines."""
    outcome = outcomes[case]
    assert outcome.answer.status_code == 200, outcome.answer.text
    rejected = outcome.answer.json().get("rejected", [])
    assert [row["reason"] for row in outcome.quarantined] == [item["reason"] for item in rejected]
    assert bool(outcome.rows) == (case != "an empty batch")
    assert all(item["index"] > 0 for item in rejected)


def test_memory_stays_bounded(mallard: Collector) -> None:
    """After the bombs and the giants of this file, none of which may ever be held whole."""
    answer = send(mallard, bomb(300 * MEGABYTE), encoding="gzip")
    assert answer.status_code == 413
    assert mallard.memory() < 250 * MEGABYTE
