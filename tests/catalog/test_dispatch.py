"""The doorbell: one contract within a process and through Redis. Losing every ring loses nothing."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from catalog.dispatch import QUEUE_AT_MOST, RedisBell
from catalog.doorbell import Doorbell, RingOutcome
from catalog.engine import Catalog
from catalog.errors import CatalogUnavailable, DispatchError, DispatchMisconfigured, DispatchUnavailable
from catalog.repositories import jobs
from catalog.sweep import Sweeper, sweep
from catalog.tables.jobs import JobKind, JobState
from catalog.types import new_id
from catalog.work import JobRunner
from tests.engines import address_of
from tests.redis_server import RedisServer
from tests.rows import NOW, secured
from tests.waiting import until

LONG = 60.0


class Answers:
    """Counts who was answered, and lets a test wait for it."""

    def __init__(self) -> None:
        self.times: Counter[UUID] = Counter()
        self._changed = threading.Condition()

    def __call__(self, job_id: UUID) -> None:
        with self._changed:
            self.times[job_id] += 1
            self._changed.notify_all()

    def wait_until(self, holds: Callable[[Counter[UUID]], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: holds(self.times), timeout=LONG), self.times


class Outcomes(Counter[RingOutcome]):
    """Counts what became of rings."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()

    def __call__(self, outcome: RingOutcome, count: int) -> None:
        with self._changed:
            self[outcome] += count
            self._changed.notify_all()

    def wait_until(self, holds: Callable[["Outcomes"], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: holds(self), timeout=LONG), self


NewBell = Callable[[], RedisBell | None]


@pytest.fixture
def namespace() -> Iterator[str]:
    """Of this test alone; whatever rings in it is closed before it is cleared away."""
    name = f"zhilu-test-{new_id().hex}"[:40]
    yield name
    if "ZHILU_TEST_REDIS" in os.environ:
        bell = RedisBell(address_of("redis"))
        for key in bell._client.scan_iter(f"{name}*"):
            bell._client.delete(key)
        bell.close()


@pytest.fixture(params=["in process", "redis"])
def new_bell(request: pytest.FixtureRequest, namespace: str) -> NewBell:
    """What carries the same rings, as each process has one of its own."""
    if request.param == "in process":
        return lambda: None
    url = address_of("redis")
    return lambda: RedisBell(url, namespace=namespace)


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """A Redis of the test's own, to be stopped and started."""
    address_of("redis")  # where there is none, none is to be started
    with RedisServer() as started:
        yield started


@pytest.fixture
def doorbells(namespace: str) -> Iterator[list[Doorbell]]:  # noqa: ARG001 - cleared away after these
    made: list[Doorbell] = []
    yield made
    for each in made:
        each.stop(patience_seconds=5)
        each.close()


class OpenDoorbell:
    def __init__(self, doorbells: list[Doorbell]) -> None:
        self._doorbells = doorbells

    def __call__(self, answer: Callable[[UUID], None] | None, bell: RedisBell | None) -> Doorbell:
        self._doorbells.append(Doorbell(answer, bell))
        return self._doorbells[-1]


@pytest.fixture
def opened(doorbells: list[Doorbell]) -> OpenDoorbell:
    return OpenDoorbell(doorbells)


def runner_of(catalog: Catalog, closed: Callable[[UUID], None], *, identity: str = "worker") -> Callable[[UUID], None]:
    """Carries out jobs in which there is nothing to do, and tells of each that was asked for."""
    runner = JobRunner(
        catalog,
        {kind: lambda _job, _report: lambda _session: () for kind in JobKind},
        identity=identity,
        clock=lambda: NOW,
        ring=lambda _ids: None,
    )

    def carry_out(job_id: UUID) -> None:
        runner.carry_out(job_id)
        closed(job_id)

    return carry_out


# --- one contract -----------------------------------------------------------------------------------------------


def test_a_ring_is_answered(opened: OpenDoorbell, new_bell: NewBell) -> None:
    answers, ids = Answers(), [new_id() for _ in range(20)]
    doorbell = opened(answers, new_bell())
    doorbell.ring(ids)
    doorbell.answer_with(2)
    answers.wait_until(lambda times: set(times) == set(ids))
    assert set(answers.times.values()) == {1}


def test_ringing_again_before_anybody_answered_is_one_ring(opened: OpenDoorbell, new_bell: NewBell) -> None:
    answers, first, last = Answers(), new_id(), new_id()
    doorbell = opened(answers, new_bell())
    for _ in range(5):
        doorbell.ring([first, first])
    doorbell.answer_with(1)
    answers.wait_until(lambda times: first in times)
    doorbell.ring([last])
    answers.wait_until(lambda times: last in times)
    assert answers.times[first] == 1


def test_ringing_again_after_an_answer_is_answered_again(opened: OpenDoorbell, new_bell: NewBell) -> None:
    answers, job_id = Answers(), new_id()
    doorbell = opened(answers, new_bell())
    doorbell.answer_with(1)
    for times in range(1, 4):
        doorbell.ring([job_id])
        answers.wait_until(lambda seen, times=times: seen[job_id] == times)  # type: ignore[misc]


def test_a_job_that_is_being_done_may_be_rung_for_again(opened: OpenDoorbell, new_bell: NewBell) -> None:
    """It was asked for once more meanwhile."""
    times, release, job_id = Answers(), threading.Event(), new_id()

    def answer(asked: UUID) -> None:
        times(asked)
        assert release.wait(LONG)

    doorbell = opened(answer, new_bell())
    doorbell.answer_with(1)
    doorbell.ring([job_id])
    times.wait_until(lambda seen: seen[job_id] == 1)
    doorbell.ring([job_id])
    release.set()
    times.wait_until(lambda seen: seen[job_id] == 2)


def test_an_answer_that_raises_ends_nothing(opened: OpenDoorbell, new_bell: NewBell) -> None:
    answers, bad, good = Answers(), new_id(), new_id()

    def answer(job_id: UUID) -> None:
        answers(job_id)
        if job_id == bad:
            raise LookupError

    doorbell = opened(answer, new_bell())
    doorbell.answer_with(1)
    doorbell.ring([bad])
    answers.wait_until(lambda times: bad in times)
    doorbell.ring([good])
    answers.wait_until(lambda times: good in times)
    doorbell.ring([bad])
    answers.wait_until(lambda times: times[bad] == 2)


def test_stopping_lets_running_jobs_come_to_their_end(opened: OpenDoorbell, new_bell: NewBell) -> None:
    running, release, ended = threading.Event(), threading.Event(), threading.Event()

    def answer(_job_id: UUID) -> None:
        running.set()
        assert release.wait(LONG)
        ended.set()

    doorbell = opened(answer, new_bell())
    doorbell.answer_with(1)
    doorbell.ring([new_id()])
    assert running.wait(LONG)
    threading.Timer(0.2, release.set).start()
    doorbell.stop(patience_seconds=LONG)
    assert ended.is_set()


def test_stopping_begins_nothing_more(opened: OpenDoorbell, new_bell: NewBell) -> None:
    answers, release, first, second = Answers(), threading.Event(), new_id(), new_id()

    def answer(job_id: UUID) -> None:
        answers(job_id)
        assert release.wait(LONG)

    doorbell = opened(answer, new_bell())
    doorbell.answer_with(1)
    doorbell.ring([first])
    answers.wait_until(lambda times: first in times)
    doorbell.ring([second])
    stopping = threading.Thread(target=doorbell.stop, kwargs={"patience_seconds": LONG})
    stopping.start()
    release.set()
    stopping.join(LONG)
    assert not stopping.is_alive()
    doorbell.close()
    assert dict(answers.times) in ({first: 1}, {first: 1, second: 1})  # it may have begun just before
    assert doorbell.is_idle()


def test_stopping_a_doorbell_that_nobody_answers_is_nothing(opened: OpenDoorbell, new_bell: NewBell) -> None:
    opened(lambda _id: None, new_bell()).stop(patience_seconds=1)


# --- between processes ------------------------------------------------------------------------------------------


@pytest.fixture
def bell(namespace: str) -> Iterator[RedisBell]:
    made = RedisBell(address_of("redis"), namespace=namespace)
    yield made
    made.close()


@pytest.mark.parametrize("new_bell", ["redis"], indirect=True)
def test_another_process_answers(opened: OpenDoorbell, new_bell: NewBell) -> None:
    answers, job_id = Answers(), new_id()
    rings, answering = opened(None, new_bell()), opened(answers, new_bell())
    answering.answer_with(1)
    rings.ring([job_id])
    answers.wait_until(lambda times: times[job_id] == 1)


@pytest.mark.parametrize("new_bell", ["redis"], indirect=True)
def test_what_is_rung_for_at_the_end_of_a_command_gets_through(opened: OpenDoorbell, new_bell: NewBell) -> None:
    answers, ids = Answers(), [new_id() for _ in range(300)]
    rings = opened(None, new_bell())
    rings.ring(ids)
    rings.close()
    opened(answers, new_bell()).answer_with(1)
    answers.wait_until(lambda times: set(times) == set(ids))


@pytest.mark.parametrize("new_bell", ["redis"], indirect=True)
def test_a_long_job_keeps_no_other_from_an_idle_process(opened: OpenDoorbell, new_bell: NewBell) -> None:
    """Nothing is fetched that cannot be begun."""
    busy, release, answers = threading.Event(), threading.Event(), Answers()

    def long_answer(_job_id: UUID) -> None:
        busy.set()
        assert release.wait(LONG)

    loaded, idle = opened(long_answer, new_bell()), opened(answers, new_bell())
    loaded.answer_with(1)
    loaded.ring([new_id()])
    assert busy.wait(LONG)
    ids = [new_id() for _ in range(10)]
    loaded.ring(ids)
    idle.answer_with(1)
    answers.wait_until(lambda times: set(times) == set(ids))
    release.set()


def test_however_many_sweep_a_due_job_has_one_message(bell: RedisBell, namespace: str) -> None:
    ids = [new_id() for _ in range(250)]
    others = [RedisBell(address_of("redis"), namespace=namespace) for _ in range(4)]
    sent: list[int] = []
    threads = [threading.Thread(target=lambda each=each: sent.append(each.ring(ids))) for each in others]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert sum(sent) == len(ids)
    answered = [bell.next_answer() for _ in ids]
    assert sorted(map(str, answered)) == sorted(map(str, ids))
    assert bell.next_answer() is None
    for each in others:
        each.close()


def test_the_queue_is_never_longer_than_it_may_be(bell: RedisBell) -> None:
    assert bell.ring([new_id() for _ in range(QUEUE_AT_MOST + 500)]) == QUEUE_AT_MOST
    assert bell.ring([new_id()]) == 0
    assert bell.next_answer() is not None
    assert bell.ring([new_id(), new_id()]) == 1


def test_what_was_answered_leaves_nothing_behind(bell: RedisBell, namespace: str) -> None:
    bell.ring([new_id() for _ in range(5)])
    while bell.next_answer() is not None:
        pass
    left = {key.decode().removeprefix(namespace) for key in bell._client.scan_iter(f"{namespace}*")}
    assert left <= {":__heartbeats__"}


def test_messages_that_name_no_job_are_thrown_away(bell: RedisBell) -> None:
    job_id = new_id()
    for nonsense in ("", "no id", "../../etc"):
        bell._actor.send(nonsense)
    bell._actor.send_with_options(args=())
    bell._actor.send_with_options(args=({"id": 1},))
    bell.ring([job_id])
    answers = [bell.next_answer() for _ in range(6)]
    assert answers == [None, None, None, None, None, job_id]


def test_a_message_that_cannot_be_read_stops_nobody(bell: RedisBell, namespace: str, opened: OpenDoorbell) -> None:
    answers, job_id = Answers(), new_id()
    bell._client.hset(f"{namespace}:jobs.msgs", "torn", b"{not json")
    bell._client.rpush(f"{namespace}:jobs", "torn", "without anything")
    bell.ring([job_id])
    opened(answers, RedisBell(address_of("redis"), namespace=namespace)).answer_with(1)
    answers.wait_until(lambda times: times[job_id] == 1)


def test_what_a_dead_process_had_fetched_comes_back_and_harms_nobody(bell: RedisBell, catalog: Catalog) -> None:
    """dramatiq's maintenance puts back what was never acknowledged; by then the job may be done."""
    job_id, closed = secured(catalog), Answers()
    bell.ring([job_id])
    dead = RedisBell(address_of("redis"), namespace=bell._namespace)
    message = next(dead._broker.consume("jobs", prefetch=1, timeout=200))
    assert message is not None  # fetched, and then the process was killed
    carry_out = runner_of(catalog, closed)
    sweep(catalog, lambda ids: [carry_out(each) for each in ids] and None, NOW)
    bell._broker.maintenance_chance, bell._broker.heartbeat_timeout = 1_000_000, 0
    found = None
    for _ in range(100):
        found = found or bell.next_answer()
    assert found == job_id
    carry_out(job_id)
    with catalog.reading() as session:
        assert jobs.counts(session)[JobState.DONE] == 1
    dead.close()


# --- Redis away, flushed, restarted -----------------------------------------------------------------------------


def test_a_flush_in_the_middle_loses_nothing(server: RedisServer, catalog: Catalog, opened: OpenDoorbell) -> None:
    made, closed = [secured(catalog) for _ in range(30)], Answers()
    rings = opened(None, server.bell())
    sweep(catalog, rings.ring, NOW)
    server.wait_until_queued(len(made))
    server.flush()
    answering = opened(runner_of(catalog, closed), server.bell())
    answering.answer_with(2)
    sweep(catalog, rings.ring, NOW)  # the very next one
    closed.wait_until(lambda times: set(times) == set(made))
    assert set(closed.times.values()) == {1}


def test_a_restart_in_the_middle_loses_nothing(server: RedisServer, catalog: Catalog, opened: OpenDoorbell) -> None:
    """Those who answer and those who ring find it again by themselves."""
    first, closed = [secured(catalog) for _ in range(10)], Answers()
    rings = opened(None, server.bell())
    answering = opened(runner_of(catalog, closed), server.bell())
    answering.answer_with(2)
    sweep(catalog, rings.ring, NOW)
    closed.wait_until(lambda times: set(times) == set(first))
    server.stop()
    server.start()
    second = [secured(catalog) for _ in range(10)]
    sweeper = Sweeper(catalog, answering.ring, clock=lambda: NOW, every_seconds=0.1)
    thread = threading.Thread(target=sweeper.run)
    thread.start()
    closed.wait_until(lambda times: set(second) <= set(times))
    sweeper.stop()
    thread.join(LONG)
    last = new_id()
    until(lambda: not answering.is_away)
    rings.ring([last])
    closed.wait_until(lambda times: times[last] == 1)
    with catalog.reading() as session:
        assert jobs.counts(session)[JobState.DONE] == len(first) + len(second)


def test_work_goes_on_while_redis_is_away(server: RedisServer, catalog: Catalog, opened: OpenDoorbell) -> None:
    """Two processes hand themselves what is due; the ledger gives each job to one of them."""
    server.stop()
    made, closed, done = [secured(catalog) for _ in range(20)], Answers(), Answers()

    def counting(identity: str) -> Callable[[UUID], None]:
        runner = JobRunner(
            catalog,
            {kind: lambda job, _report: (done(job.id), lambda _session: ())[1] for kind in JobKind},
            identity=identity,
            clock=lambda: NOW,
            ring=lambda _ids: None,
        )

        def carry_out(job_id: UUID) -> None:
            runner.carry_out(job_id)
            closed(job_id)

        return carry_out

    for identity in ("one", "another"):
        working = opened(counting(identity), server.bell())
        working.answer_with(2)
        sweep(catalog, working.ring, NOW)
    closed.wait_until(lambda times: set(times) == set(made))
    done.wait_until(lambda times: set(times) == set(made))
    assert set(done.times.values()) == {1}


def test_who_only_rings_is_neither_stopped_nor_told_twice(
    server: RedisServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.stop()
    outcomes = Outcomes()
    rings = Doorbell(None, server.bell(), on_rings=outcomes)
    for _ in range(5):
        rings.ring([new_id()])
    outcomes.wait_until(lambda seen: seen[RingOutcome.LOST] == 5)
    rings.close()
    assert capsys.readouterr().out.count("rings do not get through") == 1


def test_an_outage_that_comes_again_is_told_again(server: RedisServer, capsys: pytest.CaptureFixture[str]) -> None:
    answers, last = Answers(), new_id()
    answering = Doorbell(answers, server.bell())
    answering.answer_with(1)
    for _ in range(2):
        server.stop()
        until(lambda: answering.is_away)
        server.start()
        until(lambda: not answering.is_away)
    answering.ring([last])
    answers.wait_until(lambda seen: seen[last] == 1)
    answering.stop(patience_seconds=LONG)
    answering.close()
    assert capsys.readouterr().out.count("rings do not get through") == 2


# --- refusing at the start --------------------------------------------------------------------------------------


def _refusal(bell: Callable[[], RedisBell]) -> DispatchError:
    with pytest.raises(DispatchError) as caught:
        bell().check()
    return caught.value


def test_a_wrong_password_is_said_without_the_password(server: RedisServer) -> None:
    for url in (server.url("wr0ng-secret"), server.url("")):
        refusal = _refusal(lambda url=url: RedisBell(url))  # type: ignore[misc]
        assert isinstance(refusal, DispatchMisconfigured)
        assert "dispatch.password" in str(refusal)
        assert "wr0ng-secret" not in str(refusal)
    RedisBell(server.url(""), password=server.password).check()


def test_nobody_at_that_address_is_unavailable(server: RedisServer) -> None:
    server.stop()
    refusal = _refusal(server.bell)
    assert isinstance(refusal, DispatchUnavailable)
    assert f"127.0.0.1:{server.port}" in str(refusal)


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:no-port/0", "redis://127.0.0.1:6379/0?nonsense=1", "redis://[::1/0"], ids=str
)
def test_an_address_that_cannot_be_one(url: str) -> None:
    assert isinstance(_refusal(lambda: RedisBell(url)), DispatchMisconfigured)


def test_a_database_that_redis_does_not_have(server: RedisServer) -> None:
    url = server.url(server.password).replace("/0", "/99")
    assert isinstance(_refusal(lambda: RedisBell(url)), DispatchMisconfigured)


def test_tls_is_checked_against_the_own_authority(tls_server: RedisServer) -> None:
    refusal = _refusal(lambda: RedisBell(tls_server.url(tls_server.password)))
    assert isinstance(refusal, DispatchMisconfigured)
    assert "dispatch.ca_file" in str(refusal)
    RedisBell(tls_server.url(tls_server.password), ca_file=tls_server.ca_file).check()
    missing = tls_server.folder / "missing.pem"
    assert str(missing) in str(_refusal(lambda: RedisBell(tls_server.url(tls_server.password), ca_file=missing)))
    plain = tls_server.url(tls_server.password).replace("rediss://", "redis://")
    assert "rediss://" in str(_refusal(lambda: RedisBell(plain, ca_file=tls_server.ca_file)))


@pytest.fixture
def tls_server() -> Iterator[RedisServer]:
    address_of("redis")
    with RedisServer(tls=True) as started:
        yield started


# --- the sweep ------------------------------------------------------------------------------------------------


def test_the_sweep_rings_for_what_is_due_and_for_nothing_else(catalog: Catalog) -> None:
    due, later, held = secured(catalog), secured(catalog), secured(catalog)
    with catalog.writing() as session:
        assert jobs.claim(session, held, owner="alive", now=NOW)
        assert jobs.claim(session, later, owner="alive", now=NOW)
        assert jobs.failed(session, later, owner="alive", reason="not yet", retryable=True, now=NOW)
    rung: list[UUID] = []
    assert sweep(catalog, rung.extend, NOW) == 1
    assert rung == [due]
    assert sweep(catalog, rung.extend, NOW + timedelta(hours=2)) == 3
    assert set(rung) == {due, later, held}


def test_every_ring_lost_loses_nothing(catalog: Catalog, opened: OpenDoorbell, new_bell: NewBell) -> None:
    """Jobs that nobody ever rang for are done because the sweep finds them."""
    made, closed = [secured(catalog) for _ in range(5)], Answers()
    doorbell = opened(runner_of(catalog, closed), new_bell())
    doorbell.answer_with(2)
    sweep(catalog, doorbell.ring, NOW)
    closed.wait_until(lambda times: set(times) == set(made))
    with catalog.reading() as session:
        assert jobs.counts(session)[JobState.DONE] == len(made)
    assert sweep(catalog, doorbell.ring, NOW) == 0


def test_two_workers_never_have_the_same_job_at_once(catalog: Catalog, opened: OpenDoorbell, new_bell: NewBell) -> None:
    """However often it is rung for, and by whomever."""
    made, inside, met, done = [secured(catalog) for _ in range(8)], Counter[UUID](), [], Answers()
    lock = threading.Lock()

    def handle(job: object, _report: object) -> Callable[[object], tuple[()]]:
        job_id: UUID = job.id  # type: ignore[attr-defined]
        with lock:
            inside[job_id] += 1
            met.append(inside[job_id])
        done(job_id)
        with lock:
            inside[job_id] -= 1
        return lambda _session: ()

    doorbells = []
    for identity in ("one", "another"):
        runner = JobRunner(
            catalog,
            dict.fromkeys(JobKind, handle),  # type: ignore[arg-type]
            identity=identity,
            clock=lambda: NOW,
            ring=lambda _ids: None,
        )
        doorbells.append(opened(runner.carry_out, new_bell()))
        doorbells[-1].answer_with(2)
    for _ in range(5):
        for doorbell in doorbells:
            doorbell.ring(made)
    done.wait_until(lambda times: set(times) == set(made))
    assert set(met) == {1}
    assert set(done.times.values()) == {1}


def _swept(sweeper: Sweeper) -> threading.Thread:
    thread = threading.Thread(target=sweeper.run)
    thread.start()
    return thread


def test_sweeping_goes_on_when_the_catalog_was_away(catalog: Catalog) -> None:
    job_id, calls, rung = secured(catalog), [], threading.Event()

    def clock() -> datetime:
        calls.append(1)
        if len(calls) == 1:
            raise CatalogUnavailable("there", "it is being restarted")
        return NOW

    def ring(ids: object) -> None:
        assert ids == [job_id]
        rung.set()

    sweeper = Sweeper(catalog, ring, clock=clock, every_seconds=0.01)
    thread = _swept(sweeper)
    assert rung.wait(LONG)
    sweeper.stop()
    thread.join(LONG)
    assert not thread.is_alive()


def test_more_than_one_sweep_rings_for_is_rung_for_as_soon_as_nobody_has_anything_to_do(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.sweep.QUEUE_AT_MOST", 3)
    for _ in range(5):
        secured(catalog)
    sweeps = Answers()
    sweeper = Sweeper(
        catalog, lambda ids: [sweeps(each) for each in ids] and None, clock=lambda: NOW, every_seconds=3600
    )
    thread = _swept(sweeper)
    sweeps.wait_until(lambda times: times.total() == 3)
    while sweeps.times.total() == 3:
        sweeper.idle()
    sweeps.wait_until(lambda times: times.total() == 6)
    sweeper.stop()
    thread.join(LONG)
    assert not thread.is_alive()


def test_nobody_is_hurried_when_one_sweep_rang_for_all(catalog: Catalog) -> None:
    job_id, rung = secured(catalog), Answers()
    sweeper = Sweeper(catalog, lambda ids: [rung(each) for each in ids] and None, clock=lambda: NOW, every_seconds=3600)
    thread = _swept(sweeper)
    rung.wait_until(lambda times: times[job_id] == 1)
    for _ in range(100):
        sweeper.idle()
    sweeper.stop()
    thread.join(LONG)
    assert rung.times[job_id] == 1
