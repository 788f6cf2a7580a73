"""Holds (冻结): orders that stop disposal, on recordings and on cases."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from catalog.tables.base import Row, optional_time_field, time_field


class Hold(Row, table=True):
    """An order by an authority, with its document. Released, never removed."""

    __tablename__ = "hold"
    number: str = Field(unique=True)
    authority: str
    document: str
    document_sha256: str | None = Field(default=None, max_length=64)
    reason: str
    placed_by: str
    placed_at: datetime = time_field()
    released_by: str | None = None
    released_at: datetime | None = optional_time_field()
    release_document: str | None = None
    release_reason: str | None = None


class HoldSubject(Row, table=True):
    """What a hold is on: one recording, or a case with all that is linked to it now and later."""

    __tablename__ = "hold_subject"
    __table_args__ = (
        UniqueConstraint("hold_id", "recording_id"),
        UniqueConstraint("hold_id", "case_id"),
        CheckConstraint("(recording_id IS NULL) <> (case_id IS NULL)", name="one_subject"),
    )
    hold_id: UUID = Field(foreign_key="hold.id", index=True)
    recording_id: UUID | None = Field(default=None, foreign_key="recording.id", index=True)
    case_id: UUID | None = Field(default=None, foreign_key="case.id", index=True)
