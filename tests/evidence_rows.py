"""Rows in every table of evidence, made by what the tables say of themselves: a new table is never forgotten."""

import itertools
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, Table, TypeDecorator
from sqlmodel import Session, SQLModel

from catalog.seals import sealed_tables
from catalog.types import EnumText, new_id
from tests import rows

Made = dict[str, list[UUID]]
# What a check of the database wants empty where something else is not.
LEFT_EMPTY = {("hold_subject", "case_id")}
# What it takes nothing else for.
ONE_VALUE = {("derivative", "bucket"): "derivatives"}
_DIGITS = 64
_numbers = itertools.count(1)

_NEW: Mapping[type, Callable[[Column[Any]], Any]] = {
    str: lambda column: _text(column, next(_numbers)),
    int: lambda _column: next(_numbers),
    float: lambda _column: next(_numbers) % 80 + 0.5,
    bool: lambda _column: False,
    bytes: lambda column: f"{column.name} {next(_numbers)}".encode(),
    datetime: lambda _column: rows.NOW + timedelta(seconds=next(_numbers)),
    UUID: lambda _column: new_id(),
    dict: lambda column: [] if _is_list(column) else {},
}
_OTHER: Mapping[type, Callable[[Any], Any]] = {
    str: lambda value: ("1" if value[:1] != "1" else "2") + value[1:],
    int: lambda value: value + 1,
    float: lambda value: value + 1,
    bool: lambda value: not value,
    bytes: lambda value: bytes(value) + b"\x00",
    datetime: lambda value: value + timedelta(microseconds=1),
    UUID: lambda _value: new_id(),
    dict: lambda value: [{"changed": True}] if isinstance(value, list) else {"changed": True},
}


def fill(session: Session, *, each: int = 2) -> Made:
    """Put so many rows into every table of evidence; their ids by table."""
    made: Made = {}
    for table in sealed_tables():
        made[table.name] = []
        for number in range(each):
            values = another(table, made, number)
            session.add(_model(table)(**values))
            session.flush()
            made[table.name].append(values["id"])
    return made


def another(table: Table, made: Made, number: int, *, apart: bool = False) -> dict[str, Any]:
    """The values of a further row that the table takes; `apart`: it refers to no two rows that another refers to."""
    referring = [column.name for column in table.columns if column.foreign_keys]
    further = {name: place if apart else 0 for place, name in enumerate(referring)}
    return {column.name: _value(column, made, number + further.get(column.name, 0)) for column in table.columns}


def changed(column: Column[Any], value: Any, made: Made) -> Any:
    """Another value that the column takes as well."""
    if column.foreign_keys:
        return next(each for each in made[_referred(column)] if each != value)
    if value is None:
        return _value(column, made, 0)
    if isinstance(column.type, EnumText):
        return next(state for state in reversed(list(column.type.states)) if state != value)
    return _OTHER[_kind(column)](value)


def _value(column: Column[Any], made: Made, number: int) -> Any:
    if (column.table.name, column.name) in LEFT_EMPTY:
        return None
    if (only := ONE_VALUE.get((column.table.name, column.name))) is not None:
        return only
    if column.foreign_keys:
        known = made[_referred(column)]
        return known[number % len(known)] if known else None
    if isinstance(column.type, EnumText):
        # Of some states there may be one row alone.
        return list(column.type.states)[number % len(column.type.states)]
    return _NEW[_kind(column)](column)


def _text(column: Column[Any], number: int) -> str:
    return f"{number:064x}" if getattr(column.type, "length", None) == _DIGITS else f"{column.name} {number}"


def _kind(column: Column[Any]) -> type:
    kept = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    return dict if isinstance(kept, JSON) else kept.python_type


def _is_list(column: Column[Any]) -> bool:
    return column.default is not None and isinstance(column.default.arg(None), list)


def _referred(column: Column[Any]) -> str:
    (target,) = column.foreign_keys
    return str(target.column.table.name)


def _model(table: Table) -> type[SQLModel]:
    found: type[SQLModel] = next(
        mapper.class_ for mapper in SQLModel._sa_registry.mappers if mapper.local_table is table
    )
    return found
