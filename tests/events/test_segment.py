"""Events of the Segment API become canonical events; what cannot is set aside with a reason."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mallard.collect.intake import examine
from mallard.spool import Record
from tests.landed import RECEIVED, Project, micros, request, single, track

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.2 Mobile/15E148 Safari/604.1"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.at(tmp_path)


def landed(project: Project, event: dict[str, Any], **batch: Any) -> dict[str, Any]:
    project.land(request(event, **batch))
    return project.event()


def columns(project: Project, events: Sequence[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    """The named columns of events that are landed in one go."""
    project.land(request(*events))
    return [tuple(row[name] for name in names) for row in project.events()]


def test_e_commerce_properties_become_columns(project: Project) -> None:
    properties = {
        "product_id": 507, "list_id": "l1", "category": "Games", "brand": "Hasbro", "position": "3",
        "quantity": 2, "price": 18.995, "order_id": "o1", "cart_id": "c1", "value": "37.99",
        "currency": "USD",
        "query": "chess", "loading_time_ms": 120, "stay_time_ms": 5000, "error_class": "E",
        "error_message": "boom", "view_id": "v1",
    }  # fmt: skip
    event = landed(project, track(properties=properties))
    expected = {
        **properties, "product_id": "507", "position": 3, "price": Decimal("18.9950"),
        "value": Decimal("37.9900"),
    }  # fmt: skip
    assert {name: event[name] for name in properties} == expected
    assert json.loads(event["properties"]) == properties


def test_products_stay_in_properties_and_the_total_is_the_value(project: Project) -> None:
    products = [{"product_id": "1", "price": 2}, {"product_id": "2", "price": 3}]
    event = landed(project, track(event="Order Completed", properties={"products": products, "total": 5}))
    assert json.loads(event["properties"])["products"] == products
    assert (event["product_id"], event["value"]) == (None, Decimal("5.0000"))


def test_context_becomes_columns(project: Project) -> None:
    context = {
        "app": {"version": "3.1", "build": 351},
        "device": {"id": "d1", "manufacturer": "Apple", "model": "X"},
        "os": {"name": "iOS", "version": "17.2"}, "screen": {"width": 390, "height": 844.0},
        "campaign": {"source": "s", "medium": "m", "name": "n", "term": "t", "content": "c"},
        "page": {"url": "https://x/y", "path": "/y", "title": "Y", "referrer": "https://z"},
        "locale": "de-DE", "timezone": "Europe/Berlin", "sessionId": 77,
    }  # fmt: skip
    event = landed(project, track(context=context))
    expected = {
        "app_version": "3.1", "app_build": "351", "device_id": "d1", "device_brand": "Apple",
        "device_model": "X", "os_name": "iOS", "os_version": "17.2", "screen_width": 390,
        "screen_height": 844, "utm_source": "s", "utm_medium": "m", "utm_campaign": "n", "utm_term": "t",
        "utm_content": "c", "page_url": "https://x/y", "page_path": "/y", "page_title": "Y",
        "referrer": "https://z", "locale": "de-DE", "timezone": "Europe/Berlin", "session_id": "77",
        "platform": "ios",
    }  # fmt: skip
    assert {name: event[name] for name in expected} == expected
    assert json.loads(event["context"]) == context


def test_page_properties_win_over_the_context(project: Project) -> None:
    event = landed(
        project,
        {"type": "page", "name": "Home", "userId": "u", "properties": {"path": "/new", "title": ""},
         "context": {"page": {"path": "/old", "title": "Old"}}},
    )  # fmt: skip
    assert (event["event_name"], event["page_path"], event["page_title"]) == ("Page Viewed", "/new", "Old")
    assert json.loads(event["context"])["unmapped"] == {"name": "Home"}


def test_calls_without_a_name_get_one(project: Project) -> None:
    calls = [{"type": kind, "userId": "u"} for kind in ("page", "screen", "identify", "alias", "group")]
    assert columns(project, calls, "event_type", "event_name") == [
        ("page", "Page Viewed"), ("screen", "Screen Viewed"), ("identify", "Identify"), ("alias", "Alias"),
        ("group", "Group"),
    ]  # fmt: skip


def test_traits_are_the_properties_of_identify(project: Project) -> None:
    event = landed(project, {"type": "identify", "userId": 12, "traits": {"plan": "gold"}})
    assert (event["user_id"], json.loads(event["properties"])) == ("12", {"plan": "gold"})


def test_traits_of_an_identify_may_stand_in_its_context_alone(project: Project) -> None:
    """RudderStack's SDKs send them so; in a group call they are the user's, not the group's."""
    context = {"context": {"traits": {"plan": "gold"}}}
    project.land(
        request(
            {"type": "identify", "userId": "a", **context},
            {"type": "identify", "userId": "b", "traits": {"plan": "own"}, **context},
            {"type": "identify", "userId": "c", "context": {"traits": "gold"}},
            {"type": "group", "userId": "d", **context},
            {"type": "identify", "userId": "e"},
            context={"traits": {"age": 7}},
        )
    )
    told = {row["user_id"]: row["properties"] and json.loads(row["properties"]) for row in project.events()}
    gold = {"plan": "gold", "age": 7}
    assert told == {"a": gold, "b": {"plan": "own"}, "c": None, "d": None, "e": {"age": 7}}
    assert json.loads(project.events()[0]["context"])["traits"] == gold, "and they stay there too"


