"""docs/sdks.md says what is so."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from mallard.settings import parse
from tests.sdk.programs import BROWSER_SDKS, DOCS, HERE, SERVER_SDKS, snippet

PACKAGES = json.loads((HERE / "package.json").read_text())["dependencies"]


def test_every_block_marked_tested_is_run_by_a_test() -> None:
    marked = set(re.findall(r"<!-- tested: (.*?) -->", DOCS.read_text()))
    run = {sdk.name for sdk in SERVER_SDKS} | set(BROWSER_SDKS) | {"segment-browser-script", "curl", "nginx"}
    assert marked == run
    for name in marked:
        assert snippet(name).strip()


def test_every_package_of_the_page_is_installed_for_the_tests() -> None:
    table = re.findall(r"^\| \[.*?\| `(.*?)` \| yes", DOCS.read_text(), re.MULTILINE)
    assert len(table) == 6
    for package in table:
        assert package in PACKAGES or version(package)


def test_the_settings_of_the_page_are_accepted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WEB_WRITE_KEY", "wk-web")
    (block,) = re.findall(r"```toml\n(.*?)```", DOCS.read_text(), re.DOTALL)
    (key,) = parse(tomllib.loads(block), tmp_path / "mallard.toml").collect.keys
    assert key.name == "web"


def test_the_node_packages_are_pinned() -> None:
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", wanted) for wanted in PACKAGES.values())
