"""Moving between engines, and what a machine lacks for them."""

from __future__ import annotations

from mallard.cli.app import group

engine = group("engine", "Move between DuckDB and Spark.")
