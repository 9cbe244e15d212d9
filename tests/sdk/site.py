"""A small shop's web site on another origin than the collector: pages, the SDKs' files, nothing else."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.sdk.programs import HERE, JOURNEY, pointed

SEGMENT = Path("@segment/analytics-next/dist/umd")
RUDDER = Path("@rudderstack/analytics-js/dist/npm/modern/bundled/esm")

IMPORTS = {
    "imports": {
        "@segment/analytics-next": "/segment.mjs",
        "@rudderstack/analytics-js/bundled": f"/packages/{RUDDER}/index.mjs",
    }
}
SEGMENT_MODULE = f"""import '/packages/{SEGMENT}/index.js'
export const AnalyticsBrowser = self.AnalyticsNext.AnalyticsBrowser
"""
PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><title>Duck Pond</title><link rel="icon" href="data:,">{head}</head>
<body>A shop</body></html>"""

TYPES = {
    ".html": "text/html",
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".json": "application/json",
}


class Site:
    """Pages by path; ``module`` and ``script`` make a page of a block of docs/sdks.md."""

    def __init__(self, packages: Path, port: int = 0) -> None:
        self.packages = packages
        self.port = port
        self.pages: dict[str, str] = {"/segment.mjs": SEGMENT_MODULE, "/journey.json": JOURNEY.read_text()}

    def module(self, name: str, collector: str, **changes: str) -> str:
        """A page that runs the block as a module and offers the journey; its address.

        changes: what stands behind a name in the block instead, such as size="3".
        """
        setup = pointed(name, collector)
        for option, value in changes.items():
            setup, found = re.subn(rf"\b{option}: [^,\s}}]+", f"{option}: {value}", setup)
            assert found == 1
        code = setup + (HERE / "clients" / "browser.mjs").read_text()
        head = f'<script type="importmap">{json.dumps(IMPORTS)}</script><script type="module">{code}</script>'
        return self._page(f"/{name}.html", head)

    def script(self, name: str, collector: str) -> str:
        """A page that has the block in its head; its address."""
        return self._page(f"/{name}.html", pointed(name, collector))

    def _page(self, path: str, head: str) -> str:
        self.pages[path] = PAGE.format(head=head)
        return f"http://127.0.0.1:{self.port}{path}"

    def read(self, path: str) -> bytes | None:
        if path in self.pages:
            return self.pages[path].encode()
        wanted = self.packages / path.removeprefix("/packages/")
        if path.startswith("/analytics/"):  # where the page says that the folder is copied to
            wanted = self.packages / SEGMENT / path.removeprefix("/analytics/")
        return wanted.read_bytes() if wanted.is_file() else None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        body = self.site.read(path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", TYPES.get(Path(path).suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def site(packages: Path) -> Iterator[Site]:
    made = Site(packages)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": made}))
    server.daemon_threads = True
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
