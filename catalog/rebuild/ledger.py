"""The ledger of a catalog that was rebuilt: what is left to do, as far as the facts tell. Nothing is claimed.

Jobs that were done stand there as done, so that what makes them due again (a new register, a changed fact) finds them.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Table, insert, select
from sqlmodel import Session, col

from catalog.rebuild.staging import Staging
from catalog.tables import CaseLink, HoldSubject, Job, Recording
from catalog.tables.jobs import JobKind, JobState
from catalog.tables.recordings import RecordingKind
from catalog.types import new_id

_AT_ONCE = 500
_PLAYED = frozenset({RecordingKind.VIDEO, RecordingKind.AUDIO, RecordingKind.PHOTO})


def jobs_of(recording: Any, *, held: bool, derivatives_there: bool) -> dict[JobKind, JobState]:
    """The jobs of one recording: `held`, a hold is or was on it or on a case; `derivatives_there`, in the store."""
    if recording.disposed_at is not None:
        return {JobKind.MANIFEST: JobState.DONE}
    if not recording.media:
        return {JobKind.PROBE: JobState.WAITING}  # all others follow
    jobs = {JobKind.PROBE: JobState.DONE, JobKind.MATCH: JobState.DONE, JobKind.MANIFEST: JobState.DONE}
    if recording.kind in _PLAYED:
        made = bool(recording.playback) and derivatives_there
        jobs[JobKind.DERIVE] = JobState.DONE if made else JobState.WAITING
    if held:
        jobs[JobKind.HOLD] = JobState.WAITING
    return jobs


def put_ledger(session: Session, staging: Staging, *, now: datetime) -> int:
    """Put the jobs of all recordings on the ledger; returns how many are left to do."""
    waiting = 0
    for recordings in _portions(session):
        ids = [each.id for each in recordings]
        held = set(session.connection().execute(_held(ids)).scalars())
        rows = [
            _row(recording.id, kind, state, now)
            for recording in recordings
            for kind, state in jobs_of(
                recording, held=recording.id in held, derivatives_there=not staging.lacks_derivatives(str(recording.id))
            ).items()
        ]
        waiting += sum(row["state"] is JobState.WAITING for row in rows)
        table: Table = Job.__table__  # type: ignore[attr-defined]
        session.connection().execute(insert(table), rows)
    return waiting


def _portions(session: Session) -> Iterator[Any]:
    table: Table = Recording.__table__  # type: ignore[attr-defined]
    names = ("id", "kind", "media", "playback", "disposed_at")
    query = select(*(table.c[name] for name in names)).order_by(table.c.id).limit(_AT_ONCE)
    last = None
    while True:
        found = session.connection().execute(query if last is None else query.where(table.c.id > last)).all()
        if found:
            yield found
        if len(found) < _AT_ONCE:
            return
        last = found[-1].id


def _held(ids: list[Any]) -> Any:
    """Of these recordings those that a hold may concern: asked anew by the job, so too many do no harm."""
    cases = select(col(HoldSubject.case_id)).where(col(HoldSubject.case_id).is_not(None))
    on_cases = select(col(CaseLink.recording_id)).where(
        col(CaseLink.recording_id).in_(ids), col(CaseLink.case_id).in_(cases)
    )
    return select(col(HoldSubject.recording_id)).where(col(HoldSubject.recording_id).in_(ids)).union(on_cases)


def _row(recording_id: Any, kind: JobKind, state: JobState, now: datetime) -> dict[str, Any]:
    done = state is JobState.DONE
    return {
        **Job(recording_id=recording_id, kind=kind, due_at=now, created_at=now).model_dump(),
        "id": new_id(),
        "state": state,
        "progress": 1.0 if done else 0.0,
        "finished_at": now if done else None,
    }
