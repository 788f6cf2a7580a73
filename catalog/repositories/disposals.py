"""Lists of what is to be disposed of, who approved them, and what became of each recording on them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_
from sqlmodel import Session, col, select

from catalog import seals
from catalog.canonical import row_digest
from catalog.errors import NotFound
from catalog.tables import (
    Approver,
    CustodyEvent,
    Derivative,
    Disposal,
    DisposalApproval,
    DisposalItem,
    Fingerprint,
    Job,
    Recording,
)
from catalog.tables.custody import CustodyAction
from catalog.tables.disposals import DisposalItemState, DisposalState
from catalog.tables.jobs import JobKind, JobState

SUBJECT = "disposal"
_OPEN_STATES = (DisposalState.PLANNED, DisposalState.APPROVED, DisposalState.EXECUTING)
_OPEN_ITEMS = (DisposalItemState.LISTED, DisposalItemState.DELETING)


def being_deleted(recording_id: Any) -> ColumnElement[bool]:
    """Whether a list has the bytes of a recording deleted, or had. What was kept after all is not meant, even where
    its `leaving_since` had to stay because the same content was secured anew meanwhile.
    """
    return exists().where(
        col(DisposalItem.recording_id) == recording_id,
        col(DisposalItem.state).in_((DisposalItemState.DELETING, DisposalItemState.DELETED)),
    )


def stays() -> ColumnElement[bool]:
    """Whether a recording was not disposed of and is not going."""
    return and_(
        col(Recording.disposed_at).is_(None),
        or_(col(Recording.leaving_since).is_(None), ~being_deleted(col(Recording.id))),
    )


# --- planning -------------------------------------------------------------------------------------------------


def staying_after(session: Session, after: UUID | None, limit: int) -> Sequence[Recording]:
    """The next recordings by id that were not disposed of and are not going."""
    query = select(Recording).where(stays()).order_by(col(Recording.id)).limit(limit)
    return session.exec(query if after is None else query.where(col(Recording.id) > after)).all()


def on_open_lists(session: Session, recording_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the recordings that a list names which has not come to its end."""
    return set(
        session.exec(
            select(DisposalItem.recording_id)
            .join(Disposal, col(Disposal.id) == col(DisposalItem.disposal_id))
            .where(
                col(DisposalItem.recording_id).in_(recording_ids),
                col(DisposalItem.state).in_(_OPEN_ITEMS),
                col(Disposal.state).in_(_OPEN_STATES),
            )
        ).all()
    )


def add(session: Session, disposal: Disposal, items: Sequence[DisposalItem]) -> None:
    session.add(disposal)
    session.flush()
    session.add_all(items)
    session.flush()


# --- reading --------------------------------------------------------------------------------------------------


def by_number(session: Session, number: str, *, to_change: bool = False) -> Disposal:
    """Raises NotFound. `to_change`: as it stands now, for this transaction alone until it ends."""
    query = select(Disposal).where(Disposal.number == number)
    if to_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.exec(query).one_or_none()
    if found is None:
        raise NotFound("disposal", number)
    return found


def listing(session: Session, *, states: Sequence[DisposalState], limit: int) -> Sequence[Disposal]:
    """Lists in these states, the latest first."""
    return session.exec(
        select(Disposal)
        .where(col(Disposal.state).in_(states))
        .order_by(col(Disposal.planned_at).desc(), col(Disposal.number).desc())
        .limit(limit)
    ).all()


def items_of(session: Session, disposal_id: UUID) -> Sequence[DisposalItem]:
    """In the order of their recordings, as they stand now."""
    return session.exec(
        select(DisposalItem)
        .where(DisposalItem.disposal_id == disposal_id)
        .order_by(col(DisposalItem.recording_id))
        .execution_options(populate_existing=True)
    ).all()


