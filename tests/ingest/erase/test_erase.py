"""Erased only on a fresh receipt for this very file, whose version lies locked in the store at this moment."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from api.messages.faults import sentence_of
from api.messages.language import Language
from api.messages.translator import translator
from catalog.tables.custody import CustodyAction, CustodyResult
from ingest.erase import EraseStep
from ingest.errors import KeptReason, SourceKept
from retention.locks import LockSettings
from storage.errors import StoreUnavailable
from storage.local import LocalStore
from storage.model import Bucket, Lock, LockMode, StoredVersion, VersionReference
from tests.conftest import Home, OpenHome, real_clock
from tests.ingest.secure.conftest import assert_secured_once, receipts_of

from .conftest import Dock, actions, assert_gone_only_on_receipts, erasing_events, later

ERASED = [CustodyAction.ERASE_ORDERED, CustodyAction.ERASED]


def test_a_secured_file_is_erased_on_its_receipt(dock: Dock, recording: Path) -> None:
    neighbour = recording.with_name("b.mp4")
    neighbour.write_bytes(b"another")
    result = dock.take(recording)
    erasure = dock.erase(recording, result)
    assert (erasure.outcome, erasure.reason) == ("erased", None)
    assert not recording.exists()
    assert neighbour.read_bytes() == b"another"
    (receipt,) = receipts_of(dock.home)
    ordered, erased = erasing_events(dock.home)
    assert [ordered.action, erased.action] == ERASED
    for event in (ordered, erased):
        assert (event.subject_id, event.actor, event.result) == (result.recording_id, "tests", "done")
        assert (event.details["receipt_id"], event.details["path"]) == (str(receipt.id), str(recording))
        assert event.details["locked_until"] == receipt.locked_until.isoformat()
    assert_secured_once(dock.home, {recording: b"content"})


def test_folders_that_are_empty_then_stay(dock: Dock, card: Path) -> None:
    path = card / "DCIM" / "100" / "a.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"content")
    found = dock.found(path, card)
    result = dock.desk.take(found, actor="tests")
    assert dock.eraser().erase(result, found, "tests").outcome == "erased"
    assert list(card.rglob("*")) == [card / "DCIM", path.parent]


def test_a_rehearsal_asks_all_and_removes_nothing(dock: Dock, recording: Path) -> None:
    assert dock.erase(recording, dry_run=True).outcome == "would erase"
    assert recording.read_bytes() == b"content"
    assert erasing_events(dock.home) == []


def test_a_rehearsal_says_why_it_would_not(dock: Dock, recording: Path) -> None:
    result = dock.take(recording)
    recording.unlink()
    recording.symlink_to("elsewhere")
    assert dock.erase(recording, result, dry_run=True).reason is KeptReason.NOT_A_FILE
    assert erasing_events(dock.home) == []


def test_what_was_known_before_is_erased_too(dock: Dock, recording: Path) -> None:
    dock.home.take(recording)
    result = dock.take(recording)
    assert result.outcome == "duplicate"
    assert dock.erase(recording, result).outcome == "erased"


# --- receipts that do not serve ---------------------------------------------------------------------------------


def test_no_receipt_no_erasure(dock: Dock, recording: Path, card: Path) -> None:
    failed = dock.take(card / "nothing there.mp4")
    assert dock.erase(recording, failed).reason is KeptReason.NOT_SECURED
    dock.home.take(recording)
    (kept,) = dock.home.take(recording)  # by a desk that makes no receipts anew
    assert dock.erase(recording, kept).reason is KeptReason.RECEIPT_NOT_FRESH
    assert recording.exists()
    assert erasing_events(dock.home) == []


def test_a_receipt_serves_for_its_validity_alone(dock: Dock, recording: Path) -> None:
    result = dock.take(recording)
    assert result.receipt is not None
    limit = timedelta(minutes=3)
    too_late = result.receipt.made + 181
    assert dock.erase(recording, result, validity=limit, seconds=lambda: too_late).reason is KeptReason.RECEIPT_TOO_OLD
    assert recording.exists()
    in_time = result.receipt.made + 179
    assert dock.erase(recording, result, validity=limit, seconds=lambda: in_time).outcome == "erased"


def test_a_clock_set_back_does_not_make_an_old_receipt_young(dock: Dock, recording: Path) -> None:
    result = dock.take(recording)
    assert result.receipt is not None
    hours_later = result.receipt.made + 7200
    erasure = dock.erase(recording, result, clock=later(hours=-3), seconds=lambda: hours_later)
    assert erasure.reason is KeptReason.RECEIPT_TOO_OLD


def test_the_receipt_of_another_file_does_not_serve(dock: Dock, recording: Path) -> None:
    """Same content, same time, even the same inode: it was not this place that the receipt speaks of."""
    twin = recording.with_name("b.mp4")
    os.link(recording, twin)
    result = dock.take(recording)
    assert dock.erase(twin, result).reason is KeptReason.RECEIPT_DIFFERS
    assert twin.exists()
    (event,) = erasing_events(dock.home)
    assert (event.action, event.result) == (CustodyAction.ERASE_REFUSED, CustodyResult.DENIED)


def test_a_receipt_the_catalog_does_not_hold_does_not_serve(open_home: OpenHome, recording: Path) -> None:
    dock, other = Dock(open_home()), Dock(open_home(recording.parent.parent / "other"))
    result = other.take(recording)
    dock.take(recording)
    assert dock.erase(recording, result).reason is KeptReason.RECEIPT_DIFFERS
    assert recording.exists()


# --- files that changed -----------------------------------------------------------------------------------------


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


# --- cards that cannot be written to ----------------------------------------------------------------------------


def test_a_write_protected_card(dock: Dock, tmp_path: Path, mount: Callable[..., None]) -> None:
    card = tmp_path / "mounted"
    card.mkdir()
    mount("-t", "tmpfs", "-o", "size=1m", "zhilu-test", at=card)
    path = card / "a.mp4"
    path.write_bytes(b"content")
    mount("-o", "remount,ro", at=card)
    for _ in range(2):
        assert dock.erase(path).reason is KeptReason.CARD_READ_ONLY
    (event,) = erasing_events(dock.home)  # told once, however often it is met
    assert (event.action, event.details["reason"]) == (CustodyAction.ERASE_REFUSED, "card_read_only")
    assert path.exists()


def test_a_card_that_turns_read_only_in_between(dock: Dock, tmp_path: Path, mount: Callable[..., None]) -> None:
    """As Linux does with a card whose file system is damaged: the order stands in the log, and that it failed."""
    card = tmp_path / "mounted"
    card.mkdir()
    mount("-t", "tmpfs", "-o", "size=1m", "zhilu-test", at=card)
    path = card / "a.mp4"
    path.write_bytes(b"content")
    result = dock.take(path)
    dock.at_step = {EraseStep.ERASE: lambda: mount("-o", "remount,ro", at=card)}
    assert dock.erase(path, result).reason is KeptReason.CARD_READ_ONLY
    assert path.exists()
    ordered, refused = erasing_events(dock.home)
    assert (ordered.action, refused.action) == (CustodyAction.ERASE_ORDERED, CustodyAction.ERASE_REFUSED)
    assert (refused.result, refused.details["receipt_id"]) == (CustodyResult.FAILED, ordered.details["receipt_id"])


# --- versions that do not guard ---------------------------------------------------------------------------------


class Reporting(LocalStore):
    """The same store, that reports something else of its versions by now."""

    def __init__(self, home: Home, report: Callable[[StoredVersion], StoredVersion]) -> None:
        super().__init__(home.folder / "objects")
        self._report = report

    def head(self, reference: VersionReference) -> StoredVersion:
        return self._report(super().head(reference))


def without_lock(stored: StoredVersion) -> StoredVersion:
    return StoredVersion(stored.reference, stored.size, stored.stored_at)


def lock_over(stored: StoredVersion) -> StoredVersion:
    assert stored.lock is not None
    over = Lock(stored.lock.mode, real_clock() - timedelta(seconds=1))
    return StoredVersion(stored.reference, stored.size, stored.stored_at, over)


def lock_shortened(stored: StoredVersion) -> StoredVersion:
    """Still over a week ahead, but no longer what the receipt says."""
    assert stored.lock is not None
    less = Lock(stored.lock.mode, stored.lock.retain_until - timedelta(seconds=2))
    return StoredVersion(stored.reference, stored.size, stored.stored_at, less)


def shorter(stored: StoredVersion) -> StoredVersion:
    return StoredVersion(stored.reference, stored.size - 1, stored.stored_at, stored.lock)


def silent(_stored: StoredVersion) -> StoredVersion:
    where = "there"
    raise StoreUnavailable(where, "it does not answer")


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (without_lock, KeptReason.NOT_GUARDED),
        (lock_over, KeptReason.NOT_GUARDED),
        (lock_shortened, KeptReason.NOT_GUARDED),
        (shorter, KeptReason.SIZE_DIFFERS),
        (silent, KeptReason.STORE_SILENT),
    ],
)
def test_the_store_is_asked_anew(
    dock: Dock, recording: Path, report: Callable[[StoredVersion], StoredVersion], reason: KeptReason
) -> None:
    result = dock.take(recording)
    erasure = dock.erase(recording, result, store=Reporting(dock.home, report))
    assert (erasure.outcome, erasure.reason) == ("kept", reason)
    assert recording.exists()
    assert actions(dock.home) == ([] if reason is KeptReason.STORE_SILENT else [CustodyAction.ERASE_REFUSED])
    # Nothing stands in the way of trying again once the store is as it should be.
    assert dock.erase(recording, result).outcome == "erased"


def test_a_lock_that_is_over_by_the_clock(dock: Dock, recording: Path) -> None:
    assert dock.erase(recording, clock=later(days=400)).reason is KeptReason.NOT_GUARDED


def test_a_lock_must_last_for_a_week_yet(dock: Dock, recording: Path) -> None:
    result = dock.take(recording)
    assert dock.erase(recording, result, clock=later(days=359, hours=1)).reason is KeptReason.NOT_GUARDED
    assert recording.exists()
    assert dock.erase(recording, result, clock=later(days=358)).outcome == "erased"


def test_a_lock_that_is_short_by_the_settings_serves_as_long_as_it_is_what_the_receipt_says(
    open_home: OpenHome, recording: Path
) -> None:
    dock = Dock(open_home(lock=LockSettings(days=1)))
    result = dock.take(recording)
    shortened = Reporting(dock.home, lock_shortened)
    assert dock.erase(recording, result, store=shortened).reason is KeptReason.NOT_GUARDED
    assert dock.erase(recording, result).outcome == "erased"


def test_a_lock_that_may_be_shortened_by_now(open_home: OpenHome, recording: Path) -> None:
    dock = Dock(open_home(lock=LockSettings(mode=LockMode.COMPLIANCE)))

    def softened(stored: StoredVersion) -> StoredVersion:
        assert stored.lock is not None
        softer = Lock(LockMode.GOVERNANCE, stored.lock.retain_until)
        return StoredVersion(stored.reference, stored.size, stored.stored_at, softer)

    result = dock.take(recording)
    assert dock.erase(recording, result, store=Reporting(dock.home, softened)).reason is KeptReason.NOT_GUARDED
    assert dock.erase(recording, result).outcome == "erased"


def test_what_is_held_is_guarded_whatever_its_lock(dock: Dock, recording: Path) -> None:
    result = dock.take(recording)
    (stored,) = dock.home.store.list_versions(Bucket.ORIGINALS)
    dock.home.store.set_hold(stored.reference)
    assert dock.erase(recording, result, clock=later(days=400)).outcome == "erased"


def test_a_version_that_is_gone(dock: Dock, recording: Path) -> None:
    result = dock.take(recording)
    for data in (dock.home.folder / "objects" / "objects").rglob("*"):
        if data.is_file():
            data.unlink()
    assert dock.erase(recording, result).reason is KeptReason.VERSION_MISSING
    assert recording.exists()


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


# --- what is said -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", list(KeptReason))
def test_every_reason_has_a_sentence_in_both_languages(reason: KeptReason) -> None:
    kept = SourceKept(reason, "Input/output error")
    assert str(kept).startswith("It was not erased: ")
    chinese = sentence_of(translator(Language.CHINESE), kept)
    assert chinese.startswith("未从卡上清除：")
    assert reason.value not in chinese
    assert "（Input/output error）" in chinese
    assert "（" not in sentence_of(translator(Language.CHINESE), SourceKept(reason))
