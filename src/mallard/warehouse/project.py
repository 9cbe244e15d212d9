"""Running dbt in this process: where the project is, what is selected, what came of it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mallard.errors import BuildError, refusal
from mallard.settings import Settings
from mallard.storage import remedy
from mallard.warehouse.engine import Engine

PROJECT = Path(__file__).parent / "dbt"


@dataclass(frozen=True)
class Ran:
    """A node that dbt ran. kind: model or test. status: success, pass, warn, error, fail or skipped."""

    name: str
    kind: str
    status: str
    seconds: float
    message: str


def own_models(settings: Settings) -> Path | None:
    """The folder of the shop's own models, if there is one."""
    folder = settings.path(settings.warehouse.models)
    return folder if folder.is_dir() else None


def fingerprint(settings: Settings) -> str:
    """Changes when a model, its YAML, a macro or a setting that shapes the tables does: all is built anew."""
    digest = hashlib.sha256(f"{settings.shop.timezone} {settings.warehouse.engine}".encode())
    for folder in (PROJECT, own_models(settings)):
        for path in sorted(folder.rglob("*.*")) if folder else []:
            if path.suffix not in (".sql", ".yml", ".yaml"):
                continue
            digest.update(path.relative_to(folder or PROJECT).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def run(
    settings: Settings,
    engine: Engine,
    command: str,
    select: Sequence[str] = (),
    watch: Callable[[str], None] | None = None,
) -> list[Ran]:
    """Run a dbt command ('run', 'test', 'build', 'parse', 'docs generate') over the selected nodes.

    watch is told each node as it ends. Returns what ran; BuildError where a model failed.
    """
    os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    from dbt.cli.main import dbtRunner

    home = settings.path("data/dbt")
    project = _project(settings, home)
    _profile(settings, engine, home)
    arguments = [
        *command.split(),
        *("--project-dir", str(project), "--profiles-dir", str(home)),
        *("--target-path", str(home / "target"), "--log-path", str(home / "logs")),
        *("--vars", json.dumps({"timezone": settings.shop.timezone})),
        *("--no-use-colors", "--log-level", "none", "--log-level-file", "none", "--no-version-check"),
        *(
            "--no-send-anonymous-usage-stats",
            "--no-write-json" if command in ("run", "build") else "--write-json",
        ),
    ]
    if command == "build":  # only the tests that are named
        arguments += ["--indirect-selection", "empty", "--exclude-resource-type", "unit_test"]
    if select:
        arguments += ["--select", *select]

    def on_event(event: Any) -> None:
        if watch is not None and event.info.name in ("LogModelResult", "LogTestResult"):
            watch(str(event.data.node_info.node_name))

    result = dbtRunner(callbacks=[on_event]).invoke(arguments)
    return _outcome(result, command)


def _outcome(result: Any, command: str) -> list[Ran]:
    if isinstance(result.exception, KeyboardInterrupt):
        raise result.exception
    if result.exception is not None:
        raise BuildError(f"dbt could not {command}: {result.exception}.") from result.exception
    nodes = getattr(result.result, "results", None) or []
    ran = [
        Ran(
            node.node.name,
            str(node.node.resource_type),
            str(node.status),
            float(node.execution_time),
            " ".join((node.message or "").split()),
        )
        for node in nodes
    ]
    broken = [node for node in ran if node.status in ("error", "fail", "runtime error")]
    if broken:
        first = broken[0]
        fix = f"{len(broken)} of {len(ran)} failed; what was published stands." if len(broken) > 1 else ""
        raise BuildError(
            f"{first.name}: {first.message}", remedy(first.message) if _is_of_files(first.message) else fix
        )
    return ran


def _is_of_files(message: str) -> bool:
    return ".parquet" in message or bool(refusal(message))


def _project(settings: Settings, home: Path) -> Path:
    """The project's folder: the package's own, or one in data/ that adds the shop's models to it."""
    own = own_models(settings)
    if own is None:
        return PROJECT
    folder = home / "project"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PROJECT, folder)  # dbt does not follow links
    shutil.copytree(own, folder / "models" / "own", ignore=shutil.ignore_patterns(".*"))
    return folder


def _profile(settings: Settings, engine: Engine, home: Path) -> None:
    target = {"threads": 1, **engine.profile()}
    text = json.dumps({"mallard": {"target": engine.name, "outputs": {engine.name: target}}}, indent=2)
    path = home / "profiles.yml"  # JSON is YAML
    home.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
