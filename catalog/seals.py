"""Seals: each writing transaction tells the custody log what it made of every row of evidence that it touched.

     1 COLLECT   while the transaction runs: custody events that are recorded, rows that are written
     2 FLUSH     at its end everything is written, so that the rows are locked by us
     3 DIGEST    each touched row as it stands now (`catalog.canonical.row_digest`); none where it is gone
     4 APPEND    the events in one statement, the digests with them (column `seals`), in the same commit

So a row that was changed past the program has no seal that fits, and `zhilu verify` names it. Events are inserted last,
when the rows they seal are locked by this transaction: the order in which the log receives two seals of one row is the
order in which the row was changed.

Written through the session, rows are noticed here. Statements that go past it name what they touched: `touched()`.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Table, event, insert, select
from sqlalchemy.orm import UOWTransaction
from sqlmodel import Session, SQLModel

from catalog.canonical import row_digest
from catalog.tables import CustodyEvent
from catalog.tables.custody import CustodyAction, CustodyResult

# Told by other means, or made again from what is told here: the ledger, what is under way, what is measured.
UNSEALED = frozenset(
    {
        "content_claim",
        "custody_checkpoint",
        "custody_event",
        "custody_key",
        "custody_leaf",
        "custody_pending",
        "custody_stamp",
        "custody_subtree",
        "fingerprint",
        "fixity_state",
        "job",
        "manifest_page",
        "retention_change",
        "retention_decision",
        "slot_state",
    }
)
SEALS_AN_EVENT = 500
SALT_BYTES = 16
_ROWS_AT_ONCE = 500
_KEY = "zhilu_seals"


def sealed_tables() -> Sequence[Table]:
    """The tables whose rows are evidence, in an order in which what is referred to comes first."""
    return [table for table in SQLModel.metadata.sorted_tables if table.name not in UNSEALED]


class _Collected:
    """What one transaction has done so far."""

    def __init__(self) -> None:
        self.events: list[CustodyEvent] = []
        # By table; the digest where nobody but us can have changed the row since: we have made it.
        self.rows: dict[str, dict[UUID, str | None]] = {}

    def touch(self, table: str, row_id: UUID, made: Mapping[str, Any] | None = None) -> None:
        if table in UNSEALED:
            return
        rows = self.rows.setdefault(table, {})
        # Touched a second time: it is read again, whatever it was when it was made.
        rows[row_id] = row_digest(made) if made is not None and row_id not in rows else None


def collect(session: Session) -> None:
    """Step 1: from now on, what is written through the session is noticed. Called once for each writing transaction."""
    session.info[_KEY] = _Collected()


def append(session: Session, custody_event: CustodyEvent) -> None:
    """Add an event to the log. It is written at the end of the transaction, with the seals of what was touched."""
    collected: _Collected | None = session.info.get(_KEY)
    if collected is None:
        message = "custody events are recorded in writing transactions only"
        raise RuntimeError(message)
    collected.events.append(custody_event)


def touched(session: Session, table: type[SQLModel], ids: Iterable[UUID]) -> None:
    """Name rows that a statement of one's own has made, changed or removed."""
    collected: _Collected | None = session.info.get(_KEY)
    if collected is not None:
        for row_id in ids:
            collected.touch(_table(table).name, row_id)


def seal(session: Session, *, now: datetime) -> None:
    """Steps 2 to 4, at the end of a transaction. `now` is for changes of which no event tells."""
    session.flush()
    collected: _Collected = session.info.pop(_KEY)
    seals = dict(_seals(session, collected))
    events = list(collected.events)
    rest = iter(seals.items())
    for each in events:
        each.seals = dict(islice(rest, SEALS_AN_EVENT))
    while more := dict(islice(rest, SEALS_AN_EVENT)):
        events.append(_unspoken(more, events, now))
    if not events:
        return
    for each in events:
        each.salt = os.urandom(SALT_BYTES)
    session.execute(insert(_table(CustodyEvent)), [_values(each) for each in events])


def _seals(session: Session, collected: _Collected) -> Iterator[tuple[str, str | None]]:
    for table in sealed_tables():
        rows = collected.rows.get(table.name)
        if not rows:
            continue
        read = _digests(session, table, [row_id for row_id, made in rows.items() if made is None])
        for row_id, made in rows.items():
            yield f"{table.name}/{row_id}", made or read.get(row_id)


def _digests(session: Session, table: Table, ids: Sequence[UUID]) -> dict[UUID, str]:
    rest, found = iter(ids), {}
    while portion := list(islice(rest, _ROWS_AT_ONCE)):
        for row in session.connection().execute(select(table).where(table.c.id.in_(portion))).mappings():
            found[row["id"]] = row_digest({str(name): value for name, value in row.items()})
    return found


def _unspoken(seals: dict[str, str | None], events: Sequence[CustodyEvent], now: datetime) -> CustodyEvent:
    """The event of changes that no other event has room for, or tells of: by whom the transaction is, if it says so."""
    first = events[0] if events else None
    return CustodyEvent(
        at=first.at if first else now,
        actor=first.actor if first else "zhilu",
        action=CustodyAction.ROWS_WRITTEN,
        subject_kind=first.subject_kind if first else "catalog",
        subject_id=first.subject_id if first else None,
        result=CustodyResult.DONE,
        seals=seals,
    )


def _values(custody_event: CustodyEvent) -> dict[str, Any]:
    return {column.name: getattr(custody_event, column.name) for column in _table(CustodyEvent).columns}


def _table(table: type[SQLModel]) -> Table:
    found: Table = table.__table__  # type: ignore[attr-defined]
    return found


def _notice(session: Session, _context: UOWTransaction) -> None:
    collected: _Collected | None = session.info.get(_KEY)
    if collected is None:
        return
    for row in session.new:
        if row.__tablename__ not in UNSEALED:
            collected.touch(row.__tablename__, row.id, {c.name: getattr(row, c.name) for c in row.__table__.columns})
    changed = (row for row in session.dirty if session.is_modified(row))
    for row in (*changed, *session.deleted):
        if row.__tablename__ not in UNSEALED:  # some of those have no id
            collected.touch(row.__tablename__, row.id)


event.listen(Session, "after_flush", _notice)
