"""The nginx block of docs/sdks.md before the collector: TLS for a real browser."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from tests.collectors import KEY, Collector, collector
from tests.sdk.conftest import USER_AGENT
from tests.sdk.programs import snippet
from tests.sdk.site import Site
from tests.sdk.test_browser_sdks import arrived, visit
from tests.servers import free_port, need, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SDK = "segment-browser"

AROUND = """
daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {block}
}}
"""


def certificate(folder: Path) -> None:
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=events",
    ]
    files = ["-keyout", folder / "events.key", "-out", folder / "events.pem"]
    subprocess.run([*command, *files], check=True, capture_output=True)


@pytest.fixture
def mallard(tmp_path: Path) -> Iterator[Collector]:
    with collector(tmp_path / "project", [SDK], trust_proxy=True) as running:
        yield running


@pytest.fixture
def secure(mallard: Collector, tmp_path: Path) -> Iterator[str]:
    """The address of nginx, set up by the page's block, before the collector."""
    need("nginx", "openssl")
    certificate(tmp_path)
    port = free_port()
    block = snippet("nginx")
    for written, meant in {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "127.0.0.1:8400": f"127.0.0.1:{mallard.port}",
        "/etc/ssl": str(tmp_path),
    }.items():
        assert written in block
        block = block.replace(written, meant)
    config = tmp_path / "nginx.conf"
    config.write_text(AROUND.format(folder=tmp_path, block=block))
    with (tmp_path / "nginx.log").open("wb") as log:
        process = subprocess.Popen(["nginx", "-p", tmp_path, "-c", config], stdout=log, stderr=log)
    address = f"https://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(address), process, tmp_path / "nginx.log", 20)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", verify=False).status_code == 200
    except httpx.TransportError:
        return False


def test_a_browser_sends_through_the_proxy_alone(
    secure: str, mallard: Collector, chromium: Browser, shop: Site
) -> None:
    asked: set[str] = set()
    with chromium.new_context(user_agent=USER_AGENT, ignore_https_errors=True) as visitor:
        visitor.on("request", lambda request: asked.add(request.url.rpartition("/v1/")[0]))
        visit(visitor, shop.module(SDK, secure)).evaluate("shop()")
        rows = arrived(mallard, SDK)
    assert {found for found in asked if found} == {secure}
    assert {row["ip"] for row in rows} == {"127.0.0.0"}


def test_phones_are_told_the_public_host(secure: str) -> None:
    path = f"{secure}/v1/projects/{KEY.format(SDK)}/settings"
    told = httpx.get(path, headers={"Host": "events.example.com"}, verify=False).json()
    assert told["integrations"]["Segment.io"]["apiHost"] == "events.example.com/v1"
    assert told["integrations"]["Segment.io"]["protocol"] == "https"


def test_the_figures_are_not_shown_to_the_world(secure: str) -> None:
    assert httpx.get(f"{secure}/metrics", verify=False).status_code == 404
