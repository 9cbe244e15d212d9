"""A producer for the fault tests: appends numbered records and writes down what was acknowledged.

Called as ``spooling.py SPOOL ACKNOWLEDGED FIRST GROUPS``: groups of three records, numbered from FIRST.
Exit code 3: the writer failed for good.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mallard.errors import SpoolError
from mallard.spool import Record, SpoolFullError, SpoolWriter

GROUP = 3
SEGMENT_BYTES = 600  # three groups or so


def record(number: int) -> Record:
    return Record("segment", "track", "web", number, b'{"n":%d}' % number)


def append(writer: SpoolWriter, first: int) -> None:
    group = [record(number) for number in range(first, first + GROUP)]
    while True:
        try:
            return writer.append(group)
        except SpoolFullError:
            continue


def main(spool: Path, acknowledged: Path, first: int, groups: int) -> int:
    log = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        with SpoolWriter(spool, "n1", segment_bytes=SEGMENT_BYTES) as writer:
            try:
                for start in range(first, first + groups * GROUP, GROUP):
                    append(writer, start)
                    os.write(log, b"".join(b"%d\n" % number for number in range(start, start + GROUP)))
            except SpoolError:
                for _ in range(3):  # ask again: it must not try the disk again
                    try:
                        append(writer, first)
                    except SpoolError:
                        continue
                    os.write(log, b"acknowledged after a failure\n")
                return 3
    except SpoolError:
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
