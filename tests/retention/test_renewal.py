"""Renewing locks on the embedded store: every original that is due, told by the store itself, each put on record."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import Session, select

from catalog.engine import Catalog, sqlite_url
from catalog.errors import CatalogUnavailable
from catalog.repositories import recordings
from catalog.schema import upgrade
from catalog.tables import CustodyEvent, Recording
from catalog.tables.custody import CustodyAction
from retention.locks import LockSettings
from retention.renewal import LockRenewer, Renewal
from storage.local import LocalStore
from storage.model import Bucket, Lock, LockMode, VersionReference
from tests import rows
from tests.rows import NOW

DAY = timedelta(days=1)
SETTINGS = LockSettings(days=100, renew_days_before=10)


class Archive:
    """Originals in a store and in the catalog, and a clock that stands still."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.soonest: datetime | None = None
        self.store = LocalStore(folder / "objects", now=lambda: self.now)
        self.catalog = Catalog(sqlite_url(folder / "catalog.sqlite3"))
        upgrade(self.catalog)

    def secure(self, lock: Lock | None, *, remembered: Lock | None = None) -> UUID:
        row = rows.recording()
        with self.store.upload(Bucket.ORIGINALS, row.object_key, lock=lock) as upload:
            upload.write(b"x")
            stored = upload.complete()
        row.object_version = stored.reference.version_id
        memory = remembered or lock
        row.locked_until = memory.retain_until if memory else None
        with self.catalog.writing() as session:
            rows.add(session, row)
        return row.id

    def renew(self, settings: LockSettings = SETTINGS) -> Renewal:
        found = LockRenewer(self.catalog, self.store, settings, clock=lambda: self.now, zone=UTC).renew()
        self.soonest = found.soonest
        return replace(found, soonest=None)

    def recording(self, recording_id: UUID) -> Recording:
        with self.catalog.reading() as session:
            return session.get_one(Recording, recording_id)

    def lock(self, recording_id: UUID) -> Lock | None:
        row = self.recording(recording_id)
        return self.store.head(VersionReference(Bucket.ORIGINALS, row.object_key, row.object_version)).lock

    def events(self) -> list[CustodyEvent]:
        """All but those of the rows that stood here before anything was renewed."""
        before = CustodyEvent.action != CustodyAction.ROWS_WRITTEN
        with self.catalog.reading() as session:
            return list(session.exec(select(CustodyEvent).where(before)).all())


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = Archive(tmp_path)
    yield made
    made.catalog.close()


def governed(until_days: float) -> Lock:
    return Lock(LockMode.GOVERNANCE, NOW + DAY * until_days)


def test_renews_what_ends_soon_and_leaves_the_rest(archive: Archive) -> None:
    soon, long = archive.secure(governed(9)), archive.secure(governed(50))
    assert archive.renew() == Renewal(recordings=2, due=1, renewed=1, failed=0)
    assert archive.lock(soon) == governed(100)
    assert archive.recording(soon).locked_until == NOW + DAY * 100
    assert archive.lock(long) == governed(50)
    (event,) = archive.events()
    assert (event.action, event.subject_id, event.at) == (CustodyAction.LOCK_EXTENDED, soon, NOW)
    assert event.details == {"mode": "governance", "until": (NOW + DAY * 100).isoformat()}


def test_renewing_again_finds_nothing_to_do(archive: Archive) -> None:
    archive.secure(governed(9))
    archive.renew()
    assert archive.renew() == Renewal(recordings=1, due=0, renewed=0, failed=0)
    assert len(archive.events()) == 1


def test_nothing_looked_at_is_told_from_nothing_due(archive: Archive) -> None:
    assert archive.renew() == Renewal(0, 0, 0, 0)


def test_over_the_years_no_lock_ever_ends(archive: Archive) -> None:
    kept = archive.secure(governed(100))
    for _ in range(200):
        archive.now += DAY * 7
        archive.renew()
        lock = archive.lock(kept)
        assert lock is not None
        assert lock.retain_until > archive.now
    assert len(archive.events()) < 20


def test_what_has_no_lock_gets_one(archive: Archive) -> None:
    bare = archive.secure(None)
    assert archive.renew().renewed == 1
    assert archive.lock(bare) == governed(100)


