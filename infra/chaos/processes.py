"""The processes of Zhilu under test: started as their own, killed by their id, started again."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_SECONDS = 60.0


class Zhilu:
    """One process of `zhilu` with a home, settings and a clock of its own. What it says goes to `log`."""

    def __init__(self, name: str, folder: Path, arguments: list[str], settings: Mapping[str, str]) -> None:
        self.name, self.arguments = name, arguments
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.home = self.folder / "home"
        self.log = self.folder / "log"
        self.clock_file = self.folder / "clock"
        self._settings = {"ZHILU_HOME": str(self.home), **settings}
        self._process: subprocess.Popen[bytes] | None = None
        self._is_wanted = False
        self._changing = threading.RLock()
        self.ends: Counter[int] = Counter()
        """How often it ended by itself, by exit code."""

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ZHILU_")}
        return {**kept, "PYTHONUNBUFFERED": "1", "LC_ALL": "C.UTF-8", **self._settings}

    def start(self) -> None:
        command = [sys.executable, "-m", "infra.chaos.process", str(self.clock_file), *self.arguments]
        with self._changing, self.log.open("ab") as log:
            self._is_wanted = True
            if self.is_running():
                return
            self._process = subprocess.Popen(  # noqa: S603 - our own words, no shell
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, env=self.environment
            )

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it without warning (SIGKILL)."""
        self._end(signal.SIGKILL)

    def stop(self) -> int | None:
        """Ask it to end and wait; its exit code."""
        return self._end(signal.SIGTERM)

    def start_again(self) -> None:
        """Start it if it has ended by itself, as systemd would."""
        with self._changing:
            if self._is_wanted and self._process is not None and not self.is_running():
                self.ends[self._process.returncode] += 1
                self.start()

    def set_clock(self, seconds: float) -> None:
        """Set its clock wrong by so much, while it runs."""
        fresh = self.clock_file.with_name("clock.new")
        fresh.write_text(str(seconds))
        fresh.replace(self.clock_file)

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def _end(self, number: signal.Signals) -> int | None:
        with self._changing:
            self._is_wanted = False
        if self._process is None:
            return None
        if self.is_running():
            self._process.send_signal(number)
        try:
            return self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_PATIENCE_SECONDS)
            return None
