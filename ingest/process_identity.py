"""Who we are among processes, so that a claim of a dead one can be told from that of a slow one."""

import os
import socket
from pathlib import Path

_START_TIME_FIELD = 19  # of those after the name in /proc/PID/stat: see proc(5), field 22


def own_identity() -> str:
    """`host:boot:pid:start`: unique over restarts of the process and of the machine."""
    pid = os.getpid()
    return f"{socket.gethostname()}:{_boot()}:{pid}:{_start_time(pid)}"


def is_dead(identity: str) -> bool:
    """Whether that process (anything after `#` aside) surely lives no more; False when it ran elsewhere."""
    host, boot, pid, start = identity.partition("#")[0].rsplit(":", 3)
    if host != socket.gethostname():
        return False
    return boot != _boot() or _start_time(int(pid)) != start


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]


def _start_time(pid: int) -> str:
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return "gone"
    fields = status.rpartition(")")[2].split()
    # A zombie holds nothing any more; its parent just has not looked yet.
    return "gone" if fields[0] in {"Z", "X"} else fields[_START_TIME_FIELD]
