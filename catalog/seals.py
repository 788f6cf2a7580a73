"""Seals: each writing transaction tells the custody log what it made of every row of evidence that it touched.

     1 COLLECT   while the transaction runs: custody events that are recorded, rows that are written
     2 FLUSH     at its end everything is written, so that the rows are locked by us
     3 DIGEST    each touched row as it stands now (`catalog.canonical.row_digest`); none where it is gone
     4 APPEND    the events in one statement, the digests with them (column `seals`), in the same commit

So a row that was changed past the program has no seal that fits, and `zhilu verify` names it. Events are inserted last,
when the rows they seal are locked by this transaction: the order in which the log receives two seals of one row is the
order in which the row was changed.

Written through the session, rows are noticed here. Statements that go past it name what they touched: `touched()`.

Because every changed row is known here, so is what the manifests in the store owe: between steps 3 and 4 the caller is
told (`Touched`) of which recordings a fact changed, and which rows of the tables that speak of no single recording.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, LargeBinary, Table, TextClause, Uuid, event, insert, select, text
from sqlalchemy.orm import UOWTransaction
from sqlmodel import Session, SQLModel

from catalog.canonical import plain, row_digest
from catalog.tables import CustodyEvent
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.types import UtcDateTime, new_id

# Told by other means, or made again from what is told here: the ledger, what is under way, what is measured.
UNSEALED = frozenset(
    {
        "content_claim",
        "custody_checkpoint",
        "custody_event",
        "custody_key",
        "custody_leaf",
        "custody_object",
        "custody_pending",
        "custody_stamp",
        "custody_subtree",
        "fingerprint",
        "fixity_state",
        "job",
        "lock_listing",
        "manifest_change",
        "manifest_page",
        "retention_change",
        "retention_decision",
        "retention_evaluation",
        "slot_state",
        "stored_lock",
    }
)
SEALS_AN_EVENT = 500
SALT_BYTES = 16
_ROWS_AT_ONCE = 500
_KEY = "zhilu_seals"


@cache
def sealed_tables() -> Sequence[Table]:
    """The tables whose rows are evidence, in an order in which what is referred to comes first."""
    return [table for table in SQLModel.metadata.sorted_tables if table.name not in UNSEALED]


@dataclass(slots=True)
class NewEvent:
    """An event that is yet to be written, by the columns of `CustodyEvent`; a mapped row costs five times as much."""

    at: datetime
    actor: str
    action: CustodyAction
    subject_kind: str
    subject_id: UUID | None
    purpose: str | None = None
    result: CustodyResult = CustodyResult.DONE
    details: dict[str, Any] = field(default_factory=dict)
    role: str | None = None
    approval: str | None = None
    address: str | None = None
    salt: bytes | None = None
    seals: dict[str, str | None] | None = None
    id: UUID = field(default_factory=new_id)


@dataclass
class Touched:
    """What one transaction changed, as the manifests see it: recordings, and rows of the other tables by `noun`."""

    recordings: set[UUID] = field(default_factory=set)
    rows: set[tuple[str, UUID]] = field(default_factory=set)


Owe = Callable[[Session, Touched], None]
"""Puts on the ledger, in the same transaction, what the manifests owe for what it changed."""


class _Collected:
    """What one transaction has done so far."""

    def __init__(self) -> None:
        self.events: list[NewEvent] = []
        # By table; the digest where nobody but us can have changed the row since: we have made it.
        self.rows: dict[str, dict[UUID, str | None]] = {}
        self.touched = Touched()
        # By table, rows of which it is known what they speak of: the others are read at the end anyway.
        self.spoken_of: dict[str, set[UUID]] = {}
        # Their manifest is written at the end of a chain of jobs that this transaction begins or goes on with.
        self.chained: set[UUID] = set()

    def touch(self, table: str, row_id: UUID, made: Mapping[str, Any] | None = None) -> None:
        if table in UNSEALED:
            return
        rows = self.rows.setdefault(table, {})
        # Touched a second time: it is read again, whatever it was when it was made.
        rows[row_id] = row_digest(made) if made is not None and row_id not in rows else None

    def speaks(self, table: str, row_id: UUID, recording_id: UUID | None) -> None:
        """Keep which recording a touched row speaks of, None for none."""
        if table in UNSEALED:
            return
        self.spoken_of.setdefault(table, set()).add(row_id)
        if recording_id is None:
            self.touched.rows.add((table, row_id))
        else:
            self.touched.recordings.add(recording_id)


def collect(session: Session) -> None:
    """Step 1: from now on, what is written through the session is noticed. Called once for each writing transaction."""
    session.info[_KEY] = _Collected()


def append(session: Session, custody_event: NewEvent) -> None:
    """Add an event to the log. It is written at the end of the transaction, with the seals of what was touched."""
    collected: _Collected | None = session.info.get(_KEY)
    if collected is None:
        message = "custody events are recorded in writing transactions only"
        raise RuntimeError(message)
    collected.events.append(custody_event)


def touched(session: Session, table: type[SQLModel], ids: Iterable[UUID], *, recordings: Iterable[UUID] = ()) -> None:
    """Name rows that a statement of one's own has made, changed or removed.

    `recordings`: those of which removed rows spoke; the rows themselves can no longer tell.
    """
    collected: _Collected | None = session.info.get(_KEY)
    if collected is None:
        return
    of_removed = set(recordings)
    collected.touched.recordings |= of_removed
    for row_id in ids:
        collected.touch(table_of(table).name, row_id)
        if of_removed:
            collected.spoken_of.setdefault(table_of(table).name, set()).add(row_id)


def put_back(session: Session, noun: str, ids: Iterable[UUID], *, gone: bool = False) -> None:
    """Name rows of the table called so that a rebuild put there otherwise than the log says, or found nowhere."""
    collected: _Collected = session.info[_KEY]
    for row_id in ids:
        collected.touch(noun, row_id)
        if gone:
            collected.spoken_of.setdefault(noun, set()).add(row_id)


def chained(session: Session, recording_id: UUID) -> None:
    """Tell that a job was put on the ledger at the end of whose chain the manifest of this recording is written."""
    collected: _Collected | None = session.info.get(_KEY)
    if collected is not None:
        collected.chained.add(recording_id)


def recording_of(table: Table, row: Mapping[str, Any]) -> UUID | None:
    """The one recording that a row speaks of, None where it speaks of none. The tables themselves say it."""
    found: UUID | None = row["id"] if table.name == "recording" else row.get("recording_id")
    return found


def speaks_of_recordings(table: Table) -> bool:
    """Whether rows of this table may speak of one recording, and so stand in its manifest."""
    return table.name == "recording" or "recording_id" in table.columns


def seal(session: Session, *, now: datetime, owe: Owe = lambda _session, _touched: None) -> None:
    """Steps 2 to 4, at the end of a transaction. `now` is for changes of which no event tells."""
    session.flush()
    collected: _Collected = session.info.pop(_KEY)
    seals = dict(_seals(session, collected))
    collected.touched.recordings -= collected.chained
    owe(session, collected.touched)
    events = list(collected.events)
    rest = iter(seals.items())
    for each in events:
        each.seals = dict(islice(rest, SEALS_AN_EVENT))
    while more := dict(islice(rest, SEALS_AN_EVENT)):
        events.append(_unspoken(more, events, now))
    if not events:
        return
    salts = os.urandom(SALT_BYTES * len(events))
    for number, each in enumerate(events):
        each.salt = salts[number * SALT_BYTES : (number + 1) * SALT_BYTES]
    write_events(session, [_values(each) for each in events])


def _seals(session: Session, collected: _Collected) -> Iterator[tuple[str, str | None]]:
    for table in sealed_tables():
        rows = collected.rows.get(table.name)
        if not rows:
            continue
        read = _digests(session, table, [row_id for row_id, made in rows.items() if made is None], collected)
        _check_spoken(table, rows, collected)
        for row_id, made in rows.items():
            yield f"{table.name}/{row_id}", made or read.get(row_id)


def _digests(session: Session, table: Table, ids: Sequence[UUID], collected: _Collected) -> dict[UUID, str]:
    rest, found = iter(ids), {}
    while portion := list(islice(rest, _ROWS_AT_ONCE)):
        for row in session.connection().execute(select(table).where(table.c.id.in_(portion))).mappings():
            named = {str(name): value for name, value in row.items()}
            found[row["id"]] = row_digest(named)
            collected.speaks(table.name, row["id"], recording_of(table, named))
    return found


def _check_spoken(table: Table, rows: Iterable[UUID], collected: _Collected) -> None:
    """Removed by a statement: what was said of a recording is gone, and nobody said of which."""
    unknown = set(rows) - collected.spoken_of.get(table.name, set())
    if unknown and speaks_of_recordings(table):
        message = f"rows of {table.name} were removed without saying of which recordings they spoke"
        raise RuntimeError(message)
    for row_id in unknown:
        collected.speaks(table.name, row_id, None)


def _unspoken(seals: dict[str, str | None], events: Sequence[NewEvent], now: datetime) -> NewEvent:
    """The event of changes that no other event has room for, or tells of: by whom the transaction is, if it says so."""
    first = events[0] if events else None
    return NewEvent(
        at=first.at if first else now,
        actor=first.actor if first else "zhilu",
        action=CustodyAction.ROWS_WRITTEN,
        subject_kind=first.subject_kind if first else "catalog",
        subject_id=first.subject_id if first else None,
        result=CustodyResult.DONE,
        seals=seals,
    )


def values_of(row: SQLModel) -> dict[str, Any]:
    """A mapped row as its columns, by name: what `row_digest` and `row_document` take."""
    return {column.name: getattr(row, column.name) for column in table_of(type(row)).columns}


def table_of(table: type[SQLModel]) -> Table:
    """The table that a class of rows stands for."""
    found: Table = table.__table__  # type: ignore[attr-defined]
    return found


_COLUMNS = tuple(column.name for column in table_of(CustodyEvent).columns)
_DOCUMENTS = frozenset(column.name for column in table_of(CustodyEvent).columns if isinstance(column.type, JSON))


def write_events(session: Session, events: Sequence[Mapping[str, Any]]) -> None:
    """Insert these rows in their order, as one statement. The database lets each wait for its position by itself."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        # As one document: a statement with a dozen parameters a row costs more to take apart than the rows themselves.
        told = json.dumps([_told(each) for each in events], ensure_ascii=False)
        connection.execute(_told_as_document(table_of(CustodyEvent)), {"rows": told})
    else:
        connection.execute(insert(table_of(CustodyEvent)), list(events))


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that hold something; what is a document already stays as it is."""
    return {name: value if name in _DOCUMENTS else plain(value) for name, value in row.items() if value is not None}


@cache
def _told_as_document(table: Table) -> TextClause:
    """Inserts rows that come as a list of objects, each as `_told` makes it."""
    kinds = {column.name: _kind_of(column) for column in table.columns}
    names = ", ".join(f'"{name}"' for name in kinds)
    read = ", ".join(f"decode(\"{name}\", 'hex')" if kind == "bytea" else f'"{name}"' for name, kind in kinds.items())
    told = ", ".join(f'"{name}" {"text" if kind == "bytea" else kind}' for name, kind in kinds.items())
    source = f"jsonb_to_recordset(CAST(:rows AS jsonb)) AS told({told})"
    return text(f"INSERT INTO {table.name} ({names}) SELECT {read} FROM {source}")  # noqa: S608 - names of our own


def _kind_of(column: Column[Any]) -> str:
    match column.type:
        case UtcDateTime():
            return "timestamptz"
        case Uuid():
            return "uuid"
        case JSON():
            return "jsonb"
        case LargeBinary():
            return "bytea"
        case _:
            return "text"


def _values(custody_event: NewEvent) -> dict[str, Any]:
    return {name: getattr(custody_event, name) for name in _COLUMNS}


def _notice(session: Session, _context: UOWTransaction) -> None:
    collected: _Collected | None = session.info.get(_KEY)
    if collected is None:
        return
    for row in session.new:
        if row.__tablename__ in UNSEALED:
            continue
        made = values_of(row)
        collected.touch(row.__tablename__, row.id, made)
        collected.speaks(row.__tablename__, row.id, recording_of(row.__table__, made))
    changed = (row for row in session.dirty if session.is_modified(row))
    for row in (*changed, *session.deleted):
        if row.__tablename__ in UNSEALED:  # some of those have no id
            continue
        collected.touch(row.__tablename__, row.id)
        named = {"id": row.id, "recording_id": getattr(row, "recording_id", None)}
        collected.speaks(row.__tablename__, row.id, recording_of(row.__table__, named))


event.listen(Session, "after_flush", _notice)
