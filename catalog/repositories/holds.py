"""Holds and what they are on."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from catalog.tables import CaseLink, Hold, HoldSubject
from catalog.tables.cases import LinkState


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
    ).all()
