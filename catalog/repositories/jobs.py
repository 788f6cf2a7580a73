"""The job ledger: claim with a lease, heartbeat, done, failed with its reason, back-off, retry by hand.

One row a job. A worker owns a job only until its lease ends: one that was killed, or lost its machine, simply stops
renewing it, and the job becomes due again. Every change names the owner, so that a worker that came back late
cannot overwrite what another has done since.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, case, func, or_, update
from sqlmodel import Session, col, select

from catalog import seals
from catalog.errors import NotFound
from catalog.repositories.inserting import insert_of, insert_unless_there
from catalog.tables import Job, Recording
from catalog.tables.jobs import JobKind, JobState
from catalog.types import new_id

LEASE = timedelta(seconds=90)
ATTEMPTS_AT_MOST = 5
_BACK_OFF_FIRST = timedelta(seconds=5)
_BACK_OFF_LONGEST = timedelta(hours=1)
ENGINE_PAUSE = timedelta(seconds=10)
_CLOCK_SLACK = timedelta(minutes=5)
_AT_ONCE = 500
_ENDS_IN_MANIFEST = frozenset({JobKind.PROBE, JobKind.MATCH, JobKind.MANIFEST})
"""Each of these is followed by the next when it is done, and by the last one when it is given up."""


def back_off(attempts: int) -> timedelta:
    """How long to wait after the given number of failed attempts: 5 s, 20 s, 80 s ... at most an hour."""
    factor: int = 4 ** min(attempts - 1, 10)
    return min(_BACK_OFF_FIRST * factor, _BACK_OFF_LONGEST)


def add(session: Session, recording_id: UUID, kind: JobKind, *, now: datetime) -> UUID:
    """Put a job on the ledger. One that was done or given up is made due again, a running one is run once more.

    Returns its id.
    """
    _tell_chain(session, recording_id, kind)
    fresh = Job(recording_id=recording_id, kind=kind, due_at=now, created_at=now)
    if insert_unless_there(session, fresh, unique=["recording_id", "kind"]):
        return fresh.id
    # Locked: a worker that closes it at this moment must not overlook what we ask for, nor we that it is done.
    job = session.exec(
        select(Job)
        .where(Job.recording_id == recording_id, Job.kind == kind)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if job.state in {JobState.DONE, JobState.FAILED}:
        _make_due(job, now)
        session.add(job)
    elif job.state is JobState.RUNNING:
        job.again = True
        session.add(job)
    return job.id


def add_first(session: Session, recording_id: UUID, kind: JobKind, *, now: datetime) -> UUID:
    """Put a job on the ledger for a recording that is being put on record by this very transaction: it has none yet."""
    _tell_chain(session, recording_id, kind)
    fresh = Job(recording_id=recording_id, kind=kind, due_at=now, created_at=now)
    session.add(fresh)
    return fresh.id


def is_manifest_owed(session: Session, recording_id: UUID) -> bool:
    """Whether a job of this recording has not ended well: each of them ends in a new manifest."""
    unfinished = col(Job.state) != JobState.DONE
    return session.exec(select(Job.id).where(Job.recording_id == recording_id, unfinished).limit(1)).first() is not None


def add_manifests(session: Session, recording_ids: Sequence[UUID], *, now: datetime) -> Sequence[UUID]:
    """As `add`, the manifests of many in few statements. Returns the ids of their jobs."""
    ended = col(Job.state).in_((JobState.DONE, JobState.FAILED))
    running = col(Job.state) == JobState.RUNNING
    added: list[UUID] = []
    ids = sorted(recording_ids)  # in one order, so that two never wait for each other
    for start in range(0, len(ids), _AT_ONCE):
        fresh = [
            Job(id=new_id(), recording_id=each, kind=JobKind.MANIFEST, due_at=now, created_at=now).model_dump()
            for each in ids[start : start + _AT_ONCE]
        ]
        statement = insert_of(session)(Job).values(fresh)
        changed = {
            "state": case((running, col(Job.state)), else_=JobState.WAITING.value),
            "again": or_(col(Job.again), running),
            "due_at": case((ended, statement.excluded.due_at), else_=col(Job.due_at)),
            "attempts": case((ended, 0), else_=col(Job.attempts)),
            "progress": case((ended, 0.0), else_=col(Job.progress)),
            "last_error": case((ended, None), else_=col(Job.last_error)),
            "finished_at": None,
        }
        upsert = statement.on_conflict_do_update(index_elements=["recording_id", "kind"], set_=changed)
        added.extend(row.id for row in session.connection().execute(upsert.returning(col(Job.id))))
    return added


def _tell_chain(session: Session, recording_id: UUID, kind: JobKind) -> None:
    if kind in _ENDS_IN_MANIFEST:
        seals.chained(session, recording_id)


def _given_up(session: Session, job: Job, now: datetime) -> None:
    """Write down what is known of a recording even where the chain of its jobs breaks off."""
    if job.kind in _ENDS_IN_MANIFEST and job.kind is not JobKind.MANIFEST:
        add_manifests(session, [job.recording_id], now=now)


def add_matching_for_all(session: Session, *, now: datetime) -> None:
    """Have every recording matched again that was matched before: the register has changed."""
    session.exec(
        update(Job)
        .where(col(Job.kind) == JobKind.MATCH, col(Job.state).in_((JobState.DONE, JobState.FAILED)))
        .values(state=JobState.WAITING, due_at=now, attempts=0, progress=0.0, last_error=None, finished_at=None)
    )
    session.exec(
        update(Job).where(col(Job.kind) == JobKind.MATCH, col(Job.state) == JobState.RUNNING).values(again=True)
    )


def _is_due(now: datetime) -> object:
    """Due, or left by a dead worker; times further ahead than we ever set were written by a clock that was ahead."""
    never_waits_longer = now + back_off(ATTEMPTS_AT_MOST - 1) + _CLOCK_SLACK
    never_leased_longer = now + LEASE + _CLOCK_SLACK
    return or_(
        and_(
            col(Job.state) == JobState.WAITING,
            or_(
                col(Job.due_at) <= now,
                col(Job.due_at) > never_waits_longer,
                and_(
                    col(Job.attempts) == 0,
                    # Never tried: there is nothing to wait for. Put off: never for longer than that.
                    or_(col(Job.last_error).is_(None), col(Job.due_at) > now + 2 * ENGINE_PAUSE),
                ),
            ),
        ),
        and_(
            col(Job.state) == JobState.RUNNING,
            or_(col(Job.lease_until) < now, col(Job.lease_until) > never_leased_longer),
        ),
    )


def due(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Ids of jobs that somebody should be rung for, longest due first."""
    return session.exec(select(Job.id).where(_is_due(now)).order_by(col(Job.due_at)).limit(limit)).all()  # type: ignore[arg-type]


