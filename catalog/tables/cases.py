"""Cases, the activities that matching works against, and the links of recordings to them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlmodel import Field, UniqueConstraint

from catalog.tables.base import (
    Row,
    list_field,
    one_of,
    optional_state_field,
    optional_time_field,
    state_field,
    time_field,
)


class Stage(StrEnum):
    """执法环节: 启动, 调查取证, 审核, 决定, 送达, 执行, 归档."""

    INITIATION = "initiation"
    INVESTIGATION = "investigation"
    REVIEW = "review"
    DECISION = "decision"
    SERVICE = "service"
    EXECUTION = "execution"
    ARCHIVING = "archiving"


class Category(StrEnum):
    """执法类别: 许可, 检查, 处罚, 强制, 征收, 征用."""

    LICENSING = "licensing"
    INSPECTION = "inspection"
    PENALTY = "penalty"
    COMPULSION = "compulsion"
    LEVY = "levy"
    REQUISITION = "requisition"


class CaseStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class ArchiveTier(StrEnum):
    """How long the file of a case is archived (档案保管期限)."""

    PERMANENT = "permanent"
    YEARS_30 = "30 years"
    YEARS_10 = "10 years"


class LinkState(StrEnum):
    SUGGESTED = "suggested"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class LinkOrigin(StrEnum):
    """Who tied a recording to a case: the matching rules, the device that named it, or a person."""

    MATCHED = "matched"
    DEVICE = "device"
    PERSON = "person"


class Case(Row, table=True):
    """案件, by its number 案号."""

    __tablename__ = "case"
    __table_args__ = (one_of("category", Category), one_of("status", CaseStatus), one_of("archive_tier", ArchiveTier))
    number: str = Field(unique=True)
    cause: str = ""
    category: Category = state_field(Category)
    status: CaseStatus = state_field(CaseStatus, CaseStatus.OPEN)
    agency_id: UUID | None = Field(default=None, foreign_key="agency.id", index=True)
    opened_at: datetime = time_field()
    closed_at: datetime | None = optional_time_field()
    archive_tier: ArchiveTier | None = optional_state_field(ArchiveTier)


class Activity(Row, table=True):
    """执法活动: who was out, when, where, for which case and stage."""

    __tablename__ = "activity"
    __table_args__ = (one_of("stage", Stage),)
    number: str = Field(unique=True)
    case_id: UUID | None = Field(default=None, foreign_key="case.id", index=True)
    agency_id: UUID | None = Field(default=None, foreign_key="agency.id", index=True)
    stage: Stage = state_field(Stage)
    place: str = ""
    started_at: datetime = time_field(index=True)
    ended_at: datetime = time_field(index=True)


class ActivityOfficer(Row, table=True):
    """One officer's part in an activity."""

    __tablename__ = "activity_officer"
    __table_args__ = (UniqueConstraint("activity_id", "officer_id"),)
    activity_id: UUID = Field(foreign_key="activity.id", index=True)
    officer_id: UUID = Field(foreign_key="officer.id", index=True)


class CaseLink(Row, table=True):
    """A recording tied to a case: suggested by rules, confirmed or rejected by a person (or the device itself)."""

    __tablename__ = "case_link"
    __table_args__ = (
        UniqueConstraint("recording_id", "case_id"),
        one_of("state", LinkState),
        one_of("origin", LinkOrigin),
        one_of("stage", Stage),
    )
    recording_id: UUID = Field(foreign_key="recording.id", index=True)
    case_id: UUID = Field(foreign_key="case.id", index=True)
    activity_id: UUID | None = Field(default=None, foreign_key="activity.id")
    stage: Stage | None = optional_state_field(Stage)
    state: LinkState = state_field(LinkState, index=True)
    origin: LinkOrigin = state_field(LinkOrigin)
    score: float | None = None
    reasons: list[dict[str, Any]] = list_field()
    linked_by: str
    linked_at: datetime = time_field()
    decided_by: str | None = None
    decided_at: datetime | None = optional_time_field()
