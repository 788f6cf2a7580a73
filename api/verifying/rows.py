"""Rows of evidence against their seals: each stands as the log says last, none is without a seal, none has gone."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table
from sqlmodel import Session

from api.verifying.model import Code, Fact, Finding, Part, Tallies
from catalog.canonical import row_digest
from catalog.portions import Unreadable
from catalog.repositories import evidence
from catalog.repositories.evidence import StandingRow

NameColumns = Callable[[Table, Mapping[str, Any], str], Sequence[str]]


def check_rows(
    session: Session,
    tallies: Tallies,
    seals: dict[str, str | None],
    tables: Collection[Table],
    *,
    columns: NameColumns,
    recording_id: UUID | None = None,
) -> Iterator[Finding]:
    """Compare each row with its seal; `columns` tells which of a changed row differ, as far as that can be told.

    `seals` is used up: what is left of it when all tables were read are rows that are gone.
    """
    tally = tallies[Part.ROWS]
    for table in tables:
        for row_id, row in evidence.rows_of(session, table, recording_id=recording_id):
            tally.met()
            finding = _compared(table, row_id, row, seals, columns)
            if finding is not None:
                yield finding
    for name, digest in seals.items():
        table_name, _, gone = name.partition("/")
        if digest is None or (recording_id is not None and evidence.is_there(session, table_name, gone)):
            continue  # gone with a word, or another recording's
        tally.met()
        yield Finding(Part.ROWS, Code.ROW_GONE, {"table": table_name, "row": gone}, recording_id)


def _compared(
    table: Table, row_id: UUID, row: StandingRow, seals: dict[str, str | None], columns: NameColumns
) -> Finding | None:
    name = f"{table.name}/{row_id}"
    about = None if isinstance(row, Unreadable) else row_id if table.name == "recording" else row.get("recording_id")
    where: dict[str, Fact] = {"table": table.name, "row": str(row_id)}
    if name not in seals:
        return Finding(Part.ROWS, Code.ROW_UNSEALED, where, about)
    sealed = seals.pop(name)
    if sealed is None:
        return Finding(Part.ROWS, Code.ROW_BACK, where, about)
    standing = _digest(row)
    if isinstance(standing, Unreadable) or isinstance(row, Unreadable):
        why = standing.why if isinstance(standing, Unreadable) else ""
        return Finding(Part.ROWS, Code.ROW_UNREADABLE, {**where, "why": why}, about)
    return None if standing == sealed else _changed(columns(table, row, sealed), where, about)


def _digest(row: StandingRow) -> str | Unreadable:
    if isinstance(row, Unreadable):
        return row
    try:
        return row_digest(row)
    except ValueError as error:  # what canonical JSON cannot tell
        return Unreadable(str(error))


def _changed(named: Sequence[str], where: dict[str, Fact], about: UUID | None) -> Finding:
    if not named:
        return Finding(Part.ROWS, Code.ROW_CHANGED, where, about)
    return Finding(Part.ROWS, Code.ROW_COLUMNS_CHANGED, {**where, "columns": ", ".join(named)}, about)