def test_a_lock_that_ended_is_set_anew(archive: Archive) -> None:
    over = archive.secure(governed(1))
    archive.now = NOW + DAY * 30
    assert archive.renew().renewed == 1
    assert archive.lock(over) == governed(130)


def test_the_store_is_believed_not_the_catalog(archive: Archive) -> None:
    """As after a crash between lengthening and putting it on record."""
    lengthened = archive.secure(governed(500), remembered=governed(9))
    assert archive.renew() == Renewal(recordings=1, due=1, renewed=0, failed=0)
    assert archive.lock(lengthened) == governed(500)
    assert archive.recording(lengthened).locked_until == NOW + DAY * 500
    assert archive.events() == []


def test_a_lock_that_nobody_may_shorten_stays_one(archive: Archive) -> None:
    strict = archive.secure(Lock(LockMode.COMPLIANCE, NOW + DAY * 9))
    assert archive.renew() == Renewal(recordings=1, due=1, renewed=1, failed=0)
    assert archive.lock(strict) == Lock(LockMode.COMPLIANCE, NOW + DAY * 100)


def test_a_stricter_setting_strengthens_when_it_renews(archive: Archive) -> None:
    loose = archive.secure(governed(9))
    archive.renew(LockSettings(mode=LockMode.COMPLIANCE, days=100, renew_days_before=10))
    assert archive.lock(loose) == Lock(LockMode.COMPLIANCE, NOW + DAY * 100)


def test_a_shorter_setting_shortens_nothing(archive: Archive) -> None:
    kept = archive.secure(governed(9))
    archive.renew(LockSettings(days=5, renew_days_before=10))
    assert archive.lock(kept) == governed(9)


def test_an_original_that_is_gone_is_counted_and_stops_nothing(archive: Archive) -> None:
    lost = rows.recording(locked_until=NOW)
    with archive.catalog.writing() as session:
        rows.add(session, lost)
    kept = archive.secure(governed(9))
    assert archive.renew() == Renewal(recordings=2, due=2, renewed=1, failed=1)
    assert archive.lock(kept) == governed(100)


def test_an_unavailable_catalog_is_met_again_next_time(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    archive.secure(governed(9))
    renewer = LockRenewer(archive.catalog, archive.store, SETTINGS, clock=lambda: NOW, zone=UTC)

    def away(**_limits: bool) -> None:
        raise CatalogUnavailable("there", "it is being restarted")

    with monkeypatch.context() as patched:
        patched.setattr(archive.catalog, "reading", away)
        renewer.renew_or_log()
    assert archive.events() == []
    renewer.renew_or_log()
    assert len(archive.events()) == 1


class Surprise(Exception):
    pass


@pytest.mark.parametrize("error", [Surprise("never seen"), CatalogUnavailable("there", "others held it", "held")])
def test_one_that_fails_costs_no_other_its_lock(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    monkeypatch.setattr("retention.renewal.PORTION", 2)
    ids = [archive.secure(governed(1 + number)) for number in range(5)]
    note_lock = recordings.note_lock

    def note(session: Session, recording_id: UUID, until: datetime | None) -> None:
        if recording_id in ids[:2]:
            raise error
        note_lock(session, recording_id, until)

    monkeypatch.setattr(recordings, "note_lock", note)
    renewer = LockRenewer(archive.catalog, archive.store, SETTINGS, clock=lambda: NOW, zone=UTC)
    found = renewer.renew_or_log()
    assert found is not None
    assert (found.recordings, found.due, found.renewed, found.failed) == (5, 5, 3, 2)
    assert [archive.recording(each).locked_until for each in ids[2:]] == [NOW + DAY * 100] * 3
    assert "some could not be renewed" in capsys.readouterr().out


@pytest.mark.parametrize("portion", [1, 2, 3, 100])
def test_every_due_lock_is_met_once_however_many_fit_into_memory(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, portion: int
) -> None:
    monkeypatch.setattr("retention.renewal.PORTION", portion)
    same = [archive.secure(governed(5)) for _ in range(3)]
    unknown = [archive.secure(None) for _ in range(3)]
    long = archive.secure(governed(50))
    assert archive.renew() == Renewal(recordings=7, due=6, renewed=6, failed=0)
    assert {archive.recording(each).locked_until for each in same + unknown} == {NOW + DAY * 100}
    assert archive.lock(long) == governed(50)
    assert len(archive.events()) == 6
