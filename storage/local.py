"""The embedded store: versions as folders on one disk. What it cannot promise is in `storage/README.md`.

Layout below the root:

    incoming/<upload>/            an upload under way; its `data` file is flocked by the writing process
    objects/<bucket>/<key>/<version>/data        the bytes, read-only
    objects/<bucket>/<key>/<version>/facts.json  key, size, lock, hold, metadata

Write order of an upload (a kill between any two steps leaves either nothing visible or all of it):

    1. data is written and fsynced            2. facts are written and fsynced
    3. the upload's folder is fsynced         4. it is renamed to its version (the one moment of becoming visible)
    5. the folders above it are fsynced       6. the version is made read-only
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from storage.clock import utc_now
from storage.contract import ABANDONED_AFTER
from storage.errors import LockInThePast, LockWouldShrink, StoreFull, VersionLocked, VersionNotFound
from storage.keys import RESERVED_ENDING, check_key
from storage.local_files import WriteBehind, flocked, make_folders, sync_folder, translated_errors
from storage.metadata import check_metadata
from storage.model import Bucket, ListedVersion, Lock, LockMode, StoredVersion, VersionReference
from storage.read_back import ReadBack
from storage.version_facts import VersionFacts

READ_CHUNK = 1024 * 1024
_DATA, _FACTS = "data", "facts.json"


class LocalStore:
    """Object store in one folder. Safe for several processes on one machine; needs a local file system."""

    def __init__(self, root: Path, *, reserve_bytes: int = 0, now: Callable[[], datetime] = utc_now) -> None:
        """Open or make the store at `root`; uploads are refused once fewer than `reserve_bytes` would stay free."""
        self._root = root
        self._reserve = reserve_bytes
        self._now = now
        with translated_errors(root):
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self._incoming, self._objects):
                folder.mkdir(exist_ok=True)

    @property
    def _incoming(self) -> Path:
        return self._root / "incoming"

    @property
    def _objects(self) -> Path:
        return self._root / "objects"

    def upload(
        self,
        bucket: Bucket,
        key: str,
        *,
        lock: Lock | None = None,
        metadata: dict[str, str] | None = None,
        size: int | None = None,
        again: Callable[[int, int], Iterator[bytes]] | None = None,
    ) -> "LocalUpload":
        del again  # what is written lies on the disk: nothing is ever sent once more
        check_key(key)
        check_metadata(metadata or {})
        self.check_room(size or 0)
        return LocalUpload(self, VersionFacts.new(bucket, key, lock, metadata or {}))

    def check_room(self, wanted: int) -> None:
        """Refuse before the disk is so full that the catalog beside the store could not write. Raises StoreFull."""
        with translated_errors(self._root):
            if shutil.disk_usage(self._root).free - wanted < self._reserve:
                raise StoreFull(str(self._root), self._reserve)

    def read(self, reference: VersionReference, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        folder = self._folder(reference)
        with translated_errors(self._root):
            handle = self._open(folder / _DATA, reference)
        return _chunks(handle, self._root, start, length)

    def holds_back(self, size: int) -> bool:  # noqa: ARG002 - a file has it from the first byte on
        return False

    def read_back(self, reference: VersionReference) -> ReadBack:
        folder = self._folder(reference)
        with translated_errors(self._root):
            handle = self._open(folder / _DATA, reference)
            # Clean pages are dropped, so what follows comes from the medium, not from what we just wrote.
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_SEQUENTIAL)
        return ReadBack(_leaving_memory(handle, _chunks(handle, self._root, 0, None)), lambda: self.head(reference))

    def local_path(self, reference: VersionReference) -> Path:
        """Where the bytes lie on this machine, for tools that want a file. Raises VersionNotFound."""
        path = self._folder(reference) / _DATA
        if not path.is_file():
            raise VersionNotFound(reference)
        return path

    def head(self, reference: VersionReference) -> StoredVersion:
        return self._read_facts(reference).as_stored()

    def extend_lock(self, reference: VersionReference, lock: Lock) -> StoredVersion:
        with self._changing(reference):
            facts = self._read_facts(reference)
            if facts.lock is not None:
                weaker = facts.lock.mode is LockMode.COMPLIANCE and lock.mode is LockMode.GOVERNANCE
                if weaker or lock.retain_until < facts.lock.retain_until:
                    raise LockWouldShrink(reference)
            if lock != facts.lock and lock.retain_until <= self._now():
                raise LockInThePast(str(reference), lock.retain_until)
            return self._write_facts(reference, facts.with_lock(lock))

    def set_hold(self, reference: VersionReference) -> StoredVersion:
        with self._changing(reference):
            return self._write_facts(reference, self._read_facts(reference).with_hold(held=True))

    def lift_hold(self, reference: VersionReference) -> StoredVersion:
        with self._changing(reference):
            return self._write_facts(reference, self._read_facts(reference).with_hold(held=False))

    def delete_version(self, reference: VersionReference) -> None:
        with self._changing(reference):
            facts = self._read_facts(reference)
            if facts.held:
                raise VersionLocked(reference, None, held=True)
            if facts.lock is not None and facts.lock.retain_until > self._now():
                raise VersionLocked(reference, facts.lock.retain_until, held=False)
            folder = self._folder(reference)
            # Renamed away first: a kill from here on leaves litter that the sweep removes, never half a version.
            grave = self._incoming / f"deleted-{reference.version_id}"
            folder.chmod(0o700)
            folder.rename(grave)
            sync_folder(folder.parent)
            _remove_folder(grave)
            self._prune(folder.parent)

    def list_versions(self, bucket: Bucket, prefix: str = "") -> Iterator[StoredVersion]:
        above, _, beginning = prefix.rpartition("/")
        found = []
        # Only what begins with the prefix is walked: listing one recording's versions must not walk those of its day.
        for start in _beginning_with(self._objects / bucket / above, beginning):
            for folder, _, files in os.walk(start):
                if _FACTS in files:
                    with translated_errors(self._root):
                        facts = VersionFacts.from_json((Path(folder) / _FACTS).read_bytes())
                    if facts.key.startswith(prefix):  # below `a/` lie the versions of the key `a` too
                        found.append(facts.as_stored())
        yield from sorted(found, key=lambda version: (version.reference.key, version.reference.version_id))

    def list_references(self, bucket: Bucket, prefix: str = "", *, after: str = "") -> Iterator[ListedVersion]:
        for stored in self.list_versions(bucket, prefix):
            if stored.reference.key <= after:
                continue
            yield ListedVersion(stored.reference, stored.size, stored.stored_at)

    def sweep_abandoned(self, *, older_than: timedelta = ABANDONED_AFTER, only_count: bool = False) -> int:
        """See `ObjectStore.sweep_abandoned`. Living uploads hold a file lock, so their age does not matter here."""
        del older_than
        removed = 0
        with translated_errors(self._root), flocked(self._incoming, fcntl.LOCK_EX):
            for folder in self._incoming.iterdir():
                removed += _remove_if_dead(folder, only_count=only_count)
        return removed

    # --- what uploads and changes share -------------------------------------------------------------------

    def open_upload(self, version_id: str) -> tuple[Path, int]:
        """Make the folder and data file of an upload, flocked by this process for as long as it lives.

        The shared lock on the folder above keeps the sweep from seeing it before it is flocked.
        """
        folder = self._incoming / version_id
        with flocked(self._incoming, fcntl.LOCK_SH):
            folder.mkdir(mode=0o700)
            handle = os.open(folder / _DATA, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode=0o444)
            fcntl.flock(handle, fcntl.LOCK_EX)
        return folder, handle

    def publish(self, upload_folder: Path, facts: VersionFacts) -> None:
        """Steps 4 to 6 of the write order."""
        folder = self._folder(facts.reference)
        while True:
            try:
                make_folders(folder.parent, above=self._root)
                upload_folder.rename(folder)
            except FileNotFoundError:  # a deletion pruned the empty key folder in between
                if not upload_folder.exists():
                    raise
                continue
            break
        sync_folder(folder.parent)
        folder.chmod(0o555)

    def _folder(self, reference: VersionReference) -> Path:
        check_key(reference.key)
        check_key(reference.version_id)
        return self._objects / reference.bucket / reference.key / f"{reference.version_id}{RESERVED_ENDING}"

    def _open(self, path: Path, reference: VersionReference) -> int:
        try:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise VersionNotFound(reference) from error

    def _read_facts(self, reference: VersionReference) -> VersionFacts:
        with translated_errors(self._root):
            try:
                return VersionFacts.from_json((self._folder(reference) / _FACTS).read_bytes())
            except (FileNotFoundError, NotADirectoryError) as error:
                raise VersionNotFound(reference) from error

    def _write_facts(self, reference: VersionReference, facts: VersionFacts) -> StoredVersion:
        folder = self._folder(reference)
        folder.chmod(0o755)
        try:
            fresh = folder / f"{_FACTS}.new"
            fresh.unlink(missing_ok=True)  # read-only already where a process was killed between the next two lines
            _write_synced(fresh, facts.to_json())
            fresh.replace(folder / _FACTS)
            sync_folder(folder)
        finally:
            folder.chmod(0o555)
        return facts.as_stored()

    @contextlib.contextmanager
    def _changing(self, reference: VersionReference) -> Iterator[None]:
        """One process at a time changes a version's facts."""
        with translated_errors(self._root):
            handle = self._open(self._folder(reference) / _DATA, reference)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield
            finally:
                os.close(handle)

    def _prune(self, folder: Path) -> None:
        while folder != self._objects:
            try:
                folder.rmdir()
            except OSError:  # not empty: somebody else's version lives there
                return
            folder = folder.parent


