"""The people who may approve, and the attempts to pass for one of them."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from catalog.canonical import row_digest
from catalog.seals import values_of
from catalog.tables import Approver, CustodyEvent, CustodyLeaf, CustodyPending
from catalog.tables.custody import CustodyAction, CustodyResult

SUBJECT = "approver"
_ENROLLING = 0x656E726F  # any fixed number: keeps this advisory lock of PostgreSQL apart from others


def alone(session: Session) -> None:
    """Let others who change who may approve, or try a passphrase, wait until this transaction ends.

    Else many could be tried at once, none of which the others count. SQLite's writing transactions are alone already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": _ENROLLING})


def named(session: Session, name: str) -> Approver | None:
    """Whoever was ever enrolled under that name; as it stands now, whatever was read before."""
    return session.exec(
        select(Approver).where(Approver.name == name).execution_options(populate_existing=True)
    ).one_or_none()


def get(session: Session, approver_id: UUID) -> Approver | None:
    return session.get(Approver, approver_id, populate_existing=True)


def listing(session: Session) -> Sequence[Approver]:
    """All that ever were enrolled, in that order."""
    return session.exec(select(Approver).order_by(col(Approver.enrolled_at), col(Approver.id))).all()


def count_ever(session: Session) -> int:
    return session.exec(select(func.count()).select_from(Approver)).one()


def count_enrolled(session: Session) -> int:
    return session.exec(select(func.count()).select_from(Approver).where(col(Approver.revoked_at).is_(None))).one()


def is_as_sealed(session: Session, approver: Approver) -> bool:
    """Whether the row is what the custody log sealed last of it: one that was written past the program is not.

    Whoever changes who may approve tells the log of that person, so the seals stand in events that are about them.
    """
    last = _last_seal(session, f"{SUBJECT}/{approver.id}", approver.id)
    return last == row_digest(values_of(approver))


def _last_seal(session: Session, sealed_as: str, approver_id: UUID) -> str | None:
    """By the order in which events arrived, whatever their times are: an earlier seal would let an old row stand."""
    columns: Any = (CustodyEvent.seals, CustodyLeaf.position, CustodyPending.arrival)
    query: Any = (
        select(*columns)
        .select_from(CustodyEvent)
        .join(CustodyLeaf, col(CustodyLeaf.event_id) == col(CustodyEvent.id), isouter=True)
        .join(CustodyPending, col(CustodyPending.event_id) == col(CustodyEvent.id), isouter=True)
        .where(CustodyEvent.subject_id == approver_id, CustodyEvent.subject_kind == SUBJECT)
    )
    # What waits for its position arrived after all that have one; what has neither never arrived.
    found: list[tuple[tuple[bool, int], str | None]] = [
        ((position is None, arrival if position is None else position), seals[sealed_as])
        for seals, position, arrival in session.exec(query).all()
        if sealed_as in (seals or {}) and (position is not None or arrival is not None)
    ]
    return max(found, key=itemgetter(0))[1] if found else None


def denied_since(session: Session, name: str, since: datetime) -> Sequence[datetime]:
    """When somebody gave a wrong passphrase for that name, the latest first."""
    events = session.exec(
        select(CustodyEvent)
        .where(
            CustodyEvent.action == CustodyAction.APPROVER_CHALLENGED,
            CustodyEvent.result == CustodyResult.DENIED,
            CustodyEvent.at > since,
        )
        .order_by(col(CustodyEvent.at).desc())
    ).all()
    return [event.at for event in events if event.details.get("name") == name]
