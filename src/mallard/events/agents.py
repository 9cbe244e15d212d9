"""What user agents say: operating system, device, and whether it is a bot.

Only distinct user agents are looked at; what was found is kept for the life of the process.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

PROGRAM = re.compile(
    r"java/|jnlp/|python-urllib|winhttp|google-http-java-client|appengine-google|wordpress/|woocommerce/"
    r"|[^(]*(cfnetwork/|http%20client)",
    re.IGNORECASE,
)
"""A shop's own server or app, named by the library that it sends with; ua-parser takes these for spiders."""


@dataclass(frozen=True)
class Agent:
    """What one user agent says; None where it says nothing."""

    user_agent: str
    os_name: str | None
    os_version: str | None
    device_brand: str | None
    device_model: str | None
    is_bot: bool
    is_browser: bool


def agents(distinct: Iterable[str]) -> list[Agent]:
    """One Agent per user agent."""
    return [agent(user_agent) for user_agent in distinct]


@lru_cache(maxsize=100_000)
def agent(user_agent: str) -> Agent:
    """Parsed by ua-parser's own rules; a bot is what they call a spider, unless it is a shop's program."""
    import ua_parser

    found = ua_parser.parse(user_agent[:1000])
    system, device, browser = found.os, found.device, found.user_agent
    brand, model = _device(device)
    return Agent(
        user_agent=user_agent,
        os_name=system.family if system is not None and system.family != "Other" else None,
        os_version=_version(system),
        device_brand=brand,
        device_model=model,
        is_bot=device is not None and device.family == "Spider" and not PROGRAM.match(user_agent),
        is_browser=browser is not None and user_agent.startswith(("Mozilla/", "Opera/")),
    )


def _device(device: Any) -> tuple[str | None, str | None]:
    """Brand and model. ua-parser's "Generic" brands are none, nor is the model "K" of Chrome on any phone."""
    if device is None or device.family in ("Spider", "Other"):
        return None, None
    if not (device.brand or "").startswith("Generic"):
        return device.brand, device.model
    told = device.brand != "Generic" and device.model != "K"
    return None, device.model if told else None


def _version(system: Any) -> str | None:
    if system is None:
        return None
    parts = [part for part in (system.major, system.minor, system.patch) if part]
    return ".".join(parts) or None
