"""A job belongs to its worker while the lease lasts: taken over, renewed, given back."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from catalog.engine import Catalog
from catalog.repositories import jobs
from catalog.tables import Job
from catalog.tables.jobs import JobKind, JobState
from catalog.work import Finish, JobEnd, Report
from tests.rows import NOW, secured

from .conftest import CarryOut, Ringing, Undoable, finishing, names, runner_of, state_of


def test_what_a_worker_did_without_a_lease_is_rolled_back(catalog: Catalog, carry_out: CarryOut, ring: Ringing) -> None:
    job_id = secured(catalog)

    def handle(job: Job, _report: Report) -> Finish:
        with catalog.writing() as session:
            later = NOW + jobs.LEASE + timedelta(seconds=1)
            assert jobs.claim(session, job.id, owner="somebody else", now=later) is not None
        return finishing(JobKind.MATCH)(job, _report)

    carry_out(job_id, handle)
    found = state_of(catalog, job_id)
    assert (found.state, found.owner) == (JobState.RUNNING, "somebody else")
    assert names(catalog) == ["a.mp4"]
    assert ring.rung == []


def test_a_late_failure_does_not_speak_for_the_next_worker(catalog: Catalog, carry_out: CarryOut) -> None:
    job_id = secured(catalog)

    def handle(job: Job, _report: Report) -> Finish:
        with catalog.writing() as session:
            later = NOW + jobs.LEASE + timedelta(seconds=1)
            assert jobs.claim(session, job.id, owner="somebody else", now=later) is not None
        raise Undoable("I gave up.")

    carry_out(job_id, handle)
    found = state_of(catalog, job_id)
    assert (found.state, found.owner, found.last_error) == (JobState.RUNNING, "somebody else", None)


def test_heartbeats_renew_the_leases_of_what_runs(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.work._HEARTBEAT_SHARE", 0.0)
    job_id, release, started = secured(catalog), threading.Event(), threading.Event()
    now = [NOW]

    def handle(_job: Job, report: Report) -> Finish:
        report(0.5)
        started.set()
        assert release.wait(30)
        return lambda _session: ()

    runner = runner_of(catalog, handle, clock=lambda: now[0])
    stop, beaten = threading.Event(), threading.Event()
    heartbeat = jobs.heartbeat

    def beat(session: Session, job_id: UUID, **facts: object) -> bool:
        renewed = heartbeat(session, job_id, **facts)  # type: ignore[arg-type]
        beaten.set()
        return renewed

    monkeypatch.setattr(jobs, "heartbeat", beat)
    threads = [
        threading.Thread(target=runner.carry_out, args=(job_id,)),
        threading.Thread(target=runner.heartbeats, args=(stop,)),
    ]
    for thread in threads:
        thread.start()
    assert started.wait(30)
    now[0] = NOW + timedelta(seconds=60)
    beaten.clear()
    assert beaten.wait(30)
    stop.set()
    threads[1].join(30)
    found = state_of(catalog, job_id)
    assert (found.lease_until, found.progress) == (now[0] + jobs.LEASE, 0.5)
    release.set()
    threads[0].join(30)
    assert state_of(catalog, job_id).state is JobState.DONE


def test_what_runs_is_given_back_and_stops(catalog: Catalog) -> None:
    """As at the end of a process: others begin it again at once, no attempt is counted, nothing done here counts."""
    job_id, rung, ends = secured(catalog), Ringing(), []
    running, given = threading.Event(), threading.Event()

    def handle(job: Job, report: Report) -> Finish:
        running.set()
        assert given.wait(30)
        report(0.9)  # where a tool is running, this is what ends it
        return finishing(JobKind.MATCH)(job, report)

    runner = runner_of(catalog, handle, ring=rung, on_end=lambda job, end, _seconds: ends.append((job.id, end)))
    thread = threading.Thread(target=runner.carry_out, args=(job_id,))
    thread.start()
    assert running.wait(30)
    assert runner.give_back() == [job_id]
    found = state_of(catalog, job_id)
    assert (found.state, found.owner, found.lease_until, found.attempts) == (JobState.WAITING, None, None, 0)
    with catalog.writing() as session:
        assert jobs.claim(session, job_id, owner="somebody else", now=NOW) is not None
    given.set()
    thread.join(30)
    assert ends == [(job_id, JobEnd.GIVEN_BACK)]
    found = state_of(catalog, job_id)
    assert (found.state, found.owner, found.attempts) == (JobState.RUNNING, "somebody else", 1)
    assert (names(catalog), rung.rung) == (["a.mp4"], [])


def test_what_a_tool_says_that_was_ended_is_no_failure_of_the_job(catalog: Catalog) -> None:
    job_id = secured(catalog)

    def handle(_job: Job, _report: Report) -> Finish:
        assert runner.give_back() == [job_id]
        raise Undoable("I was killed.")

    runner = runner_of(catalog, handle)
    runner.carry_out(job_id)
    found = state_of(catalog, job_id)
    assert (found.state, found.attempts, found.last_error) == (JobState.WAITING, 0, None)


def test_what_is_claimed_after_giving_back_is_given_back_too(catalog: Catalog) -> None:
    job_id, begun = secured(catalog), []
    runner = runner_of(catalog, lambda _job, _report: begun.append(1))  # type: ignore[arg-type]
    assert runner.give_back() == []
    runner.carry_out(job_id)
    found = state_of(catalog, job_id)
    assert (found.state, found.attempts, begun) == (JobState.WAITING, 0, [])


def test_a_job_that_another_took_over_is_stopped_by_the_heartbeat(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.work._HEARTBEAT_SHARE", 0.0)
    job_id, taken, ends = secured(catalog), threading.Event(), []

    def handle(_job: Job, report: Report) -> Finish:
        with catalog.writing() as session:
            later = NOW + jobs.LEASE + timedelta(seconds=1)
            assert jobs.claim(session, job_id, owner="somebody else", now=later) is not None
        taken.set()
        while not stop.wait(0.05):
            report(0.5)
        raise AssertionError

    runner = runner_of(catalog, handle, on_end=lambda _job, end, _seconds: ends.append(end))
    stop = threading.Event()
    beating = threading.Thread(target=runner.heartbeats, args=(stop,))
    working = threading.Thread(target=runner.carry_out, args=(job_id,))
    beating.start()
    working.start()
    assert taken.wait(30)
    working.join(30)
    stop.set()
    beating.join(30)
    assert ends == [JobEnd.LOST]
    assert state_of(catalog, job_id).owner == "somebody else"
