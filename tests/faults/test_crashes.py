"""A collector that is killed again and again at random moments; its clients send again on every doubt."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec
import pytest

from mallard.spool import Record, segments
from tests.collectors import Collector, eventually
from tests.servers import free_port
from tests.spool.samples import everything

pytestmark = [pytest.mark.faults, pytest.mark.slow]

BATCH = 20
BATCHES = 60
SENDERS = 4


@dataclass
class Sender:
    """Sends its batches in order; one that is not answered 200 is sent again."""

    number: int
    url: str
    acknowledged: set[str] = field(default_factory=set)
    tries: int = 0

    def ids(self, batch: int) -> list[str]:
        return [f"{self.number}-{batch}-{place}" for place in range(BATCH)]

    def sent(self) -> set[str]:
        return {one for batch in range(BATCHES) for one in self.ids(batch)}

    def run(self) -> None:
        with httpx.Client(base_url=self.url, timeout=20) as client:
            for batch in range(BATCHES):
                ids = self.ids(batch)
                items = [{"type": "page", "messageId": one, "userId": "u"} for one in ids]
                while not self._taken(client, {"batch": items}):
                    time.sleep(0.02)
                self.acknowledged.update(ids)

    def _taken(self, client: httpx.Client, body: dict[str, object]) -> bool:
        self.tries += 1
        try:
            return client.post("/v1/batch", json=body).status_code == 200
        except httpx.TransportError:
            return False


def message_ids(records: list[Record]) -> set[str]:
    return {item["messageId"] for record in records for item in msgspec.json.decode(record.body)["batch"]}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_at_random_moments(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    port = free_port()
    (tmp_path / "mallard.toml").write_text(
        f"[collect]\nport = {port}\nworkers = 2\nsegment_mb = 1\ncommit_interval_ms = 20\n"
    )
    running = Collector(tmp_path, port)
    spool = running.settings.spool_path
    running.start()
    senders = [Sender(number, running.url) for number in range(SENDERS)]
    threads = [threading.Thread(target=sender.run, daemon=True) for sender in senders]
    for thread in threads:
        thread.start()
    try:
        for kill in range(1, 5):
            goal = kill * SENDERS * BATCHES * BATCH // 6
            assert eventually(lambda goal=goal: sum(len(one.acknowledged) for one in senders) > goal)
            time.sleep(chance.uniform(0, 0.05))
            running.kill()
            acknowledged = set().union(*(sender.acknowledged for sender in senders))
            assert acknowledged <= message_ids(everything(spool))
            running.start()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
    finally:
        running.stop()
    sent = set().union(*(sender.sent() for sender in senders))
    assert message_ids(everything(spool)) == sent
    assert sum(sender.tries for sender in senders) > SENDERS * BATCHES, "something was sent again"
    assert all(segment.sealed for segment in segments(spool))