def test_alias_keeps_the_previous_id(project: Project) -> None:
    event = landed(project, {"type": "alias", "userId": "new", "previousId": "old"})
    assert (event["user_id"], event["previous_id"]) == ("new", "old")


def test_the_batch_speaks_for_its_events(project: Project) -> None:
    project.land(
        request(
            track(),
            track(context={"app": {"version": "own"}}, sentAt=RECEIVED.isoformat()),
            context={"app": {"version": "batch", "build": "1"}, "device": {"id": "d"}},
            sentAt=(RECEIVED - timedelta(minutes=5)).isoformat(),
        )
    )
    first, second = project.events()
    assert (first["app_version"], first["sent_at"]) == ("batch", RECEIVED - timedelta(minutes=5))
    assert (second["app_version"], second["app_build"], second["sent_at"]) == ("own", "1", RECEIVED)
    assert (first["device_id"], second["device_id"]) == ("d", "d")


def test_the_path_tells_the_type_of_a_single_event(project: Project) -> None:
    project.land(single(b'{"userId":"u"}', "page"), single(b'{"userId":"u","type":"screen"}', "page"))
    assert [event["event_type"] for event in project.events()] == ["page", "screen"]


@pytest.mark.parametrize("space", [" ", "\n", "\r\n\t"])
def test_a_body_may_begin_with_white_space(project: Project, space: str) -> None:
    body = f'{space}{{"event": "E", "userId": "u", "context": {{"locale": "de"}}}}\n'.encode()
    project.land(single(body))
    assert (project.event()["event_name"], project.event()["context"]) == ("E", '{"locale":"de"}')


def test_fields_without_a_column_are_kept(project: Project) -> None:
    event = landed(project, track(groupId="g", integrations={"All": False}, version="2", writeKey="secret"))
    assert json.loads(event["context"]) == {
        "unmapped": {"groupId": "g", "integrations": {"All": False}, "version": "2"}
    }
    assert "secret" not in event["context"]


def test_message_ids(project: Project) -> None:
    events = [track(messageId="m-1"), track(messageId=7), track(), track(messageId=""), track()]
    ids = [row[0] for row in columns(project, events, "event_id")]
    assert ids[:2] == ["m-1", "7"]
    assert len(set(ids)) == 5
    assert all(made.startswith("node1-") for made in ids[2:]), "made of where the event stands in the spool"


# time


