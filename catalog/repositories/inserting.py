"""Inserting a row unless there is one like it, even one that another transaction is just writing."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from catalog import seals
from catalog.seals import table_of
from catalog.tables.base import Row


def insert_of(session: Session) -> Any:
    """The `insert` of this engine: the one that has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert


def insert_unless_there(session: Session, row: Row, *, unique: list[str]) -> bool:
    """Insert the row unless there is one with the same values in the columns `unique`; returns whether it was."""
    session.flush()  # what it refers to may be new itself
    statement = insert_of(session)(type(row)).values(row.model_dump()).on_conflict_do_nothing(index_elements=unique)
    # Asked for by what comes back: of an insertion, psycopg's count of rows is not kept.
    inserted = session.exec(statement.returning(table_of(type(row)).c.id)).first() is not None
    if inserted:
        seals.touched(session, type(row), [row.id])
    return inserted