def claim(session: Session, job_id: UUID, *, owner: str, now: datetime, lease: timedelta = LEASE) -> Job | None:
    """Become the owner of a due job; None if it is not due (done, or another worker has it).

    A job whose worker died counts an attempt too: one that kills its worker each time must come to an end.
    """
    job = session.exec(
        select(Job).where(Job.id == job_id, _is_due(now)).with_for_update(skip_locked=True)  # type: ignore[arg-type]
    ).one_or_none()
    if job is None:
        return None
    if job.state is JobState.RUNNING and job.attempts >= ATTEMPTS_AT_MOST:
        job.state, job.finished_at = JobState.FAILED, now
        job.last_error = f"The worker died while doing this, at attempt {job.attempts} of {ATTEMPTS_AT_MOST}."
        job.owner = job.lease_until = None
        session.add(job)
        _given_up(session, job, now)
        return None
    job.state, job.owner, job.lease_until = JobState.RUNNING, owner, now + lease
    job.attempts += 1
    job.progress = 0.0
    session.add(job)
    return job


def heartbeat(
    session: Session, job_id: UUID, *, owner: str, progress: float, now: datetime, lease: timedelta = LEASE
) -> bool:
    """Renew the lease and keep the progress (0 to 1). False when the job is no longer ours: stop working on it."""
    statement = (
        update(Job)
        .where(col(Job.id) == job_id, col(Job.owner) == owner, col(Job.state) == JobState.RUNNING)
        .values(lease_until=now + lease, progress=progress)
    )
    return session.exec(statement).rowcount == 1


def _ours(session: Session, job_id: UUID, owner: str) -> Job | None:
    """The job, locked until the transaction ends, while its owner runs it; None when it is no longer theirs."""
    job = session.exec(select(Job).where(Job.id == job_id, Job.owner == owner).with_for_update()).one_or_none()
    return job if job is not None and job.state is JobState.RUNNING else None


def done(session: Session, job_id: UUID, *, owner: str, now: datetime) -> bool:
    """Close a job (or make it due again, if that was asked meanwhile).

    False when it is no longer ours: the caller must then roll back what it did.
    """
    job = _ours(session, job_id, owner)
    if job is None:
        return False
    if job.again:
        _make_due(job, now)
    else:
        job.state, job.progress, job.finished_at = JobState.DONE, 1.0, now
        job.owner = job.lease_until = job.last_error = None
    session.add(job)
    return True


