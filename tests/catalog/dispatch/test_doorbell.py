"""The doorbell: one contract within a process and through Redis. Losing every ring loses nothing."""

import threading
from uuid import UUID

import pytest

from catalog.types import new_id

from .conftest import LONG, Answers, Held, NewBell, OpenDoorbell


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
    times, job_id = Answers(), new_id()
    answer = Held(times)
    doorbell = opened(answer, new_bell())
    doorbell.answer_with(1)
    doorbell.ring([job_id])
    times.wait_until(lambda seen: seen[job_id] == 1)
    doorbell.ring([job_id])
    answer.release.set()
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
    answers, first, second = Answers(), new_id(), new_id()
    answer = Held(answers)
    doorbell = opened(answer, new_bell())
    doorbell.answer_with(1)
    doorbell.ring([first])
    answers.wait_until(lambda times: first in times)
    doorbell.ring([second])
    stopping = threading.Thread(target=doorbell.stop, kwargs={"patience_seconds": LONG})
    stopping.start()
    answer.release.set()
    stopping.join(LONG)
    assert not stopping.is_alive()
    doorbell.close()
    assert dict(answers.times) in ({first: 1}, {first: 1, second: 1})  # it may have begun just before
    assert doorbell.is_idle()


def test_a_doorbell_that_reaches_nobody_says_so(opened: OpenDoorbell, new_bell: NewBell) -> None:
    bell = new_bell()
    assert opened(lambda _id: None, bell).reaches_anybody
    assert opened(None, bell).reaches_anybody is (bell is not None)


def test_stopping_a_doorbell_that_nobody_answers_is_nothing(opened: OpenDoorbell, new_bell: NewBell) -> None:
    opened(lambda _id: None, new_bell()).stop(patience_seconds=1)


# --- between processes ------------------------------------------------------------------------------------------


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
