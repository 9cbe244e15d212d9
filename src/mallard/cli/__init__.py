"""The command line: one verb for each stage, no logic of its own.

Imports of the stages stand inside the commands, so that ``mallard --help`` answers at once.
Exit codes: 0 done, 1 a run failed, 2 wrong usage or settings, 130 interrupted.
"""

from __future__ import annotations

import os
import sys

from mallard.cli import care, engines, look, stages, start
from mallard.cli.app import app
from mallard.errors import MallardError

__all__ = ["app", "care", "engines", "look", "main", "stages", "start"]


def main() -> None:
    """Run the command line; every failure ends as one clear message.

    What Mallard did not foresee is its own fault: the traceback goes to a file, which the message names
    (with MALLARD_DEBUG set it is shown instead).
    """
    from mallard import reporting

    try:
        app()
    except MallardError as failure:
        reporting.fail(failure)
        sys.exit(failure.exit_code)
    except KeyboardInterrupt:
        reporting.note("interrupted")
        sys.exit(130)
    except Exception as fault:
        if "MALLARD_DEBUG" in os.environ:
            raise
        reporting.fail(_unforeseen(fault))
        sys.exit(1)


def _unforeseen(fault: Exception) -> MallardError:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="mallard-", suffix=".txt", delete=False) as report:
        traceback.print_exception(fault, file=report)
    said = str(fault).partition("\n")[0]
    return MallardError(
        f"Something went wrong that Mallard did not foresee: {type(fault).__name__}: {said}",
        f"Please report it with {report.name}, which says where.",
    )
