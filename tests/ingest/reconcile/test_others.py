"""Recordings that lie otherwise than recorded, derivatives and manifests that nobody speaks of, unfinished uploads."""

from datetime import timedelta

import pytest
from minio import Minio
from sqlmodel import select

from catalog.repositories import recordings
from catalog.tables import Derivative, Job, Receipt, Recording
from catalog.tables.jobs import JobState
from catalog.types import new_id
from ingest.reconcile_model import Finding, FindingKind, FindingState
from storage.model import Bucket, LockMode, StoredVersion
from storage.s3 import S3Store
from storage.s3_settings import S3Settings
from tests.conftest import real_clock

from .conftest import Archive, sha256

OPEN, WAITING, SETTLED = FindingState.OPEN, FindingState.WAITING, FindingState.SETTLED
DAYS = timedelta(days=2)


def recorded(stored: StoredVersion, **otherwise: object) -> Recording:
    facts = {
        "sha256": sha256(b"content"),
        "size": stored.size,
        "object_key": stored.reference.key,
        "object_version": stored.reference.version_id,
        "secured_at": real_clock(),
        "name": "a.mp4",
        "locked_until": stored.lock.retain_until if stored.lock else None,
    }
    return Recording(**{**facts, **otherwise})


def only(found: list[Finding]) -> tuple[FindingKind, FindingState]:
    (finding,) = found
    assert finding.recording_id is not None
    return finding.kind, finding.state


class TestRecordings:
    @pytest.mark.parametrize("settle", [False, True])
    def test_missing(self, archive: Archive, *, settle: bool) -> None:
        archive.take(archive.file(b"content"))
        stored = archive.put(b"other", lock=None)
        archive.add(recorded(stored, sha256=sha256(b"other")))
        archive.store.delete_version(stored.reference)
        actions = archive.actions()
        found, tally = archive.reconcile(settle=settle)
        assert only(found) == (FindingKind.MISSING, OPEN)
        assert found[0].reference == stored.reference
        assert (tally.recordings_looked_at, tally.recordings) == (2, 2)
        assert archive.actions() == actions

    def test_of_another_size(self, archive: Archive) -> None:
        archive.add(recorded(archive.put(b"content"), size=6))
        assert only(archive.reconcile(settle=True)[0]) == (FindingKind.SIZE_DIFFERS, OPEN)

    def test_not_locked(self, archive: Archive) -> None:
        archive.add(recorded(archive.put(b"content", lock=None)))
        assert only(archive.reconcile(settle=True)[0]) == (FindingKind.NOT_LOCKED, OPEN)

    def test_whose_lock_is_over(self, archive: Archive) -> None:
        archive.add(recorded(archive.put(b"content", lock=timedelta(hours=1))))
        assert only(archive.reconcile(settle=True)[0]) == (FindingKind.NOT_LOCKED, OPEN)

    def test_not_locked_but_held_is_in_order(self, archive: Archive) -> None:
        stored = archive.put(b"content", lock=None)
        archive.store.set_hold(stored.reference)
        archive.add(recorded(stored))
        assert archive.reconcile(settle=True)[0] == []

    def test_whose_lock_is_shorter_than_recorded(self, archive: Archive) -> None:
        stored = archive.put(b"content")
        row = recorded(stored)
        archive.add(row)
        assert stored.lock is not None
        with archive.catalog.writing() as session:
            recordings.note_lock(session, row.id, stored.lock.retain_until + timedelta(minutes=1))
        assert only(archive.reconcile(settle=True)[0]) == (FindingKind.LOCK_SHORTER, OPEN)

    @pytest.mark.parametrize("of_this_version", [False, True])
    def test_whose_lock_anybody_may_shorten_by_now(self, archive: Archive, *, of_this_version: bool) -> None:
        """As after its bucket was copied elsewhere: the receipt said that nobody can."""
        stored = archive.put(b"content")
        row = recorded(stored)
        archive.add(row)
        assert stored.lock is not None
        receipt = Receipt(
            recording_id=row.id,
            source="card",
            path_bytes=b"a.mp4",
            path="card/a.mp4",
            size=stored.size,
            modified_ns=0,
            sha256=row.sha256,
            object_key=stored.reference.key,
            object_version=stored.reference.version_id if of_this_version else "another",
            lock_mode=LockMode.COMPLIANCE,
            locked_until=stored.lock.retain_until,
            read_back_at=real_clock(),
            made_at=real_clock(),
        )
        archive.add(receipt)
        found, _tally = archive.reconcile(settle=True)
        assert [(each.kind, each.state) for each in found] == (
            [(FindingKind.LOCK_WEAKER, OPEN)] if of_this_version else []
        )

    def test_of_the_wrong_store_are_told_one_by_one(self, archive: Archive) -> None:
        for number in range(3):
            archive.add(recorded(archive.put(b"x"), sha256=sha256(b"%d" % number), object_version=f"wrong{number}"))
        found, _tally = archive.reconcile(settle=False)
        missing = [each for each in found if each.kind is FindingKind.MISSING]
        assert len({each.recording_id for each in missing}) == 3


