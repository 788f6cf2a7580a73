"""What verifying finds, and how much of what there is it could check."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

Fact = str | int | float | datetime
"""What a finding tells; times are written as their reader needs them."""


class Part(StrEnum):
    """What is checked, in the order in which it is told."""

    KEYS = "keys"
    CHECKPOINTS = "checkpoints"
    STAMPS = "stamps"
    EVENTS = "events"
    SEGMENTS = "segments"
    ROWS = "rows"
    MANIFESTS = "manifests"
    OBJECTS = "objects"
    CONTENTS = "contents"
    DERIVATIVES = "derivatives"
    LOCKS = "locks"


class Weight(StrEnum):
    """DISCREPANCY: it is not as it was put on record. UNCHECKED: nobody can say, which is never "in order"."""

    DISCREPANCY = "discrepancy"
    UNCHECKED = "unchecked"


class Code(StrEnum):
    """What is the matter; the texts `verify-finding-...` say it."""

    # contents
    BYTES_DIFFER = "bytes differ"
    BYTES_DIFFER_AT = "bytes differ at"
    BYTES_MISSING = "bytes missing"
    BYTES_ADDED = "bytes added"
    SM3_DIFFERS = "sm3 differs"
    VERSION_MISSING = "version missing"
    DISPOSED_BUT_THERE = "disposed but there"
    CONTENT_UNREADABLE = "content unreadable"
    # locks
    LOCK_MISSING = "lock missing"
    LOCK_GONE = "lock gone"
    LOCK_SHORTER = "lock shorter"
    LOCK_WEAKER = "lock weaker"
    LOCK_OVER = "lock over"
    HOLD_MISSING = "hold missing"
    HOLD_UNORDERED = "hold unordered"
    LOCK_UNREADABLE = "lock unreadable"
    # rows
    ROW_CHANGED = "row changed"
    ROW_COLUMNS_CHANGED = "row columns changed"
    ROW_UNREADABLE = "row unreadable"
    ROW_UNSEALED = "row unsealed"
    ROW_GONE = "row gone"
    ROW_BACK = "row back"
    # events
    EVENT_CHANGED = "event changed"
    EVENT_UNREADABLE = "event unreadable"
    EVENT_REMOVED = "event removed"
    EVENT_REMOVED_WAITING = "event removed waiting"
    EVENT_UNPLACED = "event unplaced"
    EVENT_TWICE = "event twice"
    EVENT_PLACED_AND_WAITING = "event placed and waiting"
    EVENTS_MISSING = "events missing"
    EVENTS_REORDERED = "events reordered"
    EVENT_REPLACED = "event replaced"
    EVENT_CUT_OUT = "event cut out"
    EVENT_PUT_IN = "event put in"
    SEGMENT_MISSING = "segment missing"
    SEGMENT_DIFFERS = "segment differs"
    SEGMENT_FOREIGN = "segment foreign"
    SEGMENT_UNREADABLE = "segment unreadable"
    CLOCK_BACK = "clock back"
    # checkpoints
    CHECKPOINT_NOT_SIGNED = "checkpoint not signed"
    CHECKPOINT_ROW_DIFFERS = "checkpoint row differs"
    CHECKPOINT_ROOT_DIFFERS = "checkpoint root differs"
    CHECKPOINT_AHEAD = "checkpoint ahead"
    CHECKPOINT_UNKNOWN = "checkpoint unknown"
    CHECKPOINT_OBJECT_DIFFERS = "checkpoint object differs"
    CHECKPOINT_OBJECT_MISSING = "checkpoint object missing"
    CHECKPOINT_OBJECT_UNREADABLE = "checkpoint object unreadable"
    CHECKPOINT_UNLOCKED = "checkpoint unlocked"
    CHECKPOINT_TIME_BACK = "checkpoint time back"
    CHECKPOINT_BEFORE_EVENTS = "checkpoint before events"
    CHECKPOINT_TIME_DIFFERS = "checkpoint time differs"
    CHECKPOINT_OF_OTHER_KEY = "checkpoint of other key"
    NO_CHECKPOINT = "no checkpoint"
    # keys
    KEY_NOT_INTRODUCED = "key not introduced"
    KEY_CHANGED = "key changed"
    KEY_OUTSIDE = "key outside"
    KEY_NOT_IN_STORE = "key not in store"
    KEY_UNREADABLE = "key unreadable"
    # stamps
    STAMP_WRONG = "stamp wrong"
    STAMP_EARLIER = "stamp earlier"
    STAMP_UNCHECKED = "stamp unchecked"
    # manifests
    MANIFEST_MISSING = "manifest missing"
    MANIFEST_CHANGED = "manifest changed"
    MANIFEST_DIFFERS = "manifest differs"
    MANIFEST_UNREADABLE = "manifest unreadable"
    # objects
    OBJECT_MISSING = "object missing"
    OBJECT_CHANGED = "object changed"
    OBJECT_UNREADABLE = "object unreadable"
    OBJECT_UNLOCKED = "object unlocked"
    OBJECT_LOCK_SHORTER = "object lock shorter"
    # derivatives
    DERIVATIVE_MISSING = "derivative missing"
    DERIVATIVE_CHANGED = "derivative changed"
    DERIVATIVE_UNREADABLE = "derivative unreadable"


_UNCHECKED = frozenset(
    {
        Code.CONTENT_UNREADABLE,
        Code.LOCK_UNREADABLE,
        Code.CHECKPOINT_OBJECT_UNREADABLE,
        Code.NO_CHECKPOINT,
        Code.KEY_UNREADABLE,
        Code.SEGMENT_UNREADABLE,
        Code.STAMP_UNCHECKED,
        Code.MANIFEST_UNREADABLE,
        Code.OBJECT_UNREADABLE,
        Code.DERIVATIVE_UNREADABLE,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One discrepancy, or one thing that could not be checked. `recording_id` where it concerns one alone."""

    part: Part
    code: Code
    facts: Mapping[str, Fact] = field(default_factory=dict)
    recording_id: UUID | None = None

    @property
    def weight(self) -> Weight:
        return Weight.UNCHECKED if self.code in _UNCHECKED else Weight.DISCREPANCY


@dataclass(slots=True)
class Tally:
    """Of so many, so many could be checked; whether they are right, the findings say."""

    of: int = 0
    checked: int = 0

    def met(self, *, checked: bool = True) -> None:
        self.of += 1
        self.checked += checked


@dataclass(slots=True)
class Tallies:
    """The denominators. A part that was left out on purpose is not among them."""

    parts: dict[Part, Tally] = field(default_factory=dict)
    findings: dict[Weight, int] = field(default_factory=lambda: dict.fromkeys(Weight, 0))
    waiting: int = 0
    stamps_pending: int = 0
    manifests_waiting: int = 0
    uncovered: int = 0

    def __getitem__(self, part: Part) -> Tally:
        return self.parts.setdefault(part, Tally())

    @property
    def passed(self) -> bool:
        """Everything that was asked for could be checked, and is right."""
        return not any(self.findings.values()) and all(each.of == each.checked for each in self.parts.values())
