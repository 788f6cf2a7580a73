"""The tree over the custody log as it is kept: what waits for a position, leaves, subtrees, keys, checkpoints, stamps.

Appending is written in few statements, whatever the number of events.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, exists, func, insert, or_, text, tuple_
from sqlalchemy import select as choose
from sqlmodel import Session, col, select

from catalog.custody.tree import Growth, Node, Span, nodes_of
from catalog.tables import (
    CustodyCheckpoint,
    CustodyEvent,
    CustodyKey,
    CustodyLeaf,
    CustodyObject,
    CustodyPending,
    CustodyStamp,
    CustodySubtree,
)
from catalog.tables.custody import CustodyObjectKind, StampState

LEAST_HEIGHT = 5
"""Smaller subtrees are not kept: 32 leaves are read as quickly as one row, and so n events cost n / 16 rows more."""
_AT_ONCE = 400
# As two lists: a statement with three parameters a row costs more to take apart than the rows themselves.
_LEAVES = text(
    "INSERT INTO custody_leaf (position, event_id, leaf_hash)"
    " SELECT :begin + number - 1, event_id, leaf_hash"
    " FROM unnest(CAST(:events AS uuid[]), CAST(:hashes AS bytea[]))"
    " WITH ORDINALITY AS placed(event_id, leaf_hash, number)"
)
_EVENTS: Table = CustodyEvent.__table__  # type: ignore[attr-defined]
_COLUMNS = tuple(column.name for column in _EVENTS.columns)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that waits for its position."""

    arrival: int
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Placed:
    """An event with its position, and the hash that its leaf got there."""

    position: int
    leaf_hash: bytes
    row: Mapping[str, Any]


# --- the tree -------------------------------------------------------------------------------------------------------


def size(session: Session) -> int:
    """How many events have a position."""
    last: int | None = session.exec(select(func.max(col(CustodyLeaf.position)))).one()
    return 0 if last is None else last + 1


def waiting(session: Session, *, at_most: int) -> Sequence[Waiting]:
    """The events that wait, in the order of their arrival."""
    found = session.connection().execute(
        choose(col(CustodyPending.arrival), _EVENTS)
        .join(_EVENTS, _EVENTS.c.id == CustodyPending.event_id)
        .order_by(col(CustodyPending.arrival))
        .limit(at_most)
    )
    return [Waiting(row["arrival"], {name: row[name] for name in _COLUMNS}) for row in found.mappings()]


def count_waiting(session: Session) -> int:
    return session.exec(select(func.count()).select_from(CustodyPending)).one()


def oldest_waiting(session: Session) -> datetime | None:
    """When the event that has waited for longest was written; None where none waits."""
    return session.exec(
        select(CustodyEvent.at)
        .join(CustodyPending, col(CustodyPending.event_id) == CustodyEvent.id)
        .order_by(col(CustodyPending.arrival))
        .limit(1)
    ).first()


def append(
    session: Session, begin: int, events: Sequence[UUID], hashes: Sequence[bytes], subtrees: Mapping[Node, bytes]
) -> None:
    """Give these events the positions from `begin` on. Raises IntegrityError where another had been at it."""
    connection = session.connection()
    leaves: Table = CustodyLeaf.__table__  # type: ignore[attr-defined]
    if connection.dialect.name == "postgresql":
        connection.execute(_LEAVES, {"begin": begin, "events": list(events), "hashes": list(hashes)})
    else:
        rows = [
            {"position": begin + number, "event_id": event_id, "leaf_hash": found}
            for number, (event_id, found) in enumerate(zip(events, hashes, strict=True))
        ]
        connection.execute(insert(leaves), rows)
    kept = [
        {"height": node.height, "number": node.number, "hash": found}
        for node, found in subtrees.items()
        if node.height >= LEAST_HEIGHT
    ]
    if kept:
        connection.execute(insert(CustodySubtree.__table__), kept)  # type: ignore[attr-defined]
    pending: Table = CustodyPending.__table__  # type: ignore[attr-defined]
    placed = exists().where(leaves.c.event_id == pending.c.event_id, leaves.c.position >= begin)
    connection.execute(delete(pending).where(placed))


