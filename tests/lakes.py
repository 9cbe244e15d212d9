"""Lakes on each storage, so that one test body runs on all of them."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from mallard.settings import Settings, parse

STORAGES = [
    "folder",
    "s3",
    pytest.param("hdfs", marks=[pytest.mark.hdfs, pytest.mark.slow]),
]


def settings_on(storage: str, project: Path, request: pytest.FixtureRequest, **more: Any) -> Settings:
    """Settings of a project whose lake lies on a storage of its own; ``more`` are tables of mallard.toml."""
    return parse(
        {**more, "lake": {**lake_on(storage, request), **more.get("lake", {})}}, project / "mallard.toml"
    )


def lake_on(storage: str, request: pytest.FixtureRequest) -> dict[str, Any]:
    """The [lake] table of mallard.toml for an empty place on a storage."""
    name = f"lake-{uuid.uuid4().hex}"
    if storage == "s3":
        server = request.getfixturevalue("s3")
        return {"url": f"{server.bucket(name)}/lake", "options": server.options}
    if storage == "hdfs":
        return {"url": f"{request.getfixturevalue('hdfs').url}/{name}"}
    return {"url": "data/lake"}
