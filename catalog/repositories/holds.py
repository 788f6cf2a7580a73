"""Holds and what they are on."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, text
from sqlmodel import Session, col, select

from catalog.errors import NotFound
from catalog.repositories import custody, jobs
from catalog.tables import Case, CaseLink, Hold, HoldSubject, Recording
from catalog.tables.cases import LinkState
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind

_HOLDING = 0x686F6C64  # any fixed number: keeps this advisory lock of PostgreSQL apart from others


def alone(session: Session) -> None:
    """Let others who change who is held, or who order a deletion, wait until this transaction ends.

    A hold that is placed on a case and a recording that is tied to it at the same moment would not see each other; nor
    would a hold and the order to delete. SQLite's writing transactions are alone already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": _HOLDING})


# --- which holds cover what -----------------------------------------------------------------------------------


def covering(session: Session, recording_id: UUID) -> Sequence[Hold]:
    """The holds that stand and cover a recording: on itself, or on a case that it is linked to."""
    of_its_cases = select(CaseLink.case_id).where(
        CaseLink.recording_id == recording_id, CaseLink.state == LinkState.CONFIRMED
    )
    return session.exec(
        select(Hold)
        .where(
            col(Hold.released_at).is_(None),
            col(Hold.id).in_(
                select(HoldSubject.hold_id).where(
                    or_(
                        col(HoldSubject.recording_id) == recording_id,
                        col(HoldSubject.case_id).in_(of_its_cases),
                    )
                )
            ),
        )
        .order_by(col(Hold.placed_at), col(Hold.id))
        .execution_options(populate_existing=True)
    ).all()


def covered_by(session: Session, hold_id: UUID) -> Sequence[UUID]:
    """The recordings that a hold covers now, whether it stands or not; those that were disposed of are left out."""
    of_cases = (
        select(CaseLink.recording_id)
        .join(HoldSubject, col(HoldSubject.case_id) == col(CaseLink.case_id))
        .where(HoldSubject.hold_id == hold_id, CaseLink.state == LinkState.CONFIRMED)
    )
    of_itself = select(HoldSubject.recording_id).where(HoldSubject.hold_id == hold_id)
    return session.exec(
        select(Recording.id)
        .where(
            or_(col(Recording.id).in_(of_itself), col(Recording.id).in_(of_cases)), col(Recording.disposed_at).is_(None)
        )
        .order_by(col(Recording.id))
    ).all()


def covered_until_released(session: Session, hold: Hold) -> Sequence[UUID]:
    """What a hold covers; of one that was released, what it covered then, by the custody log."""
    if hold.released_at is None:
        return covered_by(session, hold.id)
    released = [each for each in custody.of_subject(session, hold.id) if each.action is CustodyAction.HOLD_RELEASED]
    return [UUID(each) for event in released for each in event.details.get("covered_recordings", ())]


def is_on_case(session: Session, case_id: UUID) -> bool:
    """Whether a hold stands on this case."""
    found = session.exec(
        select(Hold.id)
        .join(HoldSubject, col(HoldSubject.hold_id) == col(Hold.id))
        .where(HoldSubject.case_id == case_id, col(Hold.released_at).is_(None))
        .limit(1)
    ).first()
    return found is not None


# --- placing and releasing ------------------------------------------------------------------------------------


def add(session: Session, hold: Hold, *, recordings: Iterable[UUID], cases: Iterable[UUID]) -> None:
    """Put a hold on record with what it is on."""
    session.add(hold)
    session.flush()
    for recording_id in dict.fromkeys(recordings):
        session.add(HoldSubject(hold_id=hold.id, recording_id=recording_id))
    for case_id in dict.fromkeys(cases):
        session.add(HoldSubject(hold_id=hold.id, case_id=case_id))
    session.flush()


def told(session: Session, hold: Hold) -> list[dict[str, Any]]:
    """A hold, what it is on, and the cases among that, for the event that tells of it."""
    subjects = session.exec(select(HoldSubject).where(HoldSubject.hold_id == hold.id)).all()
    on_cases = session.exec(
        select(Case).join(HoldSubject, col(HoldSubject.case_id) == col(Case.id)).where(HoldSubject.hold_id == hold.id)
    ).all()
    return custody.rows_told(hold, *subjects, *on_cases)


def carry_out_in_store(session: Session, hold_id: UUID, *, now: datetime) -> Sequence[UUID]:
    """Have the store told of each recording that a hold covers; returns them."""
    covered = covered_by(session, hold_id)
    for recording_id in covered:
        jobs.add(session, recording_id, JobKind.HOLD, now=now)
    return covered


def link_changed(session: Session, recording_id: UUID, case_id: UUID, *, now: datetime) -> None:
    """Have the store told, where a recording came under a hold, or from under it, by being tied to a case or not."""
    alone(session)
    if is_on_case(session, case_id):
        jobs.add(session, recording_id, JobKind.HOLD, now=now)


# --- reading --------------------------------------------------------------------------------------------------


def by_number(session: Session, number: str, *, to_change: bool = False) -> Hold:
    """Raises NotFound."""
    query = select(Hold).where(Hold.number == number)
    if to_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.exec(query).one_or_none()
    if found is None:
        raise NotFound("hold", number)
    return found


def listing(session: Session, *, released: bool, limit: int) -> Sequence[Hold]:
    """Holds that stand, or all, the latest first."""
    query = select(Hold).order_by(col(Hold.placed_at).desc(), col(Hold.number).desc()).limit(limit)
    return session.exec(query if released else query.where(col(Hold.released_at).is_(None))).all()


def subjects_of(session: Session, hold_id: UUID) -> tuple[Sequence[Recording], Sequence[Case]]:
    """The recordings and the cases that a hold names itself."""
    named = select(HoldSubject.recording_id).where(HoldSubject.hold_id == hold_id)
    cases = select(HoldSubject.case_id).where(HoldSubject.hold_id == hold_id)
    return (
        session.exec(select(Recording).where(col(Recording.id).in_(named)).order_by(col(Recording.name))).all(),
        session.exec(select(Case).where(col(Case.id).in_(cases)).order_by(col(Case.number))).all(),
    )


def count_standing(session: Session) -> int:
    return session.exec(select(func.count()).select_from(Hold).where(col(Hold.released_at).is_(None))).one()