class LocalUpload:
    """An upload into a `LocalStore`; see the write order in this module's docstring."""

    def __init__(self, store: LocalStore, facts: VersionFacts) -> None:
        self._store = store
        self._facts = facts
        self._size = 0
        self._completed = False
        with translated_errors(store._root):  # noqa: SLF001 - one unit with its store
            self._folder, self._handle = store.open_upload(facts.version_id)
        self._behind = WriteBehind(self._handle)

    def space(self, at_most: int) -> memoryview | None:
        """None: what is written goes to the file system, which takes it from wherever it lies."""
        del at_most
        return None

    def write(self, chunk: bytes | memoryview) -> None:
        with translated_errors(self._store._root):  # noqa: SLF001
            if self._behind.wrote(len(chunk)):
                self._store.check_room(len(chunk))
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(self._handle, rest) :]
            self._size += len(chunk)

    def complete(self) -> StoredVersion:
        facts = self._facts.finished(self._size)
        with translated_errors(self._store._root):  # noqa: SLF001
            self._behind.finish()  # step 1
            _write_synced(self._folder / _FACTS, facts.to_json())  # step 2
            sync_folder(self._folder)  # step 3
            self._store.publish(self._folder, facts)  # steps 4 to 6
            self._completed = True
            # Out of the sweep's way; whoever changes the version's lock need not wait for this context to be left.
            fcntl.flock(self._handle, fcntl.LOCK_UN)
        return facts.as_stored()

    def make(self) -> VersionReference:
        return self.complete().reference

    def confirm(self, reference: VersionReference) -> StoredVersion:
        return self._store.head(reference)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._behind.stop()
        if not self._completed:
            # Still flocked: a sweep leaves it to us.
            shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._handle)


