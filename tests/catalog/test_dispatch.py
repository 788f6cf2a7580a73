"""The doorbell: one contract for every broker. Losing every ring loses nothing."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

import dramatiq
import pytest
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker

from catalog.dispatch import Doorbell, sweep, sweep_until
from catalog.engine import Catalog
from catalog.errors import CatalogUnavailable
from catalog.repositories import jobs
from catalog.tables.jobs import JobKind, JobState
from catalog.types import new_id
from catalog.work import JobRunner
from tests.engines import address_of
from tests.rows import NOW, secured

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


@pytest.fixture(params=["in process", "redis"])
def new_broker(request: pytest.FixtureRequest) -> Iterator[Callable[[], dramatiq.Broker]]:
    """Makes brokers that carry the same messages: as each process has one of its own."""
    if request.param == "in process":
        broker = StubBroker(middleware=[])
        yield lambda: broker
        return
    url, namespace = address_of("redis"), f"zhilu-test-{new_id().hex}"

    def made() -> dramatiq.Broker:
        broker: dramatiq.Broker = RedisBroker(url=url, namespace=namespace, middleware=[])  # type: ignore[no-untyped-call]
        return broker

    yield made
    client = made().client  # type: ignore[attr-defined]
    for key in client.scan_iter(f"{namespace}*"):
        client.delete(key)


@pytest.fixture
def doorbells() -> Iterator[list[Doorbell]]:
    made: list[Doorbell] = []
    yield made
    for each in made:
        each.stop(patience_seconds=5)


OpenDoorbell = Callable[..., Doorbell]


@pytest.fixture
def open_doorbell(new_broker: Callable[[], dramatiq.Broker], doorbells: list[Doorbell]) -> OpenDoorbell:
    def opened(answer: Callable[[UUID], None], *, monotonic: Callable[[], float] = time.monotonic) -> Doorbell:
        doorbells.append(Doorbell(answer, new_broker(), monotonic=monotonic))
        return doorbells[-1]

    return opened


def test_a_ring_is_answered(open_doorbell: OpenDoorbell) -> None:
    answers, ids = Answers(), [new_id() for _ in range(20)]
    doorbell = open_doorbell(answers)
    doorbell.ring(ids)
    doorbell.answer_with(2)
    answers.wait_until(lambda times: set(times) == set(ids))
    assert set(answers.times.values()) == {1}


def test_ringing_again_before_anybody_answered_is_one_ring(open_doorbell: OpenDoorbell) -> None:
    answers, first, last = Answers(), new_id(), new_id()
    doorbell = open_doorbell(answers)
    for _ in range(5):
        doorbell.ring([first, first])
    doorbell.answer_with(1)
    answers.wait_until(lambda times: first in times)
    doorbell.ring([last])
    answers.wait_until(lambda times: last in times)
    assert answers.times[first] == 1


def test_ringing_again_after_an_answer_is_answered_again(open_doorbell: OpenDoorbell) -> None:
    answers, job_id = Answers(), new_id()
    doorbell = open_doorbell(answers)
    doorbell.answer_with(1)
    for times in range(1, 4):
        doorbell.ring([job_id])
        answers.wait_until(lambda seen, times=times: seen[job_id] == times)  # type: ignore[misc]


def test_a_ring_that_nobody_answered_for_long_is_rung_again(
    open_doorbell: OpenDoorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a broker lost all it had, or another process answered."""
    sent: list[UUID] = []
    now = [0.0]
    doorbell = open_doorbell(sent.append, monotonic=lambda: now[0])
    job_id = new_id()
    monkeypatch.setattr(doorbell._actor, "send", lambda text: sent.append(UUID(text)))
    doorbell.ring([job_id])
    now[0] = 60.0
    doorbell.ring([job_id])
    assert sent == [job_id]
    now[0] = 301.0
    doorbell.ring([job_id])
    assert sent == [job_id, job_id]


