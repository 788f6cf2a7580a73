"""Ready, working or attention? Decided from problems and jobs alone; every state but ready carries its reasons."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from api.reading.model import Status, StatusReason
from catalog.tables import Job
from catalog.tables.jobs import JobState

_NO_REASON_KEPT = "It gave no reason."


def status_of(problems: Sequence[dict[str, Any]], jobs: Iterable[Job]) -> tuple[Status, tuple[StatusReason, ...]]:
    """Any problem or failed job asks for attention; else anything unfinished is work; else it is ready."""
    listed = list(jobs)
    attention = [*_problems(problems), *_in_state(listed, JobState.FAILED)]
    working = [*_in_state(listed, JobState.RUNNING), *_in_state(listed, JobState.WAITING)]
    if attention:
        return Status.ATTENTION, (*attention, *working)
    return (Status.WORKING, tuple(working)) if working else (Status.READY, ())


def _problems(problems: Sequence[dict[str, Any]]) -> Iterator[StatusReason]:
    for problem in problems:
        yield StatusReason(code=str(problem.get("code", "unknown")), message=str(problem.get("detail", "")))


def _in_state(jobs: Iterable[Job], state: JobState) -> Iterator[StatusReason]:
    for job in jobs:
        if job.state is state:
            yield _reason(job)


def _reason(job: Job) -> StatusReason:
    code, message = _said(job)
    return StatusReason(code=code, message=message, job=job.kind)


def _said(job: Job) -> tuple[str, str]:
    match job.state:
        case JobState.FAILED:
            return "job_failed", job.last_error or _NO_REASON_KEPT
        case JobState.RUNNING:
            return "job_running", f"{job.kind} is under way."
        case JobState.WAITING:
            if job.attempts:
                return "job_retrying", job.last_error or _NO_REASON_KEPT
            return "job_waiting", f"{job.kind} is waiting for its turn."
        case JobState.DONE:
            return "job_done", f"{job.kind} is done."
