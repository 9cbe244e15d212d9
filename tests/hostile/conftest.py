from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.collectors import Collector, collector


@pytest.fixture(scope="module")
def mallard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """A collector for a file of tests; it must be well when they are through with it."""
    with collector(tmp_path_factory.mktemp("project"), ["shop"]) as running:
        yield running
        assert running.healthy()
        assert "Traceback" not in running.log.read_text(errors="replace")
