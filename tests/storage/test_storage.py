"""What every storage promises, the same on a folder, S3 and HDFS."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import pytest

from mallard import storage as module
from mallard.errors import StorageError, UnreachableError
from mallard.settings import parse
from mallard.storage import RemoteStorage, Storage, open_storage, remedy
from tests import servers
from tests.hdfs import Hdfs
from tests.lakes import STORAGES, settings_on


@pytest.fixture(params=STORAGES)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return open_storage(settings_on(request.param, tmp_path, request))


def test_an_empty_lake_lists_nothing(storage: Storage) -> None:
    assert storage.list() == []
    assert storage.list("ods/event") == []
    assert storage.sizes("ods") == {}
    assert not storage.exists("ods/event/a")


def test_what_is_written_is_read_and_listed_in_order(storage: Storage) -> None:
    storage.write_bytes("ods/b/two", b"22")
    storage.write_bytes("ods/a/one", b"1")
    storage.write_bytes("top", b"")
    assert storage.read_bytes("ods/b/two") == b"22"
    assert storage.sizes() == {"ods/a/one": 1, "ods/b/two": 2, "top": 0}
    assert storage.list("ods/b") == ["ods/b/two"]
    assert (storage.exists("top"), storage.exists("ods/a"), storage.exists("none")) == (True, False, False)
    assert storage.size("ods/b/two") == 2


def test_writing_again_replaces(storage: Storage, tmp_path: Path) -> None:
    local = tmp_path / "local"
    local.write_bytes(b"new" * 1_000_000)
    storage.write_bytes("a/b", b"old")
    storage.put_file(local, "a/b")
    assert storage.read_bytes("a/b") == local.read_bytes()
    storage.write_bytes("a/b", b"old")
    assert storage.read_bytes("a/b") == b"old"
    assert local.exists(), "putting a file leaves it where it was"


def test_removing_twice_is_no_error(storage: Storage) -> None:
    storage.write_bytes("a/b", b"x")
    storage.delete("a/b")
    storage.delete("a/b")
    assert storage.list() == []


def test_reading_what_is_not_there_names_it(storage: Storage) -> None:
    with pytest.raises(StorageError, match="none could not be read") as error:
        storage.read_bytes("none")
    assert error.value.fix


def test_unfinished_files_are_not_listed_and_are_swept_when_old(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = f"{module.TEMPORARY}/left"
    storage.write_bytes(left, b"half")
    storage.write_bytes("whole", b"whole")
    assert storage.list() == ["whole"]
    storage.sweep()
    assert storage.exists(left), "its writer may still be at work"
    monkeypatch.setattr(module, "_ABANDONED_SECONDS", -60)
    storage.sweep()
    assert not storage.exists(left) or storage.root.startswith("s3://"), "S3 leaves nothing unfinished"
    assert storage.read_bytes("whole") == b"whole"


def test_duckdb_reads_single_files_and_globs(storage: Storage, tmp_path: Path) -> None:
    connection = duckdb.connect()
    storage.register(connection)
    for day in (1, 2):
        local = tmp_path / f"{day}.parquet"
        connection.execute(f"copy (select {day} as n) to '{local}'")
        storage.put_file(local, f"ods/event/dt=2026-01-0{day}/one.parquet")
    storage.write_bytes("ods/event/_commits/a.json", b"{}")
    single = connection.execute("from read_parquet(?)", [storage.url("ods/event/dt=2026-01-02/one.parquet")])
    assert single.fetchall()[0][0] == 2
    glob = storage.url("ods/event/dt=*/*.parquet")
    rows = connection.execute(f"select n, dt::varchar from read_parquet('{glob}') order by n").fetchall()
    assert rows == [(1, "2026-01-01"), (2, "2026-01-02")]


def test_many_threads_of_duckdb_read_at_once(storage: Storage, tmp_path: Path) -> None:
    """DuckDB's threads share open files; each must get the bytes it asked for."""
    local = tmp_path / "local.parquet"
    connection = duckdb.connect(config={"threads": 8})
    storage.register(connection)
    connection.execute(
        "copy (select i, hash(i) as a, md5(i::varchar) as b, random() as c from range(400_000) t(i))"
        f" to '{local}' (row_group_size 10_000)"
    )
    digest = "select count(*), sum(hash(columns(*))::hugeint) from read_parquet(?, hive_partitioning = false)"
    true = connection.execute(digest, [str(local)]).fetchall()
    for number in range(4):
        storage.put_file(local, f"ods/event/dt=2026-01-01/{number}.parquet")
    for number in range(4):
        url = storage.url(f"ods/event/dt=2026-01-01/{number}.parquet")
        assert connection.execute(digest, [url]).fetchall() == true
    everything = [storage.url(f"ods/event/dt=2026-01-01/{number}.parquet") for number in range(4)]
    joined = "select count(*) from read_parquet($1) a join read_parquet($1) b using (i) where a.b = b.b"
    assert connection.execute(joined, [everything]).fetchall() == [(400_000 * 16,)]


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = open_storage(parse({}, tmp_path / "mallard.toml"))
    storage.write_bytes("a/b", b"old")

    def fail(path: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(module, "_sync", fail)
    with pytest.raises(StorageError, match="Input/output error"):
        storage.write_bytes("a/b", b"new")
    assert storage.read_bytes("a/b") == b"old"
    assert storage.list() == ["a/b"]


def test_an_unknown_scheme_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="ftp://") as error:
        open_storage(parse({"lake": {"url": "ftp://host/lake"}}, tmp_path / "mallard.toml"))
    assert "s3://" in error.value.fix


