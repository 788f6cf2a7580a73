"""Which job is done by what. The match is exhaustive: a new kind of job does not type-check until it is here."""

from collections.abc import Mapping, Sequence
from functools import partial

from sqlmodel import Session

from catalog.repositories import recordings
from catalog.tables import Job
from catalog.tables.jobs import JobKind
from catalog.work import Finish, Handler, JobOf, Report
from ingest.jobs import derive, manifest, probe
from ingest.jobs import match as matching
from ingest.jobs.services import IngestServices


def handlers(services: IngestServices, *, hold: Handler) -> Mapping[JobKind, Handler]:
    """All of them; holding is retention's, so it is handed over."""
    return {kind: _handler(services, kind, hold) for kind in JobKind}


def _handler(services: IngestServices, kind: JobKind, hold: Handler) -> Handler:
    match kind:
        case JobKind.PROBE:
            return partial(_unless_leaving, services, partial(probe.probe, services))
        case JobKind.DERIVE:
            return partial(_unless_leaving, services, partial(derive.derive, services))
        case JobKind.MATCH:
            return partial(_unless_leaving, services, partial(matching.match, services))
        case JobKind.MANIFEST:
            return partial(manifest.manifest, services)
        case JobKind.HOLD:
            return hold


def _unless_leaving(services: IngestServices, handler: Handler, job: Job, report: Report) -> Finish:
    """Do the job for what stays: of a recording that is disposed of, or just going, nothing is learned or made.

    Asked again when it is closed: what was made meanwhile must not be put on record beside what is being deleted. The
    copies that then lie in the store unlisted are settled by reconciling.
    """
    with services.catalog.reading() as session:
        if recordings.get(session, job.recording_id).leaving_since is not None:
            return _nothing
    finish = handler(job, report)

    def unless_leaving(session: Session) -> Sequence[JobKind | JobOf]:
        if recordings.staying(session, job.recording_id) is None:
            return ()
        return finish(session)

    return unless_leaving


def _nothing(_session: Session) -> Sequence[JobKind | JobOf]:
    return ()
