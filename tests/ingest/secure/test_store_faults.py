"""What the store and the disk can do: nothing is on record before the very bytes were read back, locked."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from catalog.tables import CustodyEvent
from ingest.progress import Progress, Step
from ingest.secure import SecureSettings
from retention.locks import LockSettings
from storage.local import LocalStore
from storage.model import Bucket, Lock, LockMode, StoredVersion, VersionReference
from tests.conftest import Home, OpenHome, real_clock

from .conftest import (
    KIB,
    MIB,
    assert_nothing_kept,
    assert_secured_once,
    claims_of,
    recordings_of,
    some_bytes,
)

SIZE = 9 * MIB


@pytest.fixture
def recording(card: Path) -> Path:
    path = card / "a.mp4"
    path.write_bytes(some_bytes(SIZE))
    return path


def at(wanted: Step, act: Callable[[], object]) -> Progress:
    def begun(step: Step) -> None:
        if step is wanted:
            act()

    return Progress(on_step=begun)


# --- no room ---------------------------------------------------------------------------------------------------


def full(home: Home, kept: str = "") -> str:
    return f"The store at {home.folder / 'objects'} is full{kept}: make room, then try again. Nothing was lost."


def test_reserve_larger_than_the_free_space(open_home: OpenHome, recording: Path, tmp_path: Path) -> None:
    home = open_home(store=LocalStore(tmp_path / "home" / "objects", reserve_bytes=2**62))
    (result,) = home.take(recording)
    assert (result.outcome, result.reason, result.retryable) == (
        "failed",
        full(home, f" but for the {2**42} MiB that are kept free"),
        True,
    )
    assert_nothing_kept(home)

    roomy = open_home()
    assert roomy.take(recording)[0].outcome == "secured"
    assert_secured_once(roomy, {recording: some_bytes(SIZE)})


def test_a_duplicate_needs_no_room(open_home: OpenHome, recording: Path, tmp_path: Path) -> None:
    open_home().take(recording)
    home = open_home(store=LocalStore(tmp_path / "home" / "objects", reserve_bytes=2**62))
    assert home.take(recording)[0].outcome == "duplicate"


@pytest.fixture
def small_disk(tmp_path: Path, mount: Callable[..., None]) -> Path:
    """A home on a disk of its own that 9 MiB and a catalog do not fit on."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=8m", "zhilu-test", at=folder)
    return folder


