"""Turns under way: who asks the engines, and who is waited for when nothing moves."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from ingest.breaker import Breaker, BreakerSettings, Fault
from ingest.erase import EraseStep
from ingest.progress import Progress
from ingest.slot_reason import FaultFacts
from ingest.slot_state import TroubleKind
from ingest.turn_order import Rank
from ingest.turns import Turns
from tests.waiting import eventually

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
AWAY = Fault(TroubleKind.STORE_AWAY, FaultFacts("StoreUnavailable", "The store does not answer."))


class Standing:
    """Turns whose clock stands until it is set, and one turn of slot 1 that says what it does and waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.turns = Turns(
            at_once=1,
            per_slot=1,
            breaker=Breaker(BreakerSettings(opens_after=1)),
            clock=lambda: AT,
            stall_seconds=20,
            slow_seconds=60,
            monotonic=lambda: self.now,
        )
        self.reached, self.go_on = threading.Event(), threading.Event()

    def begin(self, says: Callable[[Turns], object]) -> None:
        def work() -> None:
            says(self.turns)
            self.reached.set()
            self.go_on.wait()

        self.turns.ask("1", Rank(unmarked=True, modified_ns=0, path=b"a"), work, on_end=lambda _error: None)
        assert self.reached.wait(60)

    def after(self, seconds: float) -> tuple[bool, bool]:
        """Whether the card counts as stalled, and the engines as slow, so long after."""
        self.now = seconds
        self.turns.look_after()
        return self.turns.has_stalled("1"), self.turns.slow("1") is not None


@pytest.fixture
def standing() -> Iterator[Standing]:
    made = Standing()
    yield made
    made.go_on.set()


def progress(turns: Turns) -> Progress:
    return turns.progress("a")


def test_an_unforeseen_error_while_asking_is_no_answer_and_they_are_asked_again(standing: Standing) -> None:
    turns = standing.turns
    turns.engine_failed(AWAY)

    def broken() -> Fault | None:
        message = "nobody thought of this"
        raise RuntimeError(message)

    standing.now = 5
    with pytest.raises(RuntimeError):
        turns.ask_engines(broken)
    trouble = turns.trouble(files_wait=True)
    assert trouble is not None
    assert "nobody thought of this" in trouble.sentence
    standing.now = 15
    turns.ask_engines(lambda: None)
    assert turns.trouble(files_wait=False) is None


def test_reading_that_gives_nothing_is_a_card_that_stalls(standing: Standing) -> None:
    standing.begin(lambda turns: progress(turns).on_card(True))
    assert standing.after(19) == (False, False)
    assert standing.after(70) == (True, False)


def test_a_store_that_gives_no_answer_is_slow_and_no_fault_of_the_card(standing: Standing) -> None:
    def writes(turns: Turns) -> None:
        with progress(turns).card():
            progress(turns).on_card(False)
            standing.reached.set()
            standing.go_on.wait()

    standing.begin(writes)
    assert standing.after(59) == (False, False)
    assert standing.after(61) == (False, True)
    assert standing.turns.slow("2") is None


@pytest.mark.parametrize("step", EraseStep)
def test_erasing_waits_for_the_card_where_it_touches_it(standing: Standing, step: EraseStep) -> None:
    standing.begin(lambda turns: turns.erases(step))
    on_the_card = step in {EraseStep.FILE, EraseStep.ERASE, EraseStep.ERASED}
    assert standing.after(61) == (on_the_card, not on_the_card)


def test_a_slot_is_forgotten_only_when_nothing_of_it_is_in_hand(standing: Standing) -> None:
    standing.begin(lambda _turns: None)
    assert not standing.turns.forget("1")
    assert (standing.turns.is_busy("1"), standing.turns.is_busy("2")) == (True, False)
    assert standing.turns.forget("2")
    standing.go_on.set()
    eventually(lambda: standing.turns.forget("1"), "the turn to end")
