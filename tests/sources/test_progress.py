"""What a person at a terminal sees of an import while it runs."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading

import pytest

from tests.sources.shops import Shop, contract_tables, item, order

AT = "2026-11-20 12:00:00"


def _shown(shop: Shop) -> tuple[str, str]:
    """``mallard import`` whose standard error is a terminal: what that shows, and the standard output."""
    (shop.project / "mallard.toml").write_text(f'[source]\nurl = "{shop.url}"\n', encoding="utf-8")
    ours, theirs = pty.openpty()
    seen: list[bytes] = []
    reading = threading.Thread(target=_read, args=(ours, seen))
    reading.start()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "mallard", "import"], stdout=subprocess.PIPE, stderr=theirs, timeout=120,
            cwd=shop.project, env={**os.environ, "TERM": "xterm", "COLUMNS": "120"}, check=False,
        )  # fmt: skip
    finally:
        os.close(theirs)
        reading.join(20)
        os.close(ours)
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", b"".join(seen).decode(errors="replace"))
    assert done.returncode == 0, shown
    return shown, done.stdout.decode()


def _read(terminal: int, seen: list[bytes]) -> None:
    try:
        while data := os.read(terminal, 65_536):
            seen.append(data)
    except OSError:  # its other end is closed
        return


@pytest.mark.mariadb
def test_the_progress_of_each_table_is_shown_with_its_rows(mariadb_shop: Shop) -> None:
    contract_tables(mariadb_shop, "category")
    mariadb_shop.insert("orders", *(order(f"A{n}", AT) for n in range(7)))
    mariadb_shop.insert("order_item", *(item("A1", str(n), AT) for n in range(4)))
    shown, out = _shown(mariadb_shop)
    assert re.search(r"\borders\b[^\r\n]*\b7/\?", shown), shown
    assert re.search(r"\border_item\b[^\r\n]*\b4/\?", shown), shown
    assert "\x1b" not in out
    assert "7/?" not in out
