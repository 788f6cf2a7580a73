"""What docking stations leave behind: receipts of what was secured, and the state of each slot."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary
from sqlmodel import Field

from catalog.tables.base import Row, document_field, one_of, optional_time_field, state_field, time_field


class Receipt(Row, table=True):
    """What a source file may be erased on: this file was secured as that version, read back and found locked.

    Never changes. That the file was erased is a custody event.
    """

    __tablename__ = "receipt"
    __table_args__ = (CheckConstraint("size >= 0", name="size"),)
    recording_id: UUID = Field(foreign_key="recording.id", index=True)
    slot_id: UUID | None = Field(default=None, foreign_key="slot.id", index=True)
    source: str
    path_bytes: bytes = Field(sa_type=LargeBinary)
    path: str
    size: int = Field(sa_type=BigInteger)
    modified_ns: int = Field(sa_type=BigInteger)
    sha256: str = Field(min_length=64, max_length=64)
    object_key: str
    object_version: str
    lock_mode: str
    locked_until: datetime = time_field()
    read_back_at: datetime = time_field()
    made_at: datetime = time_field(index=True)


class SlotCondition(StrEnum):
    """What a slot shows to the person in front of it."""

    EMPTY = "empty"
    READING = "reading"
    SECURED = "secured"
    SAFE_TO_REMOVE = "safe to remove"
    ATTENTION = "attention"


class SlotState(Row, table=True):
    """The present state of one slot, as its dock last told it. `told_at` in the past means a dock that is gone."""

    __tablename__ = "slot_state"
    __table_args__ = (one_of("condition", SlotCondition),)
    slot_id: UUID = Field(foreign_key="slot.id", unique=True)
    condition: SlotCondition = state_field(SlotCondition)
    reason: str | None = None
    since: datetime = time_field()
    told_at: datetime = time_field()
    card_since: datetime | None = optional_time_field()
    details: dict[str, Any] = document_field()