@pytest.mark.parametrize(
    ("skew", "source"),
    [(timedelta(0), "client"), (timedelta(seconds=60), "client"), (timedelta(seconds=61), "corrected"),
     (timedelta(seconds=-61), "corrected"), (timedelta(days=3000), "corrected")],
)  # fmt: skip
def test_a_wrong_clock_is_corrected_by_when_it_sent(project: Project, skew: timedelta, source: str) -> None:
    """The client's clock is wrong by skew; the event happened ten minutes before it was sent."""
    sent, happened = RECEIVED + skew, RECEIVED + skew - timedelta(minutes=10)
    event = landed(project, track(timestamp=happened.isoformat()), sentAt=sent.isoformat())
    right = happened if source == "client" else RECEIVED - timedelta(minutes=10)
    assert (event["event_time"], event["time_source"]) == (right, source)
    assert event["original_time"] == happened


NOON = datetime(2026, 3, 10, 11, 59, 30, 250000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-03-10T11:59:30.250Z", NOON),
        ("2026-03-10T11:59:30.250000+00:00", NOON),
        ("2026-03-10T19:59:30.25+08:00", NOON),
        ("2026-03-10 11:59:30.25", NOON),
        (1773143970250, NOON),
        (1773143970.25, NOON),
        ("1773143970250", NOON),
        ("2026-03-10", datetime(2026, 3, 10, tzinfo=UTC)),
    ],
)
def test_ways_to_tell_a_time(project: Project, told: object, expected: datetime) -> None:
    event = landed(project, track(timestamp=told))
    assert (event["event_time"], event["time_source"]) == (expected, "client")


@pytest.mark.parametrize(
    "told",
    ["yesterday", "", {}, True, "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "infinity", 1e300, -1e300,
     "12026-03-10T00:00:00Z", "2026-13-01T00:00:00Z", "1970-01-01T00:00:00Z", "2026-03-10T13:00:01Z"],
)  # fmt: skip
def test_a_time_that_cannot_be_is_replaced_and_kept(project: Project, told: object) -> None:
    event = landed(project, track(timestamp=told))
    assert (event["event_time"], event["time_source"]) == (RECEIVED, "received")
    if event["original_time"] is None and told != "":
        assert json.loads(event["context"])["unmapped"]["timestamp"] == told


def test_rudder_names_the_time_otherwise(project: Project) -> None:
    event = landed(project, track(originalTimestamp=NOON.isoformat()))
    assert (event["original_time"], event["event_time"]) == (NOON, NOON)


# platform, network, agent, address


@pytest.mark.parametrize(
    ("fields", "platform"),
    [
        ({"context": {"library": {"name": "analytics.js"}, "os": {"name": "iOS"}}}, "web"),
        ({"channel": "web", "context": {"device": {"type": "android"}}}, "web"),
        ({"context": {"channel": "browser"}}, "web"),
        ({"context": {"device": {"type": "iOS"}}}, "ios"),
        ({"context": {"os": {"name": "iPadOS"}}}, "ios"),
        ({"context": {"device": {"type": "Android"}}}, "android"),
        ({"context": {"os": {"name": "Android"}}}, "android"),
        ({"channel": "server"}, "server"),
        ({"context": {"library": {"name": "analytics-python"}}}, "server"),
        ({"context": {"library": {"name": "rudder-analytics-go"}}}, "server"),
        ({"context": {"userAgent": CHROME}}, "web"),
        ({"context": {"userAgent": "okhttp/4.9"}}, "other"),
        ({}, "other"),
    ],
)
def test_platforms(project: Project, fields: dict[str, Any], platform: str) -> None:
    assert landed(project, track(**fields))["platform"] == platform


