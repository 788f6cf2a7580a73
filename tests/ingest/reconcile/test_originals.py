"""Versions that no recording speaks of: left alone while somebody is at them, else put on record or removed."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from catalog.repositories import claims
from catalog.repositories.claims import CLAIM_LEASE
from catalog.tables import ContentClaim, Job, Recording, Sighting
from catalog.tables.jobs import JobKind
from catalog.types import new_id
from ingest.errors import ContentBusy
from ingest.intake import IntakeOutcome
from ingest.progress import Progress, Step
from ingest.reconcile_model import FindingKind, FindingState
from storage.errors import VersionNotFound
from storage.local import LocalStore
from storage.model import Bucket, VersionReference
from tests.conftest import OpenHome, real_clock

from .conftest import LATER, Archive, sha256

PATIENCE_SECONDS = 120


def test_all_in_order_finds_nothing_and_says_how_much_it_looked_at(archive: Archive) -> None:
    for number in range(3):
        archive.take(archive.file(b"content %d" % number, f"{number}.mp4"))
    for settle in (False, True):
        found, tally = archive.reconcile(settle=settle)
        assert found == []
        assert (tally.buckets[Bucket.ORIGINALS].looked_at, tally.buckets[Bucket.ORIGINALS].listed) == (3, 3)
        assert (tally.recordings_looked_at, tally.recordings) == (3, 3)


def test_without_settle_nothing_is_changed(archive: Archive) -> None:
    archive.take(archive.file(b"content"))
    archive.put(b"content")
    archive.put(b"nobody knows this")
    versions, actions = archive.versions(), archive.actions()
    found, tally = archive.reconcile(settle=False)
    assert {(each.kind, each.state) for each in found} == {
        (FindingKind.SURPLUS, FindingState.OPEN),
        (FindingKind.UNKNOWN_CONTENT, FindingState.OPEN),
    }
    assert tally.findings[FindingState.OPEN] == 2
    assert (archive.versions(), archive.actions()) == (versions, actions)
    assert len(archive.rows(Recording)) == 1
    assert archive.rows(ContentClaim) == []


class TestSurplus:
    def test_is_noted_once_and_waits_for_its_lock(self, archive: Archive) -> None:
        archive.take(archive.file(b"content"))
        extra = archive.put(b"content")
        for _ in range(2):
            (finding,), _tally = archive.reconcile(settle=True)
            assert (finding.kind, finding.state) == (FindingKind.SURPLUS, FindingState.WAITING)
            assert (finding.reference, finding.recording_id) == (extra.reference, archive.recording().id)
        assert archive.actions().count("surplus found") == 1
        assert "surplus removed" not in archive.actions()
        (dry,), _tally = archive.reconcile(settle=False)
        assert dry.state is FindingState.WAITING
        assert len(archive.versions()) == 2

    def test_goes_when_its_lock_is_over(self, archive: Archive) -> None:
        archive.take(archive.file(b"content"))
        extra = archive.put(b"content", lock=timedelta(seconds=3))
        deadline = time.monotonic() + PATIENCE_SECONDS
        state = FindingState.WAITING
        while state is not FindingState.SETTLED and time.monotonic() < deadline:
            (finding,), _tally = archive.reconcile(settle=True)
            assert (finding.kind, finding.reference) == (FindingKind.SURPLUS, extra.reference)
            state = finding.state
            time.sleep(0.3)
        assert state is FindingState.SETTLED
        (left,) = archive.versions()
        assert left.reference.version_id == archive.recording().object_version
        assert [action for action in archive.actions() if action.startswith("surplus")] == [
            "surplus found",
            "surplus removed",
        ]
        assert archive.reconcile(settle=True)[0] == []

    def test_that_is_held_stays(self, archive: Archive) -> None:
        archive.take(archive.file(b"content"))
        extra = archive.put(b"content", lock=None)
        archive.store.set_hold(extra.reference)
        (finding,), _tally = archive.reconcile(settle=True)
        assert (finding.state, finding.detail) == (FindingState.WAITING, "held")
        assert extra.reference in {stored.reference for stored in archive.versions()}
        archive.store.lift_hold(extra.reference)
        assert archive.reconcile(settle=True)[0][0].state is FindingState.SETTLED

    def test_is_kept_while_the_version_on_record_is_not_sound(self, archive: Archive) -> None:
        """The copy beyond the record may be all that is left."""
        lost = VersionReference(Bucket.ORIGINALS, f"2026/03/02/{new_id()}", "0123456789")
        archive.add(
            Recording(
                sha256=sha256(b"content"),
                size=7,
                object_key=lost.key,
                object_version=lost.version_id,
                secured_at=real_clock(),
                name="a.mp4",
            )
        )
        extra = archive.put(b"content", lock=None)
        found, _tally = archive.reconcile(settle=True)
        assert {(each.kind, each.state) for each in found} == {
            (FindingKind.SURPLUS, FindingState.OPEN),
            (FindingKind.MISSING, FindingState.OPEN),
        }
        assert [stored.reference for stored in archive.versions()] == [extra.reference]


def test_a_process_that_stalled_beyond_its_lease_leaves_a_copy_that_is_settled(
    open_home: OpenHome, tmp_path: Path
) -> None:
    """The one case in which securing itself leaves a second version: see tests/ingest/secure/test_at_once.py."""
    first = open_home()
    later = open_home(clock=lambda: real_clock() + CLAIM_LEASE + timedelta(seconds=5))
    slow, quick = tmp_path / "slow.mp4", tmp_path / "quick.mp4"
    for path in (slow, quick):
        path.write_bytes(b"content")

    def begun(now: Step) -> None:
        if now is Step.COMPLETE:
            later.take(quick)

    first.watched_by(Progress(on_step=begun)).take(slow)
    archive = Archive(first.catalog, first.store, tmp_path)
    recording = archive.recording()
    assert len(archive.versions()) == 2
    (finding,), _tally = archive.reconcile(settle=True)
    assert (finding.kind, finding.state) == (FindingKind.SURPLUS, FindingState.WAITING)

    years = timedelta(days=1000)
    long_after = replace(
        archive.at(years), store=LocalStore(first.folder / "objects", now=lambda: real_clock() + years)
    )
    # By then the lock of the version on record would have been renewed.
    reference = VersionReference(Bucket.ORIGINALS, recording.object_key, recording.object_version)
    from storage.model import Lock, LockMode

    archive.store.extend_lock(reference, Lock(LockMode.GOVERNANCE, real_clock() + 2 * years))
    (finding,), _tally = long_after.reconcile(settle=True)
    assert (finding.kind, finding.state) == (FindingKind.SURPLUS, FindingState.SETTLED)
    assert [stored.reference for stored in archive.versions()] == [reference]
    assert long_after.reconcile(settle=True)[0] == []


class TestUnknownContent:
    def test_is_put_on_record_with_what_travelled_with_it(self, archive: Archive) -> None:
        meant = new_id()
        name = "012345_1234567_20260301103000_0007IMP.mp4"
        stored = archive.put(
            b"content", key=f"2026/03/02/{meant}", metadata={"original-name": name, "source": "/mnt/slot1"}
        )
        (finding,), tally = archive.reconcile(settle=True)
        assert (finding.kind, finding.state) == (FindingKind.UNKNOWN_CONTENT, FindingState.SETTLED)
        assert (finding.reference, finding.recording_id) == (stored.reference, meant)
        assert tally.findings[FindingState.OPEN] == 0
        recording = archive.recording()
        assert (recording.id, recording.sha256, recording.size) == (meant, sha256(b"content"), 7)
        assert (recording.object_key, recording.object_version) == (stored.reference.key, stored.reference.version_id)
        assert (recording.name, recording.device_serial, recording.important) == (name, "1234567", True)
        (sighting,) = archive.rows(Sighting)
        assert (sighting.source, sighting.path, sighting.name) == ("store", stored.reference.key, name)
        assert [job.kind for job in archive.rows(Job)] == [JobKind.PROBE]
        assert archive.actions(meant) == ["adopted"]
        assert archive.rows(ContentClaim) == []
        lock = archive.store.head(stored.reference).lock
        assert lock is not None
        assert lock.retain_until > real_clock() + timedelta(days=91)
        assert recording.locked_until == lock.retain_until
        assert archive.reconcile(settle=True)[0] == []
        assert len(archive.rows(Recording)) == 1

    def test_without_lock_and_name_is_locked_and_called_by_its_key(self, archive: Archive) -> None:
        stored = archive.put(b"content", key="2026/03/02/no-id", lock=None)
        archive.reconcile(settle=True)
        assert archive.recording().name == "no-id"
        assert archive.store.head(stored.reference).lock is not None
        assert archive.reconcile(settle=True)[0] == []

    def test_twice_is_one_recording_and_one_surplus(self, archive: Archive) -> None:
        archive.put(b"content", key="2026/03/02/a")
        archive.put(b"content", key="2026/03/02/a")
        found, _tally = archive.reconcile(settle=True)
        assert [each.kind for each in found] == [FindingKind.UNKNOWN_CONTENT, FindingKind.SURPLUS]
        assert len(archive.rows(Recording)) == 1

    def test_that_was_put_on_record_is_a_duplicate_when_its_card_comes(self, archive: Archive) -> None:
        archive.put(b"content")
        archive.reconcile(settle=True)
        (result,) = archive.take(archive.file(b"content"))
        assert (result.outcome, result.recording_id) == ("duplicate", archive.recording().id)

    def test_is_left_alone_while_young(self, archive: Archive) -> None:
        archive.put(b"content")
        found, tally = archive.at(timedelta(0)).reconcile(settle=True)
        assert found == []
        looked = tally.buckets[Bucket.ORIGINALS]
        assert (looked.listed, looked.looked_at, looked.young) == (1, 0, 1)
        assert archive.rows(Recording) == []

    @pytest.mark.parametrize("ended", [False, True])
    def test_is_left_alone_under_a_living_claim(self, archive: Archive, *, ended: bool) -> None:
        stored = archive.put(b"content")
        began = archive.clock() - (2 * CLAIM_LEASE if ended else timedelta(0))
        with archive.catalog.writing() as session:
            claims.claim(
                session,
                sha256(b"content"),
                recording_id=new_id(),
                object_key=stored.reference.key,
                owner="elsewhere/1:aaaaaaaa:1:1#x",
                now=began,
            )
        found, tally = archive.reconcile(settle=True)
        assert tally.buckets[Bucket.ORIGINALS].claimed == (0 if ended else 1)
        assert len(archive.rows(Recording)) == (1 if ended else 0)
        assert [each.state for each in found] == ([FindingState.SETTLED] if ended else [])
        assert len(archive.rows(ContentClaim)) == (0 if ended else 1)

    def test_that_another_is_securing_elsewhere_waits(self, archive: Archive) -> None:
        archive.put(b"content")
        with archive.catalog.writing() as session:
            claims.claim(
                session,
                sha256(b"content"),
                recording_id=new_id(),
                object_key="2026/03/02/elsewhere",
                owner="elsewhere/1:aaaaaaaa:1:1#x",
                now=archive.clock(),
            )
        (finding,), _tally = archive.reconcile(settle=True)
        assert (finding.kind, finding.state) == (FindingKind.UNKNOWN_CONTENT, FindingState.WAITING)
        assert archive.rows(Recording) == []

    def test_beside_a_dock_with_the_same_content_is_one_recording(self, archive: Archive) -> None:
        for number in range(6):
            archive.put(b"content %d" % number)
            archive.file(b"content %d" % number, f"{number}.mp4")
        now = archive.at(LATER)
        with ThreadPoolExecutor(3) as threads:
            settled = [threads.submit(now.reconcile, settle=True) for _ in range(2)]
            results = [result for number in range(6) for result in archive.take(archive.folder / f"{number}.mp4")]
            for each in settled:
                each.result()
        # What another was just securing is to be tried again, as a dock does.
        busy = [result for result in results if result.outcome is IntakeOutcome.FAILED]
        assert all(isinstance(result.error, ContentBusy) for result in busy)
        results += [again for result in busy for again in archive.take(Path(result.path))]
        now.reconcile(settle=True)
        recordings = archive.rows(Recording)
        assert sorted(each.sha256 for each in recordings) == sorted(sha256(b"content %d" % n) for n in range(6))
        assert {result.outcome for result in results if result not in busy} <= {"secured", "duplicate"}
        assert archive.rows(ContentClaim) == []
        for each in recordings:
            reference = VersionReference(Bucket.ORIGINALS, each.object_key, each.object_version)
            assert sha256(b"".join(archive.store.read(reference))) == each.sha256
        found, tally = now.reconcile(settle=True)
        assert {(each.kind, each.state) for each in found} <= {(FindingKind.SURPLUS, FindingState.WAITING)}
        assert tally.findings[FindingState.OPEN] == 0


def test_a_version_that_vanishes_meanwhile_is_no_finding(archive: Archive) -> None:
    stored = archive.put(b"content", lock=None)
    listed = list(archive.store.list_references(Bucket.ORIGINALS))
    archive.store.delete_version(stored.reference)
    with pytest.raises(VersionNotFound):
        archive.store.head(listed[0].reference)
    assert archive.reconcile(settle=True)[0] == []


def test_jobs_of_what_was_put_on_record_are_due(archive: Archive) -> None:
    archive.put(b"content")
    archive.reconcile(settle=True)
    with archive.catalog.reading() as session:
        (job,) = session.exec(select(Job)).all()
    assert job.recording_id == archive.recording().id
