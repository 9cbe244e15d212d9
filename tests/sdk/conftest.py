from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.collectors import Collector, collector
from tests.sdk.programs import COMPONENTS, HERE, SOURCES
from tests.sdk.site import Site, site
from tests.servers import need

USER_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/142.0.0.0 Safari/537.36"
)
"""Chromium without a head would call itself HeadlessChrome, and be counted as a bot."""


@pytest.fixture(scope="session")
def node_packages() -> Path:
    """The JavaScript SDKs, installed at the versions of package.json unless they are there already."""
    need("node", "npm")
    wanted = (HERE / "package.json").read_text()
    installed = COMPONENTS / "package.json"
    modules = COMPONENTS / "node_modules"
    if not modules.is_dir() or not installed.is_file() or installed.read_text() != wanted:
        shutil.rmtree(COMPONENTS, ignore_errors=True)
        COMPONENTS.mkdir(parents=True)
        (COMPONENTS / "package.json").write_text(wanted)
        subprocess.run(
            ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=COMPONENTS,
            check=True,
        )
    return modules


@pytest.fixture(scope="module")
def mallard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """A collector for a file of tests; each SDK has a source of its own in it."""
    with collector(tmp_path_factory.mktemp("project"), SOURCES) as running:
        yield running


@pytest.fixture(scope="module")
def shop(node_packages: Path) -> Iterator[Site]:
    """A web site to visit."""
    with site(node_packages) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    need("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[BrowserContext]:
    """A person with a browser that says who made it, where they are and which language they read."""
    context = chromium.new_context(
        user_agent=USER_AGENT,
        locale="de-DE",
        timezone_id="Asia/Shanghai",
        viewport={"width": 1280, "height": 720},
    )
    context.set_default_timeout(20_000)
    yield context
    context.close()