def growth(session: Session, at_size: int) -> Growth:
    """The tree as it was at that size."""
    nodes = nodes_of(Span(0, at_size))
    found = hashes(session, nodes)
    return Growth(at_size, [found[node] for node in nodes])


def hashes(session: Session, nodes: Iterable[Node]) -> dict[Node, bytes]:
    """The hashes of complete subtrees that are in the tree; what is missing there is missing here (KeyError later)."""
    wanted = list(nodes)
    found: dict[Node, bytes] = {}
    tall = [(node.height, node.number) for node in wanted if node.height >= LEAST_HEIGHT]
    where = tuple_(col(CustodySubtree.height), col(CustodySubtree.number))
    for begin in range(0, len(tall), _AT_ONCE):
        rows = session.exec(select(CustodySubtree).where(where.in_(tall[begin : begin + _AT_ONCE])))
        found |= {Node(row.height, row.number): row.hash for row in rows}
    for node in wanted:
        if node.height < LEAST_HEIGHT:
            leaves = leaf_hashes(session, node.begin, node.end)
            if len(leaves) == node.end - node.begin:
                made = Growth()
                made.add_all(leaves)
                found[node] = made.root()
    return found


def leaf_hashes(session: Session, begin: int, end: int) -> Sequence[bytes]:
    """Of the leaves from `begin` up to, but without, `end`."""
    return session.exec(
        select(CustodyLeaf.leaf_hash)
        .where(col(CustodyLeaf.position) >= begin, col(CustodyLeaf.position) < end)
        .order_by(col(CustodyLeaf.position))
    ).all()


def placed(session: Session, begin: int, end: int) -> Sequence[Placed]:
    """The events at the positions from `begin` up to, but without, `end`; those that are gone are missing."""
    leaves: Table = CustodyLeaf.__table__  # type: ignore[attr-defined]
    found = session.connection().execute(
        choose(leaves.c.position, leaves.c.leaf_hash, _EVENTS)
        .join(_EVENTS, _EVENTS.c.id == leaves.c.event_id)
        .where(leaves.c.position >= begin, leaves.c.position < end)
        .order_by(leaves.c.position)
    )
    return [
        Placed(row["position"], row["leaf_hash"], {name: row[name] for name in _COLUMNS}) for row in found.mappings()
    ]


def position_of(session: Session, event_id: UUID) -> int | None:
    """None for an event that waits for its position, or that there is not."""
    return session.exec(select(CustodyLeaf.position).where(CustodyLeaf.event_id == event_id)).first()


def waits(session: Session, event_id: UUID) -> bool:
    return session.exec(select(CustodyPending.arrival).where(CustodyPending.event_id == event_id)).first() is not None


# --- keys -----------------------------------------------------------------------------------------------------------


def keys(session: Session) -> Sequence[CustodyKey]:
    """All keys of the log, in the order in which they took each other's place."""
    return session.exec(select(CustodyKey).order_by(col(CustodyKey.ordinal))).all()


# --- checkpoints ----------------------------------------------------------------------------------------------------


def latest_checkpoint(session: Session) -> CustodyCheckpoint | None:
    """The one of the largest tree."""
    return session.exec(
        select(CustodyCheckpoint).order_by(col(CustodyCheckpoint.size).desc(), col(CustodyCheckpoint.at)).limit(1)
    ).first()


def checkpoint_of_size(session: Session, at_size: int) -> CustodyCheckpoint | None:
    return session.exec(
        select(CustodyCheckpoint).where(CustodyCheckpoint.size == at_size).order_by(col(CustodyCheckpoint.at)).limit(1)
    ).first()


def covering_checkpoint(session: Session, position: int) -> CustodyCheckpoint | None:
    """The earliest checkpoint whose tree holds that position."""
    return session.exec(
        select(CustodyCheckpoint)
        .where(CustodyCheckpoint.size > position)
        .order_by(col(CustodyCheckpoint.size), col(CustodyCheckpoint.at))
        .limit(1)
    ).first()


def checkpoints(session: Session) -> Sequence[CustodyCheckpoint]:
    """All of them, in the order of the trees that they sign."""
    return session.exec(
        select(CustodyCheckpoint).order_by(col(CustodyCheckpoint.size), col(CustodyCheckpoint.at))
    ).all()


