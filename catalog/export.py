"""All evidence as it stands, row by row in a stable order: for comparing two catalogs, and for whoever reads it.

First the tables of evidence, what is referred to before what refers, each by id; then the custody log by position, and
what waits for one by arrival. Two catalogs that hold the same give the same lines, on whatever engine they are.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from catalog.canonical import canonical_json, row_document
from catalog.seals import sealed_tables
from catalog.tables import CustodyEvent, CustodyLeaf, CustodyPending

_AT_ONCE = 500
# The hash of a passphrase, which whoever gets an export could try passphrases against.
_SECRET = "secret_hash"  # noqa: S105 - the name of a column


def export(session: Session) -> Iterator[dict[str, Any]]:
    """One object a row: `table`, `row` (the columns that hold something), of events their `position` too."""
    for table in sealed_tables():
        query = select(table).order_by(table.c.id).execution_options(yield_per=_AT_ONCE)
        for row in session.connection().execute(query).mappings():
            yield _line({"table": table.name, "row": _document(row)})
    yield from _events(session)


def _events(session: Session) -> Iterator[dict[str, Any]]:
    events = CustodyEvent.__table__  # type: ignore[attr-defined]
    placed = (
        select(col(CustodyLeaf.position), events)
        .join(events, events.c.id == CustodyLeaf.event_id)
        .order_by(col(CustodyLeaf.position))
    )
    waiting = (
        select(events)
        .join(CustodyPending, events.c.id == CustodyPending.event_id)
        .order_by(col(CustodyPending.arrival))
    )
    for query in (placed, waiting):
        for row in session.connection().execute(query.execution_options(yield_per=_AT_ONCE)).mappings():
            document = _document(row)
            position = document.pop("position", None)
            yield _line({"table": "custody_event", "position": position, "row": document})


def _document(row: Mapping[Any, Any]) -> dict[str, Any]:
    document = row_document({str(name): value for name, value in row.items()})
    if _SECRET in document:  # enough to compare by, of no use for guessing
        document[_SECRET] = hashlib.sha256(str(document[_SECRET]).encode()).hexdigest()
    return document


def _line(line: dict[str, Any]) -> dict[str, Any]:
    """With the keys of all objects in one order: engines give documents back in orders of their own."""
    sorted_line: dict[str, Any] = json.loads(canonical_json(line))
    return sorted_line
