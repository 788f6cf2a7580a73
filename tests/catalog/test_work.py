"""Carrying out jobs: what a handler learns is written with the closing of its job or not at all."""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, select

from catalog.engine import Catalog
from catalog.errors import CatalogUnavailable
from catalog.repositories import custody, jobs
from catalog.tables import CustodyEvent, Job, Recording
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind, JobState
from catalog.work import Finish, Handler, JobEnd, JobOf, JobRunner, Report
from tests import rows
from tests.rows import NOW, secured


class Ringing:
    """Keeps what was rung for."""

    def __init__(self) -> None:
        self.rung: list[UUID] = []

    def __call__(self, ids: Sequence[UUID]) -> None:
        self.rung += ids


@pytest.fixture
def ring() -> Ringing:
    return Ringing()


@pytest.fixture
def carry_out(catalog: Catalog, ring: Ringing) -> Callable[[UUID, Handler], None]:
    def carried(job_id: UUID, handler: Handler) -> None:
        runner = JobRunner(catalog, dict.fromkeys(JobKind, handler), identity="worker", clock=lambda: NOW, ring=ring)
        runner.carry_out(job_id)

    return carried


CarryOut = Callable[[UUID, Handler], None]


def state_of(catalog: Catalog, job_id: UUID) -> Job:
    with catalog.reading() as session:
        return session.get_one(Job, job_id)


def names(catalog: Catalog) -> list[str]:
    with catalog.reading() as session:
        return list(session.exec(select(Recording.name)).all())


def finishing(*following: JobKind | JobOf) -> Handler:
    def handle(job: Job, _report: Report) -> Finish:
        def finish(session: Session) -> Sequence[JobKind | JobOf]:
            session.get_one(Recording, job.recording_id).name = "learned"
            return following

        return finish

    return handle


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
    assert ring.rung == [other]


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


class StoreAway(Exception):
    retryable = True


class Undoable(Exception):
    retryable = False


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
        assert session.exec(select(CustodyEvent)).all() == []
        assert [job.kind for job in jobs.of_recording(session, found.recording_id)] == [JobKind.PROBE]


def test_a_job_that_is_not_due_is_not_done_twice(catalog: Catalog, carry_out: CarryOut) -> None:
    job_id, times = secured(catalog), []

    def handle(_job: Job, _report: Report) -> Finish:
        times.append(1)
        return lambda _session: ()

    for _ in range(3):
        carry_out(job_id, handle)
    assert len(times) == 1


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


def test_heartbeats_renew_the_leases_of_what_runs(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.work._HEARTBEAT_SHARE", 0.0)
    job_id, release, started = secured(catalog), threading.Event(), threading.Event()
    now = [NOW]

    def handle(_job: Job, report: Report) -> Finish:
        report(0.5)
        started.set()
        assert release.wait(30)
        return lambda _session: ()

    runner = JobRunner(
        catalog, {JobKind.PROBE: handle}, identity="worker", clock=lambda: now[0], ring=lambda _ids: None
    )
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

    runner = JobRunner(
        catalog,
        {JobKind.PROBE: handle},
        identity="worker",
        clock=lambda: NOW,
        ring=rung,
        on_end=lambda job, end, _seconds: ends.append((job.id, end)),
    )
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

    runner = JobRunner(catalog, {JobKind.PROBE: handle}, identity="worker", clock=lambda: NOW, ring=lambda _ids: None)
    runner.carry_out(job_id)
    found = state_of(catalog, job_id)
    assert (found.state, found.attempts, found.last_error) == (JobState.WAITING, 0, None)


def test_what_is_claimed_after_giving_back_is_given_back_too(catalog: Catalog) -> None:
    job_id, begun = secured(catalog), []
    runner = JobRunner(
        catalog,
        dict.fromkeys(JobKind, lambda _job, _report: begun.append(1)),  # type: ignore[arg-type]
        identity="worker",
        clock=lambda: NOW,
        ring=lambda _ids: None,
    )
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

    runner = JobRunner(
        catalog,
        {JobKind.PROBE: handle},
        identity="worker",
        clock=lambda: NOW,
        ring=lambda _ids: None,
        on_end=lambda _job, end, _seconds: ends.append(end),
    )
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

    runner = JobRunner(
        catalog,
        {JobKind.PROBE: handle},
        identity="worker",
        clock=lambda: NOW,
        ring=lambda _ids: None,
        on_end=lambda _job, how, _seconds: ends.append(how),
    )
    runner.carry_out(secured(catalog))
    assert ends == [end]


def test_transactions_commit_at_the_edge_and_roll_back_on_errors(catalog: Catalog) -> None:
    with pytest.raises(LookupError), catalog.writing() as session:
        _write_and_raise(session)
    assert names(catalog) == []
    with catalog.writing() as session:
        session.add(rows.recording("whole.mp4"))
        session.flush()
        assert names(catalog) == []
    assert names(catalog) == ["whole.mp4"]


def _write_and_raise(session: Session) -> None:
    session.add(rows.recording())
    session.flush()
    raise LookupError


def test_what_is_read_is_never_written(catalog: Catalog) -> None:
    secured(catalog)
    with catalog.reading() as session:
        session.exec(select(Recording)).one().name = "changed while reading"
    assert names(catalog) == ["a.mp4"]


class EngineAway(Exception):
    retryable = False


def test_an_engine_that_is_away_uses_up_no_attempts(catalog: Catalog) -> None:
    """However often it is met, and although it says that trying again is in vain: that is no matter of the job."""
    with catalog.writing() as session:
        recording = rows.recording()
        rows.add(session, recording)
        job_id = jobs.add(session, recording.id, JobKind.PROBE, now=rows.NOW)
    away, now, ends = True, rows.NOW, []

    def handle(_job: Job, _report: Report) -> Finish:
        if away:
            raise EngineAway("The store is away.")
        return lambda _session: []

    runner = JobRunner(
        catalog,
        {JobKind.PROBE: handle},
        identity="worker",
        clock=lambda: now,
        ring=lambda _ids: None,
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


def test_what_was_never_tried_waits_for_no_clock(catalog: Catalog) -> None:
    """A dock whose clock is ahead writes a time that has not come yet."""
    with catalog.writing() as session:
        recording = rows.recording()
        rows.add(session, recording)
        job_id = jobs.add(session, recording.id, JobKind.PROBE, now=rows.NOW + timedelta(minutes=10))
    with catalog.reading() as session:
        assert jobs.due(session, now=rows.NOW, limit=1) == [job_id]
