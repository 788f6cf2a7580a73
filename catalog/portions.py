"""Reading whole tables in portions, by a key that orders them: the same memory whatever their size.

A row that holds what its columns cannot hold (somebody wrote past the program) does not end the reading: it comes as
`Unreadable`, under its key.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

PORTION = 2000
# What reading a value in the type of its column raises: bad JSON, a word that is no state, a number where text was.
NOT_OF_ITS_TYPE = (ValueError, LookupError, TypeError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What stands in the place of a row that cannot be read; `why` in the words of what tried to."""

    why: str


def in_portions(
    session: Session, query: Select[Any], key: ColumnElement[Any]
) -> Iterator[tuple[Any, Row[Any] | Unreadable]]:
    """The key and the row of each that the query finds, ordered by the key, which has to be unique in it."""
    beginning = query
    while True:
        keys, rows = _portion(session, query, key)
        yield from zip(keys, rows, strict=True)
        if len(keys) < PORTION:
            return
        query = beginning.where(key > keys[-1])


def _portion(
    session: Session, query: Select[Any], key: ColumnElement[Any]
) -> tuple[list[Any], list[Row[Any] | Unreadable]]:
    page = query.add_columns(key.label("portion_key")).order_by(key).limit(PORTION)
    try:
        rows = session.connection().execute(page).all()
    except (*NOT_OF_ITS_TYPE, DBAPIError) as error:
        refuse_other_faults(session, error)
    else:
        return [row[-1] for row in rows], list(rows)
    keys = list(session.connection().execute(page.with_only_columns(key)).scalars())
    return keys, [_one(session, query, key, each) for each in keys]


def _one(session: Session, query: Select[Any], key: ColumnElement[Any], value: Any) -> Row[Any] | Unreadable:
    try:
        return session.connection().execute(query.where(key == value)).one()
    except (*NOT_OF_ITS_TYPE, DBAPIError) as error:
        refuse_other_faults(session, error)
        return Unreadable(str(error).split("\n", 1)[0])


def refuse_other_faults(session: Session, error: Exception) -> None:
    """Raises what is no matter of a row: of what an engine refuses, only text that is no UTF-8 is one (SQLite)."""
    text = session.get_bind().dialect.name == "sqlite" and "decode" in str(error)
    if isinstance(error, DBAPIError) and not text:
        raise error