def test_networks(project: Project) -> None:
    told: list[tuple[Any, str | None]] = [
        ({"type": "5G"}, "5g"), ({"wifi": True, "cellular": False}, "wifi"), ({"cellular": True}, "cellular"),
        ({"wifi": False, "cellular": False}, "offline"), ({"type": "lte", "wifi": True}, "wifi"), ({}, None),
        ("wifi", None),
    ]  # fmt: skip
    events = [track(context={"network": network}) for network, _ in told]
    assert columns(project, events, "network") == [(expected,) for _, expected in told]


def test_a_user_agent_tells_system_device_and_bots(project: Project) -> None:
    events = [track(context={"userAgent": agent}) for agent in (CHROME, IPHONE, GOOGLEBOT, "", "x" * 5000)]
    found = columns(project, events, "os_name", "os_version", "device_brand", "device_model", "is_bot")
    assert found == [
        ("Windows", "10", None, None, False),
        ("iOS", "17.2", "Apple", "iPhone", False),
        (None, None, None, None, True),
        (None, None, None, None, False),
        (None, None, None, None, False),
    ]


def test_a_shops_own_programs_and_apps_are_no_bots(project: Project) -> None:
    programs = [
        "Java/17.0.9", "Python-urllib/3.11", "python-urllib3/2.2", "WordPress/6.4.2; https://shop.example",
        "WooCommerce/8.1 Hookshot (WordPress/6.4)", "Google-HTTP-Java-Client/1.43.3 (gzip)", "WinHTTP/1.0",
        "Botanica/7 CFNetwork/1490.0.4 Darwin/23.2.0",
    ]  # fmt: skip
    spiders = [
        GOOGLEBOT,
        "Googlebot-Image/1.0",
        "facebookexternalhit/1.1",
        "Scrapy/2.11 (+https://scrapy.org)",
    ]
    events = [track(context={"userAgent": agent}) for agent in programs + spiders]
    assert columns(project, events, "is_bot") == [(False,)] * len(programs) + [(True,)] * len(spiders)


def test_what_a_user_agent_does_not_tell_of_a_device_stays_unknown(project: Project) -> None:
    agents = [
        "MyTool/1",
        "Mozilla/5.0 (Android 13; Mobile; rv:121.0) Gecko/121.0 Firefox/121.0",
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile "
        "Safari/537.36",
        "Mozilla/5.0 (Linux; Android 11; XYZ-123) AppleWebKit/537.36 Chrome/98.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 12; SM-G991B) AppleWebKit/537.36 Chrome/98.0 Mobile Safari/537.36",
    ]
    events = [track(context={"userAgent": agent}) for agent in agents]
    assert columns(project, events, "device_brand", "device_model") == [
        (None, None), (None, None), (None, None), (None, "XYZ-123"), ("Samsung", "SM-G991B"),
    ]  # fmt: skip


def test_the_events_own_user_agent_wins_over_the_requests(project: Project) -> None:
    project.land(request(track(context={"userAgent": IPHONE}), track(), user_agent=GOOGLEBOT))
    assert [event["is_bot"] for event in project.events()] == [False, True]
    assert [event["user_agent"] for event in project.events()] == [IPHONE, GOOGLEBOT]


ADDRESSES = [
    ("203.0.113.77", "203.0.113.0"),
    ("2001:db8:1234:5678::1", "2001:db8:1234::"),
    ("2001:db8::1", "2001:db8::"),
    ("::1", "::"),
    ("::ffff:203.0.113.77", "203.0.113.0"),
]
COPIED = [
    ("203.0.113.77:5678", "203.0.113.0"),
    ("203.0.113.77, 10.0.0.1", "203.0.113.0"),
    (" 203.0.113.77,70.1.2.3", "203.0.113.0"),
    ("::FFFF:203.0.113.77", "203.0.113.0"),
    ("[2001:db8:1234:5678::77]:443", "2001:db8:1234::"),
    ("2001:db8:1234:5678::77, 10.0.0.1", "2001:db8:1234::"),
    ("fe80::1234:5678%eth0", "fe80::"),
    ('for="203.0.113.77"', "198.51.100.0"),
    ("host-203-0-113-77.example", "198.51.100.0"),
]
"""As programs copy an address from a header or a socket; what is none gives way to the sender's."""


