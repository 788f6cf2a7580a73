"""A known content is vouched for under a lock that lasts: one that ends within the week is lengthened first."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from catalog.tables import CustodyEvent
from catalog.tables.custody import CustodyAction
from ingest.intake import IntakeDesk
from ingest.naming import load_patterns
from retention.locks import LockSettings
from storage.errors import StoreMisconfigured
from storage.local import LocalStore
from storage.model import Bucket, Lock, LockMode, StoredVersion, VersionReference
from tests.conftest import Home, OpenHome, real_clock

from .conftest import receipts_of, recordings_of

DAY = timedelta(days=1)


@pytest.fixture
def recording(card: Path) -> Path:
    path = card / "a.mp4"
    path.write_bytes(b"content")
    return path


def lock_in(home: Home) -> Lock:
    (stored,) = home.store.list_versions(Bucket.ORIGINALS)
    assert stored.lock is not None
    return stored.lock


def extensions(home: Home) -> list[str]:
    with home.catalog.reading() as session:
        events = session.exec(select(CustodyEvent).where(CustodyEvent.action == CustodyAction.LOCK_EXTENDED)).all()
    return [event.details["until"] for event in events]


@pytest.mark.parametrize("mode", LockMode)
def test_a_lock_that_ends_within_the_week_is_lengthened_first(
    open_home: OpenHome, recording: Path, mode: LockMode
) -> None:
    open_home(lock=LockSettings(first_days=7, mode=mode)).take(recording)
    home = open_home()
    desk = IntakeDesk(home.catalog, home.securer, load_patterns([]), fresh_receipts=True)
    (result,) = desk.take_all([bytes(recording)], actor="tests")
    assert result.outcome == "duplicate"
    lock = lock_in(home)
    assert lock.mode is mode
    assert lock.retain_until > real_clock() + 91 * DAY
    (on_record,) = recordings_of(home)
    assert on_record.locked_until == lock.retain_until
    assert receipts_of(home)[-1].locked_until == lock.retain_until
    assert extensions(home) == [lock.retain_until.isoformat()]
    home.take(recording)
    assert len(extensions(home)) == 1


@pytest.mark.parametrize(("days", "first"), [(366, 8), (1, 1), (1, 30)])
def test_one_that_lasts_is_left_as_it_is(open_home: OpenHome, recording: Path, days: int, first: int) -> None:
    home = open_home(lock=LockSettings(first_days=first))
    home.take(recording)
    lock = lock_in(home)
    (again,) = open_home(lock=LockSettings(first_days=days)).take(recording)
    assert again.outcome == "duplicate"
    assert lock_in(home) == lock
    assert extensions(home) == []


class KeepsItsLocks(LocalStore):
    """A store that lets nobody lengthen a lock: misconfigured, or without saying so."""

    def __init__(self, root: Path, *, says_so: bool) -> None:
        super().__init__(root)
        self._says_so = says_so

    def extend_lock(self, reference: VersionReference, lock: Lock) -> StoredVersion:
        if self._says_so:
            sentence = "It lets nobody lengthen locks."
            raise StoreMisconfigured(sentence, "not_permitted")
        del lock
        return self.head(reference)


@pytest.mark.parametrize("says_so", [True, False])
def test_one_that_cannot_be_lengthened_is_not_vouched_for(
    open_home: OpenHome, recording: Path, *, says_so: bool
) -> None:
    home = open_home(lock=LockSettings(first_days=2))
    home.take(recording)
    stubborn = open_home(store=KeepsItsLocks(home.folder / "objects", says_so=says_so))
    (result,) = stubborn.take(recording)
    assert result.outcome == "failed"
    assert "does not report the lock asked for" in (result.reason or "")
    assert len(receipts_of(home)) == 1
