"""Where the engines live: one folder, a sub-folder for each engine, with its facts (ports, secrets) remembered.

<home>/.zhilu-services        says that this folder is ours; nothing is removed from one without it
<home>/<engine>/facts.json    mode 0600: ports, passwords, keys
<home>/<engine>/ready         written when the first set-up was finished; without it set-up starts over
<home>/<engine>/*.pid, *.log  one of each for every process
"""

import contextlib
import fcntl
import json
import os
import random
import secrets
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from engines.errors import EngineError

_MARKER = ".zhilu-services"
# Below the range from which the system takes ports for outgoing connections, so a restart finds them free again.
_PORTS = range(20000, 30000)

Facts = dict[str, str | int]


class EngineHome:
    """The folder of one engine."""

    def __init__(self, root: Path, engine: str) -> None:
        self.engine = engine
        self.folder = root / engine

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    @property
    def is_set_up(self) -> bool:
        return (self / "ready").exists()

    def make(self) -> None:
        """Make the folder anew: whatever an interrupted set-up left is removed."""
        self.remove()
        self.folder.mkdir(mode=0o700)
        # Others may pass through (PostgreSQL runs as a user of its own) but not look.
        self.folder.chmod(0o711)

    def mark_set_up(self) -> None:
        (self / "ready").touch()

    def remove(self) -> None:
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def facts(self) -> Facts:
        found: Facts = json.loads((self / "facts.json").read_text())
        return found

    def remember(self, facts: Facts) -> None:
        write_private(self / "facts.json", json.dumps(facts, indent=1))


def open_home() -> Path:
    """Return the folder named by ZHILU_SERVICES (./var/services unless set), made and marked as ours."""
    root = Path(os.environ.get("ZHILU_SERVICES") or "var/services").resolve()
    if root.exists() and any(root.iterdir()) and not (root / _MARKER).exists():
        raise EngineError(f"The folder {root} holds other things: set ZHILU_SERVICES to an empty or a new folder.")
    try:
        root.mkdir(parents=True, exist_ok=True)
        (root / _MARKER).touch()
        root.chmod(0o711)
    except PermissionError as error:
        raise EngineError(f"The folder {root} cannot be written: set ZHILU_SERVICES to one of your own.") from error
    return root


@contextlib.contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Let a second `start` or `stop` wait for the first."""
    with (root / _MARKER).open("w") as marker:
        fcntl.flock(marker, fcntl.LOCK_EX)
        yield


def write_private(path: Path, content: str) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    fresh.replace(path)


def new_secret() -> str:
    """Return 192 random bits in characters that need no quoting in a shell, a URL or a configuration file."""
    return secrets.token_hex(24)


def is_free(port: int) -> bool:
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(remembered: int | None = None) -> int:
    """Return the remembered port if it is free, else another free one on loopback."""
    if remembered is not None and is_free(remembered):
        return remembered
    for port in random.SystemRandom().sample(_PORTS, k=200):
        if is_free(port):
            return port
    raise EngineError("No free port was found on 127.0.0.1 between 20000 and 29999.")
