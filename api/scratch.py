"""A folder for what is being made: one a process, emptied when the process ends, swept when it was killed."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from storage.local_files import flocked, translated_errors


@contextlib.contextmanager
def own_scratch(above: Path) -> Iterator[Path]:
    """Yield an empty folder below `above`, flocked while this process lives. Raises StoreFull, StoreUnavailable."""
    with translated_errors(above):
        above.mkdir(mode=0o700, parents=True, exist_ok=True)
        above.chmod(0o700)
        with flocked(above, fcntl.LOCK_EX):
            for folder in above.iterdir():
                _remove_if_dead(folder)
            own = Path(tempfile.mkdtemp(dir=above))
            handle = os.open(own, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)
        os.close(handle)


def _remove_if_dead(folder: Path) -> None:
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return  # its process has just ended and removed it itself
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        pass  # somebody lives there
    finally:
        os.close(handle)
