"""Start programs, remember which are ours, and end exactly those.

A process is named by its id, the moment it started and the boot it belongs to: ids are used again, this triple is not.
"""

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from engines.errors import EngineError, ProgramMissing
from engines.home import EngineHome, write_private

_POLL_SECONDS = 0.1
_END_SECONDS = 30


def program(name: str, *folders: Path) -> str:
    """Return the path of an installed program. Raises ProgramMissing."""
    # Debian keeps servers in sbin, which an ordinary user's PATH leaves out.
    places = [*map(str, folders), os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"]
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is None:
        raise ProgramMissing(name)
    return found


def run(arguments: Sequence[str | Path], *, user: str | None = None, seconds: int = 120) -> str:
    """Run a program to its end and return what it wrote. Raises EngineError with the program's own words."""
    name = Path(arguments[0]).name
    try:
        done = subprocess.run(  # noqa: S603 - arguments are ours, no shell
            arguments, capture_output=True, text=True, timeout=seconds, check=False, cwd="/", **_as_user(user)
        )
    except subprocess.TimeoutExpired as error:
        raise EngineError(f"{name} did not finish within {seconds} seconds.") from error
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()[-1500:]
        raise EngineError(f"{name} failed with exit code {done.returncode}: {words}")
    return done.stdout


class Process:
    """A long-running process of an engine; its id and log are files in the engine's folder."""

    def __init__(self, home: EngineHome, name: str) -> None:
        self.name = name
        self._identity_file = home / f"{name}.pid"
        self.log = home / f"{name}.log"
        self._log_began = 0

    def start(self, arguments: Sequence[str | Path], *, user: str | None = None) -> None:
        """Start it in a session of its own, unless it runs already."""
        if self.is_running():
            return
        with self.log.open("ab") as log:
            self._log_began = log.tell()
            started = subprocess.Popen(  # noqa: S603 - arguments are ours, no shell
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                **_as_user(user),
            )
        write_private(self._identity_file, json.dumps(_identity(started.pid)))
        # It outlives this program; without this line Python would warn about a child nobody waited for.
        started.returncode = 0

    def is_running(self) -> bool:
        return self._running_pid() is not None

    def stop(self, request: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, wait, and kill it when it does not."""
        for number, patience in ((request, _END_SECONDS), (signal.SIGKILL, _END_SECONDS)):
            pid = self._running_pid()
            if pid is None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            self._wait_for_end(patience)
        if self.is_running():
            raise EngineError(f"The process {self.name} does not end.")
        self._identity_file.unlink(missing_ok=True)

    def signal(self, number: signal.Signals) -> None:
        """Send it and all that descends from it a signal; nothing happens where none runs."""
        pid = self._running_pid()
        met = [] if pid is None else [pid, *_descendants(pid)]
        for each in met:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, number)
        if number is signal.SIGKILL:
            # PostgreSQL does not start beside one whose id is still taken, if only by what nobody has waited for yet.
            _wait_until_gone(met, _END_SECONDS)

    def wait_until(self, ready: Callable[[], bool], *, seconds: int, needs: Sequence["Process"] = ()) -> None:
        """Return when `ready` says so. Raises EngineError when it, or what it needs, ends; or after `seconds`."""
        deadline = time.monotonic() + seconds
        while not ready():
            for process in (*needs, self):
                if not process.is_running():
                    raise EngineError(f"{process.name} ended while starting; its last words: {process.last_words()}")
            if time.monotonic() > deadline:
                raise EngineError(f"{self.name} was not ready after {seconds} seconds; see {self.log}.")
            time.sleep(_POLL_SECONDS)

    def _running_pid(self) -> int | None:
        try:
            remembered = json.loads(self._identity_file.read_text())
        except FileNotFoundError:
            return None
        pid = int(remembered["pid"])
        return pid if _identity(pid) == remembered and not _is_zombie(pid) else None

    def _wait_for_end(self, seconds: int) -> None:
        deadline = time.monotonic() + seconds
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)

    def last_words(self) -> str:
        """Return the end of what it wrote since it was started here; what it wrote in another life explains nothing."""
        with self.log.open("rb") as log:
            log.seek(self._log_began)
            return log.read().decode(errors="replace").strip()[-1500:] or f"none; see {self.log.parent}."


def _as_user(name: str | None) -> dict[str, object]:
    """Return what subprocess needs to run as another user; nothing when that is who we are."""
    if name is None:
        return {}
    entry = pwd.getpwnam(name)
    return {
        "user": entry.pw_uid,
        "group": entry.pw_gid,
        "extra_groups": os.getgrouplist(name, entry.pw_gid),
        "env": {"PATH": os.environ.get("PATH", os.defpath), "HOME": entry.pw_dir, "LC_ALL": "C.UTF-8"},
    }


def _stat_fields(pid: int) -> list[str] | None:
    """Return the fields of /proc/<pid>/stat from the state on; None when there is no such process."""
    try:
        # The second field is the program's name in parentheses and may hold spaces: start after the last one.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _descendants(pid: int) -> list[int]:
    """Return the ids of its children, theirs, and so on: PostgreSQL gives each of its own a session of its own."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        fields = _stat_fields(int(folder.name)) if folder.name.isdigit() else None
        if fields is not None:
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found: list[int] = []
    left = [pid]
    while left:
        below = children.get(left.pop(), [])
        found += below
        left += below
    return found


def _wait_until_gone(pids: Sequence[int], seconds: int) -> None:
    deadline = time.monotonic() + seconds
    while any(_stat_fields(pid) is not None for pid in pids) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def _identity(pid: int) -> dict[str, object] | None:
    fields = _stat_fields(pid)
    if fields is None:
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return {"pid": pid, "started": int(fields[19]), "boot": boot}


def _is_zombie(pid: int) -> bool:
    fields = _stat_fields(pid)
    return fields is None or fields[0] == "Z"
