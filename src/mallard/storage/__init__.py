"""The lake's storage by URL: a folder, ``hdfs://`` or ``s3://``, behind one small set of calls.

Paths are relative to the lake's root, with '/' between parts. A file is seen whole or not at all: written
aside, made durable and renamed on a disk and on HDFS, one atomic upload on S3. Writing a path again replaces
it. What is being written stands under ``_tmp/``; every other name is safe to read at any time.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from mallard import days
from mallard.errors import StorageError, refusal
from mallard.places import namenode
from mallard.settings import Settings
from mallard.storage.reading import hdfs_files, s3_files

if TYPE_CHECKING:
    import duckdb

TEMPORARY = "_tmp"
"""Folder of files that are being written; listings leave it out."""

_ABANDONED_SECONDS = 86_400

_HDFS_BLOCK = 128 << 20
_HDFS_UNIT = 1 << 20


class Storage(Protocol):
    """Where the lake lies. Every failure is a StorageError that names the path."""

    root: str

    def url(self, path: str = "") -> str:
        """What an engine opens for a path (or a glob) of the lake."""

    def sizes(self, prefix: str = "") -> dict[str, int]:
        """Bytes of each file under a folder, in the order of their paths; empty where it is missing."""

    def list(self, prefix: str = "") -> list[str]:
        """The files under a folder, sorted, relative to the root."""

    def exists(self, path: str) -> bool: ...

    def size(self, path: str) -> int: ...

    def read_bytes(self, path: str) -> bytes: ...

    def write_bytes(self, path: str, data: bytes) -> None: ...

    def put_file(self, local: Path, path: str) -> None:
        """Copy a local file in; it is durable and visible whole when this returns."""

    def delete(self, path: str) -> None:
        """Remove a file for good when this returns; one that is not there is no error."""

    def sweep(self) -> None:
        """Remove what writers that died have left unfinished for more than a day."""

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make url() readable for a DuckDB connection."""