def test_addresses_are_truncated_wherever_they_stand(project: Project) -> None:
    told = [track(context={"ip": address}) for address, _ in ADDRESSES]
    project.land(request(*told, *({**event, "event": 5} for event in told), track(request_ip="203.0.113.77")))
    assert [event["ip"] for event in project.events()][:5] == [short for _, short in ADDRESSES]
    everything = json.dumps([*project.events(), *project.quarantined()], default=str)
    assert not any(address in everything for address, _ in ADDRESSES)
    assert project.reasons() == {"missing_event_name": 5}


def test_addresses_are_truncated_as_they_are_copied(project: Project) -> None:
    project.land(request(*(track(context={"ip": told}) for told, _ in COPIED), ip="198.51.100.0"))
    assert [event["ip"] for event in project.events()] == [short for _, short in COPIED]
    contexts = [json.loads(event["context"] or "{}") for event in project.events()]
    assert [context.get("ip", "198.51.100.0") for context in contexts] == [short for _, short in COPIED]


def test_copied_addresses_are_truncated_in_quarantine_too(project: Project) -> None:
    """In the event, and in the batch's context that a replay needs."""
    project.land(*(request(track(context={"ip": told}, event=5), context={"ip": told}) for told, _ in COPIED))
    cut = ["203.0.113.0", "203.0.113.0", "", "::", "::", "::", "::", "", ""]
    assert [json.loads(row["raw"])["context"]["ip"] for row in project.quarantined()] == cut
    assert [json.loads(row["context"])["ip"] for row in project.envelopes()] == cut


def test_addresses_are_kept_where_the_shop_says_so(tmp_path: Path) -> None:
    project = Project.at(tmp_path, collect={"truncate_ip": False})
    project.land(request(track(context={"ip": "203.0.113.77"}), track(), ip="198.51.100.7"))
    assert [event["ip"] for event in project.events()] == ["203.0.113.77", "198.51.100.7"]


# what is refused

BAD_ITEMS: list[tuple[object, str]] = [
    (b"nonsense", "malformed_json"),
    (rb'{"type":"track","event":"E","userId":"\ud800"}', "malformed_json"),
    (b'{"type":"track","event":"E","userId":"\xff"}', "malformed_json"),
    (5, "not_an_object"),
    (None, "not_an_object"),
    ([1], "not_an_object"),
    ("text", "not_an_object"),
    (track(properties={"pad": "x" * 33_000}), "too_large"),
    ({"userId": "u"}, "unknown_type"),
    ({"type": "tracked", "userId": "u"}, "unknown_type"),
    ({"type": 5, "userId": "u"}, "unknown_type"),
    (track(event=""), "missing_event_name"),
    (track(event=None), "missing_event_name"),
    ({"type": "track", "userId": "u"}, "missing_event_name"),
    (track(userId=""), "no_identity"),
    (track(userId=None, anonymousId=""), "no_identity"),
    (track(userId=None, context={"device": {"id": ""}}), "no_identity"),
    (track(messageId="m" * 101), "bad_id"),
]
"""What the collector tells the sender at once, too."""

WORSE_ITEMS: list[tuple[object, str]] = [
    (track(event=5), "missing_event_name"),
    (track(userId={"id": 1}), "bad_id"),
    (track(userId=True), "bad_id"),
    (track(userId="u" * 256), "bad_id"),
    (track(anonymousId=["a"]), "bad_id"),
    (track(messageId={}), "bad_id"),
    (track(properties=[1]), "bad_value"),
    (track(properties="text"), "bad_value"),
    (track(context=5), "bad_value"),
    ({"type": "identify", "userId": "u", "traits": "gold"}, "bad_value"),
]


