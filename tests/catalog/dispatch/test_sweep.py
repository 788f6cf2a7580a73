"""The sweep rings for what is due, whoever else rang for it."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from catalog.engine import Catalog
from catalog.errors import CatalogUnavailable
from catalog.repositories import jobs
from catalog.sweep import Sweeper, sweep
from catalog.tables.jobs import JobKind, JobState
from catalog.work import JobRunner
from tests.rows import NOW, secured

from .conftest import LONG, Answers, NewBell, OpenDoorbell, runner_of


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