def failed(
    session: Session, job_id: UUID, *, owner: str, reason: str, retryable: bool, now: datetime
) -> JobState | None:
    """Note why it failed; it is tried again later if that can help (or was asked for meanwhile), else it waits for a
    person. Returns its state now; what is no longer ours is left alone, and None.
    """
    job = _ours(session, job_id, owner)
    if job is None:
        return None
    if job.again:
        # What it reads has changed since it read it: that it failed says nothing of how it is now.
        _make_due(job, now)
        session.add(job)
        return job.state
    job.last_error, job.owner, job.lease_until = reason, None, None
    if retryable and job.attempts < ATTEMPTS_AT_MOST:
        job.state, job.due_at = JobState.WAITING, now + back_off(job.attempts)
    else:
        job.state, job.finished_at = JobState.FAILED, now
        _given_up(session, job, now)
    session.add(job)
    return job.state


def give_back(session: Session, job_id: UUID, *, owner: str, now: datetime) -> bool:
    """Make a job that we stop working on due at once, as if we had never begun. False when it is no longer ours."""
    job = _ours(session, job_id, owner)
    if job is None:
        return False
    attempts, earlier_error = (0, None) if job.again else (max(job.attempts - 1, 0), job.last_error)
    _make_due(job, now)
    job.attempts, job.last_error = attempts, earlier_error
    session.add(job)
    return True


def postpone(session: Session, job_id: UUID, *, owner: str, reason: str, now: datetime) -> bool:
    """Put off a job that met an engine which is away: that is no attempt, and nothing about the job itself.

    False when it is no longer ours.
    """
    job = _ours(session, job_id, owner)
    if job is None:
        return False
    attempts = max(job.attempts - 1, 0)
    _make_due(job, now + ENGINE_PAUSE)
    job.attempts, job.last_error = attempts, reason
    session.add(job)
    return True


def retry(session: Session, job_id: UUID, *, now: datetime) -> Job:
    """Make a failed (or backing off) job due at once, with its attempts counted anew. Raises NotFound."""
    job = session.get(Job, job_id, with_for_update=True)
    if job is None:
        raise NotFound("job", str(job_id))
    if job.state in {JobState.FAILED, JobState.WAITING}:
        _make_due(job, now)
        session.add(job)
    return job


def _make_due(job: Job, now: datetime) -> None:
    job.state, job.due_at, job.attempts, job.progress = JobState.WAITING, now, 0, 0.0
    job.owner = job.lease_until = job.finished_at = job.last_error = None
    job.again = False


def is_waiting(session: Session, job_id: UUID) -> bool:
    return session.exec(select(Job.state).where(Job.id == job_id)).first() is JobState.WAITING


def of_recording(session: Session, recording_id: UUID) -> Sequence[Job]:
    """The jobs of one recording, in the order in which they follow each other."""
    found = session.exec(select(Job).where(Job.recording_id == recording_id)).all()
    order = list(JobKind)
    return sorted(found, key=lambda job: order.index(job.kind))


def listing(
    session: Session,
    *,
    states: Sequence[JobState],
    limit: int,
    after: UUID | None = None,
    kind: JobKind | None = None,
) -> Sequence[tuple[Job, str]]:
    """Jobs in the given states with the name of their recording, oldest first, a page at a time."""
    statement = select(Job, Recording.name).join(Recording).where(col(Job.state).in_(states))
    if kind is not None:
        statement = statement.where(Job.kind == kind)
    if after is not None:
        statement = statement.where(col(Job.id) > after)
    return session.exec(statement.order_by(col(Job.id)).limit(limit)).all()


def counts(session: Session) -> dict[JobState, int]:
    """How many jobs are in each state; every state is there."""
    found = dict(session.exec(select(Job.state, func.count()).group_by(Job.state)).all())
    return {state: found.get(state, 0) for state in JobState}


def counts_by_kind(session: Session) -> dict[tuple[JobKind, JobState], int]:
    """How many jobs of each kind are in each state; every pair is there."""
    rows = session.exec(select(Job.kind, Job.state, func.count()).group_by(Job.kind, Job.state)).all()
    found = {(kind, state): count for kind, state, count in rows}
    return {(kind, state): found.get((kind, state), 0) for kind in JobKind for state in JobState}


def due_since(session: Session, *, now: datetime) -> tuple[int, datetime | None]:
    """How many jobs are due, and since when the one that has been for longest; None when none is."""
    count, oldest = session.exec(select(func.count(), func.min(Job.due_at)).select_from(Job).where(_is_due(now))).one()  # type: ignore[arg-type]
    return count, oldest


def unfinished(session: Session, recording_ids: Sequence[UUID]) -> int:
    """How many jobs of these recordings are still waiting or running."""
    open_states = (JobState.WAITING, JobState.RUNNING)
    total = 0
    for start in range(0, len(recording_ids), 500):
        part = recording_ids[start : start + 500]
        total += session.exec(
            select(func.count())
            .select_from(Job)
            .where(col(Job.recording_id).in_(part), col(Job.state).in_(open_states))
        ).one()
    return total
