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
        yield from _below(root)
    else:
        folder, _, name = root.rpartition(b"/")
        yield Found(root, folder or b"/", name)


def _below(root: bytes) -> Iterator[Found | NotLookedInto]:
    # A stack of our own: a card may nest deeper than calls may.
    waiting = [(root, True)]
    while waiting:
        path, is_folder = waiting.pop()
        if not is_folder:
            yield Found(path, root, os.path.relpath(path, root))
            continue
        try:
            waiting += _entries(path)
        except OSError as error:
            yield NotLookedInto(path, _named(path, error))


def _entries(folder: bytes) -> list[tuple[bytes, bool]]:
    """Path of each entry and whether it is a folder, by name from the last to the first."""
    with os.scandir(folder) as entries:
        return sorted(((entry.path, _is_folder(entry)) for entry in entries), reverse=True)


def _is_folder(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False  # whoever opens it will name the fault


def _named(path: bytes, error: OSError) -> SourceError:
    why = error.strerror or str(error)
    gone = error.errno in {errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO, errno.ESTALE, errno.ENOTDIR}
    return SourceVanished(shown(path), why) if gone else SourceUnreadable(shown(path), why)
