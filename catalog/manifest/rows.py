"""Rows as they stand in manifests (`catalog.canonical.row_document`), and back into what the database takes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Boolean, Column, Float, Integer, LargeBinary, Table, Uuid
from sqlalchemy.types import TypeEngine

from catalog.errors import ManifestUnreadable
from catalog.types import UtcDateTime


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
        return _read(column.type, told)
    except (ValueError, TypeError) as error:
        raise ManifestUnreadable(where, f"{column.table.name}.{column.name} is not what it should be") from error


def _read(kind: TypeEngine[Any], told: Any) -> Any:  # noqa: PLR0911 - one for each kind of column
    match kind:
        case Uuid():
            return UUID(told)
        case UtcDateTime():
            return _aware(datetime.fromisoformat(told))
        case LargeBinary():
            return bytes.fromhex(told)
        case Boolean():
            return _only(bool, told)
        case Integer():
            return int(_number(told))
        case Float():
            return float(_number(told))
        case JSON():
            return told
        case _:
            return _only(str, told)


def _aware(told: datetime) -> datetime:
    if told.tzinfo is None:
        raise ValueError
    return told


def _number(told: Any) -> Any:
    """Whole numbers beyond what a double holds exactly are told as text."""
    if isinstance(told, bool):
        raise TypeError
    return told


def _only(kind: type, told: Any) -> Any:
    if type(told) is not kind:
        raise TypeError
    return told
