"""All that is on record around one recording, for a report on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, or_, select

from catalog.tables import (
    CaseLink,
    CustodyEvent,
    CustodyLeaf,
    Disposal,
    DisposalItem,
    Hold,
    HoldSubject,
    Replacement,
    RetentionDecision,
    Sighting,
    Slot,
    Station,
)


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """An event with its position in the log; None while it waits for one."""

    position: int | None
    event: CustodyEvent


def events_of(session: Session, recording_id: UUID) -> Sequence[NumberedEvent]:
    """All events of a recording in the order of the log; those that wait for a position come last."""
    rows = session.exec(
        select(CustodyEvent, CustodyLeaf.position)
        .join(CustodyLeaf, col(CustodyLeaf.event_id) == CustodyEvent.id, isouter=True)
        .where(CustodyEvent.subject_id == recording_id)
    ).all()
    found = [NumberedEvent(position, event) for event, position in rows]
    last = len(found) and max((each.position or 0) for each in found) + 1
    return sorted(found, key=lambda each: (last if each.position is None else each.position, each.event.at))


def holds_of(session: Session, recording_id: UUID) -> Sequence[Hold]:
    """All holds that are or were on a recording or on a case that it is linked to, the first one first."""
    of_its_cases = select(CaseLink.case_id).where(CaseLink.recording_id == recording_id)
    on_it = or_(col(HoldSubject.recording_id) == recording_id, col(HoldSubject.case_id).in_(of_its_cases))
    return session.exec(
        select(Hold)
        .where(col(Hold.id).in_(select(HoldSubject.hold_id).where(on_it)))
        .order_by(col(Hold.placed_at), col(Hold.id))
    ).all()


def disposals_of(session: Session, recording_id: UUID) -> Sequence[tuple[DisposalItem, Disposal]]:
    return list(
        session.exec(
            select(DisposalItem, Disposal)
            .join(Disposal, col(Disposal.id) == DisposalItem.disposal_id)
            .where(DisposalItem.recording_id == recording_id)
            .order_by(col(Disposal.planned_at))
        ).all()
    )


def decision_of(session: Session, recording_id: UUID) -> RetentionDecision | None:
    return session.get(RetentionDecision, recording_id)


def replacements_of(session: Session, recording_id: UUID) -> Sequence[Replacement]:
    return session.exec(
        select(Replacement).where(Replacement.recording_id == recording_id).order_by(col(Replacement.made_at))
    ).all()


def slots_of(session: Session, recording_id: UUID) -> Sequence[tuple[str, str]]:
    """Stations and slots at which a recording was seen."""
    rows = session.exec(
        select(Station.name, Slot.name)
        .join(Slot, col(Slot.station_id) == col(Station.id))
        .join(Sighting, col(Sighting.slot_id) == col(Slot.id))
        .where(Sighting.recording_id == recording_id)
        .distinct()
    ).all()
    return list(rows)
