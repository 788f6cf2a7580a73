"""Rows of evidence as they stand, of any table: for who compares them with what the log says of them."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, or_, select
from sqlmodel import Session, SQLModel

from catalog.portions import Unreadable, in_portions
from catalog.seals import sealed_tables

StandingRow = Mapping[str, Any] | Unreadable


def rows_of(session: Session, table: Table, *, recording_id: UUID | None = None) -> Iterator[tuple[UUID, StandingRow]]:
    """Each row by its id; with a recording, those that speak of it."""
    query = select(table)
    if recording_id is not None:
        query = query.where(or_(*_speaks_of(table, recording_id)))
    for row_id, row in in_portions(session, query, table.c.id):
        yield row_id, row if isinstance(row, Unreadable) else _named(table, row)


def tables_about_recordings() -> list[Table]:
    """The tables of evidence whose rows can speak of one recording."""
    return [table for table in sealed_tables() if table.name == "recording" or "recording_id" in table.columns]


def count_rows(session: Session, table: Table) -> int:
    return session.connection().execute(select(func.count()).select_from(table)).scalar_one()


def _speaks_of(table: Table, recording_id: UUID) -> Iterator[Any]:
    if table.name == "recording":
        yield table.c.id == recording_id
    if "recording_id" in table.columns:
        yield table.c.recording_id == recording_id


def _named(table: Table, row: Any) -> dict[str, Any]:
    return dict(zip((column.name for column in table.columns), row, strict=False))


def is_there(session: Session, table: str, row_id: str) -> bool:
    """Whether a table of ours has a row of that id, both as seals name them."""
    found = SQLModel.metadata.tables.get(table)
    try:
        wanted = UUID(row_id)
    except ValueError:
        return False
    if found is None:
        return False
    return session.connection().execute(select(found.c.id).where(found.c.id == wanted)).first() is not None
