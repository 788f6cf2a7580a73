"""The custody events of one recording, for people to read."""

from uuid import UUID

from sqlmodel import Session

from api.reading.capture import written
from api.reading.model import CustodyEventView
from catalog.repositories import reading


def history(session: Session, recording_id: UUID, *, limit: int) -> tuple[tuple[CustodyEventView, ...], int]:
    """The latest events, newest first, and how many there are in all."""
    events, total = reading.latest_custody(session, recording_id, limit=limit)
    views = tuple(
        CustodyEventView(
            at=written(event.at),
            actor=event.actor,
            action=event.action,
            result=event.result,
            purpose=event.purpose,
            details=event.details,
        )
        for event in events
    )
    return views, total
