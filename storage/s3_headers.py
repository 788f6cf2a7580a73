"""Locks, holds and metadata as the headers of S3 carry them. Pure: no request is made here."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from storage.metadata import check_metadata
from storage.model import Lock, LockMode, StoredVersion, VersionReference

Headers = dict[str, str | list[str] | tuple[str]]

_MODE, _UNTIL = "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date"
_HOLD = "x-amz-object-lock-legal-hold"
_METADATA = "x-amz-meta-"
VERSION_ID = "x-amz-version-id"
ATTEMPT = f"{_METADATA}zhilu-attempt"
"""Names the one upload that made a version: how a version is found whose making the store did not confirm."""


def whole_seconds(lock: Lock) -> Lock:
    """Round the end of a lock up to the full second: some stores drop fractions, and a lock must never end early."""
    until = lock.retain_until.astimezone(UTC)
    rounded = until.replace(microsecond=0) + timedelta(seconds=1 if until.microsecond else 0)
    return Lock(lock.mode, rounded)


def is_weaker(lock: Lock, *, than: Lock) -> bool:
    """Whether `lock` promises less: an earlier end, or governance where there was compliance."""
    softer = than.mode is LockMode.COMPLIANCE and lock.mode is LockMode.GOVERNANCE
    return softer or lock.retain_until < than.retain_until


def lock_headers(lock: Lock | None) -> Headers:
    if lock is None:
        return {}
    until = whole_seconds(lock).retain_until
    return {_MODE: lock.mode.upper(), _UNTIL: until.strftime("%Y-%m-%dT%H:%M:%SZ")}


def metadata_headers(metadata: Mapping[str, str]) -> Headers:
    """Return the headers of user metadata. Raises ValueError for metadata that would not come back unchanged."""
    check_metadata(metadata)
    return {f"{_METADATA}{key}": value for key, value in metadata.items()}


def content_md5(body: bytes | bytearray) -> Headers:
    """Return the checksum that Object Lock demands with every put, and that lets the store refuse damaged bytes."""
    digest = hashlib.md5(body, usedforsecurity=False).digest()
    return {"Content-MD5": base64.b64encode(digest).decode()}


def stored_version(
    reference: VersionReference, size: int, stored_at: datetime, headers: Mapping[str, str]
) -> StoredVersion:
    """Read what the headers of a HEAD, or of a GET of all of it, say of a version.

    Raises ValueError, OverflowError for what no store should answer, and for another version.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    if lowered.get(VERSION_ID, reference.version_id) != reference.version_id:
        message = f"asked for {reference}, it answers of version {lowered[VERSION_ID]}"
        raise ValueError(message)
    metadata = {name.removeprefix(_METADATA): value for name, value in lowered.items() if name.startswith(_METADATA)}
    metadata.pop(ATTEMPT.removeprefix(_METADATA), None)  # ours, not the caller's
    held = lowered.get(_HOLD, "").upper() == "ON"
    return StoredVersion(reference, size, stored_at, _lock(lowered), held, metadata)


def _lock(headers: Mapping[str, str]) -> Lock | None:
    mode, until = headers.get(_MODE), headers.get(_UNTIL)
    if mode is None or until is None:
        return None
    # Ceph writes nine fractional digits; `fromisoformat` takes them and drops what is finer than a microsecond.
    end = datetime.fromisoformat(until)
    if end.tzinfo is None:  # taken for our own zone, it might look later than it is
        message = f"the end of a lock without a time zone: {until}"
        raise ValueError(message)
    return Lock(LockMode(mode.lower()), end.astimezone(UTC))
