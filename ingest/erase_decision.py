"""Whether a source may be erased from its card. Pure: takes facts and returns the reason against it, or None."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.errors import KeptReason
from storage.model import Lock, StoredVersion, VersionReference


@dataclass(frozen=True, slots=True)
class FileOnCard:
    """Which file a receipt speaks of, or somebody wants to erase; the path as the card spells it."""

    source: str
    below: bytes
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """A receipt as the catalog holds it."""

    file: FileOnCard
    version: VersionReference


def against_the_receipt(*, fresh: bool, age: timedelta, validity: timedelta) -> KeptReason | None:
    """A receipt serves when it was made in this run of the process, for this very reading, and not long ago."""
    if not fresh:
        return KeptReason.RECEIPT_NOT_FRESH
    return KeptReason.RECEIPT_TOO_OLD if age > validity else None


def against_the_record(
    on_record: ReceiptFacts | None, file: FileOnCard, version: VersionReference
) -> KeptReason | None:
    """The catalog must hold the receipt, for this very file and this very version."""
    if on_record is None or (on_record.file, on_record.version) != (file, version):
        return KeptReason.RECEIPT_DIFFERS
    return None


def against_the_version(stored: StoredVersion, size: int, now: datetime) -> KeptReason | None:
    """The store must hold all of it, where nobody can delete it now."""
    if stored.size != size:
        return KeptReason.SIZE_DIFFERS
    return None if is_guarded(stored.lock, now, held=stored.held) else KeptReason.NOT_GUARDED


def is_guarded(lock: Lock | None, now: datetime, *, held: bool) -> bool:
    """Whether nothing can delete a version now."""
    return held or (lock is not None and lock.retain_until > now)
