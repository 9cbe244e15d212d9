"""Generated pages are current, links lead somewhere, and what the README shows exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mallard.flow.reference import settings_page

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def test_the_settings_page_is_current() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == settings_page(), "run 'make docs'"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_every_command_in_the_docs_exists() -> None:
    from typer.main import get_command

    from mallard.cli import app

    root = get_command(app)
    known = set(root.commands)  # type: ignore[attr-defined]
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            for command in re.findall(r"^\s*(?:\S+/)?mallard ([a-z]+)", block, re.MULTILINE):
                assert command in known, f"{page.name}: mallard {command}"
