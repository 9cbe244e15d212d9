"""docs/settings.md, made from the settings' declarations: ``python -m mallard.flow.reference FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from mallard.flow.init import toml_value
from mallard.settings import Settings, SourceTable, WriteKey

_HEAD = """\
# Settings

`mallard.toml` is looked for from the working directory upwards, or named with `--project DIR`. `mallard init`
writes one with every key and its default in comments. Relative paths are relative to the file's folder.
A secret is written as `"env:NAME"` (an environment variable) or `"file:PATH"` (a file), never in the clear.
An unknown or misspelt key is an error that suggests the right one.

This page is generated from the code (`make docs`) and tested to be current.
"""


def settings_page() -> str:
    """The whole page as Markdown."""
    parts = [_HEAD]
    for name, field in Settings.model_fields.items():
        if name != "project" and isinstance(field.annotation, type):
            parts.append(_section(name, field.annotation))
    parts.append(_section("[collect.keys]", WriteKey))
    parts.append(_section("source.tables.NAME", SourceTable))
    return "\n".join(parts)


def _section(name: str, model: type[BaseModel]) -> str:
    lines = [f"## `[{name}]`", "", (model.__doc__ or "").strip(), ""]
    lines += ["| key | type | default | meaning |", "|---|---|---|---|"]
    inner = []
    for key, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            inner.append(_section(f"{name}.{key}", field.annotation))
        else:
            lines.append(f"| `{key}` | {_type(field.annotation)} | {_default(field)} | {field.description} |")
    return "\n".join([*lines, "", *inner])


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin in (Union, UnionType):
        return _type(next(kind for kind in arguments if kind is not type(None)))
    if origin is list:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"table of {_type(arguments[1])}"
    names = {str: "text", int: "whole number", bool: "true or false"}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    return names.get(annotation, "text")


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is PydanticUndefined:
        return "required"
    return "none" if default is None else f"`{toml_value(default)}`"


def main(folder: Path) -> None:
    """Write the page into a folder."""
    (folder / "settings.md").write_text(settings_page(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
