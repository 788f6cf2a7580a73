"""What every object store does for Zhilu; `tests/storage/test_contract.py` holds each engine to it.

An upload is invisible until `complete` returns: a reader sees all of it, locked, or nothing.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

from storage.model import Bucket, Lock, StoredVersion, VersionReference


class Upload(AbstractContextManager["Upload"], Protocol):
    """One object on its way in. Leaving the context without `complete` abandons it and removes its traces."""

    def write(self, chunk: bytes | memoryview) -> None:
        """Take the next bytes, in order. The chunk may be reused by the caller afterwards.

        Raises StoreFull, StoreUnavailable.
        """

    def complete(self) -> StoredVersion:
        """Make the object durable, locked and visible, and report it as the store sees it.

        Raises StoreFull, StoreUnavailable.
        """

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ObjectStore(Protocol):
    """Versioned objects with locks and holds. All times aware and UTC, all sizes in bytes."""

    def upload(
        self, bucket: Bucket, key: str, *, lock: Lock | None = None, metadata: dict[str, str] | None = None
    ) -> Upload:
        """Start a new version of `key`. The lock is set with the object, never afterwards.

        Metadata keys and values are printable ASCII. Raises StoreUnavailable, InvalidKey.
        """

    def read(self, reference: VersionReference, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start`, `length` of them or up to the end, in chunks of at most 1 MiB.

        A `start` at or past the end yields nothing. Raises VersionNotFound, StoreUnavailable.
        """

    def read_back(self, reference: VersionReference) -> Iterator[bytes]:
        """Yield all bytes as the medium holds them, past any cache that this process can bypass."""

    def head(self, reference: VersionReference) -> StoredVersion:
        """Report size, lock and hold as the store holds them now. Raises VersionNotFound, StoreUnavailable."""

    def extend_lock(self, reference: VersionReference, lock: Lock) -> StoredVersion:
        """Lengthen (or first set) a lock. Raises LockWouldShrink, VersionNotFound, StoreUnavailable."""

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

    def sweep_abandoned(self) -> int:
        """Remove what uploads of dead processes left behind; living ones are not touched. Returns how many."""
