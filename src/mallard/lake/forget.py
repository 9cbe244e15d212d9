"""Removing one person from the lake: their events, what is set aside of them, their rows of shop tables.

A person is a user id and every anonymous id or device that an event ties to it. Orders stay, without the
customer: their money is the shop's. The shop's database is the shop's own; a person still in it comes back
with the next import.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from mallard import days
from mallard.contract import TABLES, Table
from mallard.errors import UsageError
from mallard.lake import commits
from mallard.lake.commits import Begun, Commit
from mallard.lake.heard import tell
from mallard.lake.land import land
from mallard.lake.retention import clear_holding
from mallard.lake.rows import ENVELOPES, EVENTS, QUARANTINE, envelope_of
from mallard.lake.session import PARQUET, literal
from mallard.lake.stream import Writer, writing
from mallard.settings import Settings
from mallard.state import LOST, State

if TYPE_CHECKING:
    import duckdb

_PERSONAL = ("customer", "customer_profile", "address")
"""Shop tables whose rows are about a customer; in others the customer is only named."""


@dataclass(frozen=True)
class ForgetReport:
    """Rows removed (for shop tables also: made nameless) and the business days they belonged to.

    segments_left: spool segments that still hold the id, because they are being written.
    """

    events: int = 0
    quarantined: int = 0
    shop_rows: int = 0
    days: tuple[date, ...] = ()
    segments_cleared: int = 0
    segments_left: int = 0


def forget(settings: Settings, state: State, user: str) -> ForgetReport:
    """Remove a person from spool and lake. The next build and publishing remove them everywhere else."""
    if not user.strip():
        raise UsageError("There is no user to forget.", "Name the user id.")
    land(settings, state)  # what is still in the spool must not come later
    with (
        state.lease("build"),
        state.lease("import"),  # its tables are rewritten too
        writing(settings, state) as (writer, _),
        state.run("forget") as detail,
    ):
        done = [*_forget_events(writer, user), *_forget_quarantined(writer, user)]
        shop_rows = _forget_shop_rows(writer, state, user)
        touched = tell(writer.storage, state)
        cleared, left = clear_holding(settings, _positions(writer), user)
        report = ForgetReport(
            events=-sum(change.landed for change in done),
            quarantined=-sum(change.quarantined for change in done),
            shop_rows=shop_rows,
            days=tuple(sorted(touched)),
            segments_cleared=cleared,
            segments_left=left,
        )
        detail.update(events=report.events, quarantined=report.quarantined, shop_rows=shop_rows)
        return report


def _positions(writer: Writer) -> dict[str, int]:
    stream = commits.read(writer.storage).get(writer.stream)  # None where nothing ever landed
    return stream.history.positions if stream else {}


def _forget_events(writer: Writer, user: str) -> Iterable[Commit]:
    """A change for each day with events of the person."""
    with writer.work() as (connection, _):
        files = _files(writer, EVENTS)
        if not files:
            return
        who = literal(user)
        keys = sorted(_keys(connection, writer, files, who))
        known = ", ".join(literal(key) for key in keys) or "null"
        condition = (
            f"coalesce(user_id = {who} or previous_id = {who} or (user_id is null and"
            f" (anonymous_id in ({known}) or device_id in ({known}))), false)"
        )
        found = _found(connection, writer, files, condition)
    for folder, paths in _by_folder(found).items():
        removed = -sum(paths.values())
        counts = {"landed": removed, "received": removed, "days": {folder.rpartition("=")[2]: removed}}
        yield _replace(writer, {folder: list(paths)}, condition, counts)


def _keys(connection: duckdb.DuckDBPyConnection, writer: Writer, files: list[str], who: str) -> set[str]:
    """The anonymous ids and devices that events tie to a user."""
    rows = connection.execute(
        f"select distinct anonymous_id, device_id, previous_id from {_scan(writer, files)}"
        f" where user_id = {who}"
    ).fetchall()
    return {str(key) for row in rows for key in row if key is not None}


def _forget_quarantined(writer: Writer, user: str) -> Iterable[Commit]:
    """A change for each day of quarantine with records that hold the id as a JSON value."""
    with writer.work() as (connection, _):
        files = [path for path in _files(writer, QUARANTINE) if not path.startswith(ENVELOPES)]
        if not files:
            return
        found = _found(connection, writer, files, _holds(user))
    for folder, paths in _by_folder(found).items():
        removed = -sum(paths.values())
        day = folder.rpartition("=")[2]
        counts = {"quarantined": removed, "received": removed, "set_aside": {day: removed}}
        folders = {folder: list(paths), envelope_of(folder): [envelope_of(path) for path in paths]}
        yield _replace(writer, folders, _holds(user), counts)


def _holds(user: str) -> str:
    """Whether a record has the id as a value; one that was cut may end with it."""
    pattern = rf"""[:\[,]\s*["']?{_escaped(user)}["']?\s*([,}}\]\n]|$)|^{_escaped(user)}$"""
    return f"regexp_matches(raw, {literal(pattern)})"


def _escaped(text: str) -> str:
    return "".join(char if char.isalnum() else f"\\x{{{ord(char):x}}}" for char in text)


def _replace(
    writer: Writer, folders: dict[str, list[str]], condition: str, counts: dict[str, object]
) -> Commit:
    """Files of one day without the rows that meet a condition, as one change.

    Envelopes are those whose origin is still in the file beside them.
    """
    seq = writer.next_seq()
    name = f"{writer.stem(seq)}.parquet"
    with writer.work() as (connection, scratch):
        new = {}
        kept = ""
        for number, (folder, paths) in enumerate(folders.items()):
            local = scratch / f"{number}.parquet"
            where = f"origin in (select origin from {kept})" if kept else f"not {condition}"
            _write(connection, f"select * from {_scan(writer, paths)} where {where}", str(local))
            kept = f"read_parquet({literal(str(local))})"
            new[f"{folder}/{name}"] = local
        begun = Begun(seq, add=list(new), remove=[path for paths in folders.values() for path in paths])
        done = Commit(seq=seq, work="forget", at=days.now().isoformat(), **counts)  # type: ignore[arg-type]
        writer.replace(begun, new, done)
    return done


def _forget_shop_rows(writer: Writer, state: State, user: str) -> int:
    """Rewrite in place; each file is replaced whole, and doing it again changes nothing.

    A build goes by versions that are new and would keep those that are gone, so all is built anew.
    """
    condition = f"coalesce(customer_id = {literal(user)}, false)"
    total = 0
    for table in TABLES.values():
        if "customer_id" not in table.column_names:
            continue
        files = [path for path in writer.storage.list(f"ods/{table.name}") if path.endswith(".parquet")]
        if not files:
            continue
        with writer.work() as (connection, scratch):
            for path, rows in _found(connection, writer, files, condition).items():
                local = scratch / "rewritten.parquet"
                _write(connection, _nameless(table, _scan(writer, [path]), condition), str(local))
                state.touch(LOST, [days.today(writer.settings.shop.timezone)])
                writer.storage.put_file(local, path)
                total += rows
    return total


def _nameless(table: Table, source: str, condition: str) -> str:
    if table.name in _PERSONAL:
        return f"select * from {source} where not {condition}"
    return f"select * replace (if({condition}, null, customer_id) as customer_id) from {source}"


def _files(writer: Writer, root: str) -> list[str]:
    streams = commits.read(writer.storage)
    return [path for path in writer.storage.list(root) if writer.is_settled(path, streams)]


def _scan(writer: Writer, files: list[str]) -> str:
    urls = ", ".join(literal(writer.storage.url(path)) for path in files)
    return f"read_parquet([{urls}], hive_partitioning = false, union_by_name = true, filename = 'from_file')"


def _found(
    connection: duckdb.DuckDBPyConnection, writer: Writer, files: list[str], condition: str
) -> dict[str, int]:
    """Rows that meet a condition in each file that has some."""
    paths = {writer.storage.url(path): path for path in files}
    rows = connection.execute(
        f"select from_file, count(*) from {_scan(writer, files)} where {condition} group by from_file"
    ).fetchall()
    return {paths[url]: int(count) for url, count in sorted(rows)}


def _by_folder(found: dict[str, int]) -> dict[str, dict[str, int]]:
    folders: dict[str, dict[str, int]] = {}
    for path, count in found.items():
        folders.setdefault(path.rpartition("/")[0], {})[path] = count
    return folders


def _write(connection: duckdb.DuckDBPyConnection, query: str, local: str) -> None:
    connection.execute(f"copy (select * exclude (from_file) from ({query})) to {literal(local)} ({PARQUET})")
