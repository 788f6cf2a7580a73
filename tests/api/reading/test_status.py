from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.reading.model import Status
from api.reading.status import is_begun, status_of
from catalog.tables import Job
from catalog.tables.jobs import JobKind, JobState
from catalog.types import new_id

PROBLEM = {"code": "exif_damaged", "detail": "The IFD points nowhere."}


def _job(state: JobState, kind: JobKind = JobKind.DERIVE, **facts: Any) -> Job:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    return Job(recording_id=new_id(), kind=kind, state=state, due_at=now, created_at=now, **facts)


@pytest.mark.parametrize(
    ("problems", "jobs", "status", "codes"),
    [
        ([], [], Status.READY, []),
        ([], [_job(JobState.DONE)], Status.READY, []),
        ([], [_job(JobState.WAITING)], Status.WORKING, ["job_waiting"]),
        ([], [_job(JobState.WAITING, attempts=2, last_error="no memory")], Status.WORKING, ["job_retrying"]),
        ([], [_job(JobState.RUNNING)], Status.WORKING, ["job_running"]),
        ([], [_job(JobState.FAILED, last_error="broken")], Status.ATTENTION, ["job_failed"]),
        ([PROBLEM], [_job(JobState.DONE)], Status.ATTENTION, ["exif_damaged"]),
        ([PROBLEM], [_job(JobState.RUNNING)], Status.ATTENTION, ["exif_damaged", "job_running"]),
        (
            [],
            [_job(JobState.WAITING, JobKind.MATCH), _job(JobState.FAILED)],
            Status.ATTENTION,
            ["job_failed", "job_waiting"],
        ),
    ],
)
def test_status(problems: list[dict[str, Any]], jobs: list[Job], status: Status, codes: list[str]) -> None:
    found, reasons = status_of(problems, jobs)
    assert (found, [reason.code for reason in reasons]) == (status, codes)


def test_reasons_carry_sentence_and_job() -> None:
    _, reasons = status_of([PROBLEM], [_job(JobState.FAILED, last_error="ffmpeg was killed")])
    assert [(reason.message, reason.job) for reason in reasons] == [
        ("The IFD points nowhere.", None),
        ("ffmpeg was killed", JobKind.DERIVE),
    ]


def test_a_failure_without_reason_says_so() -> None:
    _, reasons = status_of([], [_job(JobState.FAILED)])
    assert reasons[0].message == "It gave no reason."


def test_a_job_whose_worker_is_gone_waits() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    for lease, code in ((-1, "job_waiting"), (1, "job_running")):
        job = _job(JobState.RUNNING, lease_until=now + timedelta(seconds=lease))
        status, reasons = status_of([], [job], now=now)
        assert (status, reasons[0].code) == (Status.WORKING, code)
        assert is_begun(status, reasons) is (lease > 0)
    assert not is_begun(Status.READY, ())
