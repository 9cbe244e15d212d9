"""The collector under faults: killed at its write points, power lost under load, a disk that fails.

What must hold each time: acknowledged (HTTP 200) ⊆ readable ⊆ sent. Clients send again on every doubt.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec
import pytest

from mallard.spool import recover
from tests.collectors import Collector, eventually
from tests.disks import small_disk
from tests.faults import strace
from tests.faults.disk import Disk, lay_out
from tests.servers import free_port
from tests.spool.samples import everything

pytestmark = [pytest.mark.faults, pytest.mark.slow]

_ORIGIN = re.compile(rb"access-control-allow-origin: http://(\d+)\r\n", re.IGNORECASE)


@dataclass
class Traced(Collector):
    """A collector that is run under strace until it is stopped or has died."""

    options: Sequence[str] = ()

    @property
    def trace(self) -> Path:
        return self.project / "trace"

    def start_traced(self) -> None:
        program = ["-m", "mallard", "collect", "--project", str(self.project)]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                strace.command(self.trace, self.options, program),
                env=strace.environment(),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def stop_traced(self) -> None:
        """SIGTERM to the server below strace, and wait for both."""
        assert self.process is not None
        pid = self.process.pid
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            os.kill(int(child), signal.SIGTERM)
        self.process.wait(60)
        self.process = None


@contextmanager
def traced(project: Path, options: Sequence[str], text: str = "") -> Iterator[Traced]:
    """A collector with a project of its own, not yet started; what runs of it at the end is killed."""
    port = free_port()
    project.mkdir()
    (project / "mallard.toml").write_text(f"[collect]\nport = {port}\n{text}")
    running = Traced(project, port, options=options)
    try:
        yield running
    finally:
        running.kill()


@dataclass
class Senders:
    """Clients that send numbered events, each again and again until it is taken or the server is given up."""

    url: str
    count: int = 4
    each: int = 40
    pad: int = 0
    taken: set[int] = field(default_factory=set)
    statuses: set[int] = field(default_factory=set)
    give_up: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def sent(self) -> set[int]:
        return {sender * 1000 + number for sender in range(self.count) for number in range(self.each)}

    def __enter__(self) -> Senders:
        self._threads = [threading.Thread(target=self._send, args=(s,)) for s in range(self.count)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.give_up.set()
        self.join()

    def join(self) -> None:
        """Wait until all is taken, or given up."""
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive()

    def _send(self, sender: int) -> None:
        with httpx.Client(base_url=self.url, timeout=20) as client:
            for number in range(sender * 1000, sender * 1000 + self.each):
                while not self._deliver(client, number):
                    if self.give_up.wait(0.05):
                        return

    def _deliver(self, client: httpx.Client, number: int) -> bool:
        body = {"userId": number, "pad": "x" * self.pad}
        try:
            answer = client.post("/v1/page", json=body, headers={"origin": f"http://{number}"})
        except httpx.TransportError:
            return False
        self.statuses.add(answer.status_code)
        if answer.status_code == 200:
            self.taken.add(number)
        return answer.status_code == 200


def readable(spool: Path) -> set[int]:
    return {msgspec.json.decode(record.body)["userId"] for record in everything(spool)}


@pytest.mark.parametrize(
    ("call", "when", "new_folder"),
    [
        *(("pwrite64", when, False) for when in (1, 6)),
        *(("fdatasync", when, False) for when in (1, 2, 9)),
        ("fsync", 1, False),  # of the folder, for the name of a new segment
        ("fsync", 1, True),  # of the folder above, for the name of the folder
    ],
)
def test_killed_at_a_write_point_under_load(tmp_path: Path, call: str, when: int, new_folder: bool) -> None:
    """The process that makes the call for the when-th time is killed; then all is started again."""
    options = ["-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={when}"]
    with traced(tmp_path / "project", options) as running:
        spool = running.settings.spool_path
        if not new_folder:
            spool.mkdir(parents=True)
        running.start_traced()
        with Senders(running.url) as senders:
            assert eventually(lambda: running.trace.exists() and strace.killed(running.trace), 60)
            taken = set(senders.taken)
            assert taken <= readable(spool), "before anything is repaired"
            running.kill()
            running.start()  # as it comes, without strace
            senders.join()
        running.stop()
    assert senders.taken == senders.sent, "who sends again until it is taken gets through"
    assert readable(spool) == senders.sent


def test_killed_while_sealing(tmp_path: Path) -> None:
    options = ["-e", "trace=rename", "-e", "inject=rename:signal=SIGKILL:when=1"]
    with traced(tmp_path / "project", options) as running:
        running.start_traced()
        with Senders(running.url, each=10) as senders:
            senders.join()
        running.stop_traced()  # sealing is the last thing that a worker does
        assert strace.killed(running.trace)
        assert readable(running.settings.spool_path) == senders.taken == senders.sent


def test_power_lost_under_load(tmp_path: Path) -> None:
    """Every answer 200 in the trace of the system calls stands behind what was durable by then."""
    options = strace.recording(f"{strace.DISK_CALLS},{strace.SEND_CALLS}")
    with traced(tmp_path / "project", options, "segment_mb = 1\n") as running:
        running.start_traced()
        with Senders(running.url, each=15, pad=25_000) as senders:  # enough for a second segment
            senders.join()
        running.stop_traced()
    disk, certain, checked = Disk(running.project), set[int](), 0
    calls = strace.calls(running.trace)
    for call in sorted(calls, key=lambda one: one.began if one.name in strace.SEND_CALLS else one.ended):
        if call.name not in strace.SEND_CALLS:
            disk.apply(call)
            continue
        answered = {int(one) for text in call.strings if b" 200 OK" in text for one in _ORIGIN.findall(text)}
        if not answered:
            continue
        certain |= answered
        checked += 1
        if checked % 5 == 0:
            check_states(disk, certain, senders.sent, tmp_path / "left")
    check_states(disk, certain, senders.sent, tmp_path / "left")
    assert certain == senders.sent, "every answer was found in the trace"


def check_states(disk: Disk, certain: set[int], sent: set[int], left: Path) -> None:
    for name, files in disk.states():
        spool = {path: data for path, data in files.items() if path.startswith("data/spool/")}
        lay_out(spool, left)
        recover(left / "data" / "spool", "node1")
        found = readable(left / "data" / "spool")
        assert certain <= found, name
        assert found <= sent
        shutil.rmtree(left)


def test_a_disk_that_fails_is_told_as_503(tmp_path: Path) -> None:
    options = ["-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=5"]
    with traced(tmp_path / "project", options) as running:
        running.start_traced()
        with Senders(running.url) as senders:
            assert eventually(lambda: 503 in senders.statuses, 60)
            health = httpx.get(f"{running.url}/health")
        assert (health.status_code, health.json()["code"]) == (503, "spool_failed")
        assert int(health.headers["retry-after"]) > 0
        assert senders.taken != senders.sent, "nothing more is accepted"
        assert strace.injected(running.trace) == 1
        after = running.trace.read_text().partition("(INJECTED)")[2]
        assert "fdatasync(" not in after, "fdatasync is not asked again"
        assert senders.taken <= readable(running.settings.spool_path)
        running.kill()
        running.start()
        assert httpx.post(f"{running.url}/v1/page", json={"userId": 77_777}).status_code == 200
        running.stop()
    assert senders.taken | {77_777} <= readable(running.settings.spool_path)


def test_a_disk_that_is_full_passes(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 256) as disk:
        _fill_and_free(tmp_path, disk)


def _fill_and_free(tmp_path: Path, disk: Path) -> None:
    (disk / "ballast").write_bytes(b"x" * 150_000)
    with traced(tmp_path / "project", [], f'spool = "{disk}/spool"\nmin_free_mb = 0\n') as running:
        running.start()
        with Senders(running.url, each=8, pad=4000) as senders:
            assert eventually(lambda: 503 in senders.statuses)
            assert senders.taken <= readable(disk / "spool")
            (disk / "ballast").unlink()
            senders.join()
        running.stop()
    assert senders.taken == senders.sent
    assert readable(disk / "spool") == senders.sent
