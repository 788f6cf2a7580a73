"""What erasing does on a card: looks at the one file, and removes it. Every fault is a reason to leave it there."""

import contextlib
import errno
import os
from collections.abc import Iterator

from ingest.errors import KeptReason, NotARegularFile, SourceKept, SourceUnreadable, SourceVanished
from ingest.source import SourceIdentity, check_regular, named_faults, open_folder
from ingest.walk import Found


@contextlib.contextmanager
def folder_of(found: Found) -> Iterator[tuple[int, bytes]]:
    """The folder of a file, open, and its name there; no part of the way is a link. Raises SourceKept."""
    with contextlib.ExitStack() as opened:
        with _kept_for_faults(found.path):
            folder, name = opened.enter_context(open_folder(found.path, found.below))
        yield folder, name


def check_file(folder: int, name: bytes, found: Found, as_read: SourceIdentity) -> None:
    """Raises SourceKept unless the very file that was read lies there."""
    with _kept_for_faults(found.path):
        check_regular(folder, name, found.path)
        now = SourceIdentity.of(os.stat(name, dir_fd=folder, follow_symlinks=False))
    if now != as_read:
        raise SourceKept(KeptReason.CHANGED)


def check_writable(folder: int, found: Found) -> None:
    """Raises SourceKept where the card, or this folder of it, lets nothing be removed."""
    with _kept_for_faults(found.path):
        read_only = bool(os.fstatvfs(folder).f_flag & os.ST_RDONLY)
    if read_only:
        raise SourceKept(KeptReason.CARD_READ_ONLY)
    if not os.access(".", os.W_OK | os.X_OK, dir_fd=folder, effective_ids=True):
        raise SourceKept(KeptReason.NOT_PERMITTED)


def remove(folder: int, name: bytes, found: Found) -> None:
    """Raises SourceKept; then the file is still there."""
    with _kept_for_faults(found.path):
        os.unlink(name, dir_fd=folder)


def settle(folder: int) -> bool:
    """Have the removal on the medium. Not every file system can say; the next look at the card shows it anyway."""
    try:
        os.fsync(folder)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _kept_for_faults(path: bytes) -> Iterator[None]:
    try:
        with named_faults(path):
            yield
    except NotARegularFile as error:
        raise SourceKept(KeptReason.NOT_A_FILE, error.what) from error
    except SourceVanished as error:
        raise SourceKept(KeptReason.VANISHED, error.why) from error
    except SourceUnreadable as error:
        cause = error.__cause__
        read_only = isinstance(cause, OSError) and cause.errno == errno.EROFS
        raise SourceKept(KeptReason.CARD_READ_ONLY if read_only else KeptReason.NOT_PERMITTED, error.why) from error
