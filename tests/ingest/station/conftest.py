"""A dock at work on real folders, a real store and a real catalog."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from catalog.tables.docking import SlotCondition
from ingest.dock_settings import DockSettings
from ingest.erase import Eraser
from ingest.intake import IntakeDesk, IntakeResult
from ingest.naming import load_patterns
from ingest.slot_state import SlotReport
from ingest.stability import StabilitySettings
from ingest.station import Dock, Station, at_work
from tests.conftest import Home, real_clock
from tests.waiting import eventually

QUICK = {"settle_seconds": 0.3, "finish_seconds": 60, "breaker": {"first_seconds": 0.2, "longest_seconds": 0.4}}


class Docking:
    """A running dock and what it reported, in order."""

    def __init__(self, dock: Dock, results: list[IntakeResult], running: ExitStack) -> None:
        self.dock, self.results, self._running = dock, results, running

    def stop(self) -> None:
        """End it, as its process would."""
        self._running.close()

    def paths(self) -> list[str]:
        return [result.path for result in list(self.results) if result.recording_id is not None]

    def report(self, slot: str) -> SlotReport:
        return next(each for each in self.dock.reports() if each.slot == slot)

    def shows(self, slot: str) -> SlotCondition | None:
        return next((each.condition for each in self.dock.reports() if each.slot == slot), None)

    def wait_until(self, slot: str, condition: SlotCondition) -> SlotReport:
        eventually(lambda: self.shows(slot) is condition, f"slot {slot} to show {condition}")
        return self.report(slot)


class StartDock(Protocol):
    def __call__(
        self, *roots: Path | bytes, using: Home | None = None, erases: bool = False, **settings: Any
    ) -> Docking: ...


@pytest.fixture
def start_dock(home: Home) -> Iterator[StartDock]:
    with ExitStack() as running:

        def start(*roots: Path | bytes, using: Home | None = None, erases: bool = False, **settings: Any) -> Docking:
            own, results = using or home, list[IntakeResult]()
            patterns = load_patterns([])
            station = Station(
                name="station 1",
                home=own.folder,
                catalog=own.catalog,
                store=own.store,
                settings=DockSettings.model_validate({**QUICK, **settings}),
                stability=StabilitySettings(quiet_seconds=0.1),
                patterns=patterns,
                roots=[os.fsencode(root) for root in roots],
                actor="tests",
                clock=real_clock,
                desk_for=lambda turns: IntakeDesk(
                    own.catalog, own.securer, patterns, on_progress=turns.progress, fresh_receipts=erases
                ),
                eraser_for=(
                    lambda turns: Eraser(own.catalog, own.store, real_clock, dry_run=False, on_step=turns.erases)
                )
                if erases
                else None,
                rescan_seconds=0.3,
                on_result=lambda result, _seconds: results.append(result),
            )
            own_end = running.enter_context(ExitStack())
            return Docking(own_end.enter_context(at_work(station)), results, own_end)

        yield start


@pytest.fixture
def slots(tmp_path: Path) -> Path:
    """A folder whose folders are slots."""
    folder = tmp_path / "slots"
    folder.mkdir()
    return folder


def write(path: Path, content: bytes, *, at: int = 1_700_000_000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at, at))
    return path


class Hung:
    """A card that gives nothing until it is let go on."""

    def __init__(self) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()

    def wait(self) -> None:
        self.reached.set()
        self.go_on.wait()


@pytest.fixture
def hang(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], Hung]]:
    from ingest.source import SourceFile

    hung: dict[bytes, Hung] = {}
    chunks = SourceFile.chunks

    def hanging(source: SourceFile, *arguments: Any) -> Any:
        for place, each in hung.items():
            if source.path.startswith(place):
                each.wait()
        return chunks(source, *arguments)

    monkeypatch.setattr(SourceFile, "chunks", hanging)

    def hang_at(place: Path) -> Hung:
        return hung.setdefault(os.fsencode(place), Hung())

    yield hang_at
    for each in hung.values():
        each.go_on.set()
