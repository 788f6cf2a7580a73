"""Keeping the home from other users of the machine: those that an earlier version made are open to all."""

import os
import stat
from pathlib import Path

import structlog

_log = structlog.get_logger(__name__)
OWN_MODE = 0o700
# What every start of every version makes there.
_ALWAYS = ("catalog.sqlite3", "objects", "scratch")
# What begins otherwise was put there by somebody else, who may have reasons for others to see it.
_OURS = (*_ALWAYS, "custody", "dock", "demo", "slots", "station", "zhilu")


def open_to_others(home: Path) -> int | None:
    """The mode of a home that everybody on this machine can look into; None where they cannot, or there is none."""
    try:
        mode = stat.S_IMODE(home.stat().st_mode)
    except OSError:
        return None
    return mode if mode & stat.S_IRWXO else None


def can_be_closed(home: Path) -> bool:
    """Whether it belongs to our own user, and is a home of Zhilu and nothing else's, as /tmp would be."""
    try:
        found = home.stat()
        return (
            found.st_uid == os.geteuid()
            and not found.st_mode & stat.S_ISVTX
            and any((home / name).exists() for name in _ALWAYS)
            and all(each.name.startswith(_OURS) for each in home.iterdir())
        )
    except OSError:
        return False


def close_to_others(home: Path) -> None:
    """Take from everybody else what an earlier version left them. Where that cannot be done, `doctor` says so."""
    if open_to_others(home) is None or not can_be_closed(home):
        return
    try:
        home.chmod(OWN_MODE)
    except OSError as error:
        _log.warning("others can look into the home", home=str(home), reason=error.strerror)
