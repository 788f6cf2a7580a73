"""Signing what the tree is: a checkpoint whenever it grew, each one of a tree that extends the one signed before.

     1 KEY        the key of this machine is that of the log, or nothing is signed here
     2 BEFORE     what was signed last: as remembered beside the key, as the catalog says, as the bucket holds it; of
                  those that a key of the log signed, the one of the largest tree
     3 EXTEND     the tree of that size must have that root still; its peaks are the ground for all that follows
     4 SEGMENT    the events since then, read and hashed anew (not believed from their leaves), written under lock
     5 SIGN       the note, remembered beside the key before anybody else sees it
     6 STORE      the note, under lock
     7 RECORD     its row, and what authorities are to stamp, in one commit

Whoever has the database but not the key can write into the log, and change what was not signed yet; nothing that was
signed: at step 3 and 4 the key's owner refuses. Killed between any two steps, the next round does no more than repeat
what was written: segments and notes may lie twice in the bucket, and all of them are true. Two processes that sign at
once do the same to the same tree: whichever size each signs, one extends the other.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from catalog.custody import key_files, note
from catalog.custody.keys import KeyRing, SigningKey, verifier_of
from catalog.custody.note import Checkpoint, NoteMalformed, VerifierKey
from catalog.custody.objects import Shelf, checkpoint_object, checkpoints_of_day, size_in
from catalog.custody.segments import segments
from catalog.custody.tree import EMPTY_ROOT, Growth
from catalog.engine import Catalog
from catalog.errors import CustodyKeyUnfit, CustodyLogChanged, CustodyLogShorter
from catalog.repositories import custody_log
from catalog.tables import CustodyCheckpoint
from catalog.tables.custody import CustodyObjectKind
from storage.model import Bucket, StoredVersion

EVENTS_AT_MOST = 100_000
"""So many events go under one checkpoint: a long backlog is signed in steps."""
_A_DAY = timedelta(days=1)
_NOTE_BYTES_AT_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Signed:
    """A tree that was signed, and when as far as is known."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    at: datetime | None = None


class Checkpointer:
    """Makes checkpoints where the key is; `authorities`: how often each is asked for a stamp."""

    def __init__(
        self,
        catalog: Catalog,
        shelf: Shelf,
        keys: KeyRing,
        *,
        authorities: Mapping[str, timedelta],
        clock: Callable[[], datetime],
        events_at_most: int = EVENTS_AT_MOST,
    ) -> None:
        self._catalog, self._shelf, self._keys = catalog, shelf, keys
        self._authorities, self._clock, self._at_most = authorities, clock, events_at_most
        self._bucket_looked_at = False

    def run(self) -> Sequence[CustodyCheckpoint]:
        """Sign what the tree is now; returns what was signed, nothing where it did not grow or others have the key.

        Raises CustodyError where the log is not what was signed, or the key not that of the log; CatalogError,
        StorageError.
        """
        key = self._keys.signing_key()  # step 1
        if key is None:
            return []
        before = self._before()  # step 2
        with self._catalog.reading() as session:
            size = custody_log.size(session)
            growth = _extended(session, before, size)  # step 3
        made = []
        while growth.size < size:
            made.append(self._sign(key, growth, min(size, growth.size + self._at_most)))
        return made

    def _sign(self, key: SigningKey, growth: Growth, size: int) -> CustodyCheckpoint:
        now = self._clock()
        written: list[StoredVersion] = []
        for segment in segments(self._catalog, growth.size, size):  # step 4
            growth.add_all(segment.hashes)
            written.append(self._shelf.put(segment.key, segment.content, now))
        root = growth.root()
        signed = key.sign(Checkpoint(key.verifier.name, size, root).text())
        key_files.write_private(self._keys.place.memory, signed, replace=True)  # step 5
        stored = self._shelf.put(checkpoint_object(now, size), signed.encode(), now)  # step 6
        row = CustodyCheckpoint(
            size=size,
            root=root,
            at=now,
            key_id=key.id,
            note=signed,
            object_key=stored.reference.key,
            object_version=stored.reference.version_id,
        )
        with self._catalog.writing() as session:  # step 7
            session.add(row)
            session.flush()
            for each in written:
                self._shelf.note(session, CustodyObjectKind.SEGMENT, each, now)
            self._shelf.note(session, CustodyObjectKind.CHECKPOINT, stored, now)
            for authority, every in self._authorities.items():
                custody_log.queue_stamp(session, row, authority, every=every)
        return row

    # --- 2 ------------------------------------------------------------------------------------------------------

    def _before(self) -> Signed:
        known = [verifier_of(row) for row in self._keys.known()]
        with self._catalog.reading() as session:
            latest = custody_log.latest_checkpoint(session)
        found = [Signed()]
        if latest is not None:
            found += _read([latest.note], known, latest.at)
        found += _read(_remembered(self._keys.place.memory), known, None)
        if not self._bucket_looked_at:
            found += _read(self._in_bucket(latest), known, None)
        self._bucket_looked_at = True
        return max(found, key=lambda each: each.size)

    def _in_bucket(self, latest: CustodyCheckpoint | None) -> Iterable[str]:
        """The note of the largest tree that the bucket holds, if the catalog does not know it: asked once a process."""
        newest: StoredVersion | None = None
        largest = latest.size if latest is not None else 0
        for prefix in _days(latest.at if latest is not None else None, self._clock()):
            for each in self._shelf.store.list_references(Bucket.CUSTODY, prefix):
                size = size_in(each.reference.key)
                if size is not None and size > largest and each.size <= _NOTE_BYTES_AT_MOST:
                    newest, largest = StoredVersion(each.reference, each.size, each.stored_at), size
        if newest is not None:
            yield b"".join(self._shelf.store.read(newest.reference)).decode(errors="replace")


def _days(since: datetime | None, until: datetime) -> Iterable[str]:
    """Where checkpoints of those days lie; of a log without any, everywhere."""
    if since is None:
        yield "checkpoint/"
        return
    day = since
    while day.date() <= (until + _A_DAY).date():
        yield checkpoints_of_day(day)
        day += _A_DAY


def _remembered(path: Path) -> Iterable[str]:
    try:
        yield path.read_text("utf-8")
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise CustodyKeyUnfit(str(path), getattr(error, "strerror", None) or "it is no text") from error


def _read(notes: Iterable[str], known: Sequence[VerifierKey], at: datetime | None) -> Sequence[Signed]:
    """What these notes say, those that no key of the log signed left out."""
    found = []
    for each in notes:
        try:
            read = note.read_note(each)
            if read.signers(known):
                checkpoint = note.read_checkpoint(read.text)
                found.append(Signed(checkpoint.size, checkpoint.root, at))
        except NoteMalformed:
            continue
    return found


# --- 3 ----------------------------------------------------------------------------------------------------------


def _extended(session: Session, before: Signed, size: int) -> Growth:
    """The tree that was signed, to grow from. Raises CustodyLogShorter, CustodyLogChanged."""
    if size < before.size:
        raise CustodyLogShorter(size, before.size)
    try:
        growth = custody_log.growth(session, before.size)
    except KeyError as error:
        raise CustodyLogChanged(before.size) from error
    if growth.root() != before.root:
        raise CustodyLogChanged(before.size)
    return growth
