"""One dock a home.

`slots.json`, the name of the station and what is remembered of cards that went too early are those of one dock: two
that took turns in writing them would each hide what the other has to say, and a slot that needs somebody would be seen
by nobody. Joining both in one file would leave half of it to stand as it was when one of them ended. So the second is
refused; it can have a home of its own, or its slots can be added to the first, which serves as many as there are.

A lock is on a file, not on its name: somebody who deletes `dock.lock` lets a second dock lock a new one. So it counts
only while the file that is locked is the one of that name, which a dock at work asks again and again.
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO

import structlog

from catalog.engine import Catalog
from catalog.errors import CatalogUnavailable
from catalog.lock_file import open_lock_file
from ingest.errors import DockRunning

NAME = "dock.lock"
_BYTES_AT_MOST = 4096
# Whoever asks `is_taken` holds it too, for a moment.
_TRIED_SECONDS = 0.5
_log = structlog.get_logger(__name__)


class DockLock:
    """The lock of a home, held by this dock from `take` to `release`."""

    def __init__(self, home: Path, catalog: Catalog, station: str, *, since: datetime) -> None:
        self._home, self._catalog, self._path = home, catalog, home / NAME
        self._station, self._since = station, since
        self._file: IO[bytes] | None = None
        self._failed = False

    def take(self) -> None:
        """Raises DockRunning, CatalogUnavailable."""
        while True:
            file = open_lock_file(self._catalog, self._path)
            try:
                self._lock(file)
            except BaseException:
                file.close()
                raise
            if self._lies_there(file):
                break
            file.close()  # deleted between opening and locking: what lies there now is to be locked
        self.release()
        self._file = file
        with contextlib.suppress(OSError):  # a full disk: who it is cannot be said, but it holds
            file.truncate(0)
            file.seek(0)
            since = self._since.isoformat(timespec="seconds")
            file.write(json.dumps({"process": os.getpid(), "station": self._station, "since": since}).encode())

    def keep(self) -> None:
        """See whether it still is the file of that name, and take it again if not. Raises DockRunning."""
        if self._file is not None and self._lies_there(self._file):
            return
        try:
            self.take()
        except CatalogUnavailable as error:
            if not self._failed:
                _log.warning("the lock of this dock went and cannot be made again", path=str(self._path), why=error.why)
            self._failed = True
            return
        self._failed = False
        _log.warning("the lock of this dock was deleted and has been made again", path=str(self._path))

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _lock(self, file: IO[bytes]) -> None:
        until = time.monotonic() + _TRIED_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() > until:
                    raise DockRunning(str(self._home), *_told(file)) from error
                time.sleep(_TRIED_SECONDS / 10)
            else:
                return

    def _lies_there(self, file: IO[bytes]) -> bool:
        try:
            there = self._path.lstat()
        except FileNotFoundError:
            return False
        except OSError:
            return True  # a home that cannot be asked lets nobody else in either
        held = os.fstat(file.fileno())
        return (held.st_dev, held.st_ino) == (there.st_dev, there.st_ino)


@contextlib.contextmanager
def alone_in(home: Path, catalog: Catalog, station: str, *, now: datetime) -> Iterator[DockLock]:
    """Be the only dock of this home until the block ends; a process that dies makes room.

    Raises DockRunning, CatalogUnavailable.
    """
    lock = DockLock(home, catalog, station, since=now)
    lock.take()
    try:
        yield lock
    finally:
        lock.release()


def is_taken(home: Path) -> bool:
    """Whether a dock of this home runs now, even one that has had no time to say that it ended."""
    try:
        with (home / NAME).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _told(lock: IO[bytes]) -> tuple[str, str, str]:
    """Process, station and since when, as the holder wrote them; "?" where it did not."""
    try:
        lock.seek(0)
        told = json.loads(lock.read(_BYTES_AT_MOST))
        return str(told["process"]), str(told["station"]), str(told["since"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return "?", "?", "?"