def listed(recording: Recording, kept: StoredVersion) -> Derivative:
    return Derivative(
        recording_id=recording.id,
        kind="poster",
        media_type="image/jpeg",
        size=kept.size,
        sha256=sha256(b"poster"),
        bucket=Bucket.DERIVATIVES,
        object_key=kept.reference.key,
        object_version=kept.reference.version_id,
        made_at=real_clock(),
    )


def come_to_rest(archive: Archive, state: JobState = JobState.DONE) -> None:
    with archive.catalog.writing() as session:
        for job in session.exec(select(Job)).all():
            job.state = state
            session.add(job)


class TestDerivatives:
    def test_unlisted_ones_go_after_a_day(self, archive: Archive) -> None:
        archive.take(archive.file(b"content"))
        come_to_rest(archive)
        recording = archive.recording()
        key = f"{recording.object_key}/poster"
        old = archive.put(b"old poster", bucket=Bucket.DERIVATIVES, key=key, lock=None)
        kept = archive.put(b"poster", bucket=Bucket.DERIVATIVES, key=key, lock=None)
        foreign = archive.put(b"of nobody", bucket=Bucket.DERIVATIVES, key="elsewhere/poster", lock=None)
        archive.add(listed(recording, kept))
        found, tally = archive.reconcile(settle=True)
        assert found == []
        assert tally.buckets[Bucket.DERIVATIVES].young == 2

        tomorrow = archive.at(DAYS)
        found, tally = tomorrow.reconcile(settle=False)
        assert {(each.kind, each.state) for each in found} == {(FindingKind.UNLISTED_DERIVATIVE, OPEN)}
        assert {each.reference for each in found} == {old.reference, foreign.reference}
        assert len(archive.versions(Bucket.DERIVATIVES)) == 3

        found, tally = tomorrow.reconcile(settle=True)
        assert {each.state for each in found} == {SETTLED}
        assert tally.removed_bytes == old.size + foreign.size
        assert [stored.reference for stored in archive.versions(Bucket.DERIVATIVES)] == [kept.reference]
        assert tomorrow.reconcile(settle=True)[0] == []

    @pytest.mark.parametrize("state", [JobState.WAITING, JobState.RUNNING])
    def test_one_that_a_job_may_be_about_to_put_on_record_stays(self, archive: Archive, state: JobState) -> None:
        archive.take(archive.file(b"content"))
        come_to_rest(archive, state)
        key = f"{archive.recording().object_key}/poster"
        made = archive.put(b"poster", bucket=Bucket.DERIVATIVES, key=key, lock=None)
        tomorrow = archive.at(DAYS)
        (finding,), tally = tomorrow.reconcile(settle=True)
        assert (finding.state, finding.reference, tally.removed_bytes) == (WAITING, made.reference, 0)
        assert [stored.reference for stored in archive.versions(Bucket.DERIVATIVES)] == [made.reference]
        come_to_rest(archive, JobState.FAILED)
        (finding,), _tally = tomorrow.reconcile(settle=True)
        assert finding.state is SETTLED
        assert archive.versions(Bucket.DERIVATIVES) == []

    def test_one_put_on_record_since_the_catalog_was_asked_stays(self, archive: Archive) -> None:
        archive.take(archive.file(b"content"))
        come_to_rest(archive)
        recording = archive.recording()
        keys = [f"{recording.object_key}/{kind}" for kind in ("a", "poster")]
        first, made = (archive.put(b"x", bucket=Bucket.DERIVATIVES, key=key, lock=None) for key in keys)
        run = archive.at(DAYS).reconciler().run(settle=True)
        found = [next(run)]  # the batch with both has been compared
        archive.add(listed(recording, made))
        found += run
        assert [each.reference for each in found] == [first.reference]
        assert [stored.reference for stored in archive.versions(Bucket.DERIVATIVES)] == [made.reference]

    def test_one_stored_in_time_to_come_is_told_and_stays(self, archive: Archive) -> None:
        made = archive.put(b"x", bucket=Bucket.DERIVATIVES, key="elsewhere/poster", lock=None)
        (finding,), _tally = archive.at(-DAYS).reconcile(settle=True)
        assert (finding.kind, finding.state) == (FindingKind.UNLISTED_DERIVATIVE, OPEN)
        assert "set the clocks" in finding.detail
        assert [stored.reference for stored in archive.versions(Bucket.DERIVATIVES)] == [made.reference]


