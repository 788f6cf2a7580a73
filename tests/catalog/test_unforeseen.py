"""What nobody foresaw ends no thread that others rely on, and is told once with its trace."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session
from structlog.testing import capture_logs
from structlog.typing import EventDict

from catalog.alone import alone
from catalog.doorbell import Doorbell
from catalog.engine import Catalog, sqlite_url
from catalog.errors import CatalogUnavailable
from catalog.repositories import jobs
from catalog.schema import upgrade
from catalog.sweep import Sweeper
from catalog.tables import Job
from catalog.tables.jobs import JobKind
from catalog.unforeseen import Unforeseen
from catalog.work import Finish, JobRunner, Report
from tests.rows import NOW, secured
from tests.waiting import eventually

LONG = 60.0


class Surprise(Exception):
    pass


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.doorbell.PAUSE_SECONDS", 0.0)


@pytest.fixture
def told() -> Iterator[list[EventDict]]:
    with capture_logs() as entries:
        yield entries


@contextmanager
def running(run: Callable[[], None], stop: Callable[[], None]) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        stop()
        thread.join(LONG)
    assert not thread.is_alive()


def test_each_kind_is_told_once_with_its_trace(told: list[EventDict]) -> None:
    unforeseen = Unforeseen("it could not be done")
    for error in (Surprise("first"), Surprise("second"), LookupError("other")):
        unforeseen.met(error)
    assert [entry["reason"] for entry in told] == ["Unforeseen Surprise: first", "Unforeseen LookupError: other"]
    assert all(entry["exc_info"] for entry in told)


def test_the_sweep_goes_on(catalog: Catalog, told: list[EventDict]) -> None:
    job_id, calls, rung = secured(catalog), [], threading.Event()

    def clock() -> datetime:
        calls.append(1)
        if len(calls) < 3:
            raise Surprise
        return NOW

    sweeper = Sweeper(catalog, lambda ids: rung.set() if job_id in ids else None, clock=clock, every_seconds=0.01)
    with running(sweeper.run, sweeper.stop):
        assert rung.wait(LONG)
    assert len([entry for entry in told if "Surprise" in str(entry.get("reason"))]) == 1


def test_one_job_costs_no_other_its_lease(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.work._HEARTBEAT_SHARE", 0.0)
    made = [secured(catalog) for _ in range(3)]
    started, release = threading.Barrier(len(made) + 1), threading.Event()

    def handle(_job: Job, _report: Report) -> Finish:
        started.wait(LONG)
        assert release.wait(LONG)
        return lambda _session: ()

    beaten: set[UUID] = set()
    heartbeat = jobs.heartbeat

    def beat(session: Session, job_id: UUID, **facts: object) -> bool:
        if job_id == made[0]:
            raise Surprise
        renewed = heartbeat(session, job_id, **facts)  # type: ignore[arg-type]
        beaten.add(job_id)
        return renewed

    runner = JobRunner(catalog, {JobKind.PROBE: handle}, identity="w", clock=lambda: NOW, ring=lambda _ids: None)
    workers = [threading.Thread(target=runner.carry_out, args=(each,)) for each in made]
    for worker in workers:
        worker.start()
    started.wait(LONG)
    monkeypatch.setattr(jobs, "heartbeat", beat)
    stop = threading.Event()
    with running(lambda: runner.heartbeats(stop), stop.set):
        eventually(lambda: beaten == set(made[1:]))
        beaten.clear()
        eventually(lambda: beaten == set(made[1:]))  # in the next round too
    release.set()
    for worker in workers:
        worker.join(LONG)


class FaultyBell:
    """A bell whose first calls meet what nobody foresaw."""

    where = "there"

    def __init__(self, faults: int) -> None:
        self.faults, self.rung, self.answers = faults, list[UUID](), list[UUID]()
        self.closed = False

    def _fault(self) -> None:
        if self.faults > 0:
            self.faults -= 1
            raise Surprise

    def ring(self, ids: Sequence[UUID]) -> int:
        self._fault()
        self.rung += ids
        return len(ids)

    def next_answer(self) -> UUID | None:
        self._fault()
        return self.answers.pop() if self.answers else None

    def close(self) -> None:
        self.closed = True


def test_ringing_goes_on_and_nothing_is_on_its_way_for_ever() -> None:
    bell = FaultyBell(faults=1)
    doorbell = Doorbell(bell=bell)  # type: ignore[arg-type]
    doorbell.ring([uuid4()])
    eventually(lambda: bell.faults == 0 and doorbell.is_idle())
    second = uuid4()
    doorbell.ring([second])
    eventually(lambda: bell.rung == [second])
    doorbell.close()
    assert bell.closed


def test_a_thread_that_died_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    bell = FaultyBell(faults=0)
    doorbell = Doorbell(bell=bell)  # type: ignore[arg-type]
    with monkeypatch.context() as patched:
        patched.setattr(doorbell, "_send_all", lambda: None)
        doorbell.ring([uuid4()])
        for thread in doorbell._threads_named("ring"):
            thread.join(LONG)
    doorbell.ring([uuid4()])
    eventually(lambda: len(bell.rung) == 2)
    doorbell.close()


def test_answering_goes_on() -> None:
    bell, answered = FaultyBell(faults=2), list[UUID]()
    wanted = uuid4()
    bell.answers.append(wanted)
    doorbell = Doorbell(answered.append, bell)  # type: ignore[arg-type]
    doorbell.answer_with(1)
    eventually(lambda: answered == [wanted])
    doorbell.close()


def test_whoever_cannot_open_the_lock_cannot_keep_us_out(tmp_path: Path) -> None:
    catalog = Catalog(sqlite_url(tmp_path / "catalog.sqlite3"))
    left = tmp_path / "catalog.sqlite3.renewing-locks"
    left.touch(mode=0o644)  # by an earlier version
    upgrade(catalog)
    with alone(catalog, "renewing locks") as ours:
        assert ours
    catalog.close()
    made = [left, tmp_path / "catalog.sqlite3.migrating"]
    assert [path.stat().st_mode & 0o777 for path in made] == [0o600, 0o600]


def test_a_link_is_never_followed_to_a_lock(tmp_path: Path) -> None:
    catalog = Catalog(sqlite_url(tmp_path / "catalog.sqlite3"))
    (tmp_path / "catalog.sqlite3.renewing-locks").symlink_to(tmp_path / "other")
    with pytest.raises(CatalogUnavailable), alone(catalog, "renewing locks"):
        pass
    assert not (tmp_path / "other").exists()
    catalog.close()
