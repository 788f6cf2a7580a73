"""Redis away, flushed, restarted: work goes on, and nothing is lost."""

import threading

import pytest

from catalog.doorbell import Doorbell, RingOutcome
from catalog.engine import Catalog
from catalog.repositories import jobs
from catalog.sweep import Sweeper, sweep
from catalog.tables.jobs import JobState
from catalog.types import new_id
from tests.redis_server import RedisServer
from tests.rows import NOW, secured
from tests.waiting import eventually

from .conftest import LONG, Answers, OpenDoorbell, Outcomes, runner_of


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
    eventually(lambda: not answering.is_away)
    rings.ring([last])
    closed.wait_until(lambda times: times[last] == 1)
    with catalog.reading() as session:
        assert jobs.counts(session)[JobState.DONE] == len(first) + len(second)


def test_work_goes_on_while_redis_is_away(server: RedisServer, catalog: Catalog, opened: OpenDoorbell) -> None:
    """Two processes hand themselves what is due; the ledger gives each job to one of them."""
    server.stop()
    made, closed, done = [secured(catalog) for _ in range(20)], Answers(), Answers()
    for identity in ("one", "another"):
        working = opened(runner_of(catalog, closed, identity=identity, begun=done), server.bell())
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
        eventually(lambda: answering.is_away)
        server.start()
        eventually(lambda: not answering.is_away)
    answering.ring([last])
    answers.wait_until(lambda seen: seen[last] == 1)
    answering.stop(patience_seconds=LONG)
    answering.close()
    assert capsys.readouterr().out.count("rings do not get through") == 2
