"""Rows of evidence as they stand, of any table: for who compares them with what the log says of them."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, func, or_, select
from sqlmodel import Session, SQLModel

from catalog.canonical import row_digest
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


# --- what decides how long recordings stay ------------------------------------------------------------------------

_AT_ONCE = 500


def deciding(session: Session, recording_ids: Collection[UUID]) -> dict[str, str]:
    """The rows by which it is decided whether these recordings go, and where they lie: digests by `table/id`.

    The schedule in force and who put it there; of each recording what stands on record of it, its versions, classes
    and links; the cases of these, and the holds on any of them. As they stand in this transaction.
    """
    tables = SQLModel.metadata.tables
    found: dict[str, str] = {}
    for name in ("schedule_activation", "schedule_version"):
        found |= _digests(session, tables[name], select(tables[name]))
    ids = sorted(recording_ids)
    for start in range(0, len(ids), _AT_ONCE):
        found.update(_deciding(session, ids[start : start + _AT_ONCE]))
    return found


def named(session: Session, table: str, row_id: UUID) -> dict[str, str]:
    """One row: its digest by `table/id`."""
    found = SQLModel.metadata.tables[table]
    return _digests(session, found, select(found).where(found.c.id == row_id))


def _deciding(session: Session, ids: list[UUID]) -> Iterator[tuple[str, str]]:
    tables = SQLModel.metadata.tables
    link, subject = tables["case_link"], tables["hold_subject"]
    of_recording = {name: tables[name].c.recording_id.in_(ids) for name in _OF_ONE_RECORDING}
    cases = select(link.c.case_id).where(link.c.recording_id.in_(ids))
    on_them = or_(subject.c.recording_id.in_(ids), subject.c.case_id.in_(cases))
    wanted = {
        "recording": tables["recording"].c.id.in_(ids),
        **of_recording,
        "case": tables["case"].c.id.in_(cases),
        "hold_subject": on_them,
        "hold": tables["hold"].c.id.in_(select(subject.c.hold_id).where(on_them)),
    }
    for name, which in wanted.items():
        yield from _digests(session, tables[name], select(tables[name]).where(which)).items()


_OF_ONE_RECORDING = ("derivative", "replacement", "classification", "case_link")


def _digests(session: Session, table: Table, query: Select[Any]) -> dict[str, str]:
    found = {}
    for row_id, row in in_portions(session, query, table.c.id):
        try:
            digest = "" if isinstance(row, Unreadable) else row_digest(_named(table, row))
        except ValueError:  # what canonical JSON cannot tell was never sealed
            digest = ""
        found[f"{table.name}/{row_id}"] = digest
    return found
