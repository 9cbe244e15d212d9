"""Text can be read: WCAG 2 asks for a contrast of 4.5 between text and what it stands on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import mallard.dashboard

STYLE = (Path(mallard.dashboard.__file__).parent / "static" / "dashboard.css").read_text(encoding="utf-8")
THEMES = [
    dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6})", block))
    for block in re.findall(r"\{([^{}]*--ground:[^{}]*)\}", STYLE)
]
PAIRS = [
    *((text, ground) for text in ("ink", "soft", "faint", "good", "bad", "accent-ink")
      for ground in ("panel", "ground", "hover")),
    ("on-accent", "accent"),
    ("accent-ink", "wash"),
    ("ink", "bar"),
]  # fmt: skip


def luminance(colour: str) -> float:
    """Relative luminance of '#rgb' or '#rrggbb', as WCAG 2 defines it."""
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_there_is_a_light_and_a_dark_theme_and_both_ways_to_the_dark_one_are_the_same() -> None:
    light, dark, chosen = THEMES
    assert luminance(light["ground"]) > 0.8
    assert luminance(dark["ground"]) < 0.02
    assert dark == chosen


@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out(text: str, ground: str) -> None:
    for theme in THEMES:
        low, high = sorted((luminance(theme[text]), luminance(theme[ground])))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (theme[text], theme[ground])
