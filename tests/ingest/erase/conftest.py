"""Files that are secured and may be erased, and what must hold of those that are gone."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from catalog.tables import CustodyEvent
from catalog.tables.custody import CustodyAction
from ingest.erase import Eraser, EraseStep, Erasure
from ingest.intake import IntakeDesk, IntakeResult
from ingest.naming import load_patterns
from ingest.walk import Found
from storage.contract import ObjectStore
from tests.conftest import Home, OpenHome, real_clock
from tests.ingest.secure.conftest import card, clean_processes, mount, receipts_of, start_intake

ERASING = (CustodyAction.ERASE_ORDERED, CustodyAction.ERASED, CustodyAction.ERASE_REFUSED)
ERASED = [CustodyAction.ERASE_ORDERED, CustodyAction.ERASED]


def erasing_events(home: Home) -> list[CustodyEvent]:
    """What the log says of erasing, oldest first."""
    with home.catalog.reading() as session:
        return list(
            session.exec(
                select(CustodyEvent).where(col(CustodyEvent.action).in_(ERASING)).order_by(col(CustodyEvent.id))
            ).all()
        )


def actions(home: Home) -> list[CustodyAction]:
    return [event.action for event in erasing_events(home)]


def assert_gone_only_on_receipts(home: Home, files: dict[Path, bytes]) -> None:
    """Every file that is gone from its card has a receipt, and the order to erase it rests on that receipt."""
    on_receipt = {str(receipt.id): receipt.path for receipt in receipts_of(home)}
    ordered = {
        event.details["path"]
        for event in erasing_events(home)
        if event.action is CustodyAction.ERASE_ORDERED
        and on_receipt.get(event.details["receipt_id"]) == event.details["path"]
    }
    assert {str(path) for path in files if not path.exists()} <= ordered
    for event in erasing_events(home):
        if event.action is CustodyAction.ERASED:
            assert event.details["path"] in ordered
            assert not Path(event.details["path"]).exists()


@dataclass
class Dock:
    """A home that secures files with fresh receipts and erases them."""

    home: Home
    seconds: float = 0.0
    at_step: dict[EraseStep, Callable[[], object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.desk = IntakeDesk(self.home.catalog, self.home.securer, load_patterns([]), fresh_receipts=True)

    def take(self, path: Path) -> IntakeResult:
        return self.desk.take(self.found(path), actor="tests")

    def found(self, path: Path, root: Path | None = None) -> Found:
        root = root or path.parent
        return Found(bytes(path), bytes(root), os.fsencode(path.relative_to(root)))

    def eraser(self, *, dry_run: bool = False, store: ObjectStore | None = None, **more: Any) -> Eraser:
        def begun(step: EraseStep) -> None:
            act = self.at_step.pop(step, None)
            if act is not None:
                act()

        more = {"clock": real_clock, **more}
        return Eraser(self.home.catalog, store or self.home.store, dry_run=dry_run, on_step=begun, **more)

    def erase(self, path: Path, result: IntakeResult | None = None, **more: Any) -> Erasure:
        """Erase a file, secured just before unless a result is given."""
        result = result or self.take(path)
        return self.eraser(**more).erase(result, self.found(path), "tests")


@pytest.fixture
def dock(open_home: OpenHome) -> Dock:
    return Dock(open_home())


@pytest.fixture
def recording(card: Path) -> Path:
    path = card / "a.mp4"
    path.write_bytes(b"content")
    return path


def later(**difference: int) -> Callable[[], Any]:
    """A clock that is ahead."""
    return lambda: real_clock() + timedelta(**difference)


__all__ = ["card", "clean_processes", "mount", "start_intake"]
