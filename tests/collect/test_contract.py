"""The HTTP interface that SDKs rely on, asked of a collector that really runs."""

from __future__ import annotations

import base64
import gzip
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from mallard.collect.openapi import document
from mallard.spool import Record, read, segments
from tests.collectors import Collector, collector

KEY = "wk-shop"
EVENT = {"type": "track", "event": "Product Viewed", "userId": "u-1", "properties": {"product_id": "p-1"}}
SINGLE = ["track", "page", "screen", "identify", "alias", "group"]
PATHS = [
    *((f"/v1/{call}", call) for call in SINGLE),
    *((f"/v1/{call[0]}", call) for call in SINGLE),
    *((path, "batch") for path in ("/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch")),
]
Kept = Callable[[], list[Record]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    with collector(tmp_path_factory.mktemp("contract"), ["shop", "app"], max_batch_kb=200) as started:
        yield started


@pytest.fixture
def client(running: Collector) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, auth=(KEY, "")) as found:
        yield found


@pytest.fixture
def anonymous(running: Collector) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url) as found:
        yield found


@pytest.fixture
def kept(running: Collector) -> Kept:
    """The records that came into the spool since the last call."""
    seen = len(spooled(running))

    def new() -> list[Record]:
        nonlocal seen
        records = spooled(running)[seen:]
        seen += len(records)
        return records

    return new


def spooled(running: Collector) -> list[Record]:
    found = segments(running.settings.spool_path)
    return [record for segment in found for _, _, record in read(segment)]


def batch(*items: object, **more: object) -> bytes:
    return json.dumps({"batch": items, **more}).encode()


