"""Fixity: when the stored bytes of a recording were read again, what came out, and what replaced damaged ones."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from catalog.tables.base import Row, one_of, optional_state_field, optional_time_field, state_field, time_field


class FixityOutcome(StrEnum):
    """UNREADABLE: the store did not give the bytes, so nothing is known of them; that is never INTACT."""

    INTACT = "intact"
    DIFFERS = "differs"
    MISSING = "missing"
    UNREADABLE = "unreadable"


class FixityCheck(Row, table=True):
    """One reading of one version. Never changes."""

    __tablename__ = "fixity_check"
    __table_args__ = (one_of("outcome", FixityOutcome),)
    recording_id: UUID = Field(foreign_key="recording.id", index=True)
    at: datetime = time_field(index=True)
    outcome: FixityOutcome = state_field(FixityOutcome)
    object_key: str
    object_version: str
    bytes_read: int = Field(sa_type=BigInteger)
    sha256_found: str | None = Field(default=None, max_length=64)
    error: str | None = None


class FixityState(SQLModel, table=True):
    """The latest reading of each version on record, and who is reading it now; made again from the checks.

    `waits_since`: when it was read last; where it never was (no `outcome`), when it was stored. `serves`: whether
    nothing replaced it since. Whoever reads it owns it until `lease_until`.
    """

    __tablename__ = "fixity_state"
    __table_args__ = (one_of("outcome", FixityOutcome),)
    recording_id: UUID = Field(foreign_key="recording.id", primary_key=True)
    object_version: str = Field(primary_key=True)
    object_key: str
    waits_since: datetime = time_field(index=True)
    outcome: FixityOutcome | None = optional_state_field(FixityOutcome, index=True)
    serves: bool = True
    owner: str | None = Field(default=None, index=True)
    lease_until: datetime | None = optional_time_field()


class Replacement(Row, table=True):
    """The version that serves in the place of a damaged one since `made_at`: same bytes, from a replica. Never changes.

    Where a recording has several, the newest serves. The damaged version stays where it is, locked.
    """

    __tablename__ = "replacement"
    recording_id: UUID = Field(foreign_key="recording.id", index=True)
    object_key: str
    object_version: str
    made_at: datetime = time_field()
    origin: str
    reason: str


class StoredLock(SQLModel, table=True):
    """The end of the lock of a version that no recording remembers: manifests, the custody log, damaged originals.

    Remembered for finding those that end soon; the store remains the truth. `ends_at` None: not looked at yet, or none.
    `recording_id` where it follows the decision on a recording; what has none is kept for ever.
    """

    __tablename__ = "stored_lock"
    bucket: str = Field(primary_key=True)
    object_key: str = Field(primary_key=True)
    object_version: str = Field(primary_key=True)
    recording_id: UUID | None = Field(default=None, foreign_key="recording.id", index=True)
    ends_at: datetime | None = optional_time_field(index=True)


class LockListing(SQLModel, table=True):
    """How far a bucket has been listed for versions whose locks are to be lengthened: a portion a round.

    `after_key`: where the turn under way goes on; None between turns.
    """

    __tablename__ = "lock_listing"
    bucket: str = Field(primary_key=True)
    after_key: str | None = None
    began_at: datetime = time_field()
    ended_at: datetime | None = optional_time_field()
