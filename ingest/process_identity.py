"""Who we are among processes, so that a claim of a dead one can be told from that of a slow one."""

import os
import socket
from pathlib import Path

_START_TIME_FIELD = 19  # of those after the name in /proc/PID/stat: see proc(5), field 22


def own_identity() -> str:
    """`place:boot:pid:start`: unique over restarts of the process and of the machine."""
    pid = os.getpid()
    return f"{_place()}:{_boot()}:{pid}:{_start_time(pid)}"


def is_dead(identity: str) -> bool:
    """Whether that process (anything after `#` aside) surely lives no more; False when it ran elsewhere."""
    place, boot, pid, start = identity.partition("#")[0].rsplit(":", 3)
    if place != _place():
        return False
    return boot != _boot() or _start_time(int(pid)) != start


def _place() -> str:
    # Containers may share a host name, but what one calls process 7 is nobody or somebody else in another.
    return f"{socket.gethostname()}/{Path('/proc/self/ns/pid').stat().st_ino}"


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]


def _start_time(pid: int) -> str:
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):  # the latter if it goes just while it is looked at
        return "gone"
    fields = status.rpartition(")")[2].split()
    # A zombie holds nothing any more; its parent just has not looked yet.
    return "gone" if fields[0] in {"Z", "X"} else fields[_START_TIME_FIELD]
