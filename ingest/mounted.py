"""Which mount a place lies on, and which medium is in its drive: what tells two cards apart that look the same.

FAT and exFAT give every card the same root inode, the kernel gives the next card the device number of the last one,
and even the mount ids of mountinfo(5) are used again at once.
"""

import contextlib
import ctypes
import os
import struct
from functools import cache
from pathlib import Path
from typing import Any

_BLOCK_DEVICES = Path("/sys/dev/block")
# From linux/stat.h and linux/fcntl.h; Python has `os.statx` from 3.15 on only.
_AT_FDCWD, _AT_NO_AUTOMOUNT, _AT_STATX_DONT_SYNC = -100, 0x800, 0x4000
_MOUNT_ID, _UNIQUE_MOUNT_ID = 0x1000, 0x4000
_STATX_BYTES, _MASK_AT, _MOUNT_ID_AT = 256, 0, 144


def mount_id(place: bytes) -> int | None:
    """The id of the mount that `place` lies on, see statx(2); None where the system does not tell.

    From Linux 6.8 on it is never used again while the system runs; before, it is that of mountinfo(5).
    """
    statx = _statx()
    if statx is None:
        return None
    answer = ctypes.create_string_buffer(_STATX_BYTES)
    flags = _AT_NO_AUTOMOUNT | _AT_STATX_DONT_SYNC
    if statx(_AT_FDCWD, place, flags, _MOUNT_ID | _UNIQUE_MOUNT_ID, answer) != 0:
        return None
    (answered,) = struct.unpack_from("=I", answer, _MASK_AT)
    if not answered & (_MOUNT_ID | _UNIQUE_MOUNT_ID):
        return None
    (found,) = struct.unpack_from("=Q", answer, _MOUNT_ID_AT)
    return int(found)


@cache
def _statx() -> Any:
    """The function of the C library, None where it has none."""
    return getattr(ctypes.CDLL(None), "statx", None)


def medium_number(device: int, folder: Path = _BLOCK_DEVICES) -> int | None:
    """The number that the kernel gave the medium in this drive, another for each one put in; None if it tells none.

    From Linux 5.15 on, for block devices; a partition has that of its disk.
    """
    own = folder / f"{os.major(device)}:{os.minor(device)}"
    for place in (own / "diskseq", own / ".." / "diskseq"):
        with contextlib.suppress(OSError, ValueError):
            return int(place.read_text("ascii"))
    return None
