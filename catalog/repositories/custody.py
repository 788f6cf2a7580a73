"""Appending to and reading the custody log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, SQLModel, col, select

from catalog import seals
from catalog.canonical import row_document
from catalog.repositories import recordings
from catalog.seals import NewEvent
from catalog.tables import CustodyEvent
from catalog.tables.custody import CustodyAction, CustodyResult
from storage.model import Lock

_LOOKED_AT = 1000  # of the latest verifications: those of everything are among them


def record(
    session: Session,
    action: CustodyAction,
    *,
    at: datetime,
    actor: str,
    subject_kind: str,
    subject_id: UUID | None,
    result: CustodyResult = CustodyResult.DONE,
    purpose: str | None = None,
    role: str | None = None,
    approval: str | None = None,
    address: str | None = None,
    **details: Any,
) -> NewEvent:
    """Append one event; it becomes durable with the transaction of the act itself, at whose end it is written."""
    event = NewEvent(
        at=at,
        actor=actor,
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        result=result,
        purpose=purpose,
        role=role,
        approval=approval,
        address=address,
        details=details,
    )
    seals.append(session, event)
    return event


def rows_told(*rows: SQLModel) -> list[dict[str, Any]]:
    """Rows for the details of an event (`rows`), from which a rebuild makes them again where no manifest has them yet.

    For acts that keep a recording: between the act and the next page, the log alone knows of them.
    """
    return [{"table": row.__tablename__, "row": row_document(seals.values_of(row))} for row in rows]


def lock_extended(session: Session, recording_id: UUID, lock: Lock, *, at: datetime) -> None:
    """Put on record that a recording's lock was lengthened, to what the store reports of it now, and keep its end."""
    recordings.note_lock(session, recording_id, lock.retain_until)
    record(
        session,
        CustodyAction.LOCK_EXTENDED,
        at=at,
        actor="zhilu",
        subject_kind="recording",
        subject_id=recording_id,
        mode=lock.mode,
        until=lock.retain_until.isoformat(),
    )


def of_subject(session: Session, subject_id: UUID) -> Sequence[CustodyEvent]:
    """All events of one subject, oldest first."""
    return session.exec(
        select(CustodyEvent)
        .where(CustodyEvent.subject_id == subject_id)
        .order_by(col(CustodyEvent.at), col(CustodyEvent.id))
    ).all()


@dataclass(frozen=True, slots=True)
class FullVerification:
    """The latest verification of everything, bytes included: when, whether it passed, and what it found."""

    at: datetime
    passed: bool
    discrepancies: int
    unchecked: int


def latest_full_verification(session: Session) -> FullVerification | None:
    """None where there never was one that came to its end."""
    events = session.exec(
        select(CustodyEvent)
        .where(
            CustodyEvent.action == CustodyAction.VERIFIED,
            CustodyEvent.subject_kind == "catalog",
            CustodyEvent.result == CustodyResult.DONE,
        )
        .order_by(col(CustodyEvent.at).desc())
        .limit(_LOOKED_AT)
    )
    for event in events:
        told = event.details
        if told.get("contents") is True and told.get("since") is None:
            return FullVerification(
                event.at, told.get("passed") is True, int(told.get("discrepancies", 0)), int(told.get("unchecked", 0))
            )
    return None


def latest(session: Session) -> datetime | None:
    """When the latest event was written; None for an empty log."""
    return session.exec(select(CustodyEvent.at).order_by(col(CustodyEvent.at).desc()).limit(1)).first()


def failed_intakes_since(session: Session, since: datetime) -> Sequence[CustodyEvent]:
    """What could not be secured since then, the latest first, leaving out paths that were secured later."""
    events = session.exec(
        select(CustodyEvent)
        .where(
            CustodyEvent.subject_kind == "path",
            CustodyEvent.result == CustodyResult.FAILED,
            CustodyEvent.at >= since,
        )
        .order_by(col(CustodyEvent.at).desc())
    ).all()
    secured = (
        {
            str(event.details.get("path")): event.at
            for event in session.exec(
                select(CustodyEvent)
                .where(
                    col(CustodyEvent.action).in_((CustodyAction.SECURED, CustodyAction.SIGHTED)),
                    CustodyEvent.result == CustodyResult.DONE,
                    CustodyEvent.at >= since,
                )
                .order_by(col(CustodyEvent.at))
            )
        }
        if events
        else {}
    )
    found: dict[str, CustodyEvent] = {}
    for event in events:
        path = str(event.details.get("path"))
        if path not in secured or secured[path] < event.at:
            found.setdefault(path, event)
    return list(found.values())
