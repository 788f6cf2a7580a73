"""The job that writes the manifest of one recording into the store (`catalog/manifest/`), a new version each time.

1 READ     all that the catalog knows of the recording now
2 COMPARE  with what was written last: nothing new, nothing written
3 WRITE    a new version of the same key, locked for at least as long as the original, and read back
4 RECORD   its digest and version in the custody log, in the commit that ends the job
"""

import hashlib
from collections.abc import Sequence

from sqlmodel import Session

from catalog.manifest.document import MANIFEST_VERSION, manifest_of
from catalog.manifest.written import read_back
from catalog.repositories import custody, manifests, recordings
from catalog.tables import Job
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind
from catalog.work import Finish, Report
from ingest.jobs.services import IngestServices
from storage.errors import VersionNotFound
from storage.model import Bucket, Lock, VersionReference


def manifest(services: IngestServices, job: Job, _report: Report) -> Finish:
    """Write the manifest of one recording as the catalog knows it now. Raises StorageError, CatalogError."""
    with services.catalog.reading() as session:  # 1
        recording = recordings.get(session, job.recording_id)
        content = manifest_of(session, recording.id)
        last = manifests.last_written(session, recording.id)
    sha256 = hashlib.sha256(content).hexdigest()
    if last is not None and last.sha256 == sha256 and _is_there(services, last.reference):  # 2
        return lambda _session: ()
    lock = services.lock_for(services.clock())
    if recording.locked_until is not None and recording.locked_until > lock.retain_until:
        lock = Lock(lock.mode, recording.locked_until)
    version = {"manifest-version": str(MANIFEST_VERSION)}
    with services.store.upload(Bucket.MANIFESTS, recording.object_key, lock=lock, metadata=version) as upload:  # 3
        upload.write(content)
        stored = upload.complete()
    read_back(services.store, stored.reference, sha256)

    def finish(session: Session) -> Sequence[JobKind]:
        custody.record(  # 4
            session,
            CustodyAction.MANIFESTED,
            at=services.clock(),
            actor="zhilu",
            subject_kind="recording",
            subject_id=recording.id,
            key=stored.reference.key,
            version=stored.reference.version_id,
            sha256=sha256,
        )
        return ()

    return finish


def _is_there(services: IngestServices, reference: VersionReference) -> bool:
    try:
        services.store.head(reference)
    except VersionNotFound:
        return False
    return True
