"""Whether a source may be erased from its card. Pure: takes facts and returns the reason against it, or None."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from ingest.errors import KeptReason
from storage.model import Lock, LockMode, StoredVersion, VersionReference
from storage.probe import GOVERNANCE_BYPASSES, TrialName, TrialOutcome

# What guards the only copy must do so for a while yet: a lock renewed by a timer that has stood still for days, or one
# about to end, is no reason to erase. A week is time for somebody to notice (retention/renewal.py renews far earlier).
LOCK_AHEAD = timedelta(days=7)
# Stores keep whole seconds or milliseconds: a lock that ends a second early is the one that was asked for.
_ROUNDING = timedelta(seconds=1)
# How often a file is read again for a receipt that it can be erased on.
_READ_AGAIN_AT_MOST = 3
ENGINE_SILENT = frozenset({KeptReason.STORE_SILENT, KeptReason.CATALOG_SILENT})
STORE_NOT_PROVEN = frozenset({KeptReason.NEVER_PROBED, KeptReason.LOCKS_BROKEN})


@dataclass(frozen=True, slots=True)
class FileOnCard:
    """Which file a receipt speaks of, or somebody wants to erase; the path as the card spells it."""

    source: str
    below: bytes
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """A receipt as the catalog holds it; the lock is what the store reported when it was made."""

    file: FileOnCard
    version: VersionReference
    lock: Lock
    made_at: datetime


def against_the_receipt(*, fresh: bool, age: timedelta, validity: timedelta) -> KeptReason | None:
    """A receipt serves when it was made in this run of the process, for this very reading, and not long ago."""
    if not fresh:
        return KeptReason.RECEIPT_NOT_FRESH
    return KeptReason.RECEIPT_TOO_OLD if age > validity else None


def against_the_record(on_record: ReceiptFacts, file: FileOnCard, version: VersionReference) -> KeptReason | None:
    """The receipt on record must be for this very file and this very version."""
    same = (on_record.file, on_record.version) == (file, version)
    return None if same else KeptReason.RECEIPT_DIFFERS


def against_the_version(stored: StoredVersion, size: int, receipt: ReceiptFacts, now: datetime) -> KeptReason | None:
    """The store must hold all of it, where nobody can delete it: held, or under a lock no weaker than on the receipt.

    That lock must last for a week yet, unless the one on the receipt never did, as the settings may have it.
    """
    if stored.size != size:
        return KeptReason.SIZE_DIFFERS
    if stored.held:
        return None
    if not is_guarded(stored.lock, now, held=False) or not serves(stored.lock, receipt.lock):
        return KeptReason.NOT_GUARDED
    is_short_by_settings = receipt.lock.retain_until - receipt.made_at < LOCK_AHEAD
    return None if is_short_by_settings or lasts(stored.lock, now, LOCK_AHEAD) else KeptReason.NOT_GUARDED


def is_guarded(lock: Lock | None, now: datetime, *, held: bool) -> bool:
    """Whether nothing can delete a version now."""
    return held or lasts(lock, now, timedelta())


def lasts(lock: Lock | None, now: datetime, ahead: timedelta) -> bool:
    """Whether a lock ends later than so long from now."""
    return lock is not None and lock.retain_until - now > ahead


def serves(reported: Lock | None, wanted: Lock) -> bool:
    """Whether the lock that a store reports is as long and as strong as the one that was asked for, or was there."""
    if reported is None:
        return False
    long_enough = reported.retain_until >= wanted.retain_until - _ROUNDING
    return long_enough and (reported.mode is wanted.mode or wanted.mode is LockMode.GOVERNANCE)


# What breaks a lock by its very nature, and no store can mend: whoever is root may change a folder, and whoever has the
# right to bypass governance may do so. Who chose such a store or lock knows; who wants neither takes S3 and compliance.
_BY_NATURE = GOVERNANCE_BYPASSES | {TrialName.CHANGE_ON_DISK}


def broken_locks(trials: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Which trials of a probe stand against erasing: each that weighs and was not refused, but those that never are."""
    return tuple(
        str(trial["trial"])
        for trial in trials
        if trial["weighs"] and trial["outcome"] != TrialOutcome.REFUSED and trial["trial"] not in _BY_NATURE
    )


class AfterKeeping(StrEnum):
    """What becomes of a secured file that was kept on its card."""

    # The bytes are safe in the store: only the card, or an old receipt, kept it.
    SAFE = "safe"
    # Not known whether the store or catalog still vouch for it: for a person, at once.
    DOUBTED = "doubted, to be read again"
    DOUBTED_FOR_GOOD = "doubted"
    AGAIN = "to be read again"

    @property
    def is_final(self) -> bool:
        """Whether it is not read again while it lies there unchanged."""
        return self in {AfterKeeping.SAFE, AfterKeeping.DOUBTED_FOR_GOOD}


def after_keeping(reason: KeptReason, *, times: int) -> AfterKeeping:
    """Decide on a file that was kept for this reason, now for so many times."""
    last = times >= _READ_AGAIN_AT_MOST
    match reason:
        case KeptReason.CARD_READ_ONLY | KeptReason.NOT_PERMITTED | KeptReason.NEVER_PROBED | KeptReason.LOCKS_BROKEN:
            return AfterKeeping.SAFE
        case KeptReason.RECEIPT_NOT_FRESH | KeptReason.RECEIPT_TOO_OLD:
            return AfterKeeping.SAFE if last else AfterKeeping.AGAIN
        case KeptReason.STORE_SILENT | KeptReason.CATALOG_SILENT | KeptReason.VANISHED:
            return AfterKeeping.AGAIN
        case KeptReason.CHANGED:
            return AfterKeeping.DOUBTED if last else AfterKeeping.AGAIN
        case (
            KeptReason.VERSION_MISSING
            | KeptReason.SIZE_DIFFERS
            | KeptReason.NOT_GUARDED
            | KeptReason.RECEIPT_DIFFERS
            | KeptReason.NOT_A_FILE
            | KeptReason.NO_RECEIPT
            | KeptReason.NOT_SECURED
        ):
            return AfterKeeping.DOUBTED_FOR_GOOD if last else AfterKeeping.DOUBTED
