"""A card, or a catalog, that takes no writing: nothing is erased that cannot be, or that cannot be put on record."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.tables.custody import CustodyAction, CustodyResult
from ingest.erase import EraseStep
from ingest.errors import KeptReason
from tests.conftest import OpenHome, real_clock

from .conftest import ERASED, Dock, actions, erasing_events


@pytest.fixture
def path(tmp_path: Path, mount: Callable[..., None]) -> Path:
    """A file on a card that is a file system of its own."""
    card = tmp_path / "mounted"
    card.mkdir()
    mount("-t", "tmpfs", "-o", "size=1m", "zhilu-test", at=card)
    file = card / "a.mp4"
    file.write_bytes(b"content")
    return file


def test_a_write_protected_card(dock: Dock, path: Path, mount: Callable[..., None]) -> None:
    mount("-o", "remount,ro", at=path.parent)
    for _ in range(2):
        assert dock.erase(path).reason is KeptReason.CARD_READ_ONLY
    (event,) = erasing_events(dock.home)  # told once, however often it is met
    assert (event.action, event.details["reason"]) == (CustodyAction.ERASE_REFUSED, "card_read_only")
    assert path.exists()


def test_a_card_that_turns_read_only_in_between(dock: Dock, path: Path, mount: Callable[..., None]) -> None:
    """As Linux does with a card whose file system is damaged: the order stands in the log, and that it failed."""
    result = dock.take(path)
    dock.at_step = {EraseStep.ERASE: lambda: mount("-o", "remount,ro", at=path.parent)}
    assert dock.erase(path, result).reason is KeptReason.CARD_READ_ONLY
    assert path.exists()
    ordered, refused = erasing_events(dock.home)
    assert (ordered.action, refused.action) == (CustodyAction.ERASE_ORDERED, CustodyAction.ERASE_REFUSED)
    assert (refused.result, refused.details["receipt_id"]) == (CustodyResult.FAILED, ordered.details["receipt_id"])


# --- a catalog that cannot be told ------------------------------------------------------------------------------


@pytest.fixture
def small(open_home: OpenHome, tmp_path: Path, mount: Callable[..., None]) -> Dock:
    """A home on a small disk of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=8m", "zhilu-test", at=folder)
    return Dock(open_home(folder))


def filled_up(folder: Path) -> Path:
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1024 * 1024, 1024, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                continue
    return ballast


def test_what_cannot_be_ordered_on_record_is_not_erased(small: Dock, recording: Path) -> None:
    result = small.take(recording)
    ballast = filled_up(small.home.folder)
    assert small.erase(recording, result).reason is KeptReason.CATALOG_SILENT
    assert recording.exists()
    ballast.unlink()
    assert actions(small.home) == []
    assert small.erase(recording, result).outcome == "erased"
    assert actions(small.home) == ERASED


def test_an_erasure_that_could_not_be_told_is_told_later(small: Dock, recording: Path) -> None:
    ballast: list[Path] = []
    small.at_step = {EraseStep.ERASED: lambda: ballast.append(filled_up(small.home.folder))}
    eraser = small.eraser()
    before = real_clock()
    assert eraser.erase(small.take(recording), small.found(recording), "tests").outcome == "erased"
    after = real_clock()
    ballast[0].unlink()
    assert actions(small.home) == [CustodyAction.ERASE_ORDERED]
    other = recording.with_name("b.mp4")
    other.write_bytes(b"another")
    time.sleep(0.01)
    eraser.erase(small.take(other), small.found(other), "tests")
    assert sorted(actions(small.home)) == sorted(2 * ERASED)
    (told,) = [
        event
        for event in erasing_events(small.home)
        if event.action is CustodyAction.ERASED and event.details["path"] == str(recording)
    ]
    assert before <= told.at <= after