def refused(answer: httpx.Response, status: int, code: str) -> None:
    """An error in the form that SDKs read."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body["code"] == code
    assert set(body) == {"code", "message"}
    assert body["message"]


# what is taken


@pytest.mark.parametrize(("path", "kind"), PATHS)
def test_each_path_takes_its_call(client: httpx.Client, kept: Kept, path: str, kind: str) -> None:
    body = batch(EVENT) if kind == "batch" else json.dumps({**EVENT, "type": kind}).encode()
    answer = client.post(path, content=body)
    assert answer.status_code == 200
    assert answer.json() == {"success": True}
    (record,) = kept()
    assert (record.dialect, record.kind, record.source, record.body) == ("segment", kind, "shop", body)


def test_a_trailing_slash_changes_nothing(client: httpx.Client, kept: Kept) -> None:
    assert client.post("/v1/batch/", content=batch(EVENT)).status_code == 200
    assert len(kept()) == 1


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "nonsense", None]
)
def test_the_content_type_does_not_matter(client: httpx.Client, kept: Kept, content_type: str | None) -> None:
    headers = {"content-type": content_type} if content_type else {}
    assert client.post("/v1/track", content=json.dumps(EVENT), headers=headers).status_code == 200
    assert len(kept()) == 1


def test_a_record_says_when_and_from_where(client: httpx.Client, kept: Kept) -> None:
    client.post("/v1/track", content=json.dumps(EVENT), headers={"user-agent": "Quack/1"})
    (record,) = kept()
    assert record.user_agent == "Quack/1"
    assert record.ip == "127.0.0.0", "the last octet is dropped"
    assert record.received_at > 1_700_000_000_000_000


def test_an_empty_batch_is_a_success(client: httpx.Client, kept: Kept) -> None:
    assert client.post("/v1/batch", content=batch()).json() == {"success": True}
    assert kept() == []


def test_the_sdks_reports_about_themselves_are_ignored(client: httpx.Client, kept: Kept) -> None:
    assert client.post("/v1/m", content=b'{"series":[]}').status_code == 200
    assert kept() == []


# who sends


@pytest.mark.parametrize("way", ["basic", "query", "body", "batch body"])
def test_three_ways_to_name_the_key(anonymous: httpx.Client, kept: Kept, way: str) -> None:
    event = {**EVENT, "writeKey": KEY} if way == "body" else EVENT
    if way == "batch body":
        answer = anonymous.post("/v1/batch", content=batch(EVENT, writeKey=KEY))
    else:
        answer = anonymous.post(
            "/v1/track",
            json=event,
            params={"writeKey": KEY} if way == "query" else None,
            auth=(KEY, "") if way == "basic" else None,
        )
    assert answer.status_code == 200
    assert [record.source for record in kept()] == ["shop"]


def test_the_key_is_found_in_a_body_that_a_strict_parser_refuses(anonymous: httpx.Client, kept: Kept) -> None:
    body = b'{"batch":[{"type":"page","userId":"\\ud800"}],"writeKey":"wk-app"}'
    assert anonymous.post("/v1/batch", content=body).status_code == 200
    assert [record.source for record in kept()] == ["app"]


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"auth": ("wrong", "")},
        {"params": {"writeKey": "wrong"}},
        {"params": {"writeKey": ""}},
        {"headers": {"authorization": "Basic %%%"}},
        {"headers": {"authorization": "Bearer wk-shop"}},
        {"headers": {"authorization": "Basic " + base64.b64encode(b"\xff\xfe:").decode()}},
    ],
    ids=["none", "basic", "query", "empty", "no base64", "bearer", "no text"],
)
def test_an_unknown_key_is_refused(anonymous: httpx.Client, kept: Kept, how: dict[str, Any]) -> None:
    refused(anonymous.post("/v1/track", json=EVENT, **how), 401, "unknown_write_key")
    assert kept() == []


def test_the_basic_key_goes_before_the_others(client: httpx.Client, kept: Kept) -> None:
    answer = client.post("/v1/track", json={**EVENT, "writeKey": "wrong"}, params={"writeKey": "wk-app"})
    assert answer.status_code == 200
    assert [record.source for record in kept()] == ["shop"]


# how it is packed


@pytest.mark.parametrize("headers", [{"content-encoding": "gzip"}, {"content-encoding": "X-GZIP"}, {}])
def test_gzip(client: httpx.Client, kept: Kept, headers: dict[str, str]) -> None:
    body = batch(EVENT, EVENT)
    packed = gzip.compress(body[:20]) + gzip.compress(body[20:])  # two members are one stream
    assert client.post("/v1/batch", content=packed, headers=headers).status_code == 200
    assert [record.body for record in kept()] == [body]


@pytest.mark.parametrize("body", [b"not gzip", gzip.compress(batch(EVENT))[:-9], b"\x1f\x8b"])
def test_broken_gzip_is_refused(client: httpx.Client, kept: Kept, body: bytes) -> None:
    answer = client.post("/v1/batch", content=body, headers={"content-encoding": "gzip"})
    refused(answer, 400, "malformed_gzip")
    assert kept() == []


def test_an_unknown_encoding_is_refused(client: httpx.Client) -> None:
    answer = client.post("/v1/batch", content=batch(EVENT), headers={"content-encoding": "br"})
    refused(answer, 415, "unknown_encoding")


def test_a_gzip_bomb_is_refused(client: httpx.Client, kept: Kept) -> None:
    bomb = gzip.compress(b'{"batch":["' + b"0" * 50_000_000 + b'"]}')
    answer = client.post("/v1/batch", content=bomb, headers={"content-encoding": "gzip"})
    refused(answer, 413, "too_large")
    assert kept() == []


def chunked(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 1000):
        yield body[start : start + 1000]


def test_a_chunked_body_is_put_together(client: httpx.Client, kept: Kept) -> None:
    body = batch(*[EVENT] * 100)
    assert client.post("/v1/batch", content=chunked(body)).status_code == 200
    assert [record.body for record in kept()] == [body]


# limits


@pytest.mark.parametrize("stream", [False, True], ids=["declared", "chunked"])
def test_too_large_a_body_is_refused(client: httpx.Client, kept: Kept, stream: bool) -> None:
    body = batch(*[{**EVENT, "pad": "x" * 1000}] * 210)
    answer = client.post("/v1/batch", content=chunked(body) if stream else body)
    refused(answer, 413, "too_large")
    assert kept() == []


def test_too_many_events_are_refused(client: httpx.Client, kept: Kept) -> None:
    small = {"type": "page", "userId": 1}
    refused(client.post("/v1/batch", content=batch(*[small] * 2501)), 413, "too_many_events")
    assert kept() == []
    assert client.post("/v1/batch", content=batch(*[small] * 2500)).status_code == 200
    assert len(kept()) == 1


BAD_ITEMS: list[tuple[object, str]] = [
    (3, "not_an_object"),
    ("text", "not_an_object"),
    (None, "not_an_object"),
    ([EVENT], "not_an_object"),
    ({**EVENT, "pad": "x" * 33_000}, "too_large"),
    ({"userId": "u"}, "unknown_type"),
    ({"type": "walk", "userId": "u"}, "unknown_type"),
    ({"type": 7, "userId": "u"}, "unknown_type"),
    ({"type": "", "userId": "u"}, "unknown_type"),
    ({"type": "track", "userId": "u"}, "missing_event_name"),
    ({"type": "track", "userId": "u", "event": ""}, "missing_event_name"),
    ({"type": "track", "userId": "u", "event": 5}, "missing_event_name"),
    ({"type": "page"}, "no_identity"),
    ({"type": "page", "userId": "", "anonymousId": None}, "no_identity"),
    ({**EVENT, "messageId": "m" * 101}, "bad_id"),
    ({**EVENT, "messageId": {"a": 1}}, "bad_id"),
    ({**EVENT, "userId": ["u"]}, "bad_id"),
    ({**EVENT, "userId": True}, "bad_id"),
    ({**EVENT, "userId": "u" * 256}, "bad_id"),
    ({**EVENT, "properties": [1]}, "bad_value"),
    ({**EVENT, "context": "c"}, "bad_value"),
]
GOOD_ITEMS: list[object] = [
    EVENT,
    {**EVENT, "userId": 17},
    {**EVENT, "userId": 0},
    {**EVENT, "messageId": "m" * 100},
    {**EVENT, "messageId": 5},
    {**EVENT, "messageId": None},
    {"type": "identify", "anonymousId": "a", "traits": {"age": 3}},
    {"type": "page", "context": {"device": {"id": "d"}}},
    {**EVENT, "context": {"device": "odd"}},
    {**EVENT, "deep": [[[[[[[[[[[[]]]]]]]]]]]]},
]


@pytest.mark.parametrize(("item", "reason"), BAD_ITEMS, ids=[f"{reason}" for _, reason in BAD_ITEMS])
def test_a_bad_item_is_named_and_kept_with_the_rest(
    client: httpx.Client, kept: Kept, item: object, reason: str
) -> None:
    body = batch(EVENT, item, EVENT)
    answer = client.post("/v1/batch", content=body)
    assert answer.status_code == 200
    (rejected,) = answer.json()["rejected"]
    assert (rejected["index"], rejected["reason"]) == (1, reason)
    assert [record.body for record in kept()] == [body], "byte for byte, for the quarantine"


def test_every_rejected_item_is_listed(client: httpx.Client) -> None:
    items = [
        item for pair in zip([bad for bad, _ in BAD_ITEMS], GOOD_ITEMS * 9, strict=False) for item in pair
    ]
    answer = client.post("/v1/batch", content=batch(*items)).json()
    assert [(one["index"], one["reason"]) for one in answer["rejected"]] == [
        (place * 2, reason) for place, (_, reason) in enumerate(BAD_ITEMS)
    ]


@pytest.mark.parametrize("item", GOOD_ITEMS)
def test_unusual_items_that_are_in_order(client: httpx.Client, item: object) -> None:
    assert client.post("/v1/batch", content=batch(item)).json() == {"success": True}


def test_a_rejected_item_is_named_by_its_message_id(client: httpx.Client) -> None:
    answer = client.post("/v1/batch", content=batch({"type": "page", "messageId": "m-1"}))
    assert answer.json()["rejected"] == [{"index": 0, "reason": "no_identity", "messageId": "m-1"}]


def test_a_single_bad_event_is_kept_as_well(client: httpx.Client, kept: Kept) -> None:
    answer = client.post("/v1/track", json={"event": "Quack"})
    assert answer.json()["rejected"] == [{"index": 0, "reason": "no_identity"}]
    assert len(kept()) == 1


def test_the_batchs_context_identifies_its_items(client: httpx.Client) -> None:
    body = batch({"type": "page"}, context={"device": {"id": "d-1"}})
    assert client.post("/v1/batch", content=body).json() == {"success": True}


@pytest.mark.parametrize(
    "item",
    [
        b'{"type":"page","userId":"\\ud800"}',
        b'{"type":"page","userId":NaN}',
        b'{"type":"page","userId":"a\nb"}',
        b'{"type":"page","userId":"u","x":' + b"[" * 15_000 + b"]" * 15_000 + b"}",
        b'{"type":"page","userId":"\xff"}',
    ],
    ids=["lone surrogate", "NaN", "line break", "deep", "no UTF-8"],
)
def test_an_item_that_no_parser_takes_spoils_no_other(client: httpx.Client, kept: Kept, item: bytes) -> None:
    body = b'{"batch":[' + json.dumps(EVENT).encode() + b"," + item + b"]}"
    answer = client.post("/v1/batch", content=body)
    assert answer.json()["rejected"] == [{"index": 1, "reason": "malformed_json"}]
    assert [record.body for record in kept()] == [body]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        *((body, "malformed_json") for body in (b"", b"{", b"quack", b"\x00")),
        *((body, "not_an_object") for body in (b"[1]", b"null", b'"text"', b"7")),
    ],
)
@pytest.mark.parametrize("path", ["/v1/batch", "/v1/track"])
def test_what_is_no_json_object_is_refused(
    client: httpx.Client, kept: Kept, path: str, body: bytes, code: str
) -> None:
    refused(client.post(path, content=body), 400, code)
    assert kept() == []


# browsers


def test_a_preflight_is_answered(anonymous: httpx.Client) -> None:
    asked = "authorization, content-type, x-retry-count, anonymousid, rsa-retry-attempt"
    answer = anonymous.options(
        "/v1/batch",
        headers={
            "origin": "https://shop.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": asked,
        },
    )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert "POST" in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].lower().replace(" ", "").split(",")
    assert set(asked.replace(" ", "").split(",")) <= set(allowed)
    assert int(answer.headers["access-control-max-age"]) > 0


@pytest.mark.parametrize(("path", "status"), [("/v1/batch", 200), ("/v1/nothing", 404)])
def test_a_page_may_read_the_answer(client: httpx.Client, path: str, status: int) -> None:
    answer = client.post(path, content=batch(EVENT), headers={"origin": "https://shop.example"})
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert "Retry-After" in answer.headers["access-control-expose-headers"]


def test_a_user_agent_is_kept_as_far_as_one_goes(client: httpx.Client, kept: Kept) -> None:
    """It goes with each event of a batch: sixty thousand letters would be as many for each of them."""
    agent = "Mozilla/5.0 " + "x" * 50_000
    assert client.post("/v1/batch", content=batch(EVENT), headers={"user-agent": agent}).status_code == 200
    assert [record.user_agent for record in kept()] == [agent[:1000]]


def test_no_origin_no_cors(client: httpx.Client) -> None:
    headers = client.post("/v1/batch", content=batch(EVENT)).headers
    assert not [name for name in headers if name.startswith("access-control")]


def test_a_header_that_is_no_list_of_names_is_not_echoed(anonymous: httpx.Client) -> None:
    headers = {"origin": "https://a.example", "access-control-request-headers": "x;<script>"}
    answer = anonymous.options("/v1/batch", headers=headers)
    assert "script" not in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("call", ["track", "page"])
def test_the_pixel_takes_an_event(anonymous: httpx.Client, kept: Kept, call: str) -> None:
    params = {
        "writeKey": KEY, "event": "Mail Opened", "userId": "u-9", "properties.campaign": "spring",
        "context": '{"locale":"de"}', "context.page.url": "https://a.example/", "properties": '{"issue":7}',
    }  # fmt: skip
    answer = anonymous.get(f"/pixel/v1/{call}", params=params)
    assert answer.headers["content-type"] == "image/gif"
    assert answer.content[:6] == b"GIF89a"
    (record,) = kept()
    assert record.kind == call
    assert json.loads(record.body) == {
        "event": "Mail Opened",
        "userId": "u-9",
        "properties": {"campaign": "spring", "issue": 7},
        "context": {"locale": "de", "page": {"url": "https://a.example/"}},
    }


def test_the_pixel_takes_an_address_that_nobody_has_encoded(running: Collector, kept: Kept) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as wire:
        wire.sendall(f"GET /pixel/v1/page?writeKey={KEY}&userId=Größe HTTP/1.0\r\n\r\n".encode())
        assert b"GIF89a" in wire.makefile("rb").read()
    assert [json.loads(record.body) for record in kept()] == [{"userId": "Größe"}]


def test_a_look_at_the_pixel_is_no_event(anonymous: httpx.Client, kept: Kept) -> None:
    answer = anonymous.head("/pixel/v1/page", params={"writeKey": KEY, "userId": "u-9"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert kept() == []


def test_the_pixel_takes_base64(anonymous: httpx.Client, kept: Kept) -> None:
    data = base64.urlsafe_b64encode(json.dumps({**EVENT, "writeKey": KEY}).encode()).decode().rstrip("=")
    assert anonymous.get("/pixel/v1/track", params={"data": data}).status_code == 200
    assert [json.loads(record.body)["event"] for record in kept()] == ["Product Viewed"]


@pytest.mark.parametrize(
    "query",
    ["", "writeKey=wrong&event=x&userId=1", f"writeKey={KEY}&data=%00", f"writeKey={KEY}&data=W10",
     f"writeKey={KEY}&{'a.' * 10_000}b=1"],
    ids=["nothing", "wrong key", "NUL", "a list", "a deep name"],
)  # fmt: skip
def test_the_pixel_is_a_picture_whatever_comes(anonymous: httpx.Client, kept: Kept, query: str) -> None:
    answer = anonymous.get(f"/pixel/v1/track?{query}")
    assert answer.status_code == 200
    assert answer.content[:6] == b"GIF89a"
    assert kept() == []


def test_what_segments_sdks_fetch(anonymous: httpx.Client, running: Collector) -> None:
    found = anonymous.get(f"/v1/projects/{KEY}/settings").json()
    assert found["integrations"]["Segment.io"]["apiKey"] == KEY
    assert found["integrations"]["Segment.io"]["apiHost"] == f"127.0.0.1:{running.port}/v1"
    assert found["integrations"]["Segment.io"]["protocol"] == "http"
    assert list(found["integrations"]) == ["Segment.io"]
    refused(anonymous.get("/v1/projects/wrong/settings"), 401, "unknown_write_key")


@pytest.mark.parametrize("path", ["/sourceConfig", "/sourceConfig/?p=npm&v=3"])
def test_what_rudderstacks_sdks_fetch(client: httpx.Client, anonymous: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    source = answer.json()["source"]
    assert source["enabled"] is True
    assert source["destinations"] == []
    refused(anonymous.get(path), 401, "unknown_write_key")


# looking after it


def test_other_paths_and_methods(anonymous: httpx.Client) -> None:
    refused(anonymous.get("/nothing"), 404, "not_found")
    refused(anonymous.get("/v1/projects//settings"), 404, "not_found")
    wrong = anonymous.get("/v1/batch")
    refused(wrong, 405, "method_not_allowed")
    assert "POST" in wrong.headers["allow"]


def test_health(anonymous: httpx.Client) -> None:
    assert anonymous.get("/health").json() == {"status": "ok"}


def numbers(page: str) -> dict[str, float]:
    lines = [line.rsplit(" ", 1) for line in page.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def test_metrics_count_what_happened(client: httpx.Client, anonymous: httpx.Client) -> None:
    before = numbers(anonymous.get("/metrics").text)
    client.post("/v1/batch", content=batch(EVENT, EVENT, {"type": "page"}))
    anonymous.post("/v1/track", json=EVENT)
    after = numbers(anonymous.get("/metrics").text)

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grown('mallard_collect_events_accepted_total{source="shop"}') == 2
    assert grown('mallard_collect_events_rejected_total{reason="no_identity",source="shop"}') == 1
    assert grown('mallard_collect_requests_refused_total{code="unknown_write_key"}') == 1
    assert grown("mallard_collect_fsync_seconds_count") == 1
    assert grown("mallard_spool_unlanded_bytes") > 0
    assert after["mallard_spool_oldest_unlanded_seconds"] >= 0
    assert after["mallard_spool_disk_free_bytes"] > 0


def test_the_published_document_lists_every_path(anonymous: httpx.Client) -> None:
    answer = anonymous.get("/openapi.json")
    assert answer.content == document()
    paths = msgspec.json.decode(answer.content)["paths"]
    for path, methods in paths.items():
        for method in methods:
            got = anonymous.request(method, path.replace("{writeKey}", KEY), params={"writeKey": KEY})
            assert got.status_code not in (404, 405), path
    assert {path for path, _ in PATHS} <= set(paths)


def test_no_key_is_ever_written_to_the_log(running: Collector, client: httpx.Client) -> None:
    client.post("/v1/batch", content=b"quack", params={"writeKey": KEY})
    assert "wk-" not in running.log.read_text()
    assert all(
        b"wk-shop" not in path.read_bytes() for path in Path(running.settings.spool_path).glob("*.lock")
    )
