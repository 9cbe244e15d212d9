"""``mallard init``: a commented mallard.toml, made from the settings' own declarations."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from mallard.errors import SettingsError, UsageError
from mallard.settings import FILE_NAME, Settings

_HEAD = """\
# Mallard's settings. A key that is commented out shows its default.
# Relative paths are relative to this folder. A secret is written as "env:NAME" or "file:PATH".
"""

_PRESET_SOURCES: dict[str, dict[str, Any]] = {
    preset: {
        "url": f"mysql://mallard:{{password}}@127.0.0.1:3306/{database}",
        "password": "env:SHOP_PASSWORD",
    }
    for preset, database in (
        ("mall", "mall"),
        ("woocommerce", "wordpress"),
        ("magento", "magento"),
        ("prestashop", "prestashop"),
        ("opencart", "opencart"),
        ("shopware", "shopware"),
    )
}


_PRESET_SOURCES["mall"]["order_status"] = {
    "0": "created", "1": "paid", "2": "shipped", "3": "completed", "4": "cancelled", "5": "refunded",
}  # fmt: skip


def init(folder: Path, preset: str | None = None, values: dict[str, dict[str, Any]] | None = None) -> Path:
    """Write a commented mallard.toml into a folder; its path. An existing file is never overwritten.

    values: keys set from the start, by section.
    """
    path = folder / FILE_NAME
    if path.exists():
        raise UsageError(f"{path} exists already.", "Edit it, or remove it first.")
    given: dict[str, dict[str, Any]] = {
        "collect": {"keys": [{"name": "web", "key": secrets.token_urlsafe(18)}]},
    }
    if preset is not None:
        given["source"] = {"preset": preset, **_PRESET_SOURCES.get(preset, {})}
    for section, keys in (values or {}).items():
        given.setdefault(section, {}).update(keys)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(render(given), encoding="utf-8")
    except OSError as broken:
        raise SettingsError(
            f"{path} cannot be written ({broken.strerror}).", "Choose a folder that you may write to."
        ) from broken
    return path


def render(given: dict[str, dict[str, Any]]) -> str:
    """The text of a mallard.toml: every section and key, with its sentence."""
    parts = [_HEAD]
    for name, field in Settings.model_fields.items():
        if name != "project":
            parts.append(_section(name, _model(field), given.get(name, {})))
    return "\n".join(parts)


def _section(name: str, model: type[BaseModel], given: dict[str, Any]) -> str:
    """One table with its keys; a table inside it follows with its own head, lists of tables last."""
    lines = [f"# {(model.__doc__ or '').strip()}", f"[{name}]"]
    tables: list[str] = []
    for key, field in model.model_fields.items():
        if _is_section(field):
            tables.append(_section(f"{name}.{key}", _model(field), given.get(key, {})))
        elif isinstance(given.get(key), list) and given[key] and isinstance(given[key][0], dict):
            tables.extend(_entry(f"{name}.{key}", field, entry) for entry in given[key])
        else:
            lines.append(_key(key, field, given))
    return "\n".join(lines) + "\n" + "".join("\n" + text for text in tables)


def _key(key: str, field: FieldInfo, given: dict[str, Any]) -> str:
    sentence = f"  # {field.description}" if field.description else ""
    if key in given:
        return f"{key} = {toml_value(given[key])}{sentence}"
    default = field.get_default(call_default_factory=True, validated_data={})
    shown = "" if default is None or default is PydanticUndefined else f" {toml_value(default)}"
    return f"# {key} ={shown}{sentence}"


def _entry(name: str, field: FieldInfo, entry: dict[str, Any]) -> str:
    keys = "\n".join(f"{key} = {toml_value(value)}" for key, value in entry.items())
    return f"# {field.description}\n[[{name}]]\n{keys}\n"


def toml_value(value: object) -> str:
    """A Python value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    if isinstance(value, dict):
        inner = ", ".join(f"{toml_value(str(key))} = {toml_value(item)}" for key, item in value.items())
        return "{ " + inner + " }" if inner else "{}"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _is_section(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def _model(field: FieldInfo) -> type[BaseModel]:
    annotation = field.annotation
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        raise TypeError(f"{annotation} is not a section")
    return annotation
