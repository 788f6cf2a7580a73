"""Holds that Zhilu itself places: on recordings whose stored bytes are not what they were (`retention/fixity.py`)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from catalog.repositories import custody, holds, jobs
from catalog.tables import Hold, HoldSubject
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind

AUTHORITY = "zhilu"
"""Who placed it, and in whose name: no person's, and no authority's."""


def standing(session: Session, recording_id: UUID) -> Sequence[Hold]:
    """Those that stand on this very recording."""
    return session.exec(
        select(Hold)
        .join(HoldSubject, col(HoldSubject.hold_id) == col(Hold.id))
        .where(
            HoldSubject.recording_id == recording_id,
            Hold.authority == AUTHORITY,
            col(Hold.released_at).is_(None),
        )
    ).all()


def place(
    session: Session, recording_id: UUID, *, number: str, document: str, reason: str, at: datetime
) -> Hold | None:
    """Hold a recording, unless it is held so already (None)."""
    holds.alone(session)
    if standing(session, recording_id):
        return None
    hold = Hold(number=number, authority=AUTHORITY, document=document, reason=reason, placed_by=AUTHORITY, placed_at=at)
    holds.add(session, hold, recordings=[recording_id], cases=())
    _tell(session, CustodyAction.HOLD_PLACED, recording_id, hold, at=at)
    return hold


def release(session: Session, recording_id: UUID, *, document: str, reason: str, at: datetime) -> int:
    """Lift those that stand on a recording; those of others stay. Returns how many."""
    found = standing(session, recording_id)
    for hold in found:
        hold.released_by, hold.released_at = AUTHORITY, at
        hold.release_document, hold.release_reason = document, reason
        session.add(hold)
        _tell(session, CustodyAction.HOLD_RELEASED, recording_id, hold, at=at)
    return len(found)


def _tell(session: Session, action: CustodyAction, recording_id: UUID, hold: Hold, *, at: datetime) -> None:
    """Put it on record, and have the flag in the store follow."""
    custody.record(
        session,
        action,
        at=at,
        actor=AUTHORITY,
        subject_kind="recording",
        subject_id=recording_id,
        purpose=hold.release_reason or hold.reason,
        hold=hold.number,
        rows=holds.told(session, hold),
    )
    jobs.add(session, recording_id, JobKind.HOLD, now=at)
