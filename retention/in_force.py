"""The schedule that is in force."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from catalog.repositories import schedules
from catalog.tables import ScheduleVersion
from catalog.tables.retention import ActivationState
from retention.schedule import Schedule
from retention.schedule_file import schedule_of


@dataclass(frozen=True, slots=True)
class InForce:
    """`by`: the person who proposed it and the one who put it in force."""

    version_id: UUID
    schedule: Schedule
    since: datetime | None
    by: tuple[str, str | None]


def schedule_in_force(session: Session) -> InForce | None:
    """None while nobody put one in force: nothing expires then. Raises ScheduleInvalid for one that cannot be read."""
    found = schedules.standing(session, ActivationState.IN_FORCE)
    if found is None:
        return None
    activation, version = found
    by = (activation.proposed_by, activation.decided_by)
    return InForce(version.id, content_of(version), activation.decided_at, by)


def content_of(version: ScheduleVersion) -> Schedule:
    """What a version that was loaded says. Raises ScheduleInvalid: a later version of Zhilu may know more keys."""
    return schedule_of(version.content, name=f"{version.schedule}@{version.version}")