def count_checkpoints(session: Session) -> int:
    return session.exec(select(func.count()).select_from(CustodyCheckpoint)).one()


# --- what lies in the bucket ------------------------------------------------------------------------------------------


def note_object(
    session: Session, kind: CustodyObjectKind, key: str, version: str, *, at: datetime, locked_until: datetime | None
) -> None:
    session.add(
        CustodyObject(kind=kind, object_key=key, object_version=version, written_at=at, locked_until=locked_until)
    )


def locks_ending_before(session: Session, moment: datetime, *, at_most: int) -> Sequence[CustodyObject]:
    """What is locked until before that moment, or was not seen to be locked; the soonest first."""
    locked = col(CustodyObject.locked_until)
    return session.exec(
        select(CustodyObject)
        .where(or_(locked.is_(None), locked < moment))
        .order_by(locked, col(CustodyObject.id))
        .limit(at_most)
    ).all()


def count_objects(session: Session) -> int:
    return session.exec(select(func.count()).select_from(CustodyObject)).one()


def note_lock(session: Session, object_id: UUID, until: datetime | None) -> None:
    session.get_one(CustodyObject, object_id).locked_until = until


# --- stamps -----------------------------------------------------------------------------------------------------------


def queue_stamp(session: Session, checkpoint: CustodyCheckpoint, authority: str, *, every: timedelta) -> bool:
    """Ask that authority for a stamp on this checkpoint, unless it was asked for one less than `every` ago."""
    latest = session.exec(
        select(CustodyCheckpoint.at)
        .join(CustodyStamp, col(CustodyStamp.checkpoint_id) == CustodyCheckpoint.id)
        .where(CustodyStamp.authority == authority)
        .order_by(col(CustodyCheckpoint.at).desc())
        .limit(1)
    ).first()
    if latest is not None and checkpoint.at - latest < every:
        return False
    session.add(CustodyStamp(checkpoint_id=checkpoint.id, authority=authority, due_at=checkpoint.at))
    return True


def stamps_due(session: Session, *, now: datetime, at_most: int) -> Sequence[tuple[CustodyStamp, CustodyCheckpoint]]:
    return [
        (stamp, checkpoint)
        for stamp, checkpoint in session.exec(
            select(CustodyStamp, CustodyCheckpoint)
            .join(CustodyCheckpoint, col(CustodyCheckpoint.id) == CustodyStamp.checkpoint_id)
            .where(CustodyStamp.state == StampState.PENDING, CustodyStamp.due_at <= now)
            .order_by(col(CustodyStamp.due_at), col(CustodyStamp.id))
            .limit(at_most)
        )
    ]


def stamps_of(session: Session, checkpoint_id: UUID) -> Sequence[CustodyStamp]:
    return session.exec(
        select(CustodyStamp).where(CustodyStamp.checkpoint_id == checkpoint_id).order_by(col(CustodyStamp.authority))
    ).all()


def stamps(session: Session) -> Sequence[tuple[CustodyStamp, CustodyCheckpoint]]:
    """All stamps, those that are still asked for too, in the order of what they are on."""
    return [
        (stamp, checkpoint)
        for stamp, checkpoint in session.exec(
            select(CustodyStamp, CustodyCheckpoint)
            .join(CustodyCheckpoint, col(CustodyCheckpoint.id) == CustodyStamp.checkpoint_id)
            .order_by(col(CustodyCheckpoint.size), col(CustodyStamp.authority))
        )
    ]


def count_stamps(session: Session) -> dict[StampState, int]:
    found = dict(session.exec(select(CustodyStamp.state, func.count()).group_by(CustodyStamp.state)).all())
    return {state: found.get(state, 0) for state in StampState}


def oldest_pending_stamp(session: Session) -> tuple[datetime, str | None] | None:
    """When the checkpoint that has waited for its stamp for longest was made, and why it still waits."""
    return session.exec(
        select(CustodyCheckpoint.at, CustodyStamp.last_error)
        .join(CustodyStamp, col(CustodyStamp.checkpoint_id) == CustodyCheckpoint.id)
        .where(CustodyStamp.state == StampState.PENDING)
        .order_by(col(CustodyCheckpoint.at))
        .limit(1)
    ).first()
