"""The lock conformance probe of the embedded store: what its contract refuses, and what no folder can.

Runs in a store of its own beside the real one, on the same disk. Its last trial changes a byte on the disk itself: it
always succeeds, since whoever is root on this machine can change the folder. So no folder is ever called immutable.
"""

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from storage.clock import utc_now
from storage.errors import LockWouldShrink, StorageError, VersionLocked, VersionNotFound
from storage.local import LocalStore
from storage.local_files import translated_errors
from storage.model import Bucket, Lock, LockMode, StoredVersion
from storage.probe import Conformance, Remains, Reply, Seen, Trial, TrialName, TrialOutcome, attacked

_LOCKED_FOR = timedelta(minutes=10)
_HELD_FOR = timedelta(seconds=1)
_PATIENCE_SECONDS = 60.0
_CONTENT = b"what must not be lost"


class LocalProbe:
    """One run of the probe in a folder of its own below `beside`."""

    def __init__(
        self,
        beside: Path,
        *,
        now: Callable[[], datetime] = utc_now,
        on_trial: Callable[[TrialName], None] = lambda _name: None,
    ) -> None:
        """`on_trial` is told of each trial as it begins."""
        self._root = beside / "probe"
        self._now, self._on_trial = now, on_trial

    def run(self) -> Conformance:
        """Try everything, clean up, and tell. Raises StoreUnavailable, StoreFull."""
        with translated_errors(self._root):
            _remove(self._root)  # where an earlier run was killed
            try:
                return Conformance(tuple(self._trials(LocalStore(self._root))))
            finally:
                _remove(self._root)

    def _trials(self, store: LocalStore) -> Iterator[Trial]:
        until = self._now() + _LOCKED_FOR
        governance, compliance = Lock(LockMode.GOVERNANCE, until), Lock(LockMode.COMPLIANCE, until)
        shorter = self._now() + _LOCKED_FOR / 2

        def delete(victim: StoredVersion) -> None:
            store.delete_version(victim.reference)

        def shorten(victim: StoredVersion) -> None:
            assert victim.lock is not None  # noqa: S101 - the trials below hand it locked ones
            store.extend_lock(victim.reference, Lock(victim.lock.mode, shorter))

        def weaken(victim: StoredVersion) -> None:
            store.extend_lock(victim.reference, governance)

        def overwrite(victim: StoredVersion) -> None:
            _put(store, victim.reference.key, b"something else", None)

        attacks: tuple[tuple[TrialName, Lock, Callable[[StoredVersion], None]], ...] = (
            (TrialName.SINGLE_PUT_UNLOCKED, compliance, lambda _victim: None),
            (TrialName.GOVERNANCE_DELETE, governance, delete),
            (TrialName.GOVERNANCE_SHORTEN, governance, shorten),
            (TrialName.COMPLIANCE_DELETE, compliance, delete),
            (TrialName.COMPLIANCE_SHORTEN, compliance, shorten),
            (TrialName.COMPLIANCE_WEAKEN, compliance, weaken),
        )
        for name, lock, attack in attacks:
            yield self._survives(store, name, lock, attack)
        yield self._survives(store, TrialName.HELD_DELETE, None, delete, hold=True)
        yield self._held_after_the_lock(store, delete)
        yield self._survives(store, TrialName.OVERWRITE, governance, overwrite)
        yield self._changed_on_disk(store, governance)

    def _survives(
        self,
        store: LocalStore,
        name: TrialName,
        lock: Lock | None,
        attack: Callable[[StoredVersion], None],
        *,
        hold: bool = False,
    ) -> Trial:
        self._on_trial(name)
        victim = _put(store, _key(), _CONTENT, lock)
        if hold:
            victim = store.set_hold(victim.reference)
        trial = _attacked(store, name, victim, attack)
        if trial.seen is Seen.NOTHING_LOST and name is TrialName.SINGLE_PUT_UNLOCKED:
            return replace(trial, seen=Seen.LOCKED, answer=str(lock.mode) if lock else "")
        return trial

    def _held_after_the_lock(self, store: LocalStore, attack: Callable[[StoredVersion], None]) -> Trial:
        """A second version without hold tells when the lock is over: from then on it can be deleted."""
        name = TrialName.HELD_DELETE_AFTER_LOCK
        self._on_trial(name)
        soon = Lock(LockMode.GOVERNANCE, self._now() + _HELD_FOR)
        witness, victim = (_put(store, _key(), _CONTENT, soon) for _ in range(2))
        victim = store.set_hold(victim.reference)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(VersionLocked):
                store.delete_version(witness.reference)
                return _attacked(store, name, victim, attack)
            time.sleep(0.1)
        return Trial(name, TrialOutcome.UNCLEAR, "", seen=Seen.NEVER_OVER)

    def _changed_on_disk(self, store: LocalStore, lock: Lock) -> Trial:
        name = TrialName.CHANGE_ON_DISK
        self._on_trial(name)
        victim = _put(store, _key(), _CONTENT, lock)
        path = store.local_path(victim.reference)
        path.chmod(0o600)
        path.write_bytes(b"X" + _CONTENT[1:])
        changed = b"".join(store.read(victim.reference)) != _CONTENT
        if changed:
            return Trial(name, TrialOutcome.ALLOWED, "", seen=Seen.CHANGED_ON_DISK)
        return Trial(name, TrialOutcome.UNCLEAR, "", seen=Seen.NO_ANSWER)


def _attacked(
    store: LocalStore, name: TrialName, victim: StoredVersion, attack: Callable[[StoredVersion], None]
) -> Trial:
    reply, said = Reply.DONE, ""
    try:
        attack(victim)
    except (VersionLocked, LockWouldShrink) as error:
        reply, said = Reply.DENIED, type(error).__name__
    except StorageError as error:
        reply, said = Reply.FAULT, str(error)
    return attacked(name, reply, said, _remains(store, victim), may_otherwise=True)


def _remains(store: LocalStore, victim: StoredVersion) -> Remains:
    try:
        intact = store.head(victim.reference) == victim and b"".join(store.read(victim.reference)) == _CONTENT
    except VersionNotFound:
        return Remains.GONE
    return Remains.INTACT if intact else Remains.CHANGED


def _put(store: LocalStore, key: str, content: bytes, lock: Lock | None) -> StoredVersion:
    with store.upload(Bucket.ORIGINALS, key, lock=lock) as upload:
        upload.write(content)
        return upload.complete()


def _key() -> str:
    return secrets.token_hex(8)


def _remove(root: Path) -> None:
    """Remove the probe's own store with its read-only folders."""
    for folder, _folders, _files in os.walk(root):
        Path(folder).chmod(0o700)
    shutil.rmtree(root, ignore_errors=True)
