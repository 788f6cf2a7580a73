"""A root that is watched in a thread of its own, and waiting for what should come of it."""

import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pytest
from sqlmodel import select

from catalog.tables import CustodyEvent, Recording
from catalog.tables.custody import CustodyResult
from ingest.breaker import Breaker, BreakerSettings
from ingest.card import CardIdentity
from ingest.intake import IntakeResult
from ingest.naming import DeviceRegister, identify, load_patterns
from ingest.stability import StabilitySettings
from ingest.taking import Surroundings, steady_clock
from ingest.turns import Turns
from ingest.watch import RootWatcher
from tests.conftest import Home, real_clock
from tests.waiting import PATIENCE, eventually

QUIET, RESCAN = 0.2, 0.3  # seconds


class Watching:
    """A running watcher and what it reported."""

    def __init__(self, watcher: RootWatcher, turns: Turns, home: Home, results: list[IntakeResult]) -> None:
        self.watcher, self._turns, self._home, self.results = watcher, turns, home, results
        self._stop = threading.Event()
        self._thread = threading.Thread(target=watcher.watch, args=(self._stop,))
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self.watcher.wake()
        self._turns.close(PATIENCE)
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
        steady: Callable[[], datetime] = steady_clock,
        using: Home | None = None,
        threads: int = 2,
        on_result: Callable[[IntakeResult], None] | None = None,
        identity: Callable[[bytes], CardIdentity | None] = CardIdentity.at,
    ) -> Watching: ...


@pytest.fixture
def watch(home: Home) -> Iterator[Watch]:
    running: list[Watching] = []

    def watched(
        root: Path,
        *,
        alarm_after_seconds: float = 3600,
        rescan_seconds: float = RESCAN,
        steady: Callable[[], datetime] = steady_clock,
        using: Home | None = None,
        threads: int = 2,
        on_result: Callable[[IntakeResult], None] | None = None,
        identity: Callable[[bytes], CardIdentity | None] = CardIdentity.at,
    ) -> Watching:
        results: list[IntakeResult] = []
        turns = Turns(at_once=threads, per_slot=threads, breaker=Breaker(BreakerSettings()), clock=real_clock)
        patterns = load_patterns([])
        tell = on_result or results.append
        around = Surroundings(
            desk=(using or home).desk,
            turns=turns,
            stability=StabilitySettings(quiet_seconds=QUIET, alarm_after_seconds=alarm_after_seconds),
            rescan_seconds=rescan_seconds,
            actor="tests",
            clock=real_clock,
            steady=steady,
            name=lambda path: identify(path, patterns, DeviceRegister()),
            settle_seconds=QUIET,
            identity=identity,
            on_result=lambda result, _seconds: tell(result),
        )
        watcher = RootWatcher("1", lambda: os.fsencode(root), around)
        running.append(Watching(watcher, turns, home, results))
        return running[-1]

    yield watched
    for each in running:
        each.stop()


@pytest.fixture
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "slots" / "1"
    folder.mkdir(parents=True)
    return folder
