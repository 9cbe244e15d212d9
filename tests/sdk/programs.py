"""Programs made of what docs/sdks.md tells people to write, followed by the shopping journey."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.collectors import KEY

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DOCS = ROOT / "docs" / "sdks.md"
COMPONENTS = ROOT / ".components" / "node"
JOURNEY = HERE / "journey.json"
STEPS = json.loads(JOURNEY.read_text())["steps"]


def snippet(name: str) -> str:
    """The code block of the page that is marked with a name."""
    found = re.search(rf"<!-- tested: {re.escape(name)} -->\n```\w+\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found, f"docs/sdks.md has no block marked '{name}'"
    return found.group(1)


def pointed(name: str, url: str) -> str:
    """The block with a real address and a real key in place of the page's."""
    code = snippet(name)
    assert "https://events.example.com" in code
    assert "WRITE_KEY" in code
    return code.replace("https://events.example.com", url).replace("WRITE_KEY", KEY.format(name))


@dataclass(frozen=True)
class Sdk:
    """A server-side SDK: which client program it runs, and how it is made impatient for the tests."""

    name: str
    client: str
    impatient: dict[str, str] = field(default_factory=dict)

    def program(self, url: str, folder: Path) -> list[str | Path]:
        """Write the program; the command that runs it."""
        setup = pointed(self.name, url)
        for calm, hurried in self.impatient.items():
            assert calm in setup
            setup = setup.replace(calm, hurried)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}{Path(self.client).suffix}"
        path.write_text(f"{setup}\n{(HERE / 'clients' / self.client).read_text()}")
        if path.suffix == ".py":
            return [sys.executable, path]
        modules = folder / "node_modules"  # Node.js looks for packages beside the program
        if not modules.exists():
            modules.symlink_to(COMPONENTS / "node_modules")
        return ["node", path]

    def start(self, url: str, folder: Path, rounds: int, pause: float = 0) -> subprocess.Popen[str]:
        """Start the journey, so many times with a pause after each."""
        wishes = {"JOURNEY": str(JOURNEY), "ROUNDS": str(rounds), "PAUSE": str(pause), "TIMEOUT": "1"}
        return subprocess.Popen(
            self.program(url, folder),
            env={**os.environ, **wishes},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def finish(process: subprocess.Popen[str], seconds: float = 90) -> None:
    """Wait for a program; its SDK must have reported everything delivered."""
    try:
        said, _ = process.communicate(timeout=seconds)
    finally:
        process.kill()
    assert process.returncode == 0, said


SERVER_SDKS = [
    Sdk("segment-node", "segment_node.mjs", {"httpRequestTimeout: 10000": "httpRequestTimeout: 1000"}),
    Sdk("rudder-node", "rudder_node.mjs", {"timeout: 10000": "timeout: 1000"}),
    Sdk("segment-python", "python_sdk.py"),
    Sdk("rudder-python", "python_sdk.py"),
]
BROWSER_SDKS = ["segment-browser", "segment-browser-batching", "rudder-browser"]
SOURCES = (
    [sdk.name for sdk in SERVER_SDKS] + BROWSER_SDKS + ["segment-browser-script", "curl", "ios", "android"]
)
