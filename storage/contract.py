"""What every object store does for Zhilu; `tests/storage/contract/` holds each engine to it.

An upload is invisible until `complete` returns: a reader sees all of it, locked, or nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from types import TracebackType
from typing import Protocol, Self

from storage.model import Bucket, ListedVersion, Lock, StoredVersion, VersionReference
from storage.read_back import ReadBack

# S3 does not tell a slow upload from a dead one, so age is the only sign. 300 GB over a line of 4 MB/s take 21 hours.
ABANDONED_AFTER = timedelta(hours=24)


class Upload(AbstractContextManager["Upload"], Protocol):
    """One object on its way in. Leaving the context without `complete` abandons it and removes its traces."""

    def space(self, at_most: int) -> memoryview | None:
        """Offer room of the upload's own for the next bytes, `at_most` so many; None where it has none to offer.

        What is read into its beginning and then given to `write` is not copied. Valid until the next `write`; the
        bytes written last stay as they are until others were written after them, so that they may still be digested.
        Raises StoreFull, StoreUnavailable.
        """

    def write(self, chunk: bytes | memoryview) -> None:
        """Take the next bytes, in order. The chunk may be reused by the caller afterwards.

        Raises StoreFull, StoreUnavailable.
        """

    def complete(self) -> StoredVersion:
        """Make the object durable, locked and visible, and report it as the store sees it.

        Raises StoreFull, StoreUnavailable.
        """

    def make(self) -> VersionReference:
        """Do what `complete` does without looking what came of it: for who reads all of it back right away.

        Who does compares size and lock with what was asked for, and calls `confirm` if they are not. Raises as
        `complete` does.
        """

    def confirm(self, reference: VersionReference) -> StoredVersion:
        """Report what `make` made as the store sees it. Raises as `complete` does."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ObjectStore(Protocol):
    """Versioned objects with locks and holds. All times aware and UTC, all sizes in bytes."""

    def upload(
        self,
        bucket: Bucket,
        key: str,
        *,
        lock: Lock | None = None,
        metadata: dict[str, str] | None = None,
        size: int | None = None,
        again: Callable[[int, int], Iterator[bytes]] | None = None,
    ) -> Upload:
        """Start a new version of `key`. The lock is set with the object, never afterwards.

        `size` is how many bytes will be written, where that is known: very large objects need it. `again` reads what
        was written once more, from a start so many bytes, in small chunks, and raises rather than give fewer: with it a
        store need not hold in memory what was sent and not yet confirmed; it is called from other threads. Metadata
        keys and values are printable ASCII. Raises StoreUnavailable, StoreFull, InvalidKey.
        """

    def read(self, reference: VersionReference, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start`, `length` of them or up to the end, in chunks of at most 1 MiB.

        A `start` at or past the end yields nothing. Raises VersionNotFound, StoreUnavailable.
        """

    def holds_back(self, size: int) -> bool:
        """Whether an upload of so many bytes costs nothing before `complete`: all of it waits in memory till then."""

    def read_back(self, reference: VersionReference) -> ReadBack:
        """Return all bytes as the medium holds them, past any cache that this process can bypass.

        Raises VersionNotFound, StoreUnavailable, and so does reading them.
        """

    def head(self, reference: VersionReference) -> StoredVersion:
        """Report size, lock and hold as the store holds them now. Raises VersionNotFound, StoreUnavailable."""

    def extend_lock(self, reference: VersionReference, lock: Lock) -> StoredVersion:
        """Lengthen (or first set) a lock.

        Raises LockWouldShrink, LockInThePast: it would be over already, VersionNotFound, StoreUnavailable.
        """

    def set_hold(self, reference: VersionReference) -> StoredVersion:
        """Forbid deletion until the hold is lifted, whatever the lock says. Idempotent."""

    def lift_hold(self, reference: VersionReference) -> StoredVersion:
        """Lift the hold; the lock stays. Idempotent."""

    def delete_version(self, reference: VersionReference) -> None:
        """Delete this very version. Raises VersionNotFound, VersionLocked: held, or its lock is not over.

        The store's own clock decides; whether it is time is never the caller's to say.
        """

    def list_versions(self, bucket: Bucket, prefix: str = "") -> Iterator[StoredVersion]:
        """Yield every version whose key starts with `prefix`, by key, then oldest first."""

    def list_references(self, bucket: Bucket, prefix: str = "", *, after: str = "") -> Iterator[ListedVersion]:
        """Yield what `list_versions` does, in the same order, without locks, holds and metadata: far cheaper.

        `after`: only keys that come after this one.
        """

    def sweep_abandoned(self, *, older_than: timedelta = ABANDONED_AFTER, only_count: bool = False) -> int:
        """Remove what uploads of dead processes left behind; living ones are not touched. Returns how many.

        Where the store cannot tell a slow upload from a dead one, those older than `older_than` count as dead. With
        `only_count` nothing is removed.
        """