class LocalStorage:
    """A lake in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.root = str(folder)

    def url(self, path: str = "") -> str:
        return str(self._folder / path) if path else self.root

    def sizes(self, prefix: str = "") -> dict[str, int]:
        found: dict[str, int] = {}
        with _failing("listed", self.url(prefix)):
            for path in self.list(prefix):
                with suppress(FileNotFoundError):  # removed since it was listed
                    found[path] = (self._folder / path).stat().st_size
        return found

    def list(self, prefix: str = "") -> list[str]:
        with _failing("listed", self.url(prefix)):
            found = [
                (Path(folder) / name).relative_to(self._folder).as_posix()
                for folder, _, names in os.walk(self._folder / prefix, onerror=_unless_missing)
                for name in names
            ]
            return sorted(path for path in found if not path.startswith(f"{TEMPORARY}/"))

    def exists(self, path: str) -> bool:
        with _failing("looked up", self.url(path)):
            return (self._folder / path).is_file()

    def size(self, path: str) -> int:
        with _failing("read", self.url(path)):
            return (self._folder / path).stat().st_size

    def read_bytes(self, path: str) -> bytes:
        with _failing("read", self.url(path)):
            return (self._folder / path).read_bytes()

    def write_bytes(self, path: str, data: bytes) -> None:
        with _failing("written", self.url(path)):
            temporary = self._temporary()
            temporary.write_bytes(data)
            self._publish(temporary, path)

    def put_file(self, local: Path, path: str) -> None:
        with _failing("written", self.url(path)):
            temporary = self._temporary()
            shutil.copyfile(local, temporary)
            self._publish(temporary, path)

    def delete(self, path: str) -> None:
        with _failing("removed", self.url(path)), suppress(FileNotFoundError):
            (self._folder / path).unlink(missing_ok=True)
            _sync((self._folder / path).parent)

    def sweep(self) -> None:
        before = days.now().timestamp() - _ABANDONED_SECONDS
        with _failing("removed", self.url(TEMPORARY)), suppress(FileNotFoundError):
            for path in (self._folder / TEMPORARY).iterdir():
                if path.stat().st_mtime < before:
                    path.unlink()

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """DuckDB reads folders by itself."""

    def _temporary(self) -> Path:
        folder = self._folder / TEMPORARY
        folder.mkdir(parents=True, exist_ok=True)
        return folder / uuid.uuid4().hex

    def _publish(self, temporary: Path, path: str) -> None:
        """Durable first, visible then; every folder of the path is synced, as it may be new."""
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        _sync(temporary)
        temporary.replace(target)
        for folder in target.parents:
            _sync(folder)
            if folder == self._folder.parent:
                break


class RemoteStorage:
    """A lake behind an fsspec file system.

    renames: whether the store renames atomically (HDFS); where not (S3), one upload is atomic by itself.
    """

    def __init__(self, filesystem: Any, root: str, renames: bool) -> None:
        self._fs = filesystem
        self._renames = renames
        self.root = root.rstrip("/")
        self._base = filesystem._strip_protocol(self.root).rstrip("/")

    def url(self, path: str = "") -> str:
        return f"{self.root}/{path}" if path else self.root

    def sizes(self, prefix: str = "") -> dict[str, int]:
        with _failing("listed", self.url(prefix)):
            try:
                found = self._fs.find(self.url(prefix), detail=True)
            except FileNotFoundError:
                return {}
            inside = {name[len(self._base) + 1 :]: int(info["size"] or 0) for name, info in found.items()}
            return {
                path: size for path, size in sorted(inside.items()) if not path.startswith(f"{TEMPORARY}/")
            }

    def list(self, prefix: str = "") -> list[str]:
        return list(self.sizes(prefix))

    def exists(self, path: str) -> bool:
        with _failing("looked up", self.url(path)):
            return bool(self._fs.isfile(self.url(path)))

    def size(self, path: str) -> int:
        with _failing("read", self.url(path)):
            return int(self._fs.info(self.url(path))["size"])

    def read_bytes(self, path: str) -> bytes:
        with _failing("read", self.url(path)):
            with self._fs.open(self.url(path), "rb") as file:
                return bytes(file.read())

    def write_bytes(self, path: str, data: bytes) -> None:
        with self._published(path) as target:
            with self._created(target, len(data)) as file:
                file.write(data)

    def put_file(self, local: Path, path: str) -> None:
        with self._published(path) as target:
            if not self._renames:
                self._fs.put_file(str(local), target)
                return
            with local.open("rb") as source, self._created(target, local.stat().st_size) as file:
                shutil.copyfileobj(source, file, 4 << 20)

    def delete(self, path: str) -> None:
        with _failing("removed", self.url(path)):
            try:
                self._fs.rm_file(self.url(path))
            except FileNotFoundError:
                return

    def sweep(self) -> None:
        before = (days.now().timestamp() - _ABANDONED_SECONDS) * 1000
        with _failing("removed", self.url(TEMPORARY)), suppress(FileNotFoundError):
            for info in self._fs.ls(self.url(TEMPORARY), detail=True) if self._renames else ():
                if info["modification_time"] < before:
                    self._fs.rm_file(info["name"])

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        with _failing("registered with DuckDB", self.root):
            connection.register_filesystem(self._fs)

    @contextmanager
    def _created(self, target: str, size: int) -> Iterator[Any]:
        """A file to write so many bytes to; on HDFS the datanodes sync it before it is closed.

        It is one block, whatever its size: a sync reaches the block that is being written, not those before.
        """
        if not self._renames:
            with self._fs.open(target, "wb") as file:
                yield file
            return
        block = max(_HDFS_BLOCK, -(-size // _HDFS_UNIT) * _HDFS_UNIT)
        with self._fs.open(target, "wb", block_size=block) as file:
            yield file
            _hsync(file)

    @contextmanager
    def _published(self, path: str) -> Iterator[str]:
        """The URL to write to, so that the path appears whole when the block ends."""
        with _failing("written", self.url(path)):
            if not self._renames:
                yield self.url(path)
                return
            temporary = self.url(f"{TEMPORARY}/{uuid.uuid4().hex}")
            self._fs.makedirs(self.url(TEMPORARY), exist_ok=True)
            yield temporary
            self._fs.makedirs(self.url(path.rpartition("/")[0]), exist_ok=True)
            self._fs.mv(temporary, self.url(path), overwrite=True)


def open_storage(settings: Settings) -> Storage:
    """The storage that lake.url names. UnreachableError where its namenode does not listen."""
    url = settings.lake_url
    scheme = urlsplit(url).scheme if "://" in url else "file"
    options = {
        name: settings.secret(value, f"lake.options.{name}") for name, value in settings.lake.options.items()
    }
    if scheme == "file":
        return LocalStorage(Path(url.removeprefix("file://")))
    if scheme == "hdfs":
        return RemoteStorage(_hdfs(url, options), url, renames=True)
    if scheme == "s3":
        return RemoteStorage(_s3(options), url, renames=False)
    raise StorageError(
        f"lake.url '{url}' names a storage that is not known: {scheme}://.",
        "Use a folder, hdfs://host:port/path or s3://bucket/path.",
    )


def _hdfs(url: str, options: dict[str, str]) -> Any:
    """options: Hadoop client settings, such as those of a name service with two name nodes."""
    with _extra("hdfs"):
        from hdfs_native.fsspec import HdfsFileSystem
    namenode(url, "lake.url")
    parts = urlsplit(url)
    with _failing("reached", url):
        return hdfs_files(HdfsFileSystem)(host=parts.hostname, port=parts.port, **options)


def _s3(options: dict[str, str]) -> Any:
    """options: endpoint, region, key, secret, token; what is not given comes from the usual AWS places."""
    with _extra("s3"):
        import s3fs
    names = {"endpoint": "endpoint_url", "region": "region_name"}
    client = {names[name]: value for name, value in options.items() if name in names}
    login = {name: value for name, value in options.items() if name in ("key", "secret", "token")}
    unknown = sorted(set(options) - set(names) - set(login))
    if unknown:
        raise StorageError(
            f"lake.options.{unknown[0]} is not an option of s3://.",
            "Known here: endpoint, key, region, secret, token.",
        )
    # Listings are never cached: another process may just have written.
    return s3_files(s3fs.S3FileSystem)(
        client_kwargs=client, use_listings_cache=False, skip_instance_cache=True, **login
    )


def remedy(told: str) -> str:
    """What to do where an engine could not work on the lake's files, by what it told."""
    return refusal(told) or (
        "'mallard lake verify' names files that are damaged: restore them, or move them away, then"
        " 'mallard import --full' and 'mallard build --full'."
    )


@contextmanager
def _extra(name: str) -> Iterator[None]:
    try:
        yield
    except ImportError as missing:
        raise StorageError(
            f"A lake on {name}:// needs packages that are not installed ({missing.name}).",
            f"pip install 'mallard-warehouse[{name}]'",
        ) from missing


@contextmanager
def _failing(verb: str, url: str) -> Iterator[None]:
    """Whatever a driver raises, as one error that names the place."""
    try:
        yield
    except StorageError:
        raise
    except Exception as failure:
        reason = getattr(failure, "strerror", None) or str(failure) or type(failure).__name__
        raise StorageError(
            f"{url} could not be {verb}: {reason}.", "Check lake.url, the network and the permissions."
        ) from failure


def _unless_missing(failure: OSError) -> None:
    if not isinstance(failure, FileNotFoundError):
        raise failure


def _hsync(file: Any) -> None:
    """On the disks of the datanodes when this returns; erasure coding has no such call."""
    try:
        file.hsync()
    except Exception as failure:
        if "erasure-coded" not in str(failure):
            raise


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
