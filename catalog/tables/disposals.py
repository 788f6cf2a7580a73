"""Disposal (销毁): the list, the two people who approve it, and what became of each recording on it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from catalog.tables.base import Row, list_field, one_of, optional_time_field, state_field, time_field


class Approver(Row, table=True):
    """A person who may approve, known by a secret of their own (only its hash is kept), not by a login."""

    __tablename__ = "approver"
    name: str = Field(unique=True)
    secret_hash: str
    enrolled_by: str
    enrolled_at: datetime = time_field()
    revoked_by: str | None = None
    revoked_at: datetime | None = optional_time_field()


class DisposalState(StrEnum):
    PLANNED = "planned"
    APPROVED = "approved"  # by two; recoverable until `recoverable_until`
    REJECTED = "rejected"
    RECOVERED = "recovered"  # taken back as a whole before anything went
    EXECUTING = "executing"
    DONE = "done"


class Disposal(Row, table=True):
    __tablename__ = "disposal"
    __table_args__ = (one_of("state", DisposalState),)
    number: str = Field(unique=True)
    state: DisposalState = state_field(DisposalState, DisposalState.PLANNED, index=True)
    reason: str
    schedule_version_id: UUID = Field(foreign_key="schedule_version.id")
    planned_by: str
    planned_at: datetime = time_field()
    list_sha256: str = Field(min_length=64, max_length=64)
    recoverable_until: datetime | None = optional_time_field()
    ended_by: str | None = None
    ended_at: datetime | None = optional_time_field()
    end_reason: str | None = None
    certificate_key: str | None = None
    certificate_version: str | None = None


class Verdict(StrEnum):
    APPROVED = "approved"
    REJECTED = "rejected"


class DisposalApproval(Row, table=True):
    """One person's word on a list, by its digest. Never changes."""

    __tablename__ = "disposal_approval"
    __table_args__ = (UniqueConstraint("disposal_id", "approver_id"), one_of("verdict", Verdict))
    disposal_id: UUID = Field(foreign_key="disposal.id", index=True)
    approver_id: UUID = Field(foreign_key="approver.id", index=True)
    verdict: Verdict = state_field(Verdict)
    list_sha256: str = Field(min_length=64, max_length=64)
    reason: str
    actor: str
    given_at: datetime = time_field()


class DisposalItemState(StrEnum):
    LISTED = "listed"
    KEPT = "kept"  # something stood in the way when it was to go
    RECOVERED = "recovered"
    DELETING = "deleting"  # ordered; what is gone is found out at the store
    DELETED = "deleted"


class DisposalItem(Row, table=True):
    """One recording on a list, with why it may go, and what became of it."""

    __tablename__ = "disposal_item"
    __table_args__ = (UniqueConstraint("disposal_id", "recording_id"), one_of("state", DisposalItemState))
    disposal_id: UUID = Field(foreign_key="disposal.id", index=True)
    recording_id: UUID = Field(foreign_key="recording.id", index=True)
    state: DisposalItemState = state_field(DisposalItemState, DisposalItemState.LISTED, index=True)
    size: int = Field(sa_type=BigInteger)
    sha256: str = Field(min_length=64, max_length=64)
    expires_at: datetime = time_field()
    rule: str
    reasons: list[dict[str, Any]] = list_field()
    kept_because: list[dict[str, Any]] = list_field()
    deleted_versions: list[dict[str, Any]] = list_field()
    ended_at: datetime | None = optional_time_field()
