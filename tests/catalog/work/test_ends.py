"""Carrying out jobs: what a handler learns is written with the closing of its job or not at all."""

from collections.abc import Sequence

import pytest
from sqlmodel import Session, select

from catalog.engine import Catalog
from catalog.errors import CatalogUnavailable
from catalog.repositories import custody, jobs
from catalog.tables import CustodyEvent, Job, Recording
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind, JobState
from catalog.work import Finish, JobEnd, JobOf, Report
from tests.rows import NOW, secured

from .conftest import CarryOut, Ringing, StoreAway, Undoable, finishing, names, runner_of, state_of


def test_what_was_learned_the_end_of_the_job_and_what_follows_are_one(
    catalog: Catalog, carry_out: CarryOut, ring: Ringing
) -> None:
    job_id = secured(catalog)
    carry_out(job_id, finishing(JobKind.DERIVE, JobKind.MATCH))
    assert state_of(catalog, job_id).state is JobState.DONE
    assert names(catalog) == ["learned"]
    with catalog.reading() as session:
        ledger = jobs.of_recording(session, state_of(catalog, job_id).recording_id)
    assert [(job.kind, job.state) for job in ledger] == [
        (JobKind.PROBE, JobState.DONE),
        (JobKind.DERIVE, JobState.WAITING),
        (JobKind.MATCH, JobState.WAITING),
    ]
    assert ring.rung == [job.id for job in ledger[1:]]


def test_a_job_may_ask_for_one_of_another_recording(catalog: Catalog, carry_out: CarryOut, ring: Ringing) -> None:
    job_id, other = secured(catalog), secured(catalog, JobKind.MATCH)
    carry_out(job_id, finishing(JobOf(state_of(catalog, other).recording_id, JobKind.MATCH)))
    with catalog.reading() as session:
        own = jobs.of_recording(session, state_of(catalog, job_id).recording_id)
    # What it has learned of its own recording is to be written down.
    assert [job.kind for job in own] == [JobKind.PROBE, JobKind.MANIFEST]
    assert ring.rung == [other, own[-1].id]


def test_a_job_that_is_asked_for_meanwhile_is_rung_for_at_once(
    catalog: Catalog, carry_out: CarryOut, ring: Ringing
) -> None:
    job_id = secured(catalog)

    def handle(job: Job, _report: Report) -> Finish:
        with catalog.writing() as session:
            jobs.add(session, job.recording_id, job.kind, now=NOW)
        return lambda _session: ()

    carry_out(job_id, handle)
    assert state_of(catalog, job_id).state is JobState.WAITING
    assert ring.rung == [job_id]


@pytest.mark.parametrize(
    "failure",
    [
        (StoreAway("The store is away."), JobState.WAITING, "The store is away."),
        (Undoable("It holds no sound."), JobState.FAILED, "It holds no sound."),
        (ZeroDivisionError("by zero"), JobState.WAITING, "Unforeseen ZeroDivisionError: by zero"),
        (ValueError("x" * 5000), JobState.WAITING, "Unforeseen ValueError: " + "x" * 5000),
        (StoreAway("路径 名 \N{GRINNING FACE}"), JobState.WAITING, "路径 名 \N{GRINNING FACE}"),
    ],
    ids=["retryable", "permanent", "unforeseen", "long", "any text"],
)
@pytest.mark.parametrize("where", ["handler", "finish"])
def test_why_a_job_failed_stands_in_the_ledger(
    catalog: Catalog, carry_out: CarryOut, ring: Ringing, failure: tuple[Exception, JobState, str], where: str
) -> None:
    job_id, (error, state, reason) = secured(catalog), failure

    def handle(job: Job, _report: Report) -> Finish:
        if where == "handler":
            raise error

        def finish(session: Session) -> Sequence[JobKind]:
            session.get_one(Recording, job.recording_id).name = "half done"
            custody.record(
                session, CustodyAction.DERIVED, at=NOW, actor="zhilu", subject_kind="recording", subject_id=None
            )
            jobs.add(session, job.recording_id, JobKind.MANIFEST, now=NOW)
            session.flush()
            raise error

        return finish

    carry_out(job_id, handle)
    found = state_of(catalog, job_id)
    assert (found.state, found.last_error) == (state, reason[:2000])
    assert names(catalog) == ["a.mp4"]
    assert ring.rung == []
    with catalog.reading() as session:
        told = [event.action for event in session.exec(select(CustodyEvent))]
        assert told == [CustodyAction.ROWS_WRITTEN], "of the recording alone, which was there before"
        # Given up, what is known of the recording is written down all the same.
        also = [JobKind.MANIFEST] if state is JobState.FAILED else []
        assert [job.kind for job in jobs.of_recording(session, found.recording_id)] == [JobKind.PROBE, *also]


