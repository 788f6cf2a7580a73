"""The store is asked anew just before: what does not lie locked there, for long enough, keeps its file."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from catalog.tables.custody import CustodyAction
from ingest.errors import KeptReason
from retention.locks import LockSettings
from storage.errors import StoreUnavailable
from storage.local import LocalStore
from storage.model import Bucket, Lock, LockMode, StoredVersion, VersionReference
from tests.conftest import Home, OpenHome, real_clock

from .conftest import Dock, actions, later


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
    assert dock.erase(recording, result, clock=later(days=85, hours=1)).reason is KeptReason.NOT_GUARDED
    assert recording.exists()
    assert dock.erase(recording, result, clock=later(days=84)).outcome == "erased"


def test_a_lock_that_is_short_by_the_settings_serves_as_long_as_it_is_what_the_receipt_says(
    open_home: OpenHome, recording: Path
) -> None:
    dock = Dock(open_home(lock=LockSettings(first_days=1)))
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
