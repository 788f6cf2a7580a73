"""What the embedded store keeps beside each version, as JSON."""

import dataclasses
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from uuid6 import uuid7

from storage.model import Bucket, Lock, LockMode, StoredVersion, VersionReference


def new_version_id() -> str:
    """A version id that sorts by time."""
    return uuid7().hex


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """Facts of one version; `size` is in bytes, times are aware and UTC."""

    bucket: Bucket
    key: str
    version_id: str
    size: int
    stored_at: datetime
    lock: Lock | None
    held: bool
    metadata: dict[str, str]

    @classmethod
    def new(cls, bucket: Bucket, key: str, lock: Lock | None, metadata: dict[str, str]) -> "VersionFacts":
        return cls(bucket, key, new_version_id(), 0, datetime.now(UTC), lock, held=False, metadata=metadata)

    @property
    def reference(self) -> VersionReference:
        return VersionReference(self.bucket, self.key, self.version_id)

    def finished(self, size: int) -> "VersionFacts":
        return dataclasses.replace(self, size=size, stored_at=datetime.now(UTC))

    def with_lock(self, lock: Lock) -> "VersionFacts":
        return dataclasses.replace(self, lock=lock)

    def with_hold(self, *, held: bool) -> "VersionFacts":
        return dataclasses.replace(self, held=held)

    def as_stored(self) -> StoredVersion:
        return StoredVersion(self.reference, self.size, self.stored_at, self.lock, self.held, self.metadata)

    def to_json(self) -> bytes:
        document = {
            "bucket": self.bucket,
            "key": self.key,
            "version_id": self.version_id,
            "size": self.size,
            "stored_at": self.stored_at.isoformat(),
            "lock": self.lock and {"mode": self.lock.mode, "retain_until": self.lock.retain_until.isoformat()},
            "held": self.held,
            "metadata": self.metadata,
        }
        return json.dumps(document, indent=1).encode()

    @classmethod
    def from_json(cls, document: bytes) -> "VersionFacts":
        facts = json.loads(document)
        lock = facts["lock"] and Lock(
            LockMode(facts["lock"]["mode"]), datetime.fromisoformat(facts["lock"]["retain_until"])
        )
        return cls(
            Bucket(facts["bucket"]),
            facts["key"],
            facts["version_id"],
            facts["size"],
            datetime.fromisoformat(facts["stored_at"]),
            lock,
            facts["held"],
            facts["metadata"],
        )
