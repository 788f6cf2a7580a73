"""A worker whose lease ended while it worked must not harm what the one that took over has made."""

import io
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from PIL import Image

from catalog.engine import Catalog
from catalog.repositories import jobs, recordings
from catalog.repositories.jobs import LEASE
from catalog.tables import Job
from catalog.tables.jobs import JobKind, JobState
from catalog.work import Finish, JobRunner, Report
from ingest.jobs.derive import derive
from ingest.media.model import MediaDescription, MediaKind
from storage.local import LocalStore
from storage.model import Bucket, VersionReference
from tests import rows
from tests.ingest.jobs.services import services_for
from tests.rows import NOW


def test_derivatives_of_the_worker_that_took_over_stay(catalog: Catalog, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "objects")
    picture = io.BytesIO()
    Image.effect_noise((320, 240), 50).convert("RGB").save(picture, "JPEG")
    with store.upload(Bucket.ORIGINALS, "original") as upload:
        upload.write(picture.getvalue())
        version = upload.complete().reference.version_id
    media = MediaDescription(kind=MediaKind.PHOTO, container="jpeg", codec="jpeg", width=320, height=240)
    recording = rows.recording(object_key="original", object_version=version, media=media.to_json())
    with catalog.writing() as session:
        rows.add(session, recording)
        job_id = jobs.add(session, recording.id, JobKind.DERIVE, now=NOW)
    services = services_for(catalog, store, tmp_path)
    claimed, go_on = threading.Event(), threading.Event()

    def slow(job: Job, report: Report) -> Finish:
        claimed.set()
        assert go_on.wait(60)
        return derive(services, job, report)  # stored later than what the other made

    late = threading.Thread(target=runner(catalog, slow, NOW).carry_out, args=(job_id,))
    late.start()
    assert claimed.wait(60)
    runner(catalog, lambda job, report: derive(services, job, report), NOW + LEASE + timedelta(seconds=1)).carry_out(
        job_id
    )
    go_on.set()
    late.join(60)

    with catalog.reading() as session:
        found = recordings.derivatives_of(session, recording.id)
        ledger = {job.kind: job.state for job in jobs.of_recording(session, recording.id)}
    # What was derived is to be written down.
    assert ledger == {JobKind.DERIVE: JobState.DONE, JobKind.MANIFEST: JobState.WAITING}
    assert {derivative.kind for derivative in found} == {"photo", "thumbnail"}
    for derivative in found:
        reference = VersionReference(Bucket(derivative.bucket), derivative.object_key, derivative.object_version)
        assert sum(map(len, store.read(reference))) == derivative.size


def runner(catalog: Catalog, handler: object, now: datetime) -> JobRunner:
    def ring(_job_ids: Sequence[UUID]) -> None:
        """Nobody answers here."""

    return JobRunner(catalog, {JobKind.DERIVE: handler}, identity="test", clock=lambda: now, ring=ring)  # type: ignore[dict-item]
