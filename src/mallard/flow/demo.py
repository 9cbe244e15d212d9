"""``mallard demo``: a made-up shop lives through some weeks, and the real pipeline runs over it.

History goes straight into the spool with its historical times of receipt; the last day is sent over HTTP
to a real collector, as an SDK would send it. A second run in the same folder finds everything done and adds
nothing.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from mallard import days as clock
from mallard import reporting
from mallard import settings as file
from mallard.errors import UsageError
from mallard.flow.collector import collector
from mallard.flow.init import init
from mallard.flow.run import run, run_step, say_step
from mallard.flow.steps import BUILD, IMPORT, LAND, PUBLISH
from mallard.settings import FILE_NAME, Settings
from mallard.simulate.database import write_database
from mallard.simulate.send import arrivals, post_day, spool_days
from mallard.simulate.shop import Shop
from mallard.state import State

TIMEZONE = "Asia/Shanghai"
CURRENCY = "CNY"
SENDERS = ("web", "android", "ios")


@dataclass(frozen=True)
class Plan:
    """What a demo folder shows: which shop, and which days of its life."""

    seed: int
    first_day: date
    days: int

    @property
    def last_day(self) -> date:
        return self.first_day + timedelta(days=self.days - 1)

    @property
    def shop(self) -> Shop:
        return Shop(self.seed, self.first_day, self.days, TIMEZONE, currency=CURRENCY)


def demo(folder: Path, *, days: int, seed: int, serve: bool, port: int | None) -> None:
    """Simulate, send, import, build, publish; then serve the dashboard unless told not to."""
    started = time.monotonic()
    settings = _project(folder)
    with State(settings.state_path) as state:
        plan = _plan(state, days, seed)
        reporting.say(f"A shop's life from {plan.first_day} to {plan.last_day}, in {folder}")
        _live(settings, state, plan)
        run(settings, state, [LAND, IMPORT, BUILD, PUBLISH])
    reporting.say(f"done in {time.monotonic() - started:.0f} s; the figures are in {settings.publish.url}")
    if serve:
        from mallard.dashboard.app import serve as show

        show(settings, port=port, ready=lambda url: reporting.say(f"dashboard: {url}  (Ctrl-C stops it)"))


def _project(folder: Path) -> Settings:
    """The demo's project; made in an empty folder, found again in that of a demo."""
    if not (folder / FILE_NAME).exists():
        if folder.is_dir() and any(folder.iterdir()):
            raise UsageError(f"{folder} is not empty and holds no demo.", "Choose a new folder with --dir.")
        keys = [{"name": name, "key": secrets.token_urlsafe(18)} for name in SENDERS]
        values: dict[str, dict[str, Any]] = {
            "shop": {"name": "Mallard demo shop", "timezone": TIMEZONE, "currency": CURRENCY},
            "collect": {"keys": keys},
            "source": {"url": "sqlite:///data/shop.db", "timezone": "UTC"},
        }
        init(folder, "mallard", values)
    return file.load(folder)


def _plan(state: State, days: int, seed: int) -> Plan:
    """The plan of this folder: the one it was made with, which another cannot replace."""
    kept = state.get("demo.plan")
    if kept is None:
        if state.runs(limit=1):
            raise UsageError(
                "This project was not made by 'mallard demo'.", "Choose a new folder with --dir."
            )
        first = clock.today(TIMEZONE) - timedelta(days=days)
        kept = {"seed": seed, "first_day": first.isoformat(), "days": days}
        state.put("demo.plan", kept)
    if (kept["seed"], kept["days"]) != (seed, days):
        raise UsageError(
            f"This folder holds a demo of {kept['days']} days with seed {kept['seed']}.",
            f"Run it with --days {kept['days']} --seed {kept['seed']}, or choose a new folder with --dir.",
        )
    return Plan(kept["seed"], date.fromisoformat(kept["first_day"]), kept["days"])


def _live(settings: Settings, state: State, plan: Plan) -> None:
    """Let the shop live: its database, its history, its last day. Each part happens once."""
    shop = plan.shop
    if not state.get("demo.database"):
        started = time.monotonic()
        url = settings.database_url(settings.source.url or "", settings.source.password, "source.password")
        write_database(shop, plan.last_day, url)
        state.put("demo.database", True)
        say_step("shop", f"its database is {settings.source.url}", time.monotonic() - started)
    if not state.get("demo.history"):
        _spool_history(settings, state, shop)
    if not state.get("demo.last_day"):
        _send_last_day(settings, state, shop, plan.last_day)


def _spool_history(settings: Settings, state: State, shop: Shop) -> None:
    """Every day but the last. What an interrupted run left in the spool is written again under the same ids,
    and counts once."""
    started = time.monotonic()
    history = shop.all_days[:-1]
    with reporting.progress() as display:
        task = display.add_task("simulating", total=len(history))
        sent = spool_days(shop, history, settings, lambda done: display.advance(task, done))
    state.put("demo.history", True)
    say_step("history", f"{sent.items:,} events of {len(history)} days spooled", time.monotonic() - started)
    run_step(settings, state, LAND)


def _send_last_day(settings: Settings, state: State, shop: Shop, day: date) -> None:
    """The last day over HTTP, to a collector started for it."""
    started = time.monotonic()
    keys = {key.name: key.key for key in settings.collect.keys}
    with collector(settings) as url:
        sent = post_day(next(arrivals(shop, [day])), url, keys)
    state.put("demo.last_day", True)
    say_step("collect", f"{sent.items:,} events of {day} sent to {url}", time.monotonic() - started)
