"""Versions of retention schedules, and which of them is in force or proposed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from catalog.errors import Ambiguous, NotFound
from catalog.tables import ScheduleActivation, ScheduleVersion
from catalog.tables.retention import ActivationState

_ACTIVATING = 0x73636865  # any fixed number: keeps this advisory lock of PostgreSQL apart from others


def alone(session: Session) -> None:
    """Let others who change what is in force wait until this transaction ends. SQLite's are alone already."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": _ACTIVATING})


def version(session: Session, schedule: str, number: str) -> ScheduleVersion | None:
    return session.exec(
        select(ScheduleVersion).where(ScheduleVersion.schedule == schedule, ScheduleVersion.version == number)
    ).one_or_none()


def named(session: Session, name: str) -> ScheduleVersion:
    """By `id@version`, or by the id alone where one version of it was loaded. Raises NotFound, Ambiguous."""
    schedule, is_there, number = name.partition("@")
    found = [
        each for each in listing(session) if each.schedule == schedule and (not is_there or each.version == number)
    ]
    if not found:
        raise NotFound("schedule", name)
    if len(found) > 1:
        raise Ambiguous("schedule", name)
    return found[0]


def get(session: Session, version_id: UUID) -> ScheduleVersion:
    """Raises NotFound."""
    found = session.get(ScheduleVersion, version_id)
    if found is None:
        raise NotFound("schedule", str(version_id))
    return found


def listing(session: Session) -> Sequence[ScheduleVersion]:
    return session.exec(
        select(ScheduleVersion).order_by(col(ScheduleVersion.schedule), col(ScheduleVersion.loaded_at))
    ).all()


def activations(session: Session) -> Sequence[ScheduleActivation]:
    """All that ever were proposed, in that order."""
    return session.exec(
        select(ScheduleActivation).order_by(col(ScheduleActivation.proposed_at), col(ScheduleActivation.id))
    ).all()


def standing(session: Session, state: ActivationState) -> tuple[ScheduleActivation, ScheduleVersion] | None:
    """The one that is IN_FORCE, or PROPOSED; None if none is. As it stands now, whatever was read before."""
    return session.exec(
        select(ScheduleActivation, ScheduleVersion)
        .join(ScheduleVersion, col(ScheduleVersion.id) == col(ScheduleActivation.schedule_version_id))
        .where(ScheduleActivation.state == state)
        .execution_options(populate_existing=True)
    ).first()
