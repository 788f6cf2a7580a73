"""One dock a home.

`slots.json`, the name of the station and what is remembered of cards that went too early are those of one dock: two
that took turns in writing them would each hide what the other has to say, and a slot that needs somebody would be seen
by nobody. Joining both in one file would leave half of it to stand as it was when one of them ended. So the second is
refused; it can have a home of its own, or its slots can be added to the first, which serves as many as there are.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO

from catalog.engine import Catalog
from catalog.lock_file import open_lock_file
from ingest.errors import DockRunning

NAME = "dock.lock"


@contextlib.contextmanager
def alone_in(home: Path, catalog: Catalog, station: str, *, now: datetime) -> Iterator[None]:
    """Be the only dock of this home until the block ends; a process that dies makes room.

    Raises DockRunning, CatalogUnavailable.
    """
    with open_lock_file(catalog, home / NAME) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DockRunning(str(home), *_told(lock)) from error
        with contextlib.suppress(OSError):  # a full disk: who it is cannot be said, but it holds
            lock.truncate(0)
            lock.seek(0)
            holder = {"process": os.getpid(), "station": station, "since": now.isoformat(timespec="seconds")}
            lock.write(json.dumps(holder).encode())
        yield


def _told(lock: IO[bytes]) -> tuple[str, str, str]:
    """Process, station and since when, as the holder wrote them; "?" where it did not."""
    try:
        lock.seek(0)
        told = json.loads(lock.read())
        return str(told["process"]), str(told["station"]), str(told["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return "?", "?", "?"