def test_every_kind_of_bad_item_has_its_reason_and_spoils_no_other(project: Project) -> None:
    bad = [*BAD_ITEMS, *WORSE_ITEMS]
    report = project.land(request(track(), *(item for item, _ in bad), track()))
    assert (report.received, report.landed, report.quarantined) == (len(bad) + 2, 2, len(bad))
    assert [row["reason"] for row in project.quarantined()] == [reason for _, reason in bad]


@pytest.mark.parametrize("item", [item for item, _ in [*BAD_ITEMS, *WORSE_ITEMS]])
def test_a_good_item_beside_a_bad_one_is_what_it_is_alone(project: Project, item: object) -> None:
    project.land(request(item, track(messageId="m", properties={"price": 1}), context={"locale": "de"}))
    event = project.event()
    assert (event["event_id"], event["price"], event["locale"]) == ("m", Decimal(1), "de")


def test_the_sender_was_told_the_same(project: Project) -> None:
    items = [item for item, _ in BAD_ITEMS]
    body = request(track(), *items).body
    told = examine("batch", body, project.settings.collect).rejected
    assert [(one.index, one.reason) for one in told] == [
        (number + 1, reason) for number, (_, reason) in enumerate(BAD_ITEMS)
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"", "malformed_json"), (b'{"batch":[', "malformed_json"), (b"[1]", "not_an_object"),
     (b'{"batch":5}', "bad_value"), (b"\xff\xfe", "malformed_json")],
)  # fmt: skip
def test_a_body_that_is_no_request_is_one_bad_record(project: Project, body: bytes, reason: str) -> None:
    project.land(single(body, "batch"))
    assert project.reasons() == {reason: 1}


def test_a_bad_batch_context_spoils_no_event(project: Project) -> None:
    body = rb'{"batch":[{"type":"track","event":"E","userId":"u"}],"context":{"x":"\ud800"}}'
    project.land(single(body, "batch"))
    assert project.event()["event_name"] == "E"


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
FIELDS = [
    "type", "event", "userId", "anonymousId", "messageId", "timestamp", "sentAt", "properties", "traits",
    "context", "channel", "previousId",
]  # fmt: skip
wild_events = st.dictionaries(
    st.sampled_from(FIELDS) | texts,
    json_values | st.sampled_from(["track", "identify", "u1"]),
    max_size=8,
)
wild_contexts = st.dictionaries(
    st.sampled_from(["app", "device", "os", "network", "screen", "page", "ip", "userAgent", "library"]),
    json_values,
    max_size=4,
)


@given(
    st.lists(wild_events, max_size=12),
    st.lists(st.tuples(wild_contexts, json_values), max_size=12),
)
@settings(
    derandomize=True, max_examples=12, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_nothing_makes_a_landing_fail(
    tmp_path: Path, events: list[dict[str, Any]], plausible: list[tuple[dict[str, Any], Any]]
) -> None:
    """Every item is landed or set aside, and what is landed keeps all that it said."""
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    project = Project.at(folder)
    good = [track(context=context, properties={"x": value}) for context, value in plausible]
    report = project.land(request(*events, *good))
    assert report.received == len(events) + len(good)
    assert report.landed >= len(good)
    for event, (_, value) in zip(project.events()[-len(good) :], plausible, strict=False):
        assert json.loads(event["properties"])["x"] == value


def test_lines_are_json_by_the_letter_too(project: Project) -> None:
    """A request is parsed strictly when it is split; a line of a log is not."""
    line = '{"type":"page","userId":"u","properties":{"x":%s}}'
    odd = ["NaN", "-inf", "[1,]", "1,", "1}, ", '{"Infinity":[{"a":1 , }]}']
    body = "\n".join(line % value for value in (*odd, '"NaN, }"')).encode()
    project.land(Record("segment", "lines", "log", micros(RECEIVED), body + b"\n", origin="file-0@0"))
    assert project.reasons() == {"malformed_json": len(odd)}
    assert json.loads(project.event()["properties"]) == {"x": "NaN, }"}
