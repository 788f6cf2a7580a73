"""What lies in the bucket of the log, read before the catalog is looked at: so the catalog can only know more of it."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from catalog.custody.objects import size_in, span_in
from storage.contract import ObjectStore
from storage.errors import StorageError, VersionNotFound
from storage.model import Bucket, ListedVersion, VersionReference

_AT_ONCE = 8
_NOTE_BYTES_AT_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Lying:
    """A note as it lies there; `text` None where the store did not give it, for the reason that `why` tells.

    `locked_until` None: it carries no lock, or was not given. `stored_at` is by the clock of the store.
    """

    reference: VersionReference
    stored_at: datetime
    text: str | None = None
    why: str = ""
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LogBucket:
    """Keys and checkpoints with what they say, and which segments there are; each oldest version first."""

    keys: Sequence[Lying]
    checkpoints: Mapping[VersionReference, Lying]
    segments: Sequence[ListedVersion]


def look(store: ObjectStore) -> LogBucket:
    """Raises StorageError where the bucket cannot be listed."""
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="bucket") as threads:
        keys = list(threads.map(lambda each: _read(store, each), store.list_references(Bucket.CUSTODY, "key/")))
        listed = [each for each in store.list_references(Bucket.CUSTODY, "checkpoint/") if _is_checkpoint(each)]
        checkpoints = list(threads.map(lambda each: _read(store, each), listed))
    segments = [each for each in store.list_references(Bucket.CUSTODY, "segment/") if span_in(each.reference.key)]
    return LogBucket(keys, {each.reference: each for each in checkpoints}, segments)


def _is_checkpoint(each: ListedVersion) -> bool:
    return size_in(each.reference.key) is not None


def _read(store: ObjectStore, listed: ListedVersion) -> Lying:
    reference = listed.reference
    if listed.size > _NOTE_BYTES_AT_MOST:
        return Lying(reference, listed.stored_at, why="it is far too large for a note")
    try:
        back = store.read_back(reference)
        text = b"".join(back).decode()
        lock = back.stored().lock
    except VersionNotFound:
        return Lying(reference, listed.stored_at, why="it went while it was looked at")
    except UnicodeDecodeError:
        return Lying(reference, listed.stored_at, text="", why="it is no text")
    except StorageError as error:
        return Lying(reference, listed.stored_at, why=str(error))
    return Lying(reference, listed.stored_at, text, locked_until=lock.retain_until if lock else None)


def lines_of(store: ObjectStore, listed: ListedVersion) -> Iterator[bytes]:
    """The lines of a segment. Raises StorageError."""
    content = b"".join(store.read_back(listed.reference))
    yield from content.splitlines()