class TestManifests:
    def test_of_nobody_are_told_and_kept(self, archive: Archive) -> None:
        archive.take(archive.file(b"content"))
        known = archive.recording().object_key
        for key in (known, known, f"2026/03/02/{new_id()}"):
            archive.put(b"{}", bucket=Bucket.MANIFESTS, key=key, lock=None)
        for settle in (False, True):
            (finding,), tally = archive.reconcile(settle=settle)
            assert (finding.kind, finding.state) == (FindingKind.LONELY_MANIFEST, OPEN)
            assert tally.buckets[Bucket.MANIFESTS].looked_at == 3
        assert len(archive.versions(Bucket.MANIFESTS)) == 3


@pytest.mark.s3
def test_unfinished_uploads_go_by_their_age(
    bare_settings: S3Settings, s3_client: Minio, archive: Archive, request: pytest.FixtureRequest
) -> None:
    if "embedded" in request.node.name:
        with archive.store.upload(Bucket.ORIGINALS, "living") as living:
            living.write(b"content")
            assert archive.reconcile(settle=True, uploads_older_than=timedelta(0))[0] == []
            living.complete()
        return
    name = f"{bare_settings.bucket_prefix}-{Bucket.ORIGINALS}"
    s3_client._create_multipart_upload(bucket_name=name, object_name="2026/03/02/left", headers={})

    def unfinished() -> int:
        return len(s3_client._list_multipart_uploads(bucket_name=name).uploads)

    assert archive.reconcile(settle=True)[0] == []
    ahead = archive.at(timedelta(hours=30))
    store = S3Store(bare_settings, now=ahead.clock)
    later = Archive(archive.catalog, store, archive.folder, ahead.clock)
    (finding,), _tally = later.reconcile(settle=False)
    assert (finding.kind, finding.state, finding.count) == (FindingKind.ABANDONED_UPLOADS, OPEN, 1)
    assert unfinished() == 1
    assert later.reconcile(settle=True, uploads_older_than=timedelta(hours=48))[0] == []
    assert unfinished() == 1
    (finding,), _tally = later.reconcile(settle=True)
    assert finding.state is SETTLED
    assert unfinished() == 0
    assert later.reconcile(settle=True)[0] == []