def _beginning_with(folder: Path, beginning: str) -> list[Path]:
    """The entries of a folder whose names begin so; none where there is no such folder."""
    try:
        return [entry for entry in folder.iterdir() if entry.name.startswith(beginning)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _chunks(handle: int, root: Path, start: int, length: int | None) -> Iterator[bytes]:
    """Yield from an open file and close it, also when the reader stops early."""
    try:
        left = length
        position = start
        while left is None or left > 0:
            with translated_errors(root):
                chunk = os.pread(handle, READ_CHUNK if left is None else min(READ_CHUNK, left), position)
            if not chunk:
                return
            yield chunk
            position += len(chunk)
            left = None if left is None else left - len(chunk)
    finally:
        os.close(handle)


def _leaving_memory(handle: int, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Pass on chunks; what was read of a large file makes room in memory for what comes: see `WriteBehind`."""
    position = dropped = 0
    for chunk in chunks:
        yield chunk
        position += len(chunk)
        if position - dropped >= WriteBehind.STEP:
            os.posix_fadvise(handle, dropped, position - dropped, os.POSIX_FADV_DONTNEED)
            dropped = position


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o444)


def _remove_if_dead(folder: Path, *, only_count: bool) -> int:
    """Remove an abandoned upload, or a deletion cut short, unless its process lives (it holds a flock)."""
    try:
        handle = os.open(folder / _DATA, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        if not only_count:
            _remove_folder(folder)
        return 1
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not only_count:
            _remove_folder(folder)
    except BlockingIOError:
        return 0
    else:
        return 1
    finally:
        os.close(handle)


def _remove_folder(folder: Path) -> None:
    """Remove a folder although its owner may just be removing it too."""
    while folder.exists():
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder)
