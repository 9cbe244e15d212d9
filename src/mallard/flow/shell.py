"""``mallard shell``: a prompt over the warehouse, read-only."""

from __future__ import annotations

import sys

from mallard import reporting
from mallard.errors import UsageError
from mallard.flow.show import show_answer
from mallard.settings import Settings
from mallard.warehouse.sql import Reader, reader


def shell(settings: Settings) -> None:
    """Read statements from standard input until it ends; a refused one is told and the prompt comes again."""
    if sys.stdin.isatty():
        import readline  # noqa: F401  history and editing at the prompt

        reporting.note("read-only; a statement ends with ';'; 'show tables;' lists them; Ctrl-D ends")
    with reader(settings) as warehouse:
        statement = ""
        while (line := _line("mallard> " if not statement else "     ... ")) is not None:
            if line == _FORGOTTEN:
                statement = ""
                continue
            statement = f"{statement}\n{line}" if statement else line
            if not statement.strip():
                statement = ""
            elif statement.rstrip().endswith(";"):
                _answer(warehouse, statement)
                statement = ""
        if statement.strip():
            _answer(warehouse, statement)


_FORGOTTEN = "\x03"
"""What a line says that was interrupted: nothing of the statement counts."""


def _line(prompt: str) -> str | None:
    """The next line, _FORGOTTEN after Ctrl-C at the prompt, None at the end."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        return line.rstrip("\n") if line else None
    try:
        return input(prompt)
    except EOFError:
        return None
    except KeyboardInterrupt:
        reporting.say("")
        return _FORGOTTEN


def _answer(warehouse: Reader, statement: str) -> None:
    try:
        show_answer(warehouse.ask(statement))
    except UsageError as refused:
        reporting.fail(refused)
