"""The collector as a process: how it starts, refuses to start, limits its senders, stops and dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from mallard.collect.server import serve
from mallard.errors import LockedError, MallardError, SettingsError
from mallard.settings import parse
from mallard.spool import Record, SpoolWriter, read, segments
from tests.collectors import Collector, collector, eventually
from tests.disks import small_disk
from tests.servers import free_port

pytestmark = pytest.mark.timeout(180)  # a server that ought to have refused to start would run for ever

EVENT = {"type": "track", "event": "Product Viewed", "userId": "u-1"}


def project(folder: Path, text: str) -> Collector:
    """A collector with a mallard.toml of its own, not yet started."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mallard.toml").write_text(f"[collect]\nport = {port}\n{text}")
    return Collector(folder, port)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[list[Collector]]:
    """Collectors put in here are stopped at the end."""
    started: list[Collector] = []
    yield started
    for one in started:
        one.stop()


def records(running: Collector) -> list[Record]:
    found = segments(running.settings.spool_path)
    return [record for segment in found for _, _, record in read(segment)]


def post(running: Collector, key: str = "", **how: object) -> httpx.Response:
    return httpx.post(f"{running.url}/v1/track", json=EVENT, auth=(key, ""), **how)  # type: ignore[arg-type]


# who may send


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    folder = tmp_path_factory.mktemp("keyed")
    (folder / "secret").write_text("first-key\n")
    running = project(
        folder,
        """
trust_proxy = true
[[collect.keys]]
name = "slow"
key = "slow-key"
rate = 2
[[collect.keys]]
name = "page"
key = "page-key"
origins = ["https://shop.example"]
[[collect.keys]]
name = "few"
key = "few-key"
events = ["Product Viewed", "it's"]
[[collect.keys]]
name = "filed"
key = "file:secret"
""",
    )
    running.start()
    yield running
    running.stop()


def test_a_sender_above_its_rate_is_told_to_wait(keyed: Collector) -> None:
    answers = [post(keyed, "slow-key") for _ in range(12)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused, "twelve at once are more than two a second"
    assert {answer.status_code for answer in answers} == {200, 429}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert refused[0].json()["code"] == "rate_limited"
    assert eventually(lambda: post(keyed, "slow-key").status_code == 200, 10)


def test_a_key_may_be_bound_to_an_origin(keyed: Collector) -> None:
    def status(origin: str | None) -> int:
        return post(keyed, "page-key", headers={"origin": origin} if origin else None).status_code

    assert status("https://shop.example") == 200
    assert status("https://evil.example") == 403
    assert status(None) == 200, "no browser"


def test_a_key_may_be_bound_to_some_events(keyed: Collector) -> None:
    names = ["Product Viewed", "Order Completed", "it's", "Product viewed"]
    batch = [{**EVENT, "event": name, "messageId": name} for name in names]
    batch += [{"type": "page", "userId": "u-1"}]
    answer = httpx.post(f"{keyed.url}/v1/batch", json={"batch": batch}, auth=("few-key", ""))
    assert answer.json()["rejected"] == [
        {"index": place, "reason": "event_not_allowed", "messageId": names[place]} for place in (1, 3)
    ]
    assert {row["event_name"] for row in keyed.events("few")} == {"Product Viewed", "it's", "Page Viewed"}
    set_aside = keyed.quarantined("few")
    assert [row["reason"] for row in set_aside] == ["event_not_allowed"] * 2
    pixel = "/pixel/v1/track?writeKey=few-key&event=Order+Completed&userId=1"
    assert httpx.get(keyed.url + pixel).status_code == 200
    assert len(keyed.quarantined("few")) == 3


def test_a_key_in_a_file_can_be_changed(keyed: Collector) -> None:
    assert post(keyed, "first-key").status_code == 200
    (keyed.project / "secret").write_text("second-key")
    assert eventually(lambda: post(keyed, "second-key").status_code == 200, 15)
    assert post(keyed, "first-key").status_code == 401
    (keyed.project / "secret").unlink()
    assert eventually(lambda: post(keyed, "second-key").status_code == 503, 15)
    answer = post(keyed, "second-key")
    assert answer.json()["code"] == "keys_unavailable"
    assert int(answer.headers["retry-after"]) > 0
    (keyed.project / "secret").write_text("second-key")
    assert eventually(lambda: post(keyed, "second-key").status_code == 200, 15)


def test_the_address_behind_a_proxy(keyed: Collector) -> None:
    before = len(records(keyed))
    post(keyed, "page-key", headers={"x-forwarded-for": "203.0.113.77, 10.0.0.1"})
    post(keyed, "page-key", headers={"x-forwarded-for": "2001:db8:1:2:3:4:5:6"})
    post(keyed, "page-key", headers={"x-forwarded-for": "<script>"})
    assert [record.ip for record in records(keyed)[before:]] == ["203.0.113.0", "2001:db8:1::", ""]


# starting


def settings_of(folder: Path, text: str) -> object:
    import tomllib

    return parse(tomllib.loads(text), folder / "mallard.toml")


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_it_does_not_listen_to_others_without_keys(tmp_path: Path, host: str) -> None:
    with pytest.raises(SettingsError, match="no write keys"):
        serve(settings_of(tmp_path, f'[collect]\nhost = "{host}"'))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('host = "no.such.host.invalid"', "no.such.host.invalid"),
        ('keys = [{name = "a", key = "env:MALLARD_NO_SUCH_KEY"}]', "MALLARD_NO_SUCH_KEY"),
        ('keys = [{name = "a", key = "file:nothing"}]', "nothing"),
        ('keys = [{name = "a", key = ""}]', "'a' is empty"),
    ],
)
def test_settings_that_cannot_work_are_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        serve(settings_of(tmp_path, f"[collect]\nport = 0\n{text}"))  # type: ignore[arg-type]


