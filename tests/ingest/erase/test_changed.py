"""A file that is not the one that was read stays, and so does what took its place."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.tables.custody import CustodyAction
from ingest.erase import EraseStep
from ingest.errors import KeptReason

from .conftest import Dock, actions, assert_gone_only_on_receipts, erasing_events


def overwritten_in_place(path: Path) -> None:
    times = path.stat()
    with path.open("r+b") as file:
        file.write(b"CONTENT")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def swapped_for_one_that_looks_the_same(path: Path) -> None:
    times, other = path.stat(), path.with_name("other")
    other.write_bytes(b"CONTENT")
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.rename(path)


def appended_to(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def swapped_for_a_link(path: Path) -> None:
    kept = path.rename(path.with_name("kept.mp4"))
    path.symlink_to(kept)


def swapped_for_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def swapped_for_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


CHANGES: list[tuple[Callable[[Path], object], KeptReason]] = [
    (overwritten_in_place, KeptReason.CHANGED),
    (swapped_for_one_that_looks_the_same, KeptReason.CHANGED),
    (appended_to, KeptReason.CHANGED),
    (os.utime, KeptReason.CHANGED),
    (swapped_for_a_link, KeptReason.NOT_A_FILE),
    (swapped_for_a_folder, KeptReason.NOT_A_FILE),
    (swapped_for_a_pipe, KeptReason.NOT_A_FILE),
    (Path.unlink, KeptReason.VANISHED),
]


@pytest.mark.parametrize("step", [EraseStep.RECEIPT, EraseStep.LOCK, EraseStep.ERASE], ids=lambda step: step.name)
@pytest.mark.parametrize(("change", "reason"), CHANGES, ids=[change.__name__ for change, _ in CHANGES])
def test_a_file_that_is_not_the_one_that_was_read_stays(
    dock: Dock, recording: Path, change: Callable[[Path], object], reason: KeptReason, step: EraseStep
) -> None:
    result = dock.take(recording)
    seen: list[tuple[str, int]] = []

    def changed() -> None:
        change(recording)
        seen.extend(everything_below(recording.parent))

    dock.at_step = {step: changed}
    # What is changed after the file was looked at is met by the last look before the removal.
    erasure = dock.erase(recording, result)
    assert (erasure.outcome, erasure.reason) == ("kept", reason)
    assert everything_below(recording.parent) == seen
    if step is EraseStep.RECEIPT:
        told = [CustodyAction.ERASE_REFUSED] if reason is KeptReason.NOT_A_FILE else []
    else:
        told = [CustodyAction.ERASE_ORDERED, CustodyAction.ERASE_REFUSED]
    assert actions(dock.home) == told


def everything_below(folder: Path) -> list[tuple[str, int]]:
    return sorted((path.name, path.lstat().st_mode) for path in folder.rglob("*"))


def test_a_folder_swapped_for_a_link_leads_nowhere(dock: Dock, card: Path) -> None:
    path = card / "DCIM" / "a.mp4"
    path.parent.mkdir()
    path.write_bytes(b"content")
    found = dock.found(path, card)
    result = dock.desk.take(found, actor="tests")
    moved = path.parent.rename(card.parent / "moved")
    path.parent.symlink_to(moved)
    assert dock.eraser().erase(result, found, "tests").reason is KeptReason.NOT_A_FILE
    assert (moved / "a.mp4").read_bytes() == b"content"


def test_a_card_taken_out(dock: Dock, recording: Path) -> None:
    result = dock.take(recording)
    recording.parent.rename(recording.parent.with_name("pulled"))
    assert dock.erase(recording, result).reason is KeptReason.VANISHED
    assert erasing_events(dock.home) == []


def test_another_card_with_the_same_names(dock: Dock, recording: Path) -> None:
    result = dock.take(recording)
    card = recording.parent
    card.rename(card.with_name("pulled"))
    card.mkdir()
    recording.write_bytes(b"content")
    os.utime(recording, ns=(0, (card.with_name("pulled") / "a.mp4").stat().st_mtime_ns))
    assert dock.erase(recording, result).reason is KeptReason.CHANGED
    assert recording.exists()


def test_of_two_names_for_one_file_each_goes_on_its_own_receipt(dock: Dock, recording: Path) -> None:
    twin = recording.with_name("b.mp4")
    os.link(recording, twin)
    first, second = dock.take(recording), dock.take(twin)
    assert dock.erase(recording, first).outcome == "erased"
    assert twin.read_bytes() == b"content"
    # Losing a name is a change of the file, so it is read once more first.
    assert dock.erase(twin, second).reason is KeptReason.CHANGED
    assert dock.erase(twin).outcome == "erased"
    assert_gone_only_on_receipts(dock.home, {recording: b"content", twin: b"content"})
