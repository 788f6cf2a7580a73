"""How long recordings stay: schedules and who put them in force, how recordings are classified, what was decided."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from catalog.tables.base import Row, list_field, one_of, optional_time_field, state_field, time_field

_Arrival = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts by itself only in a column of this very type."""


class RetentionClass(StrEnum):
    """What a person says a recording is, beyond what its cases say (公安现场执法视音频记录工作规定 Art 13)."""

    ORDINARY = "ordinary"
    EVIDENCE = "evidence"
    OBSTRUCTION = "obstruction"
    MAJOR_INCIDENT = "major incident"
    COMPLEX = "complex"


class Classification(Row, table=True):
    """A person's word on what one recording is. Withdrawn, never removed."""

    __tablename__ = "classification"
    __table_args__ = (one_of("retention_class", RetentionClass),)
    recording_id: UUID = Field(foreign_key="recording.id", index=True)
    retention_class: RetentionClass = state_field(RetentionClass)
    reason: str
    classified_by: str
    classified_at: datetime = time_field()
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = optional_time_field()


class ScheduleVersion(Row, table=True):
    """One version of a retention schedule (保管期限表), as its file says it. Never changes."""

    __tablename__ = "schedule_version"
    __table_args__ = (UniqueConstraint("schedule", "version"),)
    schedule: str
    version: str
    content: str
    sha256: str = Field(min_length=64, max_length=64)
    loaded_by: str
    loaded_at: datetime = time_field()


class ActivationState(StrEnum):
    """PROPOSED by one person; IN_FORCE once another agreed, until the next one is (SUPERSEDED)."""

    PROPOSED = "proposed"
    IN_FORCE = "in force"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


class ScheduleActivation(Row, table=True):
    """The act of putting a version in force, by two people. At most one is in force, and one proposed."""

    __tablename__ = "schedule_activation"
    __table_args__ = (
        one_of("state", ActivationState),
        Index(
            "uq_schedule_activation_in_force",
            "state",
            unique=True,
            sqlite_where=text("state = 'in force'"),
            postgresql_where=text("state = 'in force'"),
        ),
        Index(
            "uq_schedule_activation_proposed",
            "state",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
    )
    schedule_version_id: UUID = Field(foreign_key="schedule_version.id", index=True)
    state: ActivationState = state_field(ActivationState)
    proposed_by: str
    proposed_at: datetime = time_field()
    reason: str
    decided_by: str | None = None
    decided_at: datetime | None = optional_time_field()
    superseded_at: datetime | None = optional_time_field()


class RetentionOutcome(StrEnum):
    """What the policy says of a recording now."""

    KEPT = "kept"  # until `expires_at`
    EXPIRED = "expired"  # its time is over and nothing blocks
    BLOCKED = "blocked"  # its time is over or will be, but a hold or an open case stands in the way
    FOREVER = "forever"
    UNDECIDED = "undecided"  # unclassified, or of unknown time: never expires by itself


class RetentionDecision(SQLModel, table=True):
    """What the evaluation found last of a recording, by the schedule that `RetentionEvaluation` names.

    Made again from the facts at any time, so it is no evidence, and refers to nothing: a million rows are written at
    once. `evaluated_at` is since when it is so.
    """

    __tablename__ = "retention_decision"
    __table_args__ = (
        one_of("outcome", RetentionOutcome),
        # Of those alone whose time will be over: a million rows are written in two thirds of the time.
        Index(
            "ix_retention_decision_kept_expires_at",
            "expires_at",
            sqlite_where=text("outcome = 'kept'"),
            postgresql_where=text("outcome = 'kept'"),
        ),
    )
    recording_id: UUID = Field(primary_key=True)
    outcome: RetentionOutcome = state_field(RetentionOutcome)
    expires_at: datetime | None = optional_time_field()
    rule: str | None = None
    blocked_by: list[dict[str, Any]] = list_field()
    evaluated_at: datetime = time_field()


class RetentionChange(SQLModel, table=True):
    """A recording whose facts changed since it was evaluated last. Filled by triggers.

    A row for each change, so that nobody who changes facts waits for others, or for the evaluation.
    """

    __tablename__ = "retention_change"
    arrival: int | None = Field(default=None, sa_column=Column(_Arrival, primary_key=True, autoincrement=True))
    recording_id: UUID


class RetentionEvaluation(SQLModel, table=True):
    """What the decisions on record rest on, and when they were looked at last. One row at most.

    Where the schedule in force, the zone or the rules of counting have become others, all are evaluated again.
    """

    __tablename__ = "retention_evaluation"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)
    id: int = Field(default=1, sa_column=Column(Integer, primary_key=True, autoincrement=False))
    schedule_version_id: UUID | None = None
    zone: str
    counting: int
    recordings: int
    evaluated_at: datetime = time_field()
    all_evaluated_at: datetime = time_field()
