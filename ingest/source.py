"""Reading from a card: only regular files, never written to, read to the size they had when opened."""

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ingest.errors import NotARegularFile, SourceChanged, SourceUnreadable, SourceVanished
from ingest.naming import decode_name

CHUNK = 4 * 1024 * 1024
# Buffers in turn: one being read into, one being written to the store, one still being digested.
_BUFFERS = 3
_PIECE = 128 * 1024
_GONE = {errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.ENOTDIR}


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the file system says of a source file: size in bytes, modification time in nanoseconds since 1970."""

    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class SourceIdentity:
    """What tells one file from every other that may lie at its place later; times in nanoseconds since 1970.

    The time of change (ctime) cannot be set by anybody; FAT has none and repeats the time of modification.
    """

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "SourceIdentity":
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


class SourceFile:
    """One open source file. The path is bytes, as the card spells it."""

    def __init__(self, path: bytes, handle: int, facts: SourceFacts, identity: SourceIdentity) -> None:
        self.path = path
        self.facts = facts
        self.identity = identity
        self._handle = handle

    def chunks(self, space: Callable[[int], memoryview | None] = lambda _at_most: None) -> Iterator[memoryview]:
        """Yield the content from the start, read into what `space` offers, or into buffers of our own.

        A chunk is valid until two more have been taken, in space of others as long as they say. Raises SourceChanged
        if the file is no longer what it was when opened, SourceVanished, SourceUnreadable, and what `space` raises.
        """
        buffers: list[bytearray] = []
        position, turn = 0, 0
        while position < self.facts.size:
            at_most = min(CHUNK, self.facts.size - position)
            buffer = space(at_most)
            if buffer is None:
                if len(buffers) < _BUFFERS:
                    buffers.append(bytearray(at_most))
                buffer = memoryview(buffers[turn % _BUFFERS])[:at_most]
            with named_faults(self.path):
                count = os.preadv(self._handle, [buffer], position)
            if count == 0:
                raise SourceChanged(shown(self.path))
            yield buffer[:count]
            position += count
            turn += 1
        with named_faults(self.path):
            # Some file systems do not know the size of what they give: nothing may be left behind the stated end.
            if os.pread(self._handle, 1, position):
                raise SourceChanged(shown(self.path))
        self.check_unchanged()

    def again(self, start: int, length: int) -> Iterator[bytes]:
        """Yield what `chunks` gave before, once more, in small pieces. May be called from any thread.

        Raises SourceChanged where less is left than there was, SourceVanished, SourceUnreadable.
        """
        end = start + length
        while start < end:
            with named_faults(self.path):
                piece = os.pread(self._handle, min(_PIECE, end - start), start)
            if not piece:
                raise SourceChanged(shown(self.path))
            yield piece
            start += len(piece)

    def check_unchanged(self) -> None:
        """Raises SourceChanged unless size and time are still those of the opening, SourceVanished."""
        with named_faults(self.path):
            now = os.fstat(self._handle)
            # A card pulled out may still answer from the cache of the open file: ask for the name too.
            os.lstat(self.path)
        if SourceFacts(now.st_size, now.st_mtime_ns) != self.facts:
            raise SourceChanged(shown(self.path))


@contextlib.contextmanager
def open_source(path: bytes, below: bytes) -> Iterator[SourceFile]:
    """Open a source file for reading; `below` is the end of `path` that lies on the card.

    No part of `below` may be a link: a folder that was walked a moment ago may have been swapped for one that leads
    out of the card. Raises NotARegularFile, SourceUnreadable, SourceVanished.
    """
    with named_faults(path):
        handle = _open_below(path, below)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise NotARegularFile(shown(path), _kind(found.st_mode))
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_SEQUENTIAL)
        yield SourceFile(path, handle, SourceFacts(found.st_size, found.st_mtime_ns), SourceIdentity.of(found))
    finally:
        os.close(handle)


def _open_below(path: bytes, below: bytes) -> int:
    """Open the last part of `below` if it is a regular file."""
    with open_folder(path, below) as (folder, name):
        check_regular(folder, name, path)
        # NONBLOCK: what was a file a moment ago may have become a pipe.
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)


@contextlib.contextmanager
def open_folder(path: bytes, below: bytes) -> Iterator[tuple[int, bytes]]:
    """Walk down from the root part by part, following no link; yields the folder of the last part, and its name.

    Raises NotARegularFile and whatever OSError the file system gives.
    """
    *folders, name = below.split(b"/")
    root = path.removesuffix(below) or b"/"
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in folders:
            try:
                inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            except NotADirectoryError as error:  # what Linux says of a link where a folder is asked for
                raise NotARegularFile(shown(path), "behind a symbolic link") from error
            os.close(folder)
            folder = inner
        yield folder, name
    finally:
        os.close(folder)


def check_regular(folder: int, name: bytes, path: bytes) -> None:
    """Refuse to even open what is no regular file: opening a device may do something. Raises NotARegularFile."""
    mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    if not stat.S_ISREG(mode):
        raise NotARegularFile(shown(path), _kind(mode))


def shown(path: bytes) -> str:
    """A path as text that any terminal and JSON can carry; the bytes stay what identifies it."""
    return "/".join(decode_name(part).text for part in path.split(b"/"))


def _kind(mode: int) -> str:
    names = {
        stat.S_IFLNK: "a symbolic link",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFDIR: "a folder",
        stat.S_IFCHR: "a character device",
        stat.S_IFBLK: "a block device",
    }
    return names.get(stat.S_IFMT(mode), "something else")


@contextlib.contextmanager
def named_faults(path: bytes) -> Iterator[None]:
    """Tell what the file system meets in our own errors: NotARegularFile, SourceUnreadable, SourceVanished."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        if error.errno == errno.ELOOP:
            raise NotARegularFile(shown(path), "a symbolic link") from error
        if error.errno in _GONE:
            raise SourceVanished(shown(path), why) from error
        raise SourceUnreadable(shown(path), why) from error
