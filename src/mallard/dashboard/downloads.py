"""Published rows as CSV files that are safe to open in a spreadsheet."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse

from mallard.dashboard.queries import Reader, Store
from mallard.dashboard.view import Span
from mallard.errors import MallardError

RISKY = ("=", "+", "-", "@", "\t", "\r")


def guarded(value: Any) -> Any:
    """A cell that a spreadsheet takes for what it is: texts that begin like a formula get an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value


def csv_lines(names: list[str], rows: list[dict[str, Any]]) -> Iterator[str]:
    """A CSV file, line by line, the head first."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(names)
    yield buffer.getvalue()
    for row in rows:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([guarded(_text(row[name])) for name in names])
        yield buffer.getvalue()


def _text(value: Any) -> Any:
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else value


def wanted(reader: Reader, table: str, params: Mapping[str, str]) -> tuple[list[str], list[dict[str, Any]]]:
    """Column names and rows of a published table for the days and filters of an address."""
    if not reader.has(table):
        raise LookupError(table)
    known = reader.store.catalogue[table]
    types = {c.name: c.type for c in known.columns}
    equals: dict[str, Any] = {
        name: int(value) if types[name] == "bigint" else value
        for name, value in params.items()
        if types.get(name) in ("string", "bigint")
    }
    day = next((c.name for c in known.columns if c.type == "date" and c.name in known.key), "")
    span = None
    if day and "from" in params and "to" in params:
        span = Span(date.fromisoformat(params["from"]), date.fromisoformat(params["to"]))
    return list(types), reader.rows(table, span, day=day or "dt", **equals)


def routes(store: Store) -> Any:
    """The download addresses."""
    router = APIRouter()

    @router.get("/download/{name}.csv")
    async def download(name: str, request: Request) -> Response:
        try:
            names, rows = await asyncio.to_thread(
                store.consistent, lambda reader: wanted(reader, name, request.query_params)
            )
        except LookupError:
            return PlainTextResponse("There is no such table.", 404)
        except ValueError:
            return PlainTextResponse("The address is not understood.", 400)
        except MallardError as known:
            return PlainTextResponse(str(known), 503)
        lines = (line.encode() for line in csv_lines(names, rows))
        attachment = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=attachment)

    return router
