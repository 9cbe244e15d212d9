"""The settings that SDKs fetch before they send: everything goes here, and nowhere else."""

from __future__ import annotations

from typing import Any

from mallard.collect.requests import Request


def segment(write_key: str, request: Request) -> dict[str, Any]:
    """What analytics.js and the mobile Segment SDKs read from ``/v1/projects/<key>/settings``."""
    return {
        "integrations": {
            "Segment.io": {
                "apiKey": write_key,
                "apiHost": f"{request.header(b'host')}/v1",
                "protocol": _scheme(request),
                "unbundledIntegrations": [],
                "addBundledMetadata": True,
                "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
            }
        },
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}, "identify": {}, "group": {}},
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }


def rudderstack(source: str, request: Request) -> dict[str, Any]:
    """What RudderStack's SDKs read from ``/sourceConfig``: a source without any destination."""
    off = {"enabled": False}
    return {
        "source": {
            "id": source,
            "name": source,
            "writeKey": source,
            "enabled": True,
            "workspaceId": "mallard",
            "config": {"statsCollection": {"errors": off, "metrics": off}},
            "connections": [],
            "destinations": [],
            "sourceDefinition": {"name": "Javascript"},
        },
        "updatedAt": "2020-01-01T00:00:00.000Z",
    }


def _scheme(request: Request) -> str:
    """http or https, as the client sees it."""
    forwarded = request.header(b"x-forwarded-proto")
    return forwarded if forwarded in ("http", "https") else request.scheme
