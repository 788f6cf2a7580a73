"""Letting the store follow the holds by a process that may hold: workers are best given a key that cannot."""

from functools import partial
from uuid import UUID

from api.runtime import Runtime
from catalog.repositories import jobs
from catalog.tables.jobs import JobKind, JobState
from catalog.work import JobRunner
from retention.holding import hold

_AT_ONCE = 10_000


def follow_holds(runtime: Runtime) -> tuple[int, int]:
    """Do every job of a hold that waits or was given up; how many were done, and how many could not be."""
    runner = JobRunner(
        runtime.catalog,
        {JobKind.HOLD: partial(hold, runtime.retention.hold_services())},
        identity=runtime.identity,
        clock=runtime.clock,
        ring=lambda _job_ids: None,
    )
    waiting = _left(runtime)
    for job_id in waiting:
        with runtime.catalog.writing() as session:
            jobs.retry(session, job_id, now=runtime.clock())
        runner.carry_out(job_id)
    left = len(set(_left(runtime)) & set(waiting))
    return len(waiting) - left, left


def _left(runtime: Runtime) -> list[UUID]:
    with runtime.catalog.reading() as session:
        found = jobs.listing(session, states=(JobState.WAITING, JobState.FAILED), limit=_AT_ONCE, kind=JobKind.HOLD)
    return [job.id for job, _name in found]
