"""What reconciling store and catalog finds, and how much it looked at."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from storage.model import Bucket, VersionReference


class FindingKind(StrEnum):
    """What does not agree. The second group are recordings whose version is not what the catalog says."""

    ABANDONED_UPLOADS = "abandoned_uploads"
    SURPLUS = "surplus"
    UNKNOWN_CONTENT = "unknown_content"
    UNLISTED_DERIVATIVE = "unlisted_derivative"
    LONELY_MANIFEST = "lonely_manifest"
    UNREADABLE = "unreadable"

    MISSING = "missing"
    SIZE_DIFFERS = "size_differs"
    NOT_LOCKED = "not_locked"
    LOCK_SHORTER = "lock_shorter"
    LOCK_WEAKER = "lock_weaker"
    NOT_ASKED = "not_asked"


class FindingState(StrEnum):
    """Open ones need a person or `--settle`; waiting ones settle by themselves when their lock is over."""

    OPEN = "open"
    WAITING = "waiting"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not agree. `size` in bytes; `detail` says more: a reason, the end of a lock."""

    kind: FindingKind
    state: FindingState
    reference: VersionReference | None = None
    recording_id: UUID | None = None
    size: int | None = None
    count: int = 1
    detail: str = ""


@dataclass(slots=True)
class Looked:
    """Of `listed` versions in a bucket, `looked_at` were compared; the others were left alone for now."""

    listed: int = 0
    young: int = 0
    claimed: int = 0
    unreadable: int = 0

    @property
    def looked_at(self) -> int:
        return self.listed - self.young - self.claimed - self.unreadable


@dataclass(slots=True)
class Tally:
    """How much was looked at, beside how much there is. `removed_bytes` were freed."""

    buckets: dict[Bucket, Looked] = field(default_factory=lambda: {bucket: Looked() for bucket in Bucket})
    recordings: int = 0
    recordings_looked_at: int = 0
    removed_bytes: int = 0
    findings: dict[FindingState, int] = field(default_factory=lambda: dict.fromkeys(FindingState, 0))

    def add(self, finding: Finding) -> None:
        self.findings[finding.state] += finding.count
