"""What lies in the bucket of the log, enough to build it anew: keys, segments of events, checkpoints, stamps.

    key/<hint>.note                                            the key, in a note signed by itself and the one before it
    segment/<millions>/<begin>-<end>.jsonl                     the leaves of events, one a line, from begin up to end
    checkpoint/<year>/<month>/<day>/<size>.note                what the tree was, signed
    stamp/<year>/<month>/<day>/<size>/<authority>.tsr          a time stamp on that checkpoint
    disposal/<number>/certificate.json                         what was disposed of, signed; beside it, printed

Everything is put under lock in one request, read back, and only then told to the catalog. Written twice, an object has
two versions that say the same: both are true.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from catalog.repositories import custody_log
from catalog.tables.custody import CustodyObjectKind
from storage.contract import ObjectStore
from storage.errors import StoreUnavailable
from storage.model import Bucket, Lock, StoredVersion

LockFor = Callable[[datetime], Lock]
_MILLION = 1_000_000
_CHECKPOINT = re.compile(r"checkpoint/\d{4}/\d\d/\d\d/(?P<size>\d+)\.note")
_SEGMENT = re.compile(r"segment/\d+/(?P<begin>\d+)-(?P<end>\d+)\.jsonl")


def key_object(hint: bytes) -> str:
    return f"key/{hint.hex()}.note"


def segment_object(begin: int, end: int) -> str:
    return f"segment/{begin // _MILLION:06d}/{begin:012d}-{end:012d}.jsonl"


def checkpoints_of_day(day: datetime) -> str:
    return f"checkpoint/{day:%Y/%m/%d}/"


def checkpoint_object(at: datetime, size: int) -> str:
    return f"{checkpoints_of_day(at)}{size:012d}.note"


def stamp_object(at: datetime, size: int, authority: str) -> str:
    safe = re.sub(r"[^0-9A-Za-z._-]", "-", authority)
    known = hashlib.sha256(authority.encode()).hexdigest()[:8]
    return f"stamp/{at:%Y/%m/%d}/{size:012d}/{safe}-{known}.tsr"


def size_in(key: str) -> int | None:
    """The size of the tree that a checkpoint of this key is about; None for another key."""
    found = _CHECKPOINT.fullmatch(key)
    return int(found["size"]) if found else None


def span_in(key: str) -> tuple[int, int] | None:
    """From which position up to which a segment of this key goes; None for another key."""
    found = _SEGMENT.fullmatch(key)
    return (int(found["begin"]), int(found["end"])) if found else None


@dataclass(frozen=True, slots=True)
class Shelf:
    """Puts objects into the bucket of the log."""

    store: ObjectStore
    lock_for: LockFor

    def put(self, key: str, content: bytes, now: datetime) -> StoredVersion:
        """Put it under lock and read it back. Raises StorageError."""
        with self.store.upload(Bucket.CUSTODY, key, lock=self.lock_for(now), size=len(content)) as upload:
            upload.write(content)
            stored = upload.complete()
        if b"".join(self.store.read_back(stored.reference)) != content:
            raise StoreUnavailable("the bucket of the custody log", f"{stored.reference} is not what was written")
        return stored

    @staticmethod
    def note(session: Session, kind: CustodyObjectKind, stored: StoredVersion, now: datetime) -> None:
        """Tell the catalog of what was put, in the transaction of what it belongs to."""
        custody_log.note_object(
            session,
            kind,
            stored.reference.key,
            stored.reference.version_id,
            at=now,
            locked_until=stored.lock.retain_until if stored.lock else None,
        )
