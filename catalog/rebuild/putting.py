"""Putting what was found into the empty catalog: the log first, then rows, what is referred to before what refers.

Rows go past the seals, since the log tells of them already: their seals must fit as they are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Column, Table, bindparam, insert, update
from sqlmodel import Session

from catalog.custody.leaf import row_of
from catalog.custody.tree import Growth, Node, leaf_hash
from catalog.manifest.document import manifest_tables
from catalog.manifest.rows import row_from
from catalog.rebuild.report import FindingKind, Rebuilt
from catalog.rebuild.staging import Staging
from catalog.repositories import custody_log
from catalog.seals import sealed_tables
from catalog.tables import CustodyEvent

AT_ONCE = 500
Item = TypeVar("Item")
RowName = tuple[str, str]
"""A table, and the id of one of its rows."""


@dataclass
class CutOff:
    """Rows that were found and lost what they refer to."""

    changed: list[RowName] = field(default_factory=list)
    dropped: list[RowName] = field(default_factory=list)


def put_log(session: Session, staging: Staging) -> None:
    """Every event in its position; the tree goes on from there."""
    events: Table = CustodyEvent.__table__  # type: ignore[attr-defined]
    growth = Growth()
    for portion in _portions(staging.events()):
        begin = growth.size
        rows: list[dict[str, Any]] = []
        hashes: list[bytes] = []
        subtrees: dict[Node, bytes] = {}
        for _position, content in portion:
            told = row_of(content)
            rows.append({column.name: told.get(column.name) for column in events.columns})
            hashes.append(leaf_hash(content))
            subtrees.update(growth.add(hashes[-1]))
        session.connection().execute(insert(events), rows)
        custody_log.append(session, begin, [row["id"] for row in rows], hashes, subtrees)


def put_rows(session: Session, staging: Staging, report: Rebuilt) -> None:
    """All rows of evidence, and what is kept beside them."""
    kept_beside = [table for table in manifest_tables() if table not in sealed_tables()]
    for table in (*sealed_tables(), *kept_beside):
        _put_table(session, staging, table, report)


def cut_off(staging: Staging, report: Rebuilt) -> CutOff:
    """Let go of references to rows that are lost, or, where a row makes no sense without them, of the row."""
    done = CutOff()
    kept_beside = [table for table in manifest_tables() if table not in sealed_tables()]
    for table in (*sealed_tables(), *kept_beside):
        references = _references(table)
        for row_id, document in staging.rows(table.name):
            broken = [
                column
                for column, other in references
                if document.get(column.name) and not staging.has_row(other, document[column.name])
            ]
            for column in broken:
                what = f"{column.name} {document[column.name]} is lost"
                report.tell(FindingKind.CUT_OFF, f"{table.name}/{row_id}", what)
            if any(not column.nullable for column in broken) or (broken and table.name == "hold_subject"):
                staging.drop_row(table.name, row_id)
                done.dropped.append((table.name, row_id))
            elif broken:
                names = {column.name for column in broken}
                staging.change_row(table.name, row_id, {k: v for k, v in document.items() if k not in names})
                done.changed.append((table.name, row_id))
    return done


def _put_table(session: Session, staging: Staging, table: Table, report: Rebuilt) -> None:
    own = [column.name for column, other in _references(table) if other == table.name]
    count = 0
    for portion in _portions(_values(staging, table)):
        session.connection().execute(insert(table), [{**row, **dict.fromkeys(own)} for row in portion])
        count += len(portion)
    for name in own:  # rows of one table may refer to each other in any order
        statement = update(table).where(table.c.id == bindparam("row_id")).values({name: bindparam("value")})
        pointing = ({"row_id": row["id"], "value": row[name]} for row in _values(staging, table) if row[name])
        for portion in _portions(pointing):
            session.connection().execute(statement, list(portion))
    if count:
        report.rows[table.name] = count


def _values(staging: Staging, table: Table) -> Iterator[dict[str, Any]]:
    for row_id, document in staging.rows(table.name):
        yield row_from(table, document, where=f"{table.name}/{row_id}")


def _references(table: Table) -> Sequence[tuple[Column[Any], str]]:
    return [(key.parent, key.column.table.name) for key in table.foreign_keys]


def _portions(items: Iterator[Item]) -> Iterator[Sequence[Item]]:
    while portion := list(islice(items, AT_ONCE)):
        yield portion


def ids_by_table(names: Iterable[RowName]) -> Mapping[str, Sequence[UUID]]:
    found: dict[str, list[UUID]] = {}
    for table, row_id in names:
        found.setdefault(table, []).append(UUID(row_id))
    return found
