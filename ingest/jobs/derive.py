"""Making derivatives: built in a folder that goes afterwards, stored, then put on record in the closing transaction.

The fingerprint is made here too, from the small frames of the same ffmpeg process: they never leave the folder.
"""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlmodel import Session

from catalog.repositories import custody, fingerprints, recordings
from catalog.tables import Derivative, Job, Recording
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.tables.jobs import JobKind
from catalog.work import Finish, Report
from ingest.derive import DerivationResult, DerivativeKind, MadeDerivative
from ingest.derive import derive as make
from ingest.derive import plan as decide
from ingest.fingerprint.errors import FingerprintError
from ingest.fingerprint.frames import read_frames
from ingest.fingerprint.hashing import VideoFingerprint, fingerprint_frames
from ingest.jobs.services import IngestServices
from ingest.media.model import MediaDescription
from storage.digests import ContentHasher
from storage.errors import VersionNotFound
from storage.model import Bucket, StoredVersion, VersionReference

_CHUNK = 1024 * 1024


def derive(services: IngestServices, job: Job, report: Report) -> Finish:
    """Make and store what the description of one recording calls for."""
    with services.catalog.reading() as session:
        recording = recordings.get(session, job.recording_id)
    plan = decide(MediaDescription.from_json(recording.media), services.derivation)
    with services.original(recording) as path, services.workshop() as folder:
        result = make(plan, path, folder / "made", on_progress=report, photos=services.photos)
        rows = [
            _store(services, recording, made)
            for made in result.made
            if made.kind is not DerivativeKind.FINGERPRINT_FRAMES
        ]
        fingerprint = _fingerprint(result)
    reasons = [{"code": reason.code, "detail": reason.detail} for reason in plan.reasons]

    def finish(session: Session) -> Sequence[JobKind]:
        found = recordings.get(session, job.recording_id)
        found.problems = _merged(found.problems, result)
        found.problem_count = len(found.problems)
        found.playback = {"reasons": reasons, "reencoded": DerivativeKind.PROXY in plan.kinds}
        session.add(found)
        for row in rows:
            recordings.replace_derivative(session, row)
            # Only here, where the job is known to be ours still: a worker that comes late must not remove what stands.
            _drop_earlier(services, VersionReference(Bucket(row.bucket), row.object_key, row.object_version))
        if fingerprint is not None:
            fingerprints.keep(session, found.id, fingerprint.to_bytes())
        if plan.kinds:  # where nothing was to be made, nothing was done that could be put on record
            _record(services, session, found, rows, result)
        return ()

    return finish


def _record(
    services: IngestServices, session: Session, recording: Recording, rows: list[Derivative], result: DerivationResult
) -> None:
    custody.record(
        session,
        CustodyAction.DERIVED,
        at=services.clock(),
        actor="zhilu",
        subject_kind="recording",
        subject_id=recording.id,
        result=CustodyResult.DONE if rows else CustodyResult.FAILED,
        made={row.kind: row.sha256 for row in rows},
        problems=_plain(result),
    )


def _store(services: IngestServices, recording: Recording, made: MadeDerivative) -> Derivative:
    key = f"{recording.object_key}/{made.kind}"
    stored, sha256 = _upload(services, key, made.path)
    return Derivative(
        recording_id=recording.id,
        kind=made.kind,
        media_type=made.media_type,
        size=stored.size,
        sha256=sha256,
        bucket=stored.reference.bucket,
        object_key=stored.reference.key,
        object_version=stored.reference.version_id,
        width=made.width,
        height=made.height,
        duration_s=made.duration_s,
        details=made.details,
        made_at=services.clock(),
    )


def _upload(services: IngestServices, key: str, path: Path) -> tuple[StoredVersion, str]:
    with (
        path.open("rb") as source,
        ContentHasher(sm3=False) as hasher,
        services.store.upload(Bucket.DERIVATIVES, key) as upload,
    ):
        while chunk := source.read(_CHUNK):
            hasher.update(chunk)
            upload.write(chunk)
        digests = hasher.digests()
        return upload.complete(), digests.sha256.hexadecimal


def _drop_earlier(services: IngestServices, reference: VersionReference) -> None:
    """Remove what an earlier, perhaps interrupted, attempt left under the same key: derivatives can be made again."""
    # Listed first: versions vanish from under the listing as they are deleted.
    listed = [each.reference for each in services.store.list_references(reference.bucket, reference.key)]
    of_this_key = [each for each in listed if each.key == reference.key]
    # By their order, oldest first: what a version id is made of is the store's own business.
    earlier = of_this_key[: of_this_key.index(reference)] if reference in of_this_key else []
    for each in earlier:
        with contextlib.suppress(VersionNotFound):  # another worker that believed the job to be its own was faster
            services.store.delete_version(each)


def _fingerprint(result: DerivationResult) -> VideoFingerprint | None:
    """The fingerprint, or None where there are no frames to make it of."""
    for made in result.made:
        if made.kind is DerivativeKind.FINGERPRINT_FRAMES:
            with contextlib.suppress(FingerprintError):
                return fingerprint_frames(read_frames(made.path.parent))
    return None


def _merged(known: list[dict[str, Any]], result: DerivationResult) -> list[dict[str, Any]]:
    """What describing found and what deriving found, each thing said once."""
    added = _plain(result)
    codes = {problem["code"] for problem in added}
    return [problem for problem in known if problem["code"] not in codes] + added


def _plain(result: DerivationResult) -> list[dict[str, Any]]:
    return [{"code": problem.code.value, "detail": problem.detail} for problem in result.problems]
