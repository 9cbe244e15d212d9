"""The published description of the HTTP interface (OpenAPI 3.1)."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from mallard import __version__

_Json = dict[str, Any]

_ERRORS = {
    "400": "The body is not a JSON object, or not the gzip it says it is.",
    "401": "The write key is missing or not known.",
    "403": "The page's origin may not send with this write key.",
    "408": "The body came too slowly.",
    "413": "The body is too large or holds too many events.",
    "415": "The Content-Encoding is not known.",
    "429": "Too many requests with this write key; Retry-After says when to come back.",
    "503": "Nothing can be kept at the moment; Retry-After says when to come back.",
}
_CALLS = ("track", "page", "screen", "identify", "alias", "group")


@cache
def document() -> bytes:
    """The document as JSON."""
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Mallard collector",
                "version": __version__,
                "description": "Takes events as the Segment HTTP API does. 200 means that they are durable.",
            },
            "security": [{"basic": []}, {"query": []}, {}],
            "paths": _paths(),
            "components": {
                "schemas": _schemas(),
                "securitySchemes": {
                    "basic": {"type": "http", "scheme": "basic", "description": "Write key as user name."},
                    "query": {"type": "apiKey", "in": "query", "name": "writeKey"},
                },
            },
        }
    )


def _paths() -> _Json:
    paths: _Json = {}
    for call in _CALLS:
        for path in (f"/v1/{call}", f"/v1/{call[0]}"):
            paths[path] = {"post": _taking(f"{call}: one event.", "Event")}
    for path in ("/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch"):
        paths[path] = {"post": _taking("Several events; a bad one never fails the others.", "Batch")}
    paths["/v1/lines"] = {"post": _lines()}
    paths["/v1/m"] = {"post": _ignoring()}
    for call in ("track", "page"):
        paths[f"/pixel/v1/{call}"] = {"get": _pixel(call)}
    paths["/v1/projects/{writeKey}/settings"] = {"get": _project_settings()}
    paths["/sourceConfig"] = {
        "get": _reading("Settings of RudderStack's SDKs.", _errors("401", "503"), {"type": "object"})
    }
    paths["/health"] = {
        "get": _reading("Whether events can be taken.", _errors("503"), {"type": "object"}, open_to_all=True)
    }
    paths["/metrics"] = {"get": _metrics()}
    paths["/openapi.json"] = {"get": _reading("This document.", {}, {"type": "object"}, open_to_all=True)}
    return paths


def _taking(summary: str, schema: str) -> _Json:
    body = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {
        "summary": summary,
        "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": {
            "200": _answer("Durable. Items listed as rejected go to the quarantine.", "Received"),
            **_errors(*_ERRORS),
        },
    }


def _lines() -> _Json:
    choices = {
        "dialect": {"enum": ["user_action", "segment"]},
        "kind": {"enum": ["lines", "piece"]},
        "origin": {"type": "string", "pattern": r"^[a-z0-9._-]{1,100}@[0-9]{1,18}$"},
    }
    parameters = [
        {"name": name, "in": "query", "required": True, "schema": schema} for name, schema in choices.items()
    ]
    return {
        "summary": "A block of whole lines of a log that is followed on another host.",
        "parameters": parameters,
        "requestBody": {"required": True, "content": {"text/plain": {"schema": {"type": "string"}}}},
        "responses": {"200": _answer("Durable.", "Received"), **_errors(*_ERRORS)},
    }


def _ignoring() -> _Json:
    return {
        "summary": "Reports of SDKs about themselves; not kept.",
        "security": [],
        "requestBody": {"content": {"application/json": {"schema": {}}}},
        "responses": {"200": _answer("Thank you.", "Received"), **_errors("400", "408", "413", "415")},
    }


def _pixel(call: str) -> _Json:
    names = (
        "writeKey",
        "data",
        "userId",
        "anonymousId",
        "messageId",
        *(["event"] if call == "track" else []),
    )
    return {
        "summary": f"{call} from a page or e-mail without scripts; always answers a picture of one pixel.",
        "security": [],
        "parameters": [{"name": name, "in": "query", "schema": {"type": "string"}} for name in names],
        "responses": {"200": {"description": "A GIF.", "content": {"image/gif": {}}}},
    }


def _project_settings() -> _Json:
    answer = _reading("Settings of Segment's SDKs.", _errors("401", "404", "503"), {"type": "object"}, True)
    key = {"name": "writeKey", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    return {**answer, "parameters": [key]}


def _metrics() -> _Json:
    return {
        "summary": "Counts for Prometheus.",
        "security": [],
        "responses": {
            "200": {"description": "Exposition.", "content": {"text/plain": {"schema": {"type": "string"}}}}
        },
    }


def _reading(summary: str, errors: _Json, schema: _Json, open_to_all: bool = False) -> _Json:
    good = {"description": "Here it is.", "content": {"application/json": {"schema": schema}}}
    found: _Json = {"summary": summary, "responses": {"200": good, **errors}}
    return {**found, "security": []} if open_to_all else found


def _errors(*statuses: str) -> _Json:
    texts = {**_ERRORS, "404": "There is nothing here."}
    return {status: _error(status, texts[status]) for status in statuses}


def _error(status: str, description: str) -> _Json:
    answer = _answer(description, "Error")
    if status in ("429", "503"):
        seconds = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}
        answer["headers"] = {"Retry-After": seconds}
    return answer


def _answer(description: str, schema: str) -> _Json:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content}


def _schemas() -> _Json:
    text = {"type": "string"}
    identifier = {"type": ["string", "number", "null"]}
    event = {
        "type": ["string", "null"],
        "description": "Name of a track call, such as 'Product Viewed'.",
    }
    properties: _Json = {
        "type": {"enum": list(_CALLS), "description": "Needed in a batch; else the path says it."},
        "event": event,
        "messageId": {**identifier, "description": "At most 100 characters; assigned where missing."},
        "userId": identifier,
        "anonymousId": identifier,
        "timestamp": {"type": "string", "format": "date-time"},
        "properties": {"type": "object"},
        "traits": {"type": "object"},
        "context": {"type": "object"},
        "writeKey": text,
    }
    batch = {
        "batch": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
        "sentAt": {"type": "string", "format": "date-time"},
        "context": {"type": "object"},
        "writeKey": text,
    }
    rejection = {"index": {"type": "integer"}, "reason": text, "messageId": text}
    return {
        "Event": {"type": "object", "properties": properties},
        "Batch": {"type": "object", "properties": batch, "required": ["batch"]},
        "Rejection": {"type": "object", "properties": rejection, "required": ["index", "reason"]},
        "Received": {
            "type": "object",
            "properties": {
                "success": {"const": True},
                "rejected": {"type": "array", "items": {"$ref": "#/components/schemas/Rejection"}},
            },
            "required": ["success"],
        },
        "Error": {
            "type": "object",
            "properties": {"code": text, "message": text},
            "required": ["code", "message"],
        },
    }
