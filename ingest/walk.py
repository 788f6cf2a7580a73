"""Finding the files below a path: every one of them, in a fixed order, with what could not be looked into."""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.errors import SourceError, SourceUnreadable, SourceVanished
from ingest.source import shown


@dataclass(frozen=True, slots=True)
class Found:
    """One entry. `root` is where the search began; `below` the path from there. Regular or not is for the reader."""

    path: bytes
    root: bytes
    below: bytes


@dataclass(frozen=True, slots=True)
class NotLookedInto:
    """A folder or path that could not be looked into, with the reason."""

    path: bytes
    error: SourceError


def walk(root: bytes) -> Iterator[Found | NotLookedInto]:
    """Yield what is below `root`, itself if it is no folder; links are not followed, folders are not yielded."""
    try:
        mode = os.lstat(root).st_mode
    except OSError as error:
        yield NotLookedInto(root, _named(root, error))
        return
    if stat.S_ISDIR(mode):
        yield from _below(root, root)
    else:
        folder, _, name = root.rpartition(b"/")
        yield Found(root, folder or b"/", name)


def _below(folder: bytes, root: bytes) -> Iterator[Found | NotLookedInto]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield NotLookedInto(folder, _named(folder, error))
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path, root)
        else:
            yield Found(entry.path, root, os.path.relpath(entry.path, root))


def _named(path: bytes, error: OSError) -> SourceError:
    why = error.strerror or str(error)
    gone = error.errno in {errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO, errno.ESTALE, errno.ENOTDIR}
    return SourceVanished(shown(path), why) if gone else SourceUnreadable(shown(path), why)