def fill_up(folder: Path) -> Path:
    """Leave no byte free."""
    path = folder / "ballast"
    with path.open("wb", buffering=0) as file:
        for size in (MIB, KIB, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                continue
    return path


def test_disk_full_while_the_bytes_go_up(
    open_home: OpenHome, recording: Path, small_disk: Path, mount: Callable[..., None]
) -> None:
    home = open_home(small_disk)
    (result,) = home.take(recording)
    assert (result.outcome, result.reason, result.retryable) == ("failed", full(home), True)
    assert_nothing_kept(home)
    assert claims_of(home) == []

    mount("-o", "remount,size=64m", at=small_disk)
    assert home.take(recording)[0].outcome == "secured"
    assert_secured_once(home, {recording: some_bytes(SIZE)})


@pytest.mark.parametrize("step", [Step.COMPLETE, Step.COMMIT], ids=lambda step: step.name.lower())
def test_disk_full_when_it_is_put_on_record(open_home: OpenHome, card: Path, small_disk: Path, step: Step) -> None:
    """Neither the record nor the end of the claim can be written; with room again, the same process goes on."""
    path = card / "a.mp4"
    path.write_bytes(some_bytes(MIB))
    home = open_home(small_disk, secure=SecureSettings(busy_wait_seconds=0))
    ballast: list[Path] = []
    (result,) = home.watched_by(at(step, lambda: ballast.append(fill_up(small_disk)))).take(path)
    assert (result.outcome, result.retryable) == ("failed", True)
    assert "is full: make room, then try again. Nothing was lost." in (result.reason or "")
    assert recordings_of(home) == []

    ballast[0].unlink()
    assert home.take(path)[0].outcome == "secured"
    assert_secured_once(home, {path: some_bytes(MIB)})


def test_disk_full_before_anything_began(open_home: OpenHome, card: Path, small_disk: Path) -> None:
    path = card / "a.mp4"
    path.write_bytes(some_bytes(MIB))
    home = open_home(small_disk)
    assert recordings_of(home) == []  # as in a process that runs: the catalog is open
    ballast = fill_up(small_disk)
    (result,) = home.take(path)
    assert (result.outcome, result.retryable) == ("failed", True)
    assert "is full: make room, then try again. Nothing was lost." in (result.reason or "")
    ballast.unlink()
    assert_nothing_kept(home)
    assert home.take(path)[0].outcome == "secured"
    assert_secured_once(home, {path: some_bytes(MIB)})


# --- other bytes than were sent --------------------------------------------------------------------------------


def stored_data(home: Home) -> Path:
    (data,) = (home.folder / "objects" / "objects").rglob("data")
    return data


def flip_a_bit(data: Path) -> None:
    data.chmod(0o644)
    with data.open("r+b") as file:
        file.seek(5 * MIB)
        (byte,) = file.read(1)
        file.seek(5 * MIB)
        file.write(bytes([byte ^ 1]))


@pytest.mark.parametrize(
    "damage",
    [flip_a_bit, lambda data: os.truncate(data, SIZE - 1), lambda data: os.truncate(data, SIZE + 1)],
    ids=["a bit", "one byte less", "one byte more"],
)
def test_what_is_read_back_differs(home: Home, recording: Path, damage: Callable[[Path], object]) -> None:
    damaging = home.watched_by(at(Step.READ_BACK, lambda: damage(stored_data(home))))
    (result,) = damaging.take(recording)
    assert (result.outcome, result.retryable) == ("failed", True)
    (bad,) = home.store.list_versions(Bucket.ORIGINALS)
    assert result.reason == (
        f"What the store gives back as {bad.reference} is not what was sent: check the store's disk."
    )
    assert recordings_of(home) == []

    assert home.take(recording)[0].outcome == "secured"
    (on_record,) = recordings_of(home)
    good = next(each for each in home.store.list_versions(Bucket.ORIGINALS) if each.reference != bad.reference)
    assert (on_record.object_key, on_record.object_version) == (good.reference.key, good.reference.version_id)
    assert b"".join(home.store.read_back(good.reference)) == some_bytes(SIZE)
    assert home.store.head(bad.reference).lock is not None  # what was locked once stays, to be looked into
    assert claims_of(home) == []
    assert [event.details["read_back"] for event in custody_of(home)] == [True]


def custody_of(home: Home) -> list[CustodyEvent]:
    with home.catalog.reading() as session:
        return list(session.exec(select(CustodyEvent)).all())


def test_damaged_between_a_kill_and_the_next_start(open_home: OpenHome, recording: Path) -> None:
    """What a process left in the store is adopted only if it is what the card holds."""
    home = open_home()
    failing = home.watched_by(at(Step.COMMIT, lambda: 1 / 0))
    assert failing.take(recording)[0].outcome == "failed"
    flip_a_bit(stored_data(home))
    again = open_home()
    assert again.take(recording)[0].outcome == "secured"
    (on_record,) = recordings_of(again)
    reference = VersionReference(Bucket.ORIGINALS, on_record.object_key, on_record.object_version)
    assert b"".join(again.store.read_back(reference)) == some_bytes(SIZE)


# --- other locks than were asked for ---------------------------------------------------------------------------


class Misreporting(LocalStore):
    """A store that takes every lock and reports another."""

    def __init__(self, root: Path, report: Callable[[Lock], Lock | None]) -> None:
        super().__init__(root)
        self._report = report

    def head(self, reference: VersionReference) -> StoredVersion:
        stored = super().head(reference)
        assert stored.lock is not None
        return StoredVersion(stored.reference, stored.size, stored.stored_at, self._report(stored.lock))


@pytest.mark.parametrize(
    "report",
    [
        lambda _lock: None,
        lambda lock: Lock(lock.mode, lock.retain_until - timedelta(days=1)),
        lambda lock: Lock(LockMode.GOVERNANCE, lock.retain_until),
    ],
    ids=["none", "a shorter one", "a weaker one"],
)
def test_lock_is_not_confirmed(
    open_home: OpenHome, recording: Path, tmp_path: Path, report: Callable[[Lock], Lock | None]
) -> None:
    lock = LockSettings(mode=LockMode.COMPLIANCE)
    home = open_home(lock=lock, store=Misreporting(tmp_path / "home" / "objects", report))
    (result,) = home.take(recording)
    assert (result.outcome, result.retryable) == ("failed", False)
    (stored,) = home.store.list_versions(Bucket.ORIGINALS)
    assert result.reason == (
        f"The store does not report the lock asked for on {stored.reference}: check the store's settings."
    )
    assert recordings_of(home) == []

    mended = open_home(lock=lock)
    assert mended.take(recording)[0].outcome == "secured"
    assert_secured_once(mended, {recording: some_bytes(SIZE)})


@pytest.mark.parametrize("lost", [timedelta(0), timedelta(microseconds=999_999)])
def test_stores_may_keep_whole_seconds(open_home: OpenHome, recording: Path, tmp_path: Path, lost: timedelta) -> None:
    store = Misreporting(tmp_path / "home" / "objects", lambda lock: Lock(lock.mode, lock.retain_until - lost))
    assert open_home(store=store).take(recording)[0].outcome == "secured"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LockSettings(first_days=366), LockSettings(first_days=30)),
        (LockSettings(first_days=30), LockSettings(first_days=366)),
        (LockSettings(mode=LockMode.COMPLIANCE), LockSettings(mode=LockMode.GOVERNANCE)),
        (LockSettings(mode=LockMode.GOVERNANCE), LockSettings(mode=LockMode.COMPLIANCE)),
    ],
    ids=["shorter", "longer", "weaker", "stronger"],
)
def test_locks_set_otherwise_between_a_kill_and_the_next_start(
    open_home: OpenHome, recording: Path, before: LockSettings, after: LockSettings
) -> None:
    """What lies in the store is adopted with the longer and the stronger of both locks."""
    home = open_home(lock=before)
    assert home.watched_by(at(Step.COMMIT, lambda: 1 / 0)).take(recording)[0].outcome == "failed"
    again = open_home(lock=after)
    assert again.take(recording)[0].outcome == "secured"
    assert_secured_once(again, {recording: some_bytes(SIZE)})
    (stored,) = again.store.list_versions(Bucket.ORIGINALS)
    assert stored.lock is not None
    assert stored.lock.mode is (LockMode.COMPLIANCE if LockMode.COMPLIANCE in {before.mode, after.mode} else after.mode)
    assert stored.lock.retain_until > real_clock() + timedelta(days=max(before.first_days, after.first_days) - 1)
