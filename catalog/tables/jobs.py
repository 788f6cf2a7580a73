"""The job ledger: what is left to do. Messages are doorbells; this table is the truth."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from catalog.tables.base import Row, one_of, optional_time_field, state_field, time_field


class JobKind(StrEnum):
    """What follows once a recording is secured, in this order. Deriving includes the fingerprint: same frames.

    HOLD follows whenever a hold on it, or on a case of it, is placed or released.
    """

    PROBE = "probe"
    DERIVE = "derive"
    MATCH = "match"
    MANIFEST = "manifest"
    HOLD = "hold"


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Row, table=True):
    """One thing to do for one recording. FAILED means given up until a person retries; WAITING may mean backing off."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("recording_id", "kind"),
        Index("ix_job_state_due_at", "state", "due_at"),
        one_of("kind", JobKind),
        one_of("state", JobState),
    )
    recording_id: UUID = Field(foreign_key="recording.id", index=True)
    kind: JobKind = state_field(JobKind)
    state: JobState = state_field(JobState, JobState.WAITING)
    attempts: int = 0
    due_at: datetime = time_field()
    # Asked for once more while it was running: what it reads may have changed since it read it.
    again: bool = False
    owner: str | None = None
    lease_until: datetime | None = optional_time_field()
    progress: float = 0.0
    last_error: str | None = None
    created_at: datetime = time_field()
    finished_at: datetime | None = optional_time_field()
