"""Ready, working or attention? Decided from problems and jobs alone; every state but ready carries its reasons."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from api.reading.model import Status, StatusReason
from catalog.tables import Job
from catalog.tables.jobs import JobState

_RUNNING = "job_running"
_NO_REASON_KEPT = "It gave no reason."


def status_of(
    problems: Sequence[dict[str, Any]], jobs: Iterable[Job], *, now: datetime | None = None
) -> tuple[Status, tuple[StatusReason, ...]]:
    """Any problem or failed job asks for attention; else anything unfinished is work; else it is ready.

    With `now`, a job whose worker let its lease end is told as waiting, which it is.
    """
    listed = list(jobs)
    attention = [*_problems(problems), *_in_state(listed, JobState.FAILED, now)]
    working = [*_in_state(listed, JobState.RUNNING, now), *_in_state(listed, JobState.WAITING, now)]
    if attention:
        return Status.ATTENTION, (*attention, *working)
    return (Status.WORKING, tuple(working)) if working else (Status.READY, ())


def _problems(problems: Sequence[dict[str, Any]]) -> Iterator[StatusReason]:
    for problem in problems:
        yield StatusReason(code=str(problem.get("code", "unknown")), message=str(problem.get("detail", "")))


def is_begun(status: Status, reasons: Sequence[StatusReason]) -> bool:
    """Whether somebody works on it just now, and it does not only wait for that."""
    return status is Status.WORKING and any(reason.code == _RUNNING for reason in reasons)


def _in_state(jobs: Iterable[Job], state: JobState, now: datetime | None) -> Iterator[StatusReason]:
    for job in jobs:
        if job.state is state:
            yield _reason(job, now)


def _reason(job: Job, now: datetime | None) -> StatusReason:
    code, message = _said(job)
    if job.state is JobState.RUNNING and now is not None and job.lease_until is not None and job.lease_until < now:
        code, message = "job_waiting", f"{job.kind} was begun by a worker that is gone, and waits to be begun again."
    return StatusReason(code=code, message=message, job=job.kind)


def _said(job: Job) -> tuple[str, str]:
    match job.state:
        case JobState.FAILED:
            return "job_failed", job.last_error or _NO_REASON_KEPT
        case JobState.RUNNING:
            return _RUNNING, f"{job.kind} is under way."
        case JobState.WAITING:
            if job.attempts:
                return "job_retrying", job.last_error or _NO_REASON_KEPT
            return "job_waiting", f"{job.kind} is waiting for its turn."
        case JobState.DONE:
            return "job_done", f"{job.kind} is done."