def test_a_busy_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(MallardError, match=f"port {port}") as caught:
            serve(settings_of(tmp_path, f"[collect]\nport = {port}"))  # type: ignore[arg-type]
    assert "--port" in caught.value.fix


@pytest.mark.parametrize(("taken", "workers"), [(0, 1), (0, 2), (1, 2)])
def test_a_second_collector_of_a_node_is_refused(tmp_path: Path, taken: int, workers: int) -> None:
    with SpoolWriter(tmp_path / "data" / "spool", "node1", taken):
        with pytest.raises(LockedError, match=f"node1-{taken}"):
            serve(settings_of(tmp_path, f"[collect]\nport = 0\nworkers = {workers}"))  # type: ignore[arg-type]


def test_workers_that_cannot_live_end_the_collector(tmp_path: Path) -> None:
    """A worker that dies at once is not started for ever."""
    with collector(tmp_path, ["shop"]) as running:
        process = running.process
        assert process is not None

        def killed_to_the_end() -> bool:
            with suppress(OSError):  # gone already
                for worker in workers_of(running):
                    os.kill(worker, signal.SIGKILL)
            return process.poll() is not None

        assert eventually(killed_to_the_end, 60)
        assert process.wait(30) == 1
        assert "error: The collector's workers end as soon as they are started." in running.log.read_text()
        running.process = None


