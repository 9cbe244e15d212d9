"""The HDFS that the tests start is a real one: files survive its datanodes' and its namenode's restarts."""

from __future__ import annotations

import pytest
from hdfs_native import Client, WriteOptions

from tests.hdfs import Hdfs

pytestmark = [pytest.mark.hdfs, pytest.mark.slow]

DATA = bytes(range(256)) * 40_000  # 10 MB


def write(client: Client, path: str) -> None:
    with client.create(path, WriteOptions(overwrite=True)) as file:
        file.write(DATA)


def read(client: Client, path: str) -> bytes:
    with client.read(path) as file:
        return bytes(file.read())


def test_each_datanode_may_stop_and_come_back(hdfs: Hdfs) -> None:
    client = Client(hdfs.url)
    write(client, "/restarts/before")
    for number in (0, 1):
        hdfs.stop_datanode(number)
        assert read(client, "/restarts/before") == DATA
        write(client, f"/restarts/without-{number}")
        hdfs.restart_datanode(number)
    hdfs.restart_namenode()
    again = Client(hdfs.url)
    for name in ("before", "without-0", "without-1"):
        assert read(again, f"/restarts/{name}") == DATA
