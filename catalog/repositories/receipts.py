"""Receipts of what was secured: making them, and finding the one that still says what is so."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from catalog.tables import CustodyEvent, Receipt
from catalog.tables.custody import CustodyAction, CustodyResult


def add(session: Session, receipt: Receipt) -> Receipt:
    """Put a receipt on record; with the transaction of the securing itself it becomes durable."""
    session.flush()  # the recording may be new itself
    session.add(receipt)
    return receipt


def get(session: Session, receipt_id: UUID) -> Receipt | None:
    return session.get(Receipt, receipt_id)


def standing(session: Session, like: Receipt) -> Receipt | None:
    """The latest receipt for the same file at the same place, secured as the same version."""
    return session.exec(
        select(Receipt)
        .where(
            Receipt.recording_id == like.recording_id,
            Receipt.source == like.source,
            Receipt.path_bytes == like.path_bytes,
            Receipt.modified_ns == like.modified_ns,
            Receipt.object_key == like.object_key,
            Receipt.object_version == like.object_version,
        )
        .order_by(col(Receipt.made_at).desc(), col(Receipt.id).desc())
        .limit(1)
    ).first()


def of_recording(session: Session, recording_id: UUID) -> Sequence[Receipt]:
    """All receipts of a recording, oldest first."""
    return session.exec(
        select(Receipt).where(Receipt.recording_id == recording_id).order_by(col(Receipt.made_at), col(Receipt.id))
    ).all()


def erasures(session: Session, recording_id: UUID) -> Sequence[CustodyEvent]:
    """What the log says of erasing sources of this recording, oldest first: ordered, done, refused.

    The detail `receipt_id` of each names the receipt; a refusal without one has none.
    """
    return session.exec(
        select(CustodyEvent)
        .where(
            CustodyEvent.subject_id == recording_id,
            col(CustodyEvent.action).in_(
                (CustodyAction.ERASE_ORDERED, CustodyAction.ERASED, CustodyAction.ERASE_REFUSED)
            ),
        )
        .order_by(col(CustodyEvent.at), col(CustodyEvent.id))
    ).all()


def erased_at(session: Session, recording_id: UUID) -> dict[str, datetime]:
    """When the source was erased, by the id of the receipt it was erased on."""
    return {
        str(event.details.get("receipt_id")): event.at
        for event in erasures(session, recording_id)
        if event.action is CustodyAction.ERASED and event.result is CustodyResult.DONE
    }
