"""What senders that cannot run here put on the wire, by the source of the SDKs; and the page's curl line."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.collectors import KEY, Collector
from tests.sdk.programs import pointed
from tests.servers import need

WEBKIT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Mobile/15E148"
)
DALVIK = "Dalvik/2.1.0 (Linux; U; Android 13; Pixel 6 Build/TQ3A.230901.001)"

IPHONE: dict[str, Any] = {
    "library": {"name": "analytics-swift", "version": "1.6.2"},
    "app": {"name": "Duck Pond", "version": "4.2.0", "build": "420", "namespace": "shop.duckpond"},
    "device": {
        "manufacturer": "Apple", "type": "ios", "model": "iPhone14,2", "name": "iPhone",
        "id": "5F2F0F3C-24A5-4B4B-9A60-6C4A2C2C5D10",
    },
    "os": {"name": "iOS", "version": "17.4"},
    "screen": {"width": 390.0, "height": 844.0},
    "network": {"bluetooth": False, "cellular": True, "wifi": False},
    "userAgent": WEBKIT, "locale": "de-DE", "timezone": "Europe/Berlin",
}  # fmt: skip

PIXEL: dict[str, Any] = {
    "library": {"name": "analytics-kotlin", "version": "1.16.3"},
    "app": {"name": "Duck Pond", "version": "4.2.0", "namespace": "shop.duckpond", "build": "420"},
    "device": {
        "id": "9774d56d682e549c", "manufacturer": "Google", "model": "Pixel 6", "name": "oriole",
        "type": "android",
    },
    "os": {"name": "Android", "version": "13"},
    "screen": {"density": 2.625, "height": 2400, "width": 1080},
    "network": {"wifi": True, "bluetooth": False, "cellular": False},
    "userAgent": DALVIK, "locale": "de-DE", "timezone": "Europe/Berlin", "instanceId": "0d9c",
}  # fmt: skip


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def upload(key: str, context: dict[str, Any]) -> bytes:
    """The file of events that the mobile SDKs send: they write it as events come and close it with sentAt."""
    event = {
        "type": "track", "event": "Application Opened", "messageId": f"3A5B0C92-{key}", "anonymousId": "A-1",
        "userId": "", "timestamp": now(), "integrations": {}, "context": context,
        "properties": {"from_background": False, "version": "4.2.0", "build": "420"},
        "_metadata": {"bundled": [], "unbundled": [], "bundledIds": []},
    }  # fmt: skip
    seen = event | {
        "type": "screen",
        "name": "Product",
        "messageId": f"7C11-{key}",
        "properties": {"position": 3},
    }
    seen.pop("event")
    return json.dumps({"batch": [event, seen], "sentAt": now(), "writeKey": key}).encode()


def columns(row: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert {name: row[name] for name in wanted} == wanted


def test_an_iphone(mallard: Collector) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "analytics-ios/1.6.2"}
    body = upload(KEY.format("ios"), IPHONE)
    assert httpx.post(f"{mallard.url}/v1/b", content=body, headers=headers).status_code == 200
    opened, screen = mallard.events("ios")
    same = {
        "platform": "ios", "device_id": IPHONE["device"]["id"], "device_brand": "Apple",
        "anonymous_id": "A-1", "device_model": "iPhone14,2", "os_name": "iOS", "os_version": "17.4",
        "app_version": "4.2.0", "app_build": "420", "network": "cellular", "screen_width": 390,
        "screen_height": 844, "is_bot": False, "user_agent": WEBKIT, "locale": "de-DE",
        "timezone": "Europe/Berlin", "user_id": None,
    }  # fmt: skip
    columns(opened, same | {"event_type": "track", "event_name": "Application Opened"})
    columns(screen, same | {"event_type": "screen", "event_name": "Screen Viewed", "position": 3})


def test_an_android_phone(mallard: Collector) -> None:
    """Gzipped, in chunks of unknown number, as plain text and without a user name."""

    def chunks() -> Iterator[bytes]:
        body = gzip.compress(upload(KEY.format("android"), PIXEL))
        yield body[:20]
        yield body[20:]

    headers = {
        "Content-Type": "text/plain", "Content-Encoding": "gzip", "User-Agent": "analytics-kotlin/1.16.3",
    }  # fmt: skip
    assert httpx.post(f"{mallard.url}/v1/b", content=chunks(), headers=headers).status_code == 200
    opened, screen = mallard.events("android")
    same = {
        "platform": "android", "device_id": "9774d56d682e549c", "device_brand": "Google",
        "device_model": "Pixel 6", "os_name": "Android", "os_version": "13", "app_version": "4.2.0",
        "app_build": "420", "network": "wifi", "screen_width": 1080, "screen_height": 2400, "is_bot": False,
        "user_agent": DALVIK, "anonymous_id": "A-1", "user_id": None,
    }  # fmt: skip
    columns(opened, same | {"event_type": "track", "event_name": "Application Opened"})
    columns(screen, same | {"event_type": "screen", "event_name": "Screen Viewed", "position": 3})


@pytest.mark.parametrize("host", ["events.example.com", "127.0.0.1:8400"])
def test_phones_are_told_to_send_here(host: str, mallard: Collector) -> None:
    """Both mobile SDKs take apiHost from the settings they fetch, over the one they are set up with."""
    address = f"{mallard.url}/v1/projects/{KEY.format('ios')}/settings"
    told = httpx.get(address, headers={"Host": host}).json()["integrations"]
    assert set(told) == {"Segment.io"}
    assert told["Segment.io"]["apiHost"] == f"{host}/v1"
    assert told["Segment.io"]["apiKey"] == KEY.format("ios")


def test_the_curl_line_of_the_page(mallard: Collector, tmp_path: Path) -> None:
    need("curl")
    line = pointed("curl", mallard.url).replace("--json", "--silent --show-error --fail --json")
    subprocess.run(["sh", "-e", "-c", line], check=True, cwd=tmp_path)
    (row,) = mallard.events("curl")
    columns(row, {
        "event_id": "7f0c", "event_name": "Product Viewed", "event_type": "track", "user_id": "u-1",
        "product_id": "p-2", "price": Decimal("18.99"), "currency": "EUR", "anonymous_id": None,
    })  # fmt: skip
