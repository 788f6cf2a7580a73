"""Who we are among processes, so that a claim of a dead one can be told from that of a slow one.

Machines made from one image may share host name and machine id, and the first process namespace has the same number
everywhere. Only the boot id is a machine's own, so who bears another one may live on a twin of ours.
"""

import hashlib
import os
import socket
from pathlib import Path

_MACHINE_ID = Path("/etc/machine-id")
_START_TIME_FIELD = 19  # of those after the name in /proc/PID/stat: see proc(5), field 22


def own_identity() -> str:
    """`place:boot:pid:start`: unique over restarts of the process and of the machine."""
    pid = os.getpid()
    return f"{_place()}:{_boot()}:{pid}:{_start_time(pid)}"


def is_dead(identity: str, *, all_here: bool) -> bool:
    """Whether that process (anything after `#` aside) surely lives no more; False when it ran elsewhere.

    `all_here`: whoever could have said this is on this machine, so one of another boot went with that. Otherwise it may
    be on a twin of this machine, and cannot be told.
    """
    place, boot, pid, start = identity.partition("#")[0].rsplit(":", 3)
    if place != _place():
        return False
    if boot != _boot():
        return all_here
    return _start_time(int(pid)) != start


def _place() -> str:
    # Containers may share a host name, but what one calls process 7 is nobody or somebody else in another.
    return f"{socket.gethostname()}/{_machine()}/{Path('/proc/self/ns/pid').stat().st_ino}"


def _machine() -> str:
    """Which machine this is, as far as it can be told. The id itself is not for others to see: machine-id(5)."""
    try:
        said = _MACHINE_ID.read_bytes().strip()
    except OSError:
        return "-"
    return hashlib.sha256(b"zhilu " + said).hexdigest()[:12]


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
