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
from storage.errors import VersionNotFound
from storage.model import VersionReference


@dataclass(frozen=True)
class HoldServices:
    catalog: Catalog
    store: ObjectStore
    clock: Callable[[], datetime]


def hold(services: HoldServices, job: Job, _report: Report) -> Finish:
    """Set or lift the hold of all versions of one recording as the catalog says it now.

    Raises StorageError, CatalogError.
    """
    with services.catalog.reading() as session:
        recording = recordings.get(session, job.recording_id)
        standing = [each.number for each in holds.covering(session, recording.id)]
        versions = recordings.versions(session, recording)
    changed = [each for each in versions if _changed(services.store, each, held=bool(standing), of=versions)]

    def finish(session: Session) -> Sequence[JobKind]:
        for reference in changed:
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


def _changed(store: ObjectStore, each: VersionReference, *, held: bool, of: Sequence[VersionReference]) -> bool:
    """Whether the flag of this version had to be changed. One that is lost and was replaced needs none."""
    try:
        before = store.head(each).held
        if held and not before:
            store.set_hold(each)
        elif before and not held:
            store.lift_hold(each)
    except VersionNotFound:
        if each == of[-1]:
            raise
        return False
    return before != held
