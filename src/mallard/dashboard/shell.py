"""What surrounds every page: the way around, the choice of days, how fresh the figures are."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from mallard.dashboard import format as form
from mallard.dashboard.blocks import Content
from mallard.dashboard.icons import DUCK, THEME, icon
from mallard.dashboard.view import COMPARISONS, PRESETS, View
from mallard.serving.tables import Publication


def sidebar(
    view: View, pages: list[tuple[str, str, str, str]], held: Publication, guarded: bool = False
) -> str:
    """The list of pages. pages: group, path, title, icon. guarded: whether there is a login to leave."""
    parts, group = [], None
    for section, path, title, drawing in pages:
        if section != group and section:
            parts.append(f'<span class="nav-group">{escape(section)}</span>')
        group = section
        here = view.path == path or (path != "/" and view.path.startswith(path + "/"))
        current = ' aria-current="page"' if here else ""
        parts.append(f'<a href="{escape(view.link(path))}"{current}>{icon(drawing)}{escape(title)}</a>')
    leave = '<a class="leave" href="/logout" target="_self">Log out</a>' if guarded else ""
    return (
        f'<a class="brand" href="{escape(view.link("/"))}">{DUCK}<span><b>{escape(held.shop)}</b>'
        f'<small>Mallard</small></span></a><nav class="pages" aria-label="Pages">{"".join(parts)}</nav>'
        f"{leave}"
    )


def bare_sidebar() -> str:
    """What stands on the left while nothing is known."""
    return f'<a class="brand" href="/">{DUCK}<span><b>Mallard</b></span></a>'


def bare_header(title: str) -> str:
    """A title without choices."""
    return (
        f'<div class="head"><div class="head-title"><h1>{escape(title)}</h1></div>'
        f'<div class="head-tools">{THEME}</div></div>'
    )


def header(content: Content, view: View, held: Publication, now: datetime) -> str:
    """Title and choices of a page."""
    said = view.why_not if content.timed else ""
    why = f'<span class="unlike">{escape(said)}</span>' if said else ""
    back = ""
    if content.back:
        back = f'<a class="back" href="{escape(content.back.href)}">← {escape(content.back.text)}</a>'
    return (
        '<div class="head"><button class="burger" type="button" aria-label="Menu" data-do="menu">'
        f"{icon('menu')}</button>"
        f'<div class="head-title">{back}<h1>{escape(content.title)}</h1>{freshness(held, now)}{why}</div>'
        f'<div class="head-tools">{_choices(view) if content.timed else ""}{THEME}</div></div>'
    )


def freshness(held: Publication, now: datetime) -> str:
    """How far the figures reach and how old they are; stale where a build or days of data are missing."""
    shop = form.Format(held.currency, held.timezone)
    text = (
        f"Figures up to {form.day(held.last_day)} ({held.timezone}). Built {shop.instant(held.built_at)}, "
        f"published {shop.instant(held.published_at)}."
    )
    behind = now.astimezone(ZoneInfo(held.timezone)).date() - held.last_day
    stale = " stale" if now - held.built_at > timedelta(hours=36) or behind > timedelta(days=2) else ""
    return (
        f'<span class="fresh{stale}" data-tip="{escape(text)}" tabindex="0"><i></i>'
        f"Data to {form.day(held.last_day)} · updated {form.ago(held.published_at, now)}</span>"
    )


def _choices(view: View) -> str:
    """The two menus: which days, and what to compare them with."""
    label = PRESETS.get(view.period, form.span(view.span.first, view.span.last))
    against = "".join(
        f'<a href="{escape(view.link(compare=key))}"{_current(key == view.comparison)}>{escape(name)}</a>'
        for key, name in COMPARISONS.items()
    )
    why = f'<p class="why">{escape(view.why_not)}</p>' if view.why_not else ""
    return (
        f'<details class="menu" data-menu="period"><summary>{icon("calendar")}<span>{escape(label)}</span>'
        f'</summary><div class="pop">{_days(view)}</div></details>'
        '<details class="menu" data-menu="compare"><summary><span class="vs">vs</span>'
        f"<span>{escape(COMPARISONS[view.comparison])}</span></summary>"
        f'<div class="pop narrow"><div class="pop-list one">{against}</div>{why}</div></details>'
    )


def _days(view: View) -> str:
    """Presets, and a first and a last day of one's own."""
    presets = "".join(
        f'<a href="{escape(view.link(**{"period": key, "from": None, "to": None}))}"'
        f"{_current(key == view.period)}>{escape(name)}</a>"
        for key, name in PRESETS.items()
    )
    first, last = view.span.first.isoformat(), view.span.last.isoformat()
    limits = f'required min="{view.known.first.isoformat()}" max="{view.known.last.isoformat()}"'
    return (
        f'<p class="pop-dates">{escape(form.span(view.span.first, view.span.last))}</p>'
        f'<div class="pop-list">{presets}</div><form class="range">'
        f'<label>From<input type="date" name="from" {limits} value="{first}"></label>'
        f'<label>To<input type="date" name="to" {limits} value="{last}"></label>'
        '<button type="submit">Apply</button></form>'
    )


def _current(chosen: bool) -> str:
    return " aria-current=true" if chosen else ""
