from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.collectors import Collector, collector
from tests.sdk.programs import COMPONENTS, HERE, SOURCES
from tests.sdk.site import Site, site
from tests.servers import IN_CI, need

USER_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/142.0.0.0 Safari/537.36"
)
"""Chromium without a head would call itself HeadlessChrome, and be counted as a bot."""


@pytest.fixture(scope="session")
def node_packages() -> Path:
    """The JavaScript SDKs, installed at the versions of package.json unless they are there already."""
    need("node", "npm")
    modules, installed = COMPONENTS / "node_modules", COMPONENTS / "package.json"
    wanted = HERE / "package.json"
    if not modules.is_dir() or not installed.is_file() or installed.read_text() != wanted.read_text():
        fresh = COMPONENTS.with_name(f"node-{os.getpid()}")  # whole or not at all
        fresh.mkdir(parents=True)
        shutil.copy(wanted, fresh)
        _install(fresh)
        shutil.rmtree(COMPONENTS, ignore_errors=True)
        fresh.rename(COMPONENTS)
    return modules


def _install(folder: Path) -> None:
    options = ["--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(["npm", "install", *options], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(folder)
        (pytest.fail if IN_CI else pytest.skip)(f"npm cannot install the SDKs: {done.stderr[-500:]}")


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


@pytest.fixture(scope="module")
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