def test_a_job_that_is_not_due_is_not_done_twice(catalog: Catalog, carry_out: CarryOut) -> None:
    job_id, times = secured(catalog), []

    def handle(_job: Job, _report: Report) -> Finish:
        times.append(1)
        return lambda _session: ()

    for _ in range(3):
        carry_out(job_id, handle)
    assert len(times) == 1


def test_an_unavailable_catalog_ends_no_worker(
    catalog: Catalog, carry_out: CarryOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = secured(catalog)

    def away(*_: object, **__: object) -> None:
        raise CatalogUnavailable("there", "it is being restarted")

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "claim", away)
        carry_out(job_id, finishing())
    assert state_of(catalog, job_id).state is JobState.WAITING
    with monkeypatch.context() as patched:
        patched.setattr(jobs, "done", away)
        carry_out(job_id, finishing())
    found = state_of(catalog, job_id)
    assert (found.state, found.last_error) == (
        JobState.WAITING,
        str(CatalogUnavailable("there", "it is being restarted")),
    )


@pytest.mark.parametrize(
    ("error", "end"),
    [(StoreAway("away"), JobEnd.RETRIED), (Undoable("no"), JobEnd.FAILED), (None, JobEnd.DONE)],
    ids=["retried", "failed", "done"],
)
def test_how_a_job_ended_is_told(catalog: Catalog, error: Exception | None, end: JobEnd) -> None:
    ends: list[JobEnd] = []

    def handle(job: Job, report: Report) -> Finish:
        if error is not None:
            raise error
        return finishing()(job, report)

    runner = runner_of(catalog, handle, on_end=lambda _job, how, _seconds: ends.append(how))
    runner.carry_out(secured(catalog))
    assert ends == [end]


class EngineAway(Exception):
    retryable = False


def test_an_engine_that_is_away_uses_up_no_attempts(catalog: Catalog) -> None:
    """However often it is met, and although it says that trying again is in vain: that is no matter of the job."""
    job_id, away, now, ends = secured(catalog), True, NOW, []

    def handle(_job: Job, _report: Report) -> Finish:
        if away:
            raise EngineAway("The store is away.")
        return lambda _session: []

    runner = runner_of(
        catalog,
        handle,
        clock=lambda: now,
        on_end=lambda _job, end, _seconds: ends.append(end),
        is_engine_fault=lambda error: isinstance(error, EngineAway),
    )
    runner._ended.set()  # so that nobody waits here
    for _ in range(2 * jobs.ATTEMPTS_AT_MOST):
        runner.carry_out(job_id)
        with catalog.reading() as session:
            job = session.get(Job, job_id)
            assert job is not None
            assert (job.state, job.attempts, job.last_error) == (JobState.WAITING, 0, "The store is away.")
            assert jobs.due(session, now=now, limit=1) == []
        now += jobs.ENGINE_PAUSE
    away = False
    runner.carry_out(job_id)
    assert ends == [JobEnd.PUT_OFF] * 2 * jobs.ATTEMPTS_AT_MOST + [JobEnd.DONE]
