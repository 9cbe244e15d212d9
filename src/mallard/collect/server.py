"""Starting and stopping the collector."""

from __future__ import annotations

import fcntl
import ipaddress
import os
import resource
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from mallard import days, reporting
from mallard.collect.keys import Keys
from mallard.errors import LockedError, MallardError, SettingsError
from mallard.settings import Settings
from mallard.spool import Repair, SpoolWriter, recover

if TYPE_CHECKING:
    from mallard.collect.app import App

_STOP_SECONDS = 30
_ORPHAN_SECONDS = 3.0
_BACKLOG = 1024
_CONNECTIONS = 8192
"""Connections a worker holds at once; browsers keep theirs open between events."""

_MEMORY = "/dev/shm"
_METRICS = "mallard-metrics-"
_STARTING_SECONDS = 60
"""A younger folder may be about to be claimed."""

_HEAD_BYTES = 64 << 10
"""Longest head of a request, and what one connection may fill of memory before its body is read."""


class PortError(MallardError):
    """The collector cannot listen where it is told to."""


class WorkerError(MallardError):
    """The collector's processes cannot be kept running."""


def serve(settings: Settings, try_mode: bool = False) -> None:
    """Collect until SIGTERM or SIGINT; then everything acknowledged is durable and the segments are sealed.

    try_mode prints events as they come. Refuses to listen beyond loopback without write keys (SettingsError).
    """
    address = _resolve(settings.collect.host)
    if not ipaddress.ip_address(address).is_loopback and not settings.collect.keys:
        raise SettingsError(
            f"collect.host is {settings.collect.host}, which others can reach, but there are no write keys.",
            "Add a [[collect.keys]] with a name and a key to mallard.toml, or listen on 127.0.0.1.",
        )
    Keys(settings)  # a key that cannot be read is told now
    port = _free(address, settings.collect.port)
    _recover(settings)
    with _shared_metrics():
        _run(settings, address, port, try_mode)


def _recover(settings: Settings) -> None:
    """Seal what an earlier collector left; LockedError where it, or another writer, still runs."""
    folder, node = settings.spool_path, settings.collect.node
    repairs: list[Repair] = []
    with ExitStack() as places:
        for worker in range(settings.collect.workers):
            repairs += places.enter_context(_place(folder, node, worker)).repairs
        repairs += recover(folder, node)
    _tell(repairs)


def _tell(repairs: Iterable[Repair]) -> None:
    for one in repairs:
        reporting.note(f"spool: {one.segment} sealed; {one.kept} bytes kept, {one.cut} torn bytes cut")


def _place(folder: Path, node: str, worker: int) -> SpoolWriter:
    """A worker's spool. Workers may outlive a killed server by a moment, so they are waited for."""
    deadline = monotonic() + _ORPHAN_SECONDS
    while True:
        try:
            return SpoolWriter(folder, node, worker)
        except LockedError:
            if monotonic() > deadline:
                raise
            sleep(0.1)


def _run(settings: Settings, address: str, port: int, try_mode: bool) -> None:
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    server = Granian(
        "mallard.collect",
        address=address,
        port=port,
        interface=Interfaces.ASGI,
        workers=1 if try_mode else settings.collect.workers,
        http=HTTPModes.http1,
        websockets=False,
        backlog=_BACKLOG,
        backpressure=_allow_connections(),
        http1_settings=HTTP1Settings(max_buffer_size=_HEAD_BYTES),
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_SECONDS,
    )
    server.on_startup(partial(signal.signal, signal.SIGHUP, _at_hangup(server.signal_handler_interrupt)))
    shown = f"[{address}]" if ":" in address else address
    reporting.note(f"collecting on http://{shown}:{port}, kept in {settings.spool_path}")
    try:
        server.serve(target_loader=partial(_application, settings, try_mode), wrap_loader=False)
    except SystemExit as ended:
        if ended.code:
            raise WorkerError(
                "The collector's workers end as soon as they are started.", "What they wrote above says why."
            ) from ended


def _at_hangup(stop: Callable[..., None]) -> Callable[..., None] | signal.Handlers:
    """What SIGHUP does: end in good order with the terminal, or nothing under nohup. Left to itself Granian
    starts new workers beside the old ones, which still hold the spool."""
    return signal.SIG_IGN if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN else stop


def _allow_connections() -> int:
    """Raise the limit of open files where it is too low; the connections that there is room for."""
    spare = 100
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _CONNECTIONS if hard == resource.RLIM_INFINITY else min(_CONNECTIONS, hard - spare)
    if soft != resource.RLIM_INFINITY and soft < most + spare:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most + spare, hard))
    return most


def _application(settings: Settings, try_mode: bool) -> App:
    """One worker's application; called in the worker's own process."""
    from mallard.collect.app import App
    from mallard.collect.commit import Committer
    from mallard.collect.metrics import Metrics
    from mallard.collect.trying import show

    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a terminal tells all; the server decides
    metrics = Metrics(settings)
    writer = _writer(settings)
    _tell(writer.repairs)  # of the worker that this one replaces
    committer = Committer(writer, settings.collect.commit_interval_ms / 1000, metrics.observe_commit)
    return App(settings, committer, metrics, show if try_mode else None)


def _writer(settings: Settings) -> SpoolWriter:
    """The spool of the first worker number that is free."""
    section = settings.collect
    taken: LockedError | None = None
    for worker in range(section.workers):
        try:
            return SpoolWriter(settings.spool_path, section.node, worker, section.segment_mb << 20)
        except LockedError as locked:
            taken = locked
    raise taken if taken is not None else SettingsError("collect.workers is 0.")


def _resolve(host: str) -> str:
    """The address of a host's name."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as unknown:
        raise SettingsError(
            f"collect.host '{host}' is no address of this machine ({unknown}).",
            "Name one, such as 127.0.0.1.",
        ) from unknown
    return str(found[0][4][0])


def _free(address: str, port: int) -> int:
    """The port, or a free one for 0. The workers share it by SO_REUSEPORT, under which a second collector
    would start without complaint: so it is tried here without."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as busy:
            raise PortError(
                f"The collector cannot listen on {address} port {port}: {busy.strerror}.",
                "Stop what listens there, or choose another port with --port or collect.port.",
            ) from busy
        return int(probe.getsockname()[1])


@contextmanager
def _shared_metrics() -> Iterator[None]:
    """A folder through which the workers share their counts.

    In memory where there is such a place: counting in a mapped file kills a worker when its disk is full, and
    what lies in /tmp for long is cleared away.
    """
    place = _MEMORY if os.access(_MEMORY, os.W_OK) else tempfile.gettempdir()
    _clear(Path(place))
    folder = tempfile.mkdtemp(prefix=_METRICS, dir=place)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    try:
        with _claimed(folder):
            yield
    finally:
        del os.environ["PROMETHEUS_MULTIPROC_DIR"]
        shutil.rmtree(folder, ignore_errors=True)


def _clear(place: Path) -> None:
    """Remove what killed collectors have left: the claims are gone with them."""
    for folder in place.glob(f"{_METRICS}*"):
        with suppress(OSError):  # claimed, or not ours
            if days.now().timestamp() - folder.lstat().st_mtime > _STARTING_SECONDS:
                with _claimed(folder):
                    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _claimed(folder: str | Path) -> Iterator[None]:
    """A lock on a folder; OSError where somebody else has it."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(file)