def item(session: Session, item_id: UUID) -> DisposalItem:
    """The item as it stands now, for this transaction alone until it ends. Raises NotFound."""
    found = session.exec(
        select(DisposalItem)
        .where(DisposalItem.id == item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("item of a disposal", str(item_id))
    return found


def unfinished_items(session: Session, disposal_id: UUID, *, only_begun: bool = False) -> Sequence[UUID]:
    """What is still to go, or going; or what is going alone."""
    states = (DisposalItemState.DELETING,) if only_begun else _OPEN_ITEMS
    return session.exec(
        select(DisposalItem.id)
        .where(DisposalItem.disposal_id == disposal_id, col(DisposalItem.state).in_(states))
        .order_by(col(DisposalItem.recording_id))
    ).all()


def counts_of(session: Session, disposal_id: UUID) -> dict[DisposalItemState, tuple[int, int]]:
    """How many items are in each state, and their bytes; every state is there."""
    rows = session.exec(
        select(DisposalItem.state, func.count(), func.sum(DisposalItem.size))
        .where(DisposalItem.disposal_id == disposal_id)
        .group_by(DisposalItem.state)
    ).all()
    found = {state: (count, int(size or 0)) for state, count, size in rows}
    return {state: found.get(state, (0, 0)) for state in DisposalItemState}


def approvals_of(session: Session, disposal_id: UUID) -> Sequence[tuple[DisposalApproval, Approver]]:
    """The words given on a list, in their order, and whose they are, as both stand now."""
    return session.exec(
        select(DisposalApproval, Approver)
        .join(Approver, col(Approver.id) == col(DisposalApproval.approver_id))
        .where(DisposalApproval.disposal_id == disposal_id)
        .order_by(col(DisposalApproval.given_at), col(DisposalApproval.id))
        .execution_options(populate_existing=True)
    ).all()


def disposed_under(session: Session, recording_id: UUID) -> Disposal | None:
    """The list under which a recording was disposed of."""
    return session.exec(
        select(Disposal)
        .join(DisposalItem, col(DisposalItem.disposal_id) == col(Disposal.id))
        .where(DisposalItem.recording_id == recording_id, DisposalItem.state == DisposalItemState.DELETED)
        .limit(1)
    ).first()


def disposals_under(session: Session, recording_ids: Sequence[UUID]) -> dict[UUID, Disposal]:
    """The lists under which those of the recordings went that were disposed of."""
    rows = session.exec(
        select(DisposalItem.recording_id, Disposal)
        .join(Disposal, col(Disposal.id) == col(DisposalItem.disposal_id))
        .where(col(DisposalItem.recording_id).in_(recording_ids), DisposalItem.state == DisposalItemState.DELETED)
    ).all()
    return dict(rows)


def waiting(session: Session) -> tuple[int, datetime | None]:
    """How many lists wait for approval, and until when the next of the approved ones can still be taken back."""
    count = session.exec(
        select(func.count()).select_from(Disposal).where(Disposal.state == DisposalState.PLANNED)
    ).one()
    until = session.exec(
        select(Disposal.recoverable_until)
        .where(Disposal.state == DisposalState.APPROVED)
        .order_by(col(Disposal.recoverable_until))
        .limit(1)
    ).first()
    return count, until


# --- what the log says ----------------------------------------------------------------------------------------


def is_as_sealed(session: Session, approval: DisposalApproval) -> bool:
    """Whether the custody log tells of this very word: one that was written past the program has no such event."""
    sealed_as = f"disposal_approval/{approval.id}"
    digest = row_digest(seals.values_of(approval))
    return any(
        (event.seals or {}).get(sealed_as) == digest
        for event in events_of(session, approval.disposal_id, CustodyAction.DISPOSAL_APPROVED)
    )


def seen_waiting(session: Session, disposal_id: UUID) -> Sequence[datetime]:
    """When the time was put on record while a list waited."""
    return [event.at for event in events_of(session, disposal_id, CustodyAction.DISPOSAL_WAITED)]


def events_of(session: Session, disposal_id: UUID, action: CustodyAction) -> Sequence[CustodyEvent]:
    """What the custody log says was done to a list, of one kind."""
    return session.exec(
        select(CustodyEvent).where(CustodyEvent.subject_id == disposal_id, CustodyEvent.action == action)
    ).all()


def ends_of(session: Session, disposal: Disposal) -> dict[UUID, CustodyEvent]:
    """The events by which recordings went under this list, or were kept, by recording."""
    events = session.exec(
        select(CustodyEvent).where(
            CustodyEvent.approval == disposal.number,
            CustodyEvent.subject_kind == "recording",
            col(CustodyEvent.action).in_((CustodyAction.DISPOSED, CustodyAction.DISPOSAL_KEPT)),
        )
    ).all()
    return {event.subject_id: event for event in events if event.subject_id is not None}


def ordered(session: Session, disposal: Disposal, recording_id: UUID) -> set[str]:
    """The versions whose deletion under this list the custody log says was ordered, as texts."""
    events = session.exec(
        select(CustodyEvent).where(
            CustodyEvent.subject_id == recording_id,
            CustodyEvent.action == CustodyAction.DISPOSAL_ORDERED,
            CustodyEvent.approval == disposal.number,
        )
    ).all()
    return {str(each) for event in events for each in (event.details or {}).get("versions", [])}


# --- carrying out ---------------------------------------------------------------------------------------------


def recording_to_change(session: Session, recording_id: UUID) -> Recording:
    """The recording as it stands now, for this transaction alone until it ends. Raises NotFound."""
    found = session.exec(
        select(Recording)
        .where(Recording.id == recording_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("recording", str(recording_id))
    return found


def is_being_worked_on(session: Session, recording_id: UUID) -> bool:
    """Whether a job may just be making something of it."""
    found = session.exec(
        select(Job.id)
        .where(
            Job.recording_id == recording_id,
            col(Job.kind).in_((JobKind.PROBE, JobKind.DERIVE)),
            col(Job.state).in_((JobState.WAITING, JobState.RUNNING)),
        )
        .limit(1)
    ).first()
    return found is not None


def forget_what_was_made(session: Session, recording_id: UUID) -> None:
    """Take off record what was made from a recording: its derivatives and its fingerprint."""
    made = session.exec(select(Derivative.id).where(Derivative.recording_id == recording_id)).all()
    session.exec(delete(Derivative).where(col(Derivative.recording_id) == recording_id))
    seals.touched(session, Derivative, made, recordings=[recording_id])
    session.exec(delete(Fingerprint).where(col(Fingerprint.recording_id) == recording_id))
