"""The custody log (监管链): append-only, kept so by triggers in the database itself."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlmodel import Field

from catalog.tables.base import Row, document_field, one_of, state_field, time_field


class CustodyAction(StrEnum):
    SECURED = "secured"
    SIGHTED = "sighted"
    DESCRIBED = "described"
    DERIVED = "derived"
    LINK_SUGGESTED = "link suggested"
    LINKED = "linked"
    LINK_REJECTED = "link rejected"
    LOCK_EXTENDED = "lock extended"
    VIEWED = "viewed"
    PLAYED = "played"
    DOWNLOADED = "downloaded"
    SEARCHED = "searched"
    RETRIED = "retried"
    REGISTERED = "registered"
    ERASE_ORDERED = "erase ordered"
    ERASED = "erased"
    ERASE_REFUSED = "erase refused"
    DOCKED = "docked"
    TAKEN_OUT = "taken out"
    TAKEN_OUT_SETTLED = "taken out settled"
    ADOPTED = "adopted"
    SURPLUS_FOUND = "surplus found"
    SURPLUS_REMOVED = "surplus removed"
    STORE_PROBED = "store probed"


class CustodyResult(StrEnum):
    DONE = "done"
    DENIED = "denied"
    FAILED = "failed"


class CustodyEvent(Row, table=True):
    """One entry of the log. `subject_id` has no foreign key: what is logged outlives what it speaks of."""

    __tablename__ = "custody_event"
    __table_args__ = (one_of("result", CustodyResult),)
    at: datetime = time_field(index=True)
    actor: str
    action: CustodyAction = state_field(CustodyAction)
    subject_kind: str
    subject_id: UUID | None = Field(default=None, index=True)
    purpose: str | None = None
    result: CustodyResult = state_field(CustodyResult, CustodyResult.DONE)
    details: dict[str, Any] = document_field()
