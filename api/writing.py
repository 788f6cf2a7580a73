"""Writing the files that people ask for, one rule for all commands: what is there is not replaced without a word."""

import contextlib
import errno
import os
from pathlib import Path

from api.errors import FileUnwritable, OutputExists


def check_output(path: Path, *, force: bool) -> None:
    """Before any work is put into what is to be written there. Raises OutputExists, FileUnwritable."""
    # That of pathlib raises for names that are too long.
    if os.path.isdir(path) or not path.name:  # noqa: PTH112
        raise FileUnwritable(str(path), os.strerror(errno.EISDIR))
    if os.path.lexists(path) and not force:
        raise OutputExists(str(path))
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise FileUnwritable(str(path), os.strerror(errno.EACCES if path.parent.exists() else errno.ENOENT))


def write_output(path: Path, content: bytes, *, force: bool) -> None:
    """All of it or nothing: what was there stays until all of it is written. Raises OutputExists, FileUnwritable."""
    check_output(path, force=force)
    # A short name of its own: that of the output may already be as long as a name can be.
    partial = path.with_name(f".zhilu-{os.getpid()}.partial")
    try:
        with partial.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if force:
            partial.replace(path)
        else:
            _put_where_nothing_is(partial, path)
    except FileExistsError as error:
        raise OutputExists(str(path)) from error
    except OSError as error:
        raise FileUnwritable(str(path), error.strerror or str(error)) from error
    finally:
        with contextlib.suppress(OSError):  # it was renamed, or could not even be made
            partial.unlink()


def _put_where_nothing_is(partial: Path, path: Path) -> None:
    """Raises FileExistsError for what came there meanwhile."""
    try:
        path.hardlink_to(partial)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK}:
            raise
        with path.open("xb") as file:  # a file system without links, such as that of a card
            file.write(partial.read_bytes())
