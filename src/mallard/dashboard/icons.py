"""The drawings: 20 by 20, of lines in the colour of the text beside them."""

from __future__ import annotations

LINES = {
    "overview": ["M3 3h6v7H3z", "M11 3h6v4h-6z", "M11 9h6v8h-6z", "M3 12h6v5H3z"],
    "sales": ["M3 16V4", "M3 16h14", "M6 12l3-4 3 2.5 4-6"],
    "products": ["M3 6.500 10 3l7 3.500v7L10 17l-7-3.500z", "M3 6.500l7 3.500 7-3.500", "M10 10v7"],
    "conversion": ["M3 4h14l-5 6.500V16l-4-2v-3.500z"],
    "audience": [
        "M7.500 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
        "M2.500 16.500a5 5 0 0 1 10 0",
        "M13 4.300a3 3 0 0 1 0 5.400",
        "M14.500 12.200a5 5 0 0 1 3 4.300",
    ],
    "retention": ["M16.500 10A6.500 6.500 0 1 1 14 4.900", "M14.500 2v3.300h-3.300"],
    "traffic": ["M3 10h10", "M9 6l4 4-4 4", "M16.500 3v14"],
    "customers": ["M10 10a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400z", "M4 17a6 6 0 0 1 12 0"],
    "health": ["M2.500 10H6l2-5 4 10 2-5h3.500"],
    "quality": [
        "M10 2.500 16 5v5c0 3.500-2.500 6-6 7.500C6.500 16 4 13.500 4 10V5z",
        "M7.300 10l2 2 3.400-4",
    ],
    "menu": ["M3 6h14", "M3 10h14", "M3 14h14"],
    "calendar": ["M4 5h12v11H4z", "M4 8.500h12", "M7 3v3", "M13 3v3"],
    "sun": [
        "M13.400 10a3.400 3.400 0 1 1-6.800 0 3.400 3.400 0 0 1 6.800 0z",
        "M10 2v2",
        "M10 16v2",
        "M2 10h2",
        "M16 10h2",
        "M4.300 4.300l1.500 1.500",
        "M14.200 14.200l1.500 1.500",
        "M4.300 15.700l1.500-1.500",
        "M14.200 5.800l1.500-1.500",
    ],
    "moon": ["M16.500 11.800A7 7 0 0 1 8.200 3.500a7 7 0 1 0 8.300 8.300z"],
}


def icon(name: str, css: str = "") -> str:
    """A drawing as SVG."""
    cls = f' class="{css}"' if css else ""
    return f'<svg{cls} viewBox="0 0 20 20" aria-hidden="true"><path d="{"".join(LINES[name])}"/></svg>'


DUCK = (
    '<svg class="duck" viewBox="0 0 32 32" aria-hidden="true">'
    '<path class="duck-body" d="M6 15.5c4.5 1.4 6.6.2 8-2.4'
    "l.2-5A5.2 5.2 0 0 1 24.4 7l4.1 1.7c.7.3.6 1.3-.1 1.5l-3.9 1c-.3 2.6 1 3.9 1 7.1 0 5.2-4.3 8.2-10 8.2"
    'S5 23 5 17.4c0-.8.2-1.4 1-1.9z"/><circle class="duck-eye" cx="20.3" cy="8" r="1.15"/></svg>'
)

THEME = (
    '<button class="theme" type="button" data-do="theme" aria-label="Light, dark or as the system">'
    f"{icon('sun', 'sun')}{icon('moon', 'moon')}</button>"
)
