"""The manifest: a JSON object beside each recording, enough to put it on record again if the catalog is lost.

Written again, as a new version of the same key, whenever the facts of the recording change.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, SQLModel

from catalog.repositories import cases, recordings
from catalog.tables import Job
from catalog.tables.jobs import JobKind
from catalog.work import Finish, Report
from ingest.jobs.services import IngestServices
from storage.model import Bucket

MANIFEST_VERSION = 1


def manifest(services: IngestServices, job: Job, _report: Report) -> Finish:
    """Write the manifest of one recording as the catalog knows it now."""
    with services.catalog.reading() as session:
        document = manifest_document(session, job)
        key = recordings.get(session, job.recording_id).object_key
    content = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1).encode()
    with services.store.upload(Bucket.MANIFESTS, key, metadata={"manifest-version": str(MANIFEST_VERSION)}) as upload:
        upload.write(content)
        upload.complete()

    def finish(_session: Session) -> Sequence[JobKind]:
        return ()

    return finish


def manifest_document(session: Session, job: Job) -> dict[str, Any]:
    """All that is on record of a recording and cannot be made again from its bytes alone."""
    recording = recordings.get(session, job.recording_id)
    return {
        "manifest_version": MANIFEST_VERSION,
        "recording": _plain(recording),
        "sightings": [
            {**_plain(sighting), "path_bytes": sighting.path_bytes.hex()}
            for sighting in recordings.sightings_of(session, recording.id)
        ],
        "links": [
            {**_plain(link), "case_number": case.number, "activity_number": activity.number if activity else None}
            for link, case, activity in cases.links_of(session, recording.id)
        ],
    }


def _plain(row: SQLModel) -> dict[str, Any]:
    return row.model_dump(mode="json", exclude={"path_bytes"})
