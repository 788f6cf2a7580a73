"""Holding in the store what is held in the catalog: the flag goes up with the first hold and comes down with the last.

Asked anew each time, of both: whatever happened before, killed or twice, the flag ends as the holds say.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from catalog.engine import Catalog
from catalog.repositories import custody, holds, recordings
from catalog.tables import Job
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind
from catalog.work import Finish, Report
from storage.contract import ObjectStore
from storage.model import Bucket, VersionReference


@dataclass(frozen=True)
class HoldServices:
    catalog: Catalog
    store: ObjectStore
    clock: Callable[[], datetime]


def hold(services: HoldServices, job: Job, _report: Report) -> Finish:
    """Set or lift the hold of one original as the catalog says it now. Raises StorageError, CatalogError."""
    with services.catalog.reading() as session:
        recording = recordings.get(session, job.recording_id)
        standing = [each.number for each in holds.covering(session, recording.id)]
    reference = VersionReference(Bucket.ORIGINALS, recording.object_key, recording.object_version)
    before = services.store.head(reference).held
    if standing and not before:
        services.store.set_hold(reference)
    elif before and not standing:
        services.store.lift_hold(reference)

    def finish(session: Session) -> Sequence[JobKind]:
        if bool(standing) != before:
            custody.record(
                session,
                CustodyAction.HOLD_SET if standing else CustodyAction.HOLD_LIFTED,
                at=services.clock(),
                actor="zhilu",
                subject_kind="recording",
                subject_id=recording.id,
                holds=standing,
                version=str(reference),
            )
        return ()

    return finish
