"""What lies in Redis: one message a job, never too many, nothing left behind, nothing that stops anybody."""

import threading

from catalog.dispatch import QUEUE_AT_MOST, RedisBell
from catalog.engine import Catalog
from catalog.repositories import jobs
from catalog.sweep import sweep
from catalog.tables.jobs import JobState
from catalog.types import new_id
from tests.engines import address_of
from tests.rows import NOW, secured

from .conftest import LONG, Answers, OpenDoorbell, runner_of


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
