"""What surrounds every page: the way around, the choice of days, how fresh the figures are."""

from __future__ import annotations

from datetime import datetime
from html import escape

from mallard.dashboard import format as form
from mallard.dashboard.blocks import Content
from mallard.dashboard.view import COMPARISONS, PRESETS, View
from mallard.serving.tables import Publication

DUCK = (
    '<svg class="duck" viewBox="0 0 32 32" aria-hidden="true"><path class="duck-body" d="M6 15.5c4.5 1.4 6.6.2 8-2.4'
    "l.2-5A5.2 5.2 0 0 1 24.4 7l4.1 1.7c.7.3.6 1.3-.1 1.5l-3.9 1c-.3 2.6 1 3.9 1 7.1 0 5.2-4.3 8.2-10 8.2S5 23 5 17.4"
    'c0-.8.2-1.4 1-1.9z"/><circle class="duck-eye" cx="20.3" cy="8" r="1.15"/></svg>'
)
ICONS = {
    "overview": "M3 3h6v7H3zM11 3h6v4h-6zM11 9h6v8h-6zM3 12h6v5H3z",
    "sales": "M3 16V4M3 16h14M6 12l3-4 3 2.500 4-6",
    "products": "M3 6.500 10 3l7 3.500v7L10 17l-7-3.500zM3 6.500l7 3.500 7-3.500M10 10v7",
    "conversion": "M3 4h14l-5 6.500V16l-4-2v-3.500z",
    "audience": "M7.500 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.500 16.500a5 5 0 0 1 10 0M13 4.300a3 3 0 0 1 0 5.400"
    "M14.500 12.200a5 5 0 0 1 3 4.300",
    "retention": "M16.500 10A6.500 6.500 0 1 1 14 4.900M14.500 2v3.300h-3.300",
    "traffic": "M3 10h10M9 6l4 4-4 4M16.500 3v14",
    "customers": "M10 10a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400zM4 17a6 6 0 0 1 12 0",
    "health": "M2.500 10h3.500l2-5 4 10 2-5h3.500",
    "quality": "M10 2.500 16 5v5c0 3.500-2.500 6-6 7.500C6.500 16 4 13.500 4 10V5zM7.300 10l2 2 3.400-4",
}


def sidebar(view: View, pages: list[tuple[str, str, str, str]], held: Publication) -> str:
    """The list of pages. pages: group, path, title, icon."""
    parts, group = [], None
    for section, path, title, icon in pages:
        if section != group and section:
            parts.append(f'<span class="nav-group">{escape(section)}</span>')
        group = section
        here = view.path == path or (path != "/" and view.path.startswith(path + "/"))
        current = ' aria-current="page"' if here else ""
        parts.append(
            f'<a href="{escape(view.link(path))}"{current}><svg viewBox="0 0 20 20" aria-hidden="true">'
            f'<path d="{ICONS[icon]}"/></svg>{escape(title)}</a>'
        )
    return (
        f'<a class="brand" href="{escape(view.link("/"))}">{DUCK}<span><b>{escape(held.shop)}</b>'
        f'<small>Mallard</small></span></a><nav class="pages" aria-label="Pages">{"".join(parts)}</nav>'
    )


def header(content: Content, view: View, held: Publication, now: datetime) -> str:
    """Title and choices of a page."""
    back = ""
    if content.back:
        back = f'<a class="back" href="{escape(content.back.href)}">← {escape(content.back.text)}</a>'
    return (
        '<div class="head"><button class="burger" type="button" aria-label="Menu" data-do="menu">'
        '<svg viewBox="0 0 20 20" aria-hidden="true"><path d="M3 6h14M3 10h14M3 14h14"/></svg></button>'
        f'<div class="head-title">{back}<h1>{escape(content.title)}</h1>{freshness(held, now)}</div>'
        f'<div class="head-tools">{_choices(view) if content.timed else ""}{THEME}</div></div>'
    )


def freshness(held: Publication, now: datetime) -> str:
    """How far the figures reach and how old they are."""
    shop = form.Format(held.currency, held.timezone)
    text = (
        f"Figures up to {form.day(held.last_day)} ({held.timezone}). Built {shop.instant(held.built_at)}, "
        f"published {shop.instant(held.published_at)}."
    )
    stale = " stale" if (now - held.built_at).total_seconds() > 36 * 3600 else ""
    return (
        f'<span class="fresh{stale}" data-tip="{escape(text)}" tabindex="0"><i></i>'
        f"Data to {form.day(held.last_day)} · updated {form.ago(held.published_at, now)}</span>"
    )


def _choices(view: View) -> str:
    label = PRESETS.get(view.period, form.span(view.span.first, view.span.last))
    presets = "".join(
        f'<a href="{escape(view.link(**{"period": key, "from": None, "to": None}))}"'
        f"{' aria-current=true' if key == view.period else ''}>{escape(name)}</a>"
        for key, name in PRESETS.items()
    )
    limits = f'min="{view.known.first.isoformat()}" max="{view.known.last.isoformat()}"'
    custom = (
        f'<form class="range"><label>From<input type="date" name="from" required {limits}'
        f' value="{view.span.first.isoformat()}"></label><label>To<input type="date" name="to" required {limits}'
        f' value="{view.span.last.isoformat()}"></label><button type="submit">Apply</button></form>'
    )
    against = "".join(
        f'<a href="{escape(view.link(compare=key))}"{" aria-current=true" if key == view.comparison else ""}>'
        f"{escape(name)}</a>"
        for key, name in COMPARISONS.items()
    )
    why = f'<p class="why">{escape(view.why_not)}</p>' if view.why_not else ""
    dates = form.span(view.span.first, view.span.last)
    compared = COMPARISONS[view.comparison]
    return (
        f'<details class="menu" data-menu="period"><summary><svg viewBox="0 0 20 20" aria-hidden="true">'
        f'<path d="M4 5h12v11H4zM4 8.500h12M7 3v3M13 3v3"/></svg><span>{escape(label)}</span></summary>'
        f'<div class="pop"><p class="pop-dates">{escape(dates)}</p><div class="pop-list">{presets}</div>{custom}</div></details>'
        f'<details class="menu" data-menu="compare"><summary><span class="vs">vs</span><span>{escape(compared)}</span>'
        f'</summary><div class="pop narrow"><div class="pop-list one">{against}</div>{why}</div></details>'
    )


THEME = (
    '<button class="theme" type="button" data-do="theme" aria-label="Light, dark or as the system">'
    '<svg class="sun" viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="3.400"/>'
    '<path d="M10 2v2M10 16v2M2 10h2M16 10h2M4.300 4.300l1.500 1.500M14.200 14.200l1.500 1.500M4.300 15.700l1.500-1.500'
    'M14.200 5.800l1.500-1.500"/></svg>'
    '<svg class="moon" viewBox="0 0 20 20" aria-hidden="true"><path d="M16.500 11.800A7 7 0 0 1 8.200 3.500a7 7 0 1 0 8.300 8.300z"/>'
    "</svg></button>"
)
