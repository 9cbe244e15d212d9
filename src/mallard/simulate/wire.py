"""Requests as bytes: the bodies that Segment SDKs send."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from mallard.simulate.devices import Device
from mallard.simulate.diary import Event, Page, Reported, Send
from mallard.simulate.shop import instant

SITE_HOST = "shop.example.com"
SITE = f"https://{SITE_HOST}"
_LIBRARY = {"web": "analytics.js", "android": "analytics-kotlin", "ios": "analytics-swift"}
_json = msgspec.json.Encoder()


class Call(msgspec.Struct, omit_defaults=True, rename="camel"):
    """One item of a batch, in the words of the Segment specification."""

    type: str
    message_id: str
    context: msgspec.Raw
    timestamp: datetime | None = None
    event: str | None = None
    name: str | None = None
    anonymous_id: str | None = None
    user_id: str | None = None
    previous_id: str | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None


class Batch(msgspec.Struct, omit_defaults=True, rename="camel"):
    """The body of a batch request."""

    batch: list[Any]
    sent_at: datetime | None = None


class Single(Call, rename="camel"):
    """The body of a single call."""

    sent_at: datetime | None = None


class BodyEncoder:
    """Turns sends into bodies; remembers the context of the visit at hand, which its events share."""

    def __init__(self) -> None:
        self._event: Event | None = None
        self._visit_context = b""

    def body(self, send: Send) -> bytes:
        sent_at = None if send.sent_at is None else instant(send.sent_at)
        if send.kind != "batch":
            call = self._call(send.items[0])
            return _json.encode(
                Single(**{f: getattr(call, f) for f in Call.__struct_fields__}, sent_at=sent_at)
            )
        return _json.encode(Batch([self._item(item) for item in send.items], sent_at))

    def _item(self, item: Reported) -> Any:
        if item.malformed is None:
            return self._call(item)
        if item.malformed == "not_an_object":
            return "Product Viewed"
        call = self._call(item)
        call.message_id = f"{call.message_id}-{item.malformed}"
        _spoil(call, item.malformed)
        return call

    def _call(self, item: Reported) -> Call:
        event = item.event
        call = Call(
            event.type,
            event.id,
            msgspec.Raw(self._context(event)),
            None if item.original is None else instant(item.original),
        )
        call.anonymous_id, call.user_id, call.previous_id = (
            event.anonymous_id,
            event.user_id,
            event.previous_id,
        )
        if event.type == "track":
            call.event, call.properties = event.name, event.properties
        elif event.type == "identify":
            call.traits = event.properties
        elif event.type in ("page", "screen"):
            call.name, call.properties = event.name, event.properties
        return call

    def _context(self, event: Event) -> bytes:
        last = self._event
        if (
            last is None
            or last.device is not event.device
            or last.origin is not event.origin
            or last.network is not event.network
            or last.day != event.day
        ):
            self._visit_context = _json.encode(visit_context(event))[:-1]
            self._event = event
        if event.page is None:
            return self._visit_context + b"}"
        return self._visit_context + b',"page":' + _json.encode(page_context(event.page, event)) + b"}"


def visit_context(event: Event) -> dict[str, Any]:
    """What a client says about itself with each event of a visit, the page left out."""
    device, model = event.device, event.device.model
    context: dict[str, Any] = {
        "library": {"name": _LIBRARY[device.platform], "version": "2.1.0"},
        "userAgent": model.user_agent,
        "locale": device.locale,
        "screen": {"width": model.width, "height": model.height},
    }
    if model.says_os:
        context["os"] = {"name": model.os_name, "version": model.os_version}
    if device.platform != "web":
        context |= _app_context(device, event)
    origin = event.origin
    if origin is not None and origin.source:
        campaign = {"source": origin.source, "medium": origin.medium, "name": origin.campaign}
        context["campaign"] = {key: value for key, value in campaign.items() if value is not None}
    return context


def _app_context(device: Device, event: Event) -> dict[str, Any]:
    _, version, build = device.release(event.day)
    context: dict[str, Any] = {
        "app": {"name": "Mallow", "version": version, "build": build},
        "device": {"id": device.device_id, "manufacturer": device.model.brand,
                   "model": device.model.model, "type": device.platform},
    }  # fmt: skip
    if event.network is not None:
        context["network"] = _network(event.network)
    if event.referrer is not None:
        context["referrer"] = {"url": event.referrer}
    return context


def _network(network: str) -> dict[str, Any]:
    said: dict[str, Any] = {"wifi": network == "wifi", "cellular": network not in ("wifi", "offline")}
    return said | {"type": network} if said["cellular"] else said


def page_context(page: Page, event: Event) -> dict[str, Any]:
    """context.page of a web event."""
    said = {"path": page.path, "title": page.title, "url": f"{SITE}{page.path}{page.search}"}
    if page.search:
        said["search"] = page.search
    if event.referrer is not None:
        said["referrer"] = event.referrer
    return said


def _spoil(call: Call, kind: str) -> None:
    if kind == "no_event_name":
        call.type, call.event = "track", None
    elif kind == "no_identity":
        call.anonymous_id = call.user_id = None
        call.context = msgspec.Raw(b"{}")
    elif kind == "unknown_type":
        call.type = "trace"
    else:
        call.properties = {"blob": "x" * 40_000}
