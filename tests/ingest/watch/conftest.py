"""A root that is watched in a thread of its own, and waiting for what should come of it."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pytest
from sqlmodel import select

from catalog.tables import CustodyEvent, Recording
from catalog.tables.custody import CustodyResult
from ingest.intake import IntakeResult
from ingest.stability import StabilitySettings
from ingest.watch import RootWatcher
from tests.conftest import Home, real_clock

PATIENCE = 60  # seconds until something that should have happened counts as never happening
QUIET, RESCAN = 0.2, 0.3  # seconds


def eventually(holds: Callable[[], object], what: str) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"in vain waited for: {what}"
        time.sleep(0.02)


class Watching:
    """A running watcher and what it reported."""

    def __init__(self, watcher: RootWatcher, home: Home, results: list[IntakeResult]) -> None:
        self._watcher, self._home, self.results = watcher, home, results
        self._stop = threading.Event()
        self._thread = threading.Thread(target=watcher.watch, args=(self._stop,))
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._watcher.wake()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the watcher does not stop"

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def outcomes(self, path: Path) -> list[str]:
        return [str(each.outcome) for each in list(self.results) if each.path == str(path)]

    def wait_until_secured(self, *contents: bytes) -> None:
        """Wait until exactly these contents are on record. What the watcher says of them may come a moment later."""
        expected = sorted(len(content) for content in contents)
        eventually(lambda: sorted(sizes_on_record(self._home)) == expected, f"contents of {expected} bytes")

    def wait_for_these(self, path: Path, *expected: str) -> None:
        """Wait until a path has as many results as expected, and hold them to it."""
        self.wait_for_outcomes(path, len(expected))
        assert self.outcomes(path) == list(expected)

    def wait_for_outcomes(self, path: Path, count: int) -> None:
        """Wait until so many results of a path were reported."""
        eventually(lambda: len(self.outcomes(path)) >= count, f"{count} results of {path}")

    def wait_for_looks(self, looks: Callable[[], int], count: int = 4) -> None:
        """Wait until the watcher has looked a few more times."""
        before = looks()
        eventually(lambda: looks() >= before + count, f"{count} more looks")


def sizes_on_record(home: Home) -> list[int]:
    with home.catalog.reading() as session:
        return list(session.exec(select(Recording.size)).all())


def failures_on_record(home: Home) -> list[tuple[str, str]]:
    """Path and reason of each failure that the custody log tells of."""
    with home.catalog.reading() as session:
        events = session.exec(select(CustodyEvent).where(CustodyEvent.result == CustodyResult.FAILED)).all()
    return [(str(event.details["path"]), str(event.details["reason"])) for event in events]


class Watch(Protocol):
    def __call__(
        self,
        root: Path,
        *,
        alarm_after_seconds: float = 3600,
        rescan_seconds: float = RESCAN,
        clock: Callable[[], datetime] = real_clock,
        using: Home | None = None,
        threads: int = 2,
        on_result: Callable[[IntakeResult], None] | None = None,
    ) -> Watching: ...


@pytest.fixture
def watch(home: Home) -> Iterator[Watch]:
    running: list[Watching] = []

    def watched(
        root: Path,
        *,
        alarm_after_seconds: float = 3600,
        rescan_seconds: float = RESCAN,
        clock: Callable[[], datetime] = real_clock,
        using: Home | None = None,
        threads: int = 2,
        on_result: Callable[[IntakeResult], None] | None = None,
    ) -> Watching:
        results: list[IntakeResult] = []
        watcher = RootWatcher(
            os.fsencode(root),
            (using or home).desk,
            StabilitySettings(quiet_seconds=QUIET, alarm_after_seconds=alarm_after_seconds),
            rescan_seconds=rescan_seconds,
            clock=clock,
            actor="tests",
            threads=threads,
            on_result=on_result or results.append,
        )
        running.append(Watching(watcher, home, results))
        return running[-1]

    yield watched
    for each in running:
        each.stop()


@pytest.fixture
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "slots" / "1"
    folder.mkdir(parents=True)
    return folder
