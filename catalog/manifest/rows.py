"""Rows as they stand in manifests (`catalog.canonical.row_document`), and back into what the database takes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table

from catalog.errors import ManifestUnreadable


def row_from(table: Table, document: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    """The values of all columns, None where the document has none. Raises ManifestUnreadable, naming `where`."""
    unknown = set(document) - set(table.columns.keys())
    if unknown:
        raise ManifestUnreadable(where, f"{table.name} has no column {min(unknown)}")
    return {column.name: _value(column, document.get(column.name), where) for column in table.columns}


def _value(column: Column[Any], told: Any, where: str) -> Any:
    if told is None:
        if not column.nullable:
            raise ManifestUnreadable(where, f"{column.table.name}.{column.name} is missing")
        return None
    try:
        return _read(column.type.python_type, told)
    except (ValueError, TypeError) as error:
        raise ManifestUnreadable(where, f"{column.table.name}.{column.name} is not what it should be") from error


def _read(kind: type, told: Any) -> Any:  # noqa: PLR0911 - one for each kind of column
    if kind is UUID:
        return UUID(told)
    if kind is datetime:
        return _aware(datetime.fromisoformat(told))
    if kind is bytes:
        return bytes.fromhex(told)
    if kind is int:
        return _not_bool(told, int)
    if kind is float:
        return _not_bool(told, float)
    if kind in {bool, str}:
        if type(told) is not kind:
            raise TypeError
        return told
    return told  # a JSON document, as it is


def _aware(told: datetime) -> datetime:
    if told.tzinfo is None:
        raise ValueError
    return told


def _not_bool(told: Any, kind: type[int] | type[float]) -> int | float:
    if isinstance(told, bool):
        raise TypeError
    return kind(told)
