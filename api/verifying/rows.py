"""Rows of evidence against their seals: each stands as the log says last, none is without a seal, none has gone."""

from collections.abc import Collection, Iterator
from uuid import UUID

from sqlalchemy import Table
from sqlmodel import Session

from api.verifying.model import Code, Fact, Finding, Part, Tallies
from catalog.canonical import row_digest
from catalog.portions import Unreadable
from catalog.repositories import evidence
from catalog.repositories.evidence import StandingRow


def check_rows(
    session: Session,
    tallies: Tallies,
    seals: dict[str, str | None],
    tables: Collection[Table],
    *,
    recording_id: UUID | None = None,
) -> Iterator[Finding]:
    """Compare; `seals` is used up: what is left of it when a table was read are rows that are gone."""
    tally = tallies[Part.ROWS]
    for table in tables:
        for row_id, row in evidence.rows_of(session, table, recording_id=recording_id):
            tally.met()
            finding = _compared(table, row_id, row, seals)
            if finding is not None:
                yield finding
    for name, digest in seals.items():
        table_name, _, gone = name.partition("/")
        if digest is None or (recording_id is not None and evidence.is_there(session, table_name, gone)):
            continue  # gone with a word, or another recording's
        tally.met()
        yield Finding(Part.ROWS, Code.ROW_GONE, {"table": table_name, "row": gone}, recording_id)


def _compared(table: Table, row_id: UUID, row: StandingRow, seals: dict[str, str | None]) -> Finding | None:
    name = f"{table.name}/{row_id}"
    about = None if isinstance(row, Unreadable) else row_id if table.name == "recording" else row.get("recording_id")
    where: dict[str, Fact] = {"table": table.name, "row": str(row_id)}
    if name not in seals:
        return Finding(Part.ROWS, Code.ROW_UNSEALED, where, about)
    sealed = seals.pop(name)
    if sealed is None:
        return Finding(Part.ROWS, Code.ROW_BACK, where, about)
    if isinstance(row, Unreadable):
        return Finding(Part.ROWS, Code.ROW_UNREADABLE, {**where, "why": row.why})
    try:
        standing = row_digest(row)
    except ValueError as error:  # what canonical JSON cannot tell
        return Finding(Part.ROWS, Code.ROW_UNREADABLE, {**where, "why": str(error)}, about)
    return None if standing == sealed else Finding(Part.ROWS, Code.ROW_CHANGED, {**where, "sealed": sealed}, about)
