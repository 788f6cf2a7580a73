"""Small files of state in the home: written so that a power cut leaves the old or the new one, read without trust.

Whatever stands in such a file, reading it ends no dock and hangs none: a file that is damaged, endless, nested without
end, a pipe or a folder is unreadable, which is not the same as not there. What cannot be read is put aside rather than
written over, since somebody may still make sense of it.
"""

import contextlib
import json
import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from storage.local_files import sync_folder

ASIDE = ".unreadable-"
_FRESH = ".new"
# Two hundred slots with all their reasons, and as many missing cards, are below one MiB.
_BYTES_AT_MOST = 32 * 1024 * 1024
_YEARS = range(1970, 9999)  # one that can be told in any time zone
# What Python says of a document that is not what it should be, of whatever depth, size and kind.
_NOT_UNDERSTOOD = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that is there and tells nothing; `why` in English."""

    why: str


def read_state(path: Path) -> dict[str, Any] | Unreadable | None:
    """The object in a file; None where there is no file."""
    try:
        content = _content(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Unreadable(error.strerror or str(error))
    try:
        document = json.loads(content)
    except _NOT_UNDERSTOOD as error:
        return Unreadable(f"{type(error).__name__}: {error}")
    return document if isinstance(document, dict) else Unreadable("it holds something else than was written")


def understood(make: Callable[[Any], Made], told: object) -> Made | Unreadable:
    """What `make` makes of a part of a document."""
    try:
        return make(told)
    except _NOT_UNDERSTOOD as error:
        return Unreadable(f"{type(error).__name__}: {error}")


def each_understood(make: Callable[[Any], Made], told: object) -> tuple[tuple[Made, ...], list[Unreadable]]:
    """What `make` makes of the entries of a list, each for itself, and those of which it makes nothing."""
    if not isinstance(told, list):
        return (), [Unreadable("a list is missing")]
    found = [understood(make, entry) for entry in told]
    made = tuple(each for each in found if not isinstance(each, Unreadable))
    return made, [each for each in found if isinstance(each, Unreadable)]


def moment(told: object) -> datetime:
    """A time with its zone, as UTC. Raises ValueError, TypeError or OverflowError for anything else."""
    at = datetime.fromisoformat(text(told))
    if at.utcoffset() is None:
        message = f"{told} has no time zone"
        raise ValueError(message)
    at = at.astimezone(UTC)
    if at.year not in _YEARS:
        message = f"{told} cannot be"
        raise ValueError(message)
    return at


def text(told: object) -> str:
    """Raises TypeError for anything else."""
    if not isinstance(told, str):
        message = f"{type(told).__name__} where a text should be"
        raise TypeError(message)
    return told


def write_state(path: Path, document: dict[str, Any]) -> None:
    """Put this in the place of what the file held, for our own user alone. Raises OSError, ValueError."""
    # Whatever one text may hold, it must not silence the others.
    content = (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8", errors="replace")
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}{_FRESH}")
    try:
        _write_new(fresh, content)
        fresh.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
    _sync_folder(path.parent)


def clear_left(path: Path) -> None:
    """Remove what processes that were killed while they wrote this file left beside it."""
    with contextlib.suppress(OSError):
        for left in path.parent.glob(f"{path.name}.*{_FRESH}"):
            with contextlib.suppress(OSError):  # a folder, or another user's: not ours
                left.unlink()


def put_aside(path: Path, now: datetime, *, copied: bool = False) -> Path | None:
    """Give it a name under which nothing writes, or with `copied` have it there too; None where that fails."""
    aside = path.with_name(f"{path.name}{ASIDE}{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}")
    try:
        if copied:
            _write_new(aside, _content(path))
        else:
            path.rename(aside)
        _sync_folder(path.parent)
    except OSError:
        return None
    return aside


def put_aside_in(folder: Path) -> list[str]:
    """The names of what was put aside there and not moved away since."""
    with contextlib.suppress(OSError):
        return sorted(name for name in os.listdir(folder) if ASIDE in name)  # noqa: PTH208 - every half a second
    return []


def _content(path: Path) -> bytes:
    # A pipe would wait for a writer, a link leads to anywhere.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is no file")
        content = file.read(_BYTES_AT_MOST + 1)
    if len(content) > _BYTES_AT_MOST:
        raise OSError(0, "it is too large")
    return content


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    """So that the new name outlasts a power cut; where folders cannot be synced, it has to do without."""
    with contextlib.suppress(OSError):
        sync_folder(folder)