@pytest.mark.parametrize("new_broker", ["redis"], indirect=True)
def test_another_process_answers(open_doorbell: OpenDoorbell) -> None:
    answers, job_id = Answers(), new_id()
    rings, answering = open_doorbell(lambda _id: pytest.fail("nobody answers here")), open_doorbell(answers)
    answering.answer_with(1)
    rings.ring([job_id])
    answers.wait_until(lambda times: times[job_id] == 1)


def test_an_answer_that_raises_ends_nothing(open_doorbell: OpenDoorbell) -> None:
    answers, bad, good = Answers(), new_id(), new_id()

    def answer(job_id: UUID) -> None:
        answers(job_id)
        if job_id == bad:
            raise LookupError

    doorbell = open_doorbell(answer)
    doorbell.answer_with(1)
    doorbell.ring([bad])
    answers.wait_until(lambda times: bad in times)
    doorbell.ring([good])
    answers.wait_until(lambda times: good in times)
    doorbell.ring([bad])
    answers.wait_until(lambda times: times[bad] == 2)


def test_stopping_lets_running_jobs_come_to_their_end(open_doorbell: OpenDoorbell) -> None:
    running, release, ended = threading.Event(), threading.Event(), threading.Event()

    def answer(_job_id: UUID) -> None:
        running.set()
        assert release.wait(LONG)
        ended.set()

    doorbell = open_doorbell(answer)
    doorbell.answer_with(1)
    doorbell.ring([new_id()])
    assert running.wait(LONG)
    threading.Timer(0.2, release.set).start()
    doorbell.stop(patience_seconds=LONG)
    assert ended.is_set()


def test_stopping_a_doorbell_that_nobody_answers_is_nothing(open_doorbell: OpenDoorbell) -> None:
    open_doorbell(lambda _id: None).stop(patience_seconds=1)


# --- the sweep ------------------------------------------------------------------------------------------------


def test_the_sweep_rings_for_what_is_due_and_for_nothing_else(catalog: Catalog) -> None:
    due, later, held = secured(catalog), secured(catalog, now=NOW + timedelta(hours=1)), secured(catalog)
    with catalog.writing() as session:
        assert jobs.claim(session, held, owner="alive", now=NOW)
    rung: list[UUID] = []
    assert sweep(catalog, rung.extend, NOW) == 1
    assert rung == [due]
    assert sweep(catalog, rung.extend, NOW + timedelta(hours=2)) == 3
    assert set(rung) == {due, later, held}


def test_every_ring_lost_loses_nothing(catalog: Catalog, open_doorbell: OpenDoorbell) -> None:
    """Jobs that nobody ever rang for are done because the sweep finds them."""
    made = [secured(catalog) for _ in range(5)]
    closed = Answers()

    def carry_out(job_id: UUID) -> None:
        runner.carry_out(job_id)
        closed(job_id)

    runner = JobRunner(
        catalog,
        {kind: lambda _job, _report: lambda _session: () for kind in JobKind},
        identity="worker",
        clock=lambda: NOW,
        ring=lambda _ids: None,
    )
    doorbell = open_doorbell(carry_out)
    doorbell.answer_with(2)
    sweep(catalog, doorbell.ring, NOW)
    closed.wait_until(lambda times: set(times) == set(made))
    with catalog.reading() as session:
        assert jobs.counts(session)[JobState.DONE] == len(made)
    assert sweep(catalog, doorbell.ring, NOW) == 0


def test_sweeping_goes_on_when_the_catalog_was_away(catalog: Catalog) -> None:
    job_id, stop, calls = secured(catalog), threading.Event(), []

    def clock() -> datetime:
        calls.append(1)
        if len(calls) == 1:
            raise CatalogUnavailable("there", "it is being restarted")
        return NOW

    def ring(ids: object) -> None:
        assert ids == [job_id]
        stop.set()

    sweep_until(stop, catalog, ring, clock=clock, every_seconds=0.01)
    assert len(calls) == 2
