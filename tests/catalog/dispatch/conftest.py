"""Doorbells within a process and through Redis, and what tells a test who answered."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from catalog.dispatch import RedisBell
from catalog.doorbell import Doorbell, RingOutcome
from catalog.engine import Catalog
from catalog.tables import Job
from catalog.tables.jobs import JobKind
from catalog.types import new_id
from catalog.work import Finish, JobRunner, Report
from tests.engines import address_of
from tests.redis_server import RedisServer
from tests.rows import NOW

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


@dataclass
class Held:
    """Lets nobody who was answered come to an end before it is released."""

    answers: Answers
    release: threading.Event = field(default_factory=threading.Event)

    def __call__(self, job_id: UUID) -> None:
        self.answers(job_id)
        assert self.release.wait(LONG)


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


def runner_of(
    catalog: Catalog,
    closed: Callable[[UUID], None],
    *,
    identity: str = "worker",
    begun: Callable[[UUID], None] = lambda _job_id: None,
) -> Callable[[UUID], None]:
    """Carries out jobs in which there is nothing to do, and tells of each that was begun and that was asked for."""

    def handle(job: Job, _report: Report) -> Finish:
        begun(job.id)
        return lambda _session: ()

    runner = JobRunner(
        catalog,
        dict.fromkeys(JobKind, handle),
        identity=identity,
        clock=lambda: NOW,
        ring=lambda _ids: None,
    )

    def carry_out(job_id: UUID) -> None:
        runner.carry_out(job_id)
        closed(job_id)

    return carry_out


@pytest.fixture
def bell(namespace: str) -> Iterator[RedisBell]:
    made = RedisBell(address_of("redis"), namespace=namespace)
    yield made
    made.close()
