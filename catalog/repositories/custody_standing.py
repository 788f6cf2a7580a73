"""How far the custody log has been placed, signed and stamped: a few statements, whatever its size."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from catalog.repositories import custody_log
from catalog.tables import CustodyEvent, CustodyLeaf
from catalog.tables.custody import StampState


@dataclass(frozen=True, slots=True)
class LogStanding:
    """`placed` events have a position, `waiting` have none yet; `signed` are under the last checkpoint.

    `unsigned_since`: when the first event that no checkpoint covers was written, None where all are covered.
    `pending_since`: when the checkpoint was made that has waited for its stamp for longest, and `pending_why`.
    """

    placed: int
    waiting: int
    signed: int
    checkpoints: int
    checkpoint_at: datetime | None
    unsigned_since: datetime | None
    stamped: int
    pending: int
    pending_since: datetime | None
    pending_why: str | None

    def unsigned_for(self, now: datetime) -> timedelta:
        return max(now - self.unsigned_since, timedelta()) if self.unsigned_since else timedelta()


def standing(session: Session) -> LogStanding:
    placed, latest = custody_log.size(session), custody_log.latest_checkpoint(session)
    signed = latest.size if latest else 0
    stamps, pending = custody_log.count_stamps(session), custody_log.oldest_pending_stamp(session)
    first = _written_at(session, signed) if placed > signed else custody_log.oldest_waiting(session)
    return LogStanding(
        placed=placed,
        waiting=custody_log.count_waiting(session),
        signed=signed,
        checkpoints=custody_log.count_checkpoints(session),
        checkpoint_at=latest.at if latest else None,
        unsigned_since=first,
        stamped=stamps[StampState.STAMPED],
        pending=stamps[StampState.PENDING],
        pending_since=pending[0] if pending else None,
        pending_why=pending[1] if pending else None,
    )


@dataclass(frozen=True, slots=True)
class EventStanding:
    """An event, and its position; None while it waits for one."""

    event: CustodyEvent
    position: int | None


def of_subject(session: Session, subject_id: UUID) -> list[EventStanding]:
    """All events of one subject with their positions, oldest first."""
    found = session.exec(
        select(CustodyEvent, CustodyLeaf)
        .join(CustodyLeaf, col(CustodyLeaf.event_id) == CustodyEvent.id, isouter=True)
        .where(CustodyEvent.subject_id == subject_id)
        .order_by(col(CustodyEvent.at), col(CustodyEvent.id))
    )
    # An outer join finds no leaf for some, whatever the types of the statement say.
    pairs: list[tuple[CustodyEvent, CustodyLeaf | None]] = [(event, leaf) for event, leaf in found]
    return [EventStanding(event, leaf.position if leaf is not None else None) for event, leaf in pairs]


def _written_at(session: Session, position: int) -> datetime | None:
    return session.exec(
        select(CustodyEvent.at)
        .join(CustodyLeaf, col(CustodyLeaf.event_id) == CustodyEvent.id)
        .where(CustodyLeaf.position == position)
    ).first()
