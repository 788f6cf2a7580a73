"""Holding in the store what is held in the catalog: the flag goes up with the first hold and comes down with the last.

Asked anew each time, of both: whatever happened before, killed or twice, the flag ends as the holds say. It lies on
each version of a recording, the damaged ones too: any of them may be what is looked at one day.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from catalog.engine import Catalog
from catalog.repositories import custody, holds, recordings
from catalog.tables import CustodyEvent, Job, Recording
from catalog.tables.custody import CustodyAction, CustodyResult
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
    """Set or lift the hold of one recording as the catalog says it now. Raises StorageError, CatalogError."""
    with services.catalog.reading() as session:
        recording = recordings.get(session, job.recording_id)
        versions = recordings.versions(session, recording)
        standing = [each.number for each in holds.covering(session, recording.id)]
    if recording.disposed_at is not None:
        return _nothing
    missing = [each for each in versions if not _carried_out(services.store, each, held=bool(standing))]

    def finish(session: Session) -> Sequence[JobKind]:
        if missing or _told_otherwise(session, recording, held=bool(standing)):
            custody.record(
                session,
                CustodyAction.HOLD_SET if standing else CustodyAction.HOLD_LIFTED,
                at=services.clock(),
                actor="zhilu",
                subject_kind="recording",
                subject_id=recording.id,
                result=CustodyResult.FAILED if missing else CustodyResult.DONE,
                holds=standing,
                versions=[str(each) for each in versions if each not in missing],
                missing=[str(each) for each in missing],
            )
        return ()

    return finish


def _carried_out(store: ObjectStore, reference: VersionReference, *, held: bool) -> bool:
    """Let the version be held or not; False where the store does not have it, of which fixity has more to say."""
    try:
        if store.head(reference).held == held:
            return True
        reported = store.set_hold(reference) if held else store.lift_hold(reference)
    except VersionNotFound:
        return False
    return reported.held == held


def _told_otherwise(session: Session, recording: Recording, *, held: bool) -> bool:
    """Whether the log does not say yet how it is: a process killed in between has left it to us to tell."""
    told = [event for event in custody.of_subject(session, recording.id) if _tells_of_hold(event)]
    said = bool(told) and told[-1].action is CustodyAction.HOLD_SET
    return said != held


def _tells_of_hold(event: CustodyEvent) -> bool:
    return event.action in {CustodyAction.HOLD_SET, CustodyAction.HOLD_LIFTED}


def _nothing(_session: Session) -> Sequence[JobKind]:
    return ()
