"""The custody log (监管链): append-only, kept so by triggers in the database itself; and the tree over it.

Events wait in `custody_pending`, in the order of their arrival, until the sequencer gives them their position in the
tree (RFC 9162). What the tree was at a time is signed as a checkpoint.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from catalog.tables.base import (
    Row,
    document_field,
    one_of,
    optional_document_field,
    optional_time_field,
    state_field,
    time_field,
)

_Position = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts by itself only in a column of this very type."""


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
    ROWS_WRITTEN = "rows written"
    TAKEN_OVER = "taken over"
    KEY_MADE = "key made"
    KEY_ROTATED = "key rotated"
    VERIFIED = "verified"
    REPORTED = "reported"
    MANIFESTED = "manifested"
    REBUILT = "rebuilt"
    CLASSIFIED = "classified"
    CLASSIFICATION_WITHDRAWN = "classification withdrawn"
    CASE_CHANGED = "case changed"
    SCHEDULE_LOADED = "schedule loaded"
    SCHEDULE_PROPOSED = "schedule proposed"
    SCHEDULE_ACTIVATED = "schedule activated"
    SCHEDULE_REJECTED = "schedule rejected"
    HOLD_PLACED = "hold placed"
    HOLD_RELEASED = "hold released"
    HOLD_SET = "hold set"
    HOLD_LIFTED = "hold lifted"
    APPROVER_ENROLLED = "approver enrolled"
    APPROVER_REVOKED = "approver revoked"
    APPROVER_REKEYED = "approver rekeyed"
    APPROVER_CHALLENGED = "approver challenged"
    DISPOSAL_PLANNED = "disposal planned"
    DISPOSAL_APPROVED = "disposal approved"
    DISPOSAL_REJECTED = "disposal rejected"
    DISPOSAL_RECOVERED = "disposal recovered"
    DISPOSAL_WAITED = "disposal waited"
    DISPOSAL_ORDERED = "disposal ordered"
    DISPOSAL_KEPT = "disposal kept"
    DISPOSED = "disposed"
    DISPOSAL_CERTIFIED = "disposal certified"
    FIXITY_CHECKED = "fixity checked"
    FIXITY_FAILED = "fixity failed"
    REPAIRED = "repaired"


class CustodyResult(StrEnum):
    DONE = "done"
    DENIED = "denied"
    FAILED = "failed"


class CustodyEvent(Row, table=True):
    """One entry of the log. `subject_id` has no foreign key: what is logged outlives what it speaks of.

    `seals`: of each row of evidence that the same transaction wrote, by `table/id`, its digest (`catalog/seals.py`);
    None where the row went. `salt`: random bytes, so that who is shown other events cannot guess this one. Events of
    versions that had neither lack them. `approval` names what allowed the act, `address` from where it was asked for.
    """

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
    role: str | None = None
    approval: str | None = None
    address: str | None = None
    salt: bytes | None = Field(default=None, sa_type=LargeBinary)
    seals: dict[str, str | None] | None = optional_document_field()


class CustodyPending(SQLModel, table=True):
    """An event that waits for its position, by the order of arrival. Filled by a trigger of `custody_event`."""

    __tablename__ = "custody_pending"
    arrival: int | None = Field(default=None, sa_column=Column(_Position, primary_key=True, autoincrement=True))
    event_id: UUID = Field(unique=True)


class CustodyLeaf(SQLModel, table=True):
    """The position of an event in the tree, and the hash of its leaf (32 bytes). Never changes."""

    __tablename__ = "custody_leaf"
    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    event_id: UUID = Field(unique=True)
    leaf_hash: bytes = Field(sa_type=LargeBinary)


class CustodySubtree(SQLModel, table=True):
    """The hash of a complete subtree: the one of `2**height` leaves that begins at leaf `number * 2**height`.

    Spares computing, for heights of `LEAST_HEIGHT` and more; never believed by who verifies.
    """

    __tablename__ = "custody_subtree"
    height: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    hash: bytes = Field(sa_type=LargeBinary)


class CustodyKey(Row, table=True):
    """A public key that signs checkpoints (Ed25519, 32 bytes), from when on. Never changes.

    `ordinal` counts the keys of the log from 0, and so decides which of two that come at once is the next.
    `introduced_by`: the signed note in which the key before it names this one; None for the first.
    """

    __tablename__ = "custody_key"
    ordinal: int = Field(unique=True)
    name: str
    public_key: bytes = Field(sa_type=LargeBinary, unique=True)
    made_at: datetime = time_field()
    introduced_by: str | None = None


class CustodyCheckpoint(Row, table=True):
    """A signed note on what the tree was: `size` leaves with this root (C2SP tlog-checkpoint). Never changes.

    It lies in the store as that version before this row is written.
    """

    __tablename__ = "custody_checkpoint"
    __table_args__ = (CheckConstraint("size >= 0", name="size"),)
    size: int = Field(sa_type=BigInteger, index=True)
    root: bytes = Field(sa_type=LargeBinary)
    at: datetime = time_field(index=True)
    key_id: UUID = Field(foreign_key="custody_key.id")
    note: str
    object_key: str
    object_version: str


class CustodyObjectKind(StrEnum):
    KEY = "key"
    SEGMENT = "segment"
    CHECKPOINT = "checkpoint"
    STAMP = "stamp"
    CERTIFICATE = "certificate"


class CustodyObject(Row, table=True):
    """A version in the bucket of the log, written before this row; and until when it is locked, as was last read.

    Says what has to be there and which locks end soon. What those objects hold is signed, so this is no evidence.
    """

    __tablename__ = "custody_object"
    __table_args__ = (one_of("kind", CustodyObjectKind),)
    kind: CustodyObjectKind = state_field(CustodyObjectKind)
    object_key: str = Field(index=True)
    object_version: str
    written_at: datetime = time_field()
    locked_until: datetime | None = optional_time_field(index=True)


class StampState(StrEnum):
    PENDING = "pending"
    STAMPED = "stamped"


class CustodyStamp(Row, table=True):
    """A time stamp (RFC 3161) of one authority on one checkpoint, or that it is still to be asked for."""

    __tablename__ = "custody_stamp"
    __table_args__ = (UniqueConstraint("checkpoint_id", "authority"), one_of("state", StampState))
    checkpoint_id: UUID = Field(foreign_key="custody_checkpoint.id", index=True)
    authority: str
    state: StampState = state_field(StampState, StampState.PENDING, index=True)
    attempts: int = 0
    due_at: datetime = time_field()
    last_error: str | None = None
    token: bytes | None = Field(default=None, sa_type=LargeBinary)
    stamped_at: datetime | None = optional_time_field()
