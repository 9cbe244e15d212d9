"""Running a program under strace: with faults injected, or with every write to the disk on record."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.servers import need

DISK_CALLS = "openat,mkdir,pwrite64,ftruncate,fdatasync,fsync,rename"
SEND_CALLS = "write,writev,sendto"

_LINE = re.compile(r"(?P<thread>\d+) +(?P<rest>.*)")
_RESUMED = re.compile(r"<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)")
_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)(?:<(?P<opened>[^>]*)>)?.*")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_FILE = re.compile(r"(\d+)<((?:\\x[0-9a-f]{2})*)>")


@dataclass(frozen=True)
class Call:
    """A system call that was made. ``began`` is its place in the trace, ``ended`` that of its return.

    descriptor, path: those of the first argument, where it is an open file; paths: of all arguments that are.
    strings: its text arguments, unescaped.
    """

    began: int
    ended: int
    name: str
    descriptor: int
    path: str
    strings: tuple[bytes, ...]
    arguments: str
    result: int
    paths: tuple[str, ...] = ()


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **more}


def run(
    trace: Path, options: Sequence[str], program: Sequence[str], **more: str
) -> subprocess.CompletedProcess[str]:
    """A Python program under strace, to its end; the trace shows what was done."""
    return subprocess.run(
        command(trace, options, program), env=environment(**more), capture_output=True, text=True, timeout=120
    )


def command(trace: Path, options: Sequence[str], program: Sequence[str]) -> list[str]:
    need("strace")
    return ["strace", "-f", "-o", str(trace), *options, sys.executable, *program]


def killed(trace: Path) -> bool:
    """Whether an injected SIGKILL struck."""
    return "+++ killed by SIGKILL +++" in trace.read_text(errors="replace")


def injected(trace: Path) -> int:
    """How many calls were given an injected error."""
    return trace.read_text(errors="replace").count("(INJECTED)")


def recording(calls: str) -> list[str]:
    """Options under which :func:`calls` can read the trace."""
    return ["-xx", "-y", "-s", "10000000", "-e", f"trace={calls}", "-e", "signal=none"]


def calls(trace: Path) -> list[Call]:
    """The completed calls of a trace in the order in which they returned."""
    found = sorted(_calls(trace.read_text()), key=lambda call: call.ended)
    return found


def _calls(text: str) -> Iterator[Call]:
    begun: dict[str, tuple[int, str]] = {}
    for place, line in enumerate(text.splitlines()):
        split = _LINE.fullmatch(line)
        if split is None:
            continue
        thread, rest = split["thread"], split["rest"]
        began = place
        if rest.endswith("<unfinished ...>"):
            begun[thread] = place, rest.removesuffix("<unfinished ...>").rstrip()
            continue
        resumed = _RESUMED.fullmatch(rest)
        if resumed is not None and thread in begun:
            began, start = begun.pop(thread)
            rest = start + resumed["rest"]
        made = _CALL.fullmatch(rest)
        if made is not None:
            yield _call(made, began, place)


def _call(made: re.Match[str], began: int, ended: int) -> Call:
    arguments = made["arguments"]
    file = _FILE.match(arguments)
    return Call(
        began=began,
        ended=ended,
        name=made["name"],
        descriptor=int(file[1]) if file else -1,
        path=_unescaped(file[2]).decode() if file else "",
        strings=tuple(_unescaped(text) for text in _STRING.findall(arguments)),
        arguments=arguments,
        result=int(made["result"]),
        paths=tuple(_unescaped(path).decode() for _, path in _FILE.findall(arguments)),
    )


def _unescaped(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
