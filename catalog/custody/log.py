"""Reading the log from its beginning to its end: events at their positions, those that wait, and what they seal.

Nothing that is read is believed: what refers to no event comes with None, an event that does not even read as one comes
as `Unreadable`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlmodel import Session, SQLModel

from catalog.portions import Unreadable, in_portions

Event = Mapping[str, Any] | Unreadable | None
"""An event by its columns."""

_events, _leaves, _pending = (
    SQLModel.metadata.tables[name] for name in ("custody_event", "custody_leaf", "custody_pending")
)
_NAMES = [column.name for column in _events.columns]
_EVENT = [column.label(f"event_{column.name}") for column in _events.columns]
_ID = _NAMES.index("id")


@dataclass(frozen=True, slots=True)
class Placed:
    """A leaf: its position, the event it is of, the hash that was put on record for it, and that event."""

    position: int
    event_id: UUID
    leaf_hash: bytes
    event: Event


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that waits for its position."""

    arrival: int
    event_id: UUID
    event: Event


def placed(session: Session) -> Iterator[Placed]:
    """Every leaf, by position."""
    query: Select[Any] = select(_leaves.c.event_id, _leaves.c.leaf_hash, *_EVENT).join_from(
        _leaves, _events, _events.c.id == _leaves.c.event_id, isouter=True
    )
    for position, row in in_portions(session, query, _leaves.c.position):
        if isinstance(row, Unreadable):
            bare = select(_leaves.c.event_id, _leaves.c.leaf_hash).where(_leaves.c.position == position)
            event_id, leaf_hash = session.connection().execute(bare).one()
            yield Placed(position, event_id, leaf_hash, row)
        else:
            values: Sequence[Any] = tuple(row)
            yield Placed(position, values[0], values[1], _event(values[2:]))


def waiting(session: Session) -> Iterator[Waiting]:
    """Every event that waits for its position, by arrival."""
    query: Select[Any] = select(_pending.c.event_id, *_EVENT).join_from(
        _pending, _events, _events.c.id == _pending.c.event_id, isouter=True
    )
    for arrival, row in in_portions(session, query, _pending.c.arrival):
        if isinstance(row, Unreadable):
            bare = select(_pending.c.event_id).where(_pending.c.arrival == arrival)
            yield Waiting(arrival, session.connection().execute(bare).scalar_one(), row)
        else:
            values: Sequence[Any] = tuple(row)
            yield Waiting(arrival, values[0], _event(values[1:]))


def _event(values: Sequence[Any]) -> Event:
    # What comes after the columns is the key of the portion.
    return None if values[_ID] is None else dict(zip(_NAMES, values, strict=False))


def leaves(session: Session, begin: int, end: int) -> Iterator[tuple[int, UUID, bytes]]:
    """The leaves from `begin` up to, but without, `end`: position, event, hash on record."""
    query = select(_leaves).where(_leaves.c.position >= begin, _leaves.c.position < end)
    for row in session.connection().execute(query.order_by(_leaves.c.position)):
        yield row.position, row.event_id, row.leaf_hash


def unplaced(session: Session) -> Iterator[UUID]:
    """Events that have no position and wait for none: nothing of the program leaves such behind."""
    query = select(_events.c.id).where(
        ~exists().where(_leaves.c.event_id == _events.c.id), ~exists().where(_pending.c.event_id == _events.c.id)
    )
    yield from session.connection().execute(query.order_by(_events.c.at, _events.c.id)).scalars()


def placed_twice(session: Session) -> Iterator[tuple[UUID, int, int]]:
    """Events at more than one position: the first and the last of them."""
    first, last = func.min(_leaves.c.position), func.max(_leaves.c.position)
    query = select(_leaves.c.event_id, first, last).group_by(_leaves.c.event_id).having(func.count() > 1)
    yield from (tuple(row) for row in session.connection().execute(query))


def waiting_though_placed(session: Session) -> Iterator[tuple[UUID, int]]:
    """Events that wait for a position and have one."""
    query = select(_leaves.c.event_id, _leaves.c.position).join(_pending, _pending.c.event_id == _leaves.c.event_id)
    yield from (tuple(row) for row in session.connection().execute(query.order_by(_leaves.c.position)))


def count_events(session: Session) -> int:
    return session.connection().execute(select(func.count()).select_from(_events)).scalar_one()


def latest_seals(session: Session) -> Mapping[str, str | None]:
    """What the log says last of each row of evidence, by `table/id`: its digest, None where the row went."""
    seals: dict[str, str | None] = {}
    for each in chain(_placed_seals(session), _waiting_seals(session)):
        seals.update(each)
    return seals


def seals_of(event: Event) -> Mapping[str, str | None]:
    """What an event seals; nothing where there is none to ask, or what it holds there is no such thing."""
    if not isinstance(event, Mapping):
        return {}
    told = event.get("seals")
    return told if isinstance(told, Mapping) else {}


def seals_since(session: Session, begin: int) -> Iterator[tuple[int | None, Mapping[str, str | None]]]:
    """What events from this position on seal, in their order, each with its position; then those that wait (None)."""
    query = select(_events.c.seals).join_from(_leaves, _events, _events.c.id == _leaves.c.event_id)
    for position, row in in_portions(session, query.where(_leaves.c.position >= begin), _leaves.c.position):
        yield position, {} if isinstance(row, Unreadable) else row.seals or {}
    for each in _waiting_seals(session):
        yield None, each


def _placed_seals(session: Session) -> Iterator[Mapping[str, str | None]]:
    query = select(_events.c.seals).join_from(_leaves, _events, _events.c.id == _leaves.c.event_id)
    for _position, row in in_portions(session, query, _leaves.c.position):
        if not isinstance(row, Unreadable):
            yield row.seals or {}


def _waiting_seals(session: Session) -> Iterator[Mapping[str, str | None]]:
    query = select(_events.c.seals).join_from(_pending, _events, _events.c.id == _pending.c.event_id)
    for _arrival, row in in_portions(session, query, _pending.c.arrival):
        if not isinstance(row, Unreadable):
            yield row.seals or {}