def test_the_command_says_one_clear_thing(tmp_path: Path) -> None:
    (tmp_path / "mallard.toml").write_text('[collect]\nhost = "0.0.0.0"\n')
    done = subprocess.run(
        [sys.executable, "-m", "mallard", "collect", "--project", str(tmp_path)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert "no write keys" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_try_shows_cannot_be_forged_and_need_not_be_read(tmp_path: Path) -> None:
    running = project(tmp_path, "")
    with subprocess.Popen(
        [sys.executable, "-m", "mallard", "collect", "--project", str(tmp_path), "--try"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert eventually(running.healthy)
        forged = EVENT | {"event": "A\n12:00:00 shop         ok       track    event=B", "userId": "u" * 5000}
        assert httpx.post(f"{running.url}/v1/track", json=forged).json()["rejected"]
        assert process.stdout is not None
        shown = process.stdout.readline()
        process.stdout.close()
        answers = [post(running).status_code for _ in range(4)]
        process.terminate()
    assert "event=A 12:00:00" in shown
    assert len(shown) < 1000
    assert answers == [200] * 4
    assert len(records(running)) == 5


def test_port_zero_takes_a_free_one_and_try_shows_what_comes(tmp_path: Path) -> None:
    (tmp_path / "mallard.toml").write_text("[collect]\nport = 0\n")
    with subprocess.Popen(
        [sys.executable, "-m", "mallard", "collect", "--project", str(tmp_path), "--try"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        url = process.stderr.readline().split()[2].rstrip(",")
        assert eventually(lambda: _healthy(url))
        batch = {"batch": [EVENT, {"type": "page"}]}
        assert httpx.post(f"{url}/v1/batch", json=batch).status_code == 200
        process.terminate()
        shown, _ = process.communicate(timeout=30)
    assert "Product Viewed" in shown
    assert "REJECTED no_identity" in shown
    assert process.returncode == 0


def _healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health").status_code == 200
    except httpx.TransportError:
        return False


# working


def test_a_disk_that_is_nearly_full_takes_nothing(tmp_path: Path, start: list[Collector]) -> None:
    running = project(tmp_path, "min_free_mb = 100000000\n")
    start.append(running)
    with pytest.raises(RuntimeError):  # never healthy; that is what is looked at
        _start_briefly(running)
    for answer in (httpx.get(f"{running.url}/health"), post(running)):
        assert answer.status_code == 503
        assert answer.json()["code"] == "disk_low"
        assert int(answer.headers["retry-after"]) > 0
    assert httpx.get(f"{running.url}/pixel/v1/page?userId=1").content[:3] == b"GIF"
    assert records(running) == []


def test_nothing_is_taken_once_the_spool_is_gone(tmp_path: Path, start: list[Collector]) -> None:
    running = project(tmp_path, "")
    start.append(running)
    running.start()
    assert post(running).status_code == 200
    running.settings.spool_path.rename(tmp_path / "elsewhere")
    assert eventually(lambda: httpx.get(f"{running.url}/health").status_code == 503)
    assert post(running).json()["code"] == "spool_failed"
    assert httpx.get(f"{running.url}/metrics").status_code == 200
    (tmp_path / "elsewhere").rename(running.settings.spool_path)
    assert eventually(running.healthy)
    assert post(running).status_code == 200
    assert len(records(running)) == 2


def test_counts_that_a_killed_collector_left_are_cleared_away(tmp_path: Path, start: list[Collector]) -> None:
    """They lie in memory; those of collectors at work stay."""

    def counts(running: Collector) -> Path:
        (worker,) = workers_of(running)
        mapped = Path(f"/proc/{worker}/maps").read_text().split()
        return next(Path(name).parent for name in mapped if "mallard-metrics-" in name)

    first, second = project(tmp_path / "first", ""), project(tmp_path / "second", "")
    start += [first, second]
    first.start()
    folder = counts(first)
    os.utime(folder, (1, 1))
    second.start()
    assert folder.exists()
    first.kill()
    os.utime(folder, (1, 1))
    second.stop()
    second.start()
    assert not folder.exists()


def test_it_stops_in_words_where_it_cannot_seal(tmp_path: Path, start: list[Collector]) -> None:
    running = project(tmp_path, "")
    start.append(running)
    running.start()
    assert post(running).status_code == 200
    running.settings.spool_path.rename(tmp_path / "elsewhere")
    running.stop()
    said = running.log.read_text()
    assert "warning: The spool in" in said
    assert "Traceback" not in said
    assert "Lifespan" not in said


def test_a_full_disk_of_temporary_files_does_not_hinder_it(
    tmp_path: Path, start: list[Collector], monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "full", 16) as full:
        (full / "ballast").write_bytes(b"x" * (8 << 10))  # Python wants to write a word before it uses it
        monkeypatch.setenv("TMPDIR", str(full))
        running = project(tmp_path / "project", "")
        start.append(running)
        running.start()
        with suppress(OSError):
            (full / "more").write_bytes(b"x" * (16 << 10))
        (worker,) = workers_of(running)
        os.kill(worker, signal.SIGKILL)  # the one that replaces it counts in files of its own
        assert eventually(lambda: running.healthy() and workers_of(running) != [worker])
        assert post(running).status_code == 200
        assert running.counted('mallard_collect_events_accepted_total{source="default"}') == 1
        running.stop()


def _start_briefly(running: Collector) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mallard", "collect", "--project", str(running.project)],
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    running.process = process
    eventually(lambda: _answers(running.url))
    raise RuntimeError("not healthy")


def _answers(url: str) -> bool:
    try:
        httpx.get(f"{url}/health")
    except httpx.TransportError:
        return False
    return True


def test_workers_have_segments_of_their_own_and_count_together(tmp_path: Path) -> None:
    with collector(tmp_path, ["shop"], workers=2) as running:
        for _ in range(40):  # a connection each, so that both workers get some
            assert post(running, "wk-shop").status_code == 200
        page = httpx.get(f"{running.url}/metrics").text
        found = segments(running.settings.spool_path)
    assert 'mallard_collect_events_accepted_total{source="shop"} 40.0' in page
    assert {segment.worker for segment in found} == {0, 1}
    assert len(records(running)) == 40


def test_what_is_landed_waits_no_more(tmp_path: Path) -> None:
    def waiting(running: Collector) -> tuple[float, float]:
        page = httpx.get(f"{running.url}/metrics").text
        found = dict(line.split() for line in page.splitlines() if line.startswith("mallard_spool_"))
        return (
            float(found["mallard_spool_unlanded_bytes"]),
            float(found["mallard_spool_oldest_unlanded_seconds"]),
        )

    with collector(tmp_path, ["shop"]) as running:
        assert waiting(running) == (0, 0)
        assert post(running, "wk-shop").status_code == 200
        size, age = waiting(running)
        assert size > len(str(EVENT))
        assert age > 0
        running.land()
        assert waiting(running) == (0, 0)
        assert post(running, "wk-shop").status_code == 200
        assert waiting(running)[0] < size, "the header is landed"
    running.land()


def test_the_page_of_counts_does_not_hang_on_the_state_file(tmp_path: Path) -> None:
    with collector(tmp_path, ["shop"]) as running:
        running.settings.state_path.write_bytes(b"no database at all " * 100)
        page = httpx.get(f"{running.url}/metrics")
    assert page.status_code == 200
    assert "mallard_spool_disk_free_bytes" in page.text
    assert "mallard_spool_unlanded_bytes" not in page.text, "no figure rather than a wrong one"


def test_connections_that_say_nothing_keep_nobody_out(tmp_path: Path) -> None:
    with collector(tmp_path, ["shop"]) as running, ExitStack() as idle:
        for number in range(900):  # within the usual limit of open files of this process
            wire = idle.enter_context(socket.create_connection(("127.0.0.1", running.port)))
            if number % 2:
                wire.sendall(b"GET /health HTTP/1.1\r\nHost: mallard\r\n\r\n")
        answer = post(running, "wk-shop", timeout=10)
        assert answer.status_code == 200


def start_with(running: Collector, number: signal.Signals, handler: signal.Handlers) -> None:
    """Start it as whoever takes a signal so starts a program, whatever this run was started with."""
    before = signal.signal(number, handler)
    try:
        running.start()
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_stops_in_good_order_under_load(tmp_path: Path, how: signal.Signals) -> None:
    running = project(tmp_path, "")
    start_with(running, how, signal.SIG_DFL)
    taken: list[int] = []

    def send(sender: int) -> None:
        with httpx.Client(base_url=running.url) as client:
            for number in range(100_000):
                try:
                    answer = client.post("/v1/page", json={"userId": f"{sender}-{number}"})
                except httpx.TransportError:
                    return
                if answer.status_code == 200:
                    taken.append(sender * 1_000_000 + number)

    senders = [threading.Thread(target=send, args=(sender,)) for sender in range(4)]
    for one in senders:
        one.start()
    assert eventually(lambda: len(taken) > 200)
    process = running.process
    assert process is not None
    process.send_signal(how)
    assert process.wait(30) == 0
    for one in senders:
        one.join()
    kept = {record.body for record in records(running)}
    missing = [n for n in taken if b'{"userId":"%d-%d"}' % divmod(n, 1_000_000) not in kept]
    assert missing == []
    assert all(segment.sealed for segment in segments(running.settings.spool_path))
    assert "Traceback" not in running.log.read_text()
    running.process = None


def test_a_terminal_that_closes_does_not_end_what_nohup_has_started(tmp_path: Path) -> None:
    running = project(tmp_path, "")
    start_with(running, signal.SIGHUP, signal.SIG_IGN)  # what nohup does
    assert running.process is not None
    os.killpg(running.process.pid, signal.SIGHUP)
    assert not eventually(lambda: "Unexpected" in running.log.read_text(), 2), "Granian would start others"
    assert post(running).status_code == 200
    running.stop()
    assert len(records(running)) == 1


def workers_of(running: Collector) -> list[int]:
    assert running.process is not None
    pid = running.process.pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    with collector(tmp_path, ["shop"]) as running:
        assert post(running, "wk-shop").status_code == 200
        (worker,) = workers_of(running)
        os.kill(worker, signal.SIGKILL)
        assert eventually(lambda: running.healthy() and workers_of(running) != [worker])
        assert post(running, "wk-shop").status_code == 200
        assert "0 torn bytes cut" in running.log.read_text(), "what it left was sealed, and that was told"
    assert len(records(running)) == 2


def test_workers_do_not_outlive_their_server(tmp_path: Path) -> None:
    with collector(tmp_path, ["shop"], workers=2) as running:
        assert post(running, "wk-shop").status_code == 200
        workers = workers_of(running)
        assert running.process is not None
        running.process.kill()  # the server alone
        running.process.wait()
        running.start()  # at once
        assert post(running, "wk-shop").status_code == 200
        assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    assert len(records(running)) == 2
