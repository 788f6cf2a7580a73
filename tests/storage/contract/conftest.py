"""Putting, reading and listing versions in whatever engine is tested."""

import random
import time
from datetime import UTC, datetime, timedelta

from storage.contract import ObjectStore
from storage.errors import VersionLocked
from storage.model import Bucket, Lock, LockMode, StoredVersion, VersionReference

MIB = 1024 * 1024
PART = 5 * MIB  # the S3 engine of these tests sends parts of this size
PATIENCE = 20  # seconds until a lock of two seconds counts as never ending


def some_bytes(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - reproducible, not secret


def in_the_future(**delta: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(**delta)


def governance(**delta: float) -> Lock:
    return Lock(LockMode.GOVERNANCE, in_the_future(**delta))


def put(
    store: ObjectStore,
    key: str,
    content: bytes = b"content",
    *,
    bucket: Bucket = Bucket.ORIGINALS,
    lock: Lock | None = None,
    metadata: dict[str, str] | None = None,
) -> StoredVersion:
    with store.upload(bucket, key, lock=lock, metadata=metadata) as upload:
        upload.write(content)
        return upload.complete()


def read(store: ObjectStore, reference: VersionReference, start: int = 0, length: int | None = None) -> bytes:
    return b"".join(store.read(reference, start, length))


def listed(store: ObjectStore, prefix: str) -> list[VersionReference]:
    return [stored.reference for stored in store.list_versions(Bucket.ORIGINALS, prefix)]


def delete_once_allowed(store: ObjectStore, reference: VersionReference) -> None:
    """Delete as soon as the lock is over, by the clock of whoever keeps it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            store.delete_version(reference)
        except VersionLocked:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return
