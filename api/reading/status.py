"""Ready, working, attention or disposed of? Decided from problems, jobs and what was read of the stored bytes; every
state but ready carries its reasons.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.reading.capture import written
from api.reading.model import Status, StatusReason
from catalog.repositories.fixity_standing import Damage
from catalog.tables import Disposal, Job, Recording
from catalog.tables.fixity import FixityOutcome
from catalog.tables.jobs import JobState

_RUNNING = "job_running"
_DAMAGED_AS = {
    FixityOutcome.DIFFERS: "stored_bytes_differ",
    FixityOutcome.MISSING: "stored_bytes_missing",
    FixityOutcome.UNREADABLE: "stored_bytes_unreadable",
}
_NO_REASON_KEPT = "It gave no reason."


@dataclass(frozen=True, slots=True)
class Gone:
    """When it was disposed of, and under which list."""

    at: datetime
    under: str | None

    @classmethod
    def of(cls, recording: Recording, under: Disposal | None) -> "Gone | None":
        """None for what is there."""
        return None if recording.disposed_at is None else cls(recording.disposed_at, under.number if under else None)


def status_of(
    problems: Sequence[dict[str, Any]],
    jobs: Iterable[Job],
    *,
    now: datetime | None = None,
    damage: Damage | None = None,
    gone: Gone | None = None,
) -> tuple[Status, tuple[StatusReason, ...]]:
    """What is gone is that and nothing else. Any damage, problem or failed job asks for attention; else anything
    unfinished is work; else it is ready.

    With `now`, a job whose worker let its lease end is told as waiting, which it is.
    """
    if gone is not None:
        return Status.DISPOSED, (_disposed(gone), *_problems(problems))
    listed = list(jobs)
    attention = [*_damage(damage), *_problems(problems), *_in_state(listed, JobState.FAILED, now)]
    working = [*_in_state(listed, JobState.RUNNING, now), *_in_state(listed, JobState.WAITING, now)]
    if attention:
        return Status.ATTENTION, (*attention, *working)
    return (Status.WORKING, tuple(working)) if working else (Status.READY, ())


def _disposed(gone: Gone) -> StatusReason:
    under = f" under list {gone.under}" if gone.under else ""
    return StatusReason(code="disposed", message=f"It was disposed of at {written(gone.at)}{under}.")


def _damage(damage: Damage | None) -> Iterator[StatusReason]:
    if damage is not None:
        why = damage.error or "its bytes are not those on record"
        message = f"The original in the store is damaged, and nothing serves in its place: {why}."
        yield StatusReason(code=_DAMAGED_AS[damage.outcome], message=message, since=written(damage.since))


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
