"""Whether anybody works on what is left to do, told from the ledger alone: workers are not on any list."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from catalog.repositories import jobs
from catalog.tables import Job
from catalog.tables.jobs import JobState

# A worker that hears no ring looks into the ledger by itself several times a minute.
GRACE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Unattended:
    """So many jobs are due, the longest `since` then, and nobody takes any."""

    jobs: int
    since: datetime


def unattended(session: Session, *, now: datetime) -> Unattended | None:
    """None where nothing has been due for long, or somebody holds a lease, or did so just now."""
    count, oldest = jobs.due_since(session, now=now)
    if oldest is None or now - oldest < GRACE:
        return None
    held = session.exec(
        select(func.count()).select_from(Job).where(col(Job.state) == JobState.RUNNING, col(Job.lease_until) >= now)
    ).one()
    ended = session.exec(select(func.max(Job.finished_at))).one()
    return None if held or (ended is not None and now - ended < GRACE) else Unattended(count, oldest)
