"""Locks and holds as the store reports them, against what receipts, events and the recording promise of them. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from api.verifying.model import Code, Fact, Finding, Part
from catalog.repositories.promises import Promise, PromisedLock
from storage.model import LockMode, StoredVersion

# Stores keep the end of a lock to the second.
_ROUNDED = timedelta(seconds=1)


def judge_lock(promise: Promise, stored: StoredVersion, now: datetime, *, may_lapse: bool = False) -> Iterator[Finding]:
    """What is wrong with the lock and the hold of one version that is there.

    `may_lapse`: the time of the recording is over and nothing blocks, so a lock that came to the end that was promised
    is not lengthened any more.
    """
    reference, lock = stored.reference, stored.lock
    serves = reference == promise.serving
    promised = [each for each in promise.locks if each.version == reference]
    where: dict[str, Fact] = {"version": str(reference)}
    longest = max(promised, key=lambda each: each.until, default=None)
    if lock is None:
        if may_lapse and longest is not None and longest.until <= now:
            return
        said: dict[str, Fact] = _said(longest) if longest else {"promised": "-", "said_by": "-"}
        yield Finding(Part.LOCKS, Code.LOCK_MISSING, {**where, **said}, promise.recording_id)
    else:
        if longest is not None and lock.retain_until < longest.until - _ROUNDED:
            told: dict[str, Fact] = {**where, **_said(longest), "found": lock.retain_until}
            yield Finding(Part.LOCKS, Code.LOCK_SHORTER, told, promise.recording_id)
        elif serves and lock.retain_until <= now and not may_lapse:
            yield Finding(Part.LOCKS, Code.LOCK_OVER, {**where, "found": lock.retain_until}, promise.recording_id)
        if lock.mode is not LockMode.COMPLIANCE and _was_compliant(promised):
            yield Finding(Part.LOCKS, Code.LOCK_WEAKER, {**where, "found": lock.mode.value}, promise.recording_id)
    yield from _hold(promise, stored, where)


def _hold(promise: Promise, stored: StoredVersion, where: dict[str, Fact]) -> Iterator[Finding]:
    """While the store is still to be told, it may say either."""
    if promise.hold_due or bool(promise.holds) == stored.held:
        return
    if promise.holds:
        told: dict[str, Fact] = {**where, "holds": ", ".join(promise.holds)}
        yield Finding(Part.LOCKS, Code.HOLD_MISSING, told, promise.recording_id)
    else:
        yield Finding(Part.LOCKS, Code.HOLD_UNORDERED, where, promise.recording_id)


def _said(lock: PromisedLock) -> dict[str, Fact]:
    return {"promised": lock.until, "said_by": lock.said_by}


def _was_compliant(promised: Sequence[PromisedLock]) -> bool:
    return any(each.mode == LockMode.COMPLIANCE for each in promised)
