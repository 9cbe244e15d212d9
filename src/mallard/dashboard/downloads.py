"""Published rows as CSV files that are safe to open in a spreadsheet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse

from mallard.dashboard.queries import Reader, Store
from mallard.dashboard.view import Span
from mallard.errors import MallardError
from mallard.serving.sheet import csv_lines


def wanted(reader: Reader, table: str, params: Mapping[str, str]) -> tuple[list[str], list[dict[str, Any]]]:
    """Column names and rows of a published table for the days and filters of an address."""
    if not reader.has(table):
        raise LookupError(table)
    known = reader.store.catalogue[table]
    types = {c.name: c.type for c in known.columns}
    equals: dict[str, Any] = {
        name: _whole(value) if types[name] == "bigint" else value.replace("\x00", "")
        for name, value in params.items()
        if types.get(name) in ("string", "bigint")
    }
    day = next((c.name for c in known.columns if c.type == "date" and c.name in known.key), "")
    span = None
    if day and "from" in params and "to" in params:
        span = Span(date.fromisoformat(params["from"]), date.fromisoformat(params["to"]))
    return list(types), reader.rows(table, span, day=day or "dt", keep=False, **equals)


def _whole(text: str) -> int:
    """A whole number that a database's bigint holds; a ValueError otherwise."""
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"{number} is no bigint")
    return number


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