def test_a_namenode_that_does_not_listen_is_told_at_once(tmp_path: Path) -> None:
    """Its client would go on asking, and a landing would say nothing for minutes."""
    url = f"hdfs://127.0.0.1:{servers.free_port()}/lake"
    with pytest.raises(UnreachableError, match="does not answer") as told:
        open_storage(parse({"lake": {"url": url}}, tmp_path / "mallard.toml"))
    assert url in told.value.what
    assert "lake.url" in told.value.fix


def test_an_unknown_s3_option_is_named(tmp_path: Path) -> None:
    lake = {"url": "s3://bucket/lake", "options": {"endpont": "http://localhost"}}
    with pytest.raises(StorageError, match=r"lake\.options\.endpont"):
        open_storage(parse({"lake": lake}, tmp_path / "mallard.toml"))


def test_a_secret_option_is_read_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    settings = settings_on("s3", tmp_path, request)
    monkeypatch.setenv("LAKE_SECRET", settings.lake.options["secret"])
    options = {**settings.lake.options, "secret": "env:LAKE_SECRET"}
    hidden = parse({"lake": {"url": settings.lake.url, "options": options}}, tmp_path / "mallard.toml")
    open_storage(hidden).write_bytes("a", b"b")
    assert open_storage(settings).read_bytes("a") == b"b"


@pytest.mark.hdfs
@pytest.mark.slow
def test_hdfs_syncs_a_file_before_it_appears(
    hdfs: Hdfs, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both datanodes sync content and checksums, and all of the file, since it is a single block."""
    monkeypatch.setattr(module, "_HDFS_BLOCK", 1 << 20)
    storage = open_storage(settings_on("hdfs", tmp_path, request))
    local = tmp_path / "local"
    local.write_bytes(bytes(range(256)) * 10_000)
    before = hdfs.syncs()
    storage.write_bytes("small", b"small")
    assert hdfs.syncs() == before + 4
    storage.put_file(local, "large")
    assert hdfs.syncs() == before + 8
    assert storage.read_bytes("large") == local.read_bytes()
    assert isinstance(storage, RemoteStorage)
    assert storage._fs.client.get_file_info(urlsplit(storage.url("large")).path).blocksize == 3 << 20


@pytest.mark.parametrize(
    ("told", "fix"),
    [
        ("IO Error: Cannot open file: Too many open files", "ulimit"),
        ("IO Error: Could not write file: No space left on device", "room"),
        ("No magic bytes found at end of file 'x.parquet'", "lake verify"),
    ],
)
def test_what_an_engine_tells_of_files_leads_to_what_to_do(told: str, fix: str) -> None:
    assert fix in remedy(told)
