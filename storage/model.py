"""The words of storage: references to stored versions, locks, and what a store reports of them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Bucket(StrEnum):
    """The areas of a store; what is locked never shares one with what can be made again."""

    ORIGINALS = "originals"
    DERIVATIVES = "derivatives"
    MANIFESTS = "manifests"
    CUSTODY = "custody"


class LockMode(StrEnum):
    """Who may shorten a lock: with governance a privileged few, with compliance nobody."""

    GOVERNANCE = "governance"
    COMPLIANCE = "compliance"


@dataclass(frozen=True, slots=True)
class Lock:
    """A promise that a version cannot be deleted before `retain_until` (aware, UTC)."""

    mode: LockMode
    retain_until: datetime

    def __post_init__(self) -> None:
        if self.retain_until.tzinfo is None:
            message = "a lock needs an aware time"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class VersionReference:
    """One immutable version of one object: what is read, played, locked and deleted."""

    bucket: Bucket
    key: str
    version_id: str

    def __str__(self) -> str:
        return f"{self.bucket}/{self.key}@{self.version_id}"


@dataclass(frozen=True, slots=True)
class ListedVersion:
    """What a listing says of a version. It says nothing of locks: those are read from the version itself."""

    reference: VersionReference
    size: int
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """What the store itself reports of a version; `lock` is None when it carries none."""

    reference: VersionReference
    size: int
    stored_at: datetime
    lock: Lock | None = None
    held: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
