"""The breaker opens on faults in a row, asks ever less often, lets one file try, and closes at the first success."""

from datetime import UTC, datetime

from ingest.breaker import Breaker, BreakerSettings, BreakerState, Fault
from ingest.slot_reason import FaultFacts
from ingest.slot_state import TroubleKind

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
AWAY = Fault(TroubleKind.STORE_AWAY, FaultFacts("StoreUnavailable", "The store does not answer."))
FULL = Fault(TroubleKind.STORE_FULL, FaultFacts("StoreFull", "The store is full."))


def opened(now: float = 0.0) -> Breaker:
    breaker = Breaker(BreakerSettings())
    for _ in range(3):
        breaker.failed(AWAY, now=now, at=AT)
    return breaker


def test_faults_that_are_not_in_a_row_do_not_open_it() -> None:
    breaker = Breaker(BreakerSettings())
    for _ in range(10):
        breaker.failed(AWAY, now=0, at=AT)
        breaker.failed(AWAY, now=0, at=AT)
        breaker.succeeded()
    assert breaker.state is BreakerState.CLOSED
    assert breaker.may_start(3)
    assert breaker.trouble(files_wait=True) is None


def test_open_nothing_starts_and_people_are_told_since_when() -> None:
    breaker = opened()
    assert not breaker.may_start(0)
    trouble = breaker.trouble(files_wait=False)
    assert trouble is not None
    assert trouble.kind is TroubleKind.STORE_AWAY
    assert trouble.sentence == "Since 2026-11-23 08:00:00 UTC nothing can be secured: The store does not answer."


def test_it_asks_after_5_10_20_40_60_60_seconds_and_goes_on_for_hours() -> None:
    breaker, now, pauses = opened(), 0.0, []
    for _ in range(200):
        asked_before = now
        while not breaker.asks(now):
            now += 1
        assert not breaker.asks(now)  # one asks at a time
        pauses.append(now - asked_before)
        breaker.unanswered(AWAY, now=now)
    assert pauses[:6] == [5, 10, 20, 40, 60, 60]
    assert set(pauses[5:]) == {60}
    assert now > 3 * 3600
    breaker.asks(now + 60)
    breaker.answered()
    assert breaker.may_start(0)


def test_in_the_trial_one_file_goes_and_its_success_closes() -> None:
    breaker = opened()
    assert breaker.asks(5)
    breaker.answered()
    assert breaker.may_start(0)
    assert not breaker.may_start(1)
    assert breaker.trouble(files_wait=False) is None
    assert breaker.trouble(files_wait=True) is not None
    breaker.succeeded()
    assert breaker.may_start(3)
    assert breaker.trouble(files_wait=True) is None


def test_a_store_that_answers_but_is_full_still_waits_longer_each_time() -> None:
    breaker = opened()
    assert breaker.asks(5)
    breaker.answered()
    breaker.failed(FULL, now=5, at=AT)
    assert breaker.state is BreakerState.OPEN
    assert not breaker.asks(14)
    assert breaker.asks(15)
    trouble = breaker.trouble(files_wait=True)
    assert trouble is not None
    assert trouble.kind is TroubleKind.STORE_FULL
    assert "08:00:00" in trouble.sentence  # since the first fault


def test_faults_of_files_begun_before_it_opened_do_not_make_it_wait_longer() -> None:
    breaker = opened(now=0)
    breaker.failed(AWAY, now=4, at=AT)
    assert breaker.asks(5)
    breaker.failed(AWAY, now=5, at=AT)
    breaker.answered()
    assert breaker.state is BreakerState.TRIAL


def test_a_file_that_comes_through_closes_it_at_once() -> None:
    breaker = opened()
    breaker.succeeded()
    assert breaker.state is BreakerState.CLOSED
    breaker.failed(AWAY, now=1, at=AT)
    assert breaker.state is BreakerState.CLOSED  # counted anew
