"""Events as lines of ``user_action.log``: one JSON object a line, of the five acts that the dialect knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from mallard.simulate.devices import Device
from mallard.simulate.diary import Day, Event

ACTS = {
    "Application Opened": 1,
    "Application Installed": 1,
    "Application Updated": 1,
    "Product Clicked": 2,
    "Product Viewed": 3,
    "Product List Viewed": 4,
    "Application Crashed": 5,
}
PLATFORMS = {"android": 1, "ios": 2, "web": 3}
NETWORKS = {"wifi": 1, "2g": 2, "3g": 3, "4g": 4, "5g": 5}

Line = dict[str, Any]


def write_user_action_log(day: Day, path: Path) -> int:
    """Append the lines of a day to a log file; how many there were.

    Only what has an act is written, and only of visitors with a user id or a device id.
    """
    encoder = msgspec.json.Encoder()
    lines = list(log_lines(day))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        for line in lines:
            file.write(encoder.encode(line) + b"\n")
    return len(lines)


def log_lines(day: Day) -> Iterator[Line]:
    """The lines of a day in order of time; no two of one visitor have the same acttime."""
    events = sorted(day.events, key=lambda event: (event.at, event.id))
    stays = {
        event.properties["view_id"]: event.properties["stay_time_ms"]
        for event in events
        if event.name == "Product View Ended"
    }
    last: dict[str, int] = {}
    for event in events:
        device, visitor = event.device, event.user_id or event.device.device_id
        if event.name not in ACTS or device.is_bot or visitor is None:
            continue
        acttime = max(event.at // 1_000, last.get(visitor, 0) + 1)
        last[visitor] = acttime
        yield {**_common(event, device), "acttime": acttime, **_act(event, stays)}


def _common(event: Event, device: Device) -> Line:
    web = device.platform == "web"
    _, version, build = device.release(event.day)
    line: Line = {} if event.user_id is None else {"uid": int(event.user_id)}
    return line | {
        "xaid": "" if web else device.device_id,
        "platform": PLATFORMS[device.platform],
        "ver": version,
        "vercode": build,
        "net": 1 if web else NETWORKS.get(event.network or "", 0),
        "brand": "computer" if web else device.model.brand,
        "model": "computer" if web else device.model.model,
        "display": f"{device.model.width}x{device.model.height}",
        "osver": "win10" if web else _osver(device),
    }


def _osver(device: Device) -> str:
    version = device.model.os_version or ""
    return f"ios{version.partition('.')[0]}" if device.platform == "ios" else version


def _act(event: Event, stays: dict[str, int]) -> Line:
    act, said = ACTS[event.name], event.properties
    line: Line = {"act": act}
    if act == 1:
        line |= {"ad_status": 1, "loading_time": said["loading_time_ms"]}
    elif act == 2:
        line |= {"goods_id": int(said["product_id"]), "location": said["position"]}
    elif act == 3:
        line |= {
            "goods_id": int(said["product_id"]),
            "stay_time": stays.get(said["view_id"], 0),
            "loading_time": said["loading_time_ms"],
        }
    elif act == 4:
        line |= {"goods_num": 10, "loading_time": said["loading_time_ms"], "loading_type": 1}
    return line
