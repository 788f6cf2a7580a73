"""One gate for all slots of a dock: gives turns in their order, each in a thread of its own, while the breaker lets it.

The threads are daemons: one that reads from a dead card may never come back, and must not keep the dock from ending.
A process may be killed between any two steps of securing, so leaving one behind loses nothing.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import structlog

from ingest.breaker import Breaker, Fault, unforeseen
from ingest.erase import EraseStep
from ingest.progress import Progress
from ingest.slot_reason import Reason, ReasonCode
from ingest.slot_state import Trouble, TroubleKind
from ingest.turn_order import Rank, TurnOrder

_LOOK_SECONDS = 0.2
# The steps of erasing that ask something of the card; the others ask the store or the catalog.
_ERASES_ON_THE_CARD = {EraseStep.FILE, EraseStep.ERASE, EraseStep.ERASED}
_SLOW = Trouble(TroubleKind.ENGINE_SLOW, Reason(ReasonCode.ENGINE_SLOW))
_log = structlog.get_logger(__name__)
_own = threading.local()


class Turn:
    """One file that waits for its turn, has it, or had it."""

    def __init__(self, slot: str, work: Callable[[], None], on_end: Callable[[Exception | None], None]) -> None:
        self.slot, self._work, self._on_end = slot, work, on_end
        self.ended = threading.Event()
        self.moved_at = 0.0
        self.waits_for_the_card = False

    def carry_out(self) -> None:
        error: Exception | None = None
        try:
            self._work()
        except Exception as met:  # noqa: BLE001 - handed on: one file must not take the turns of the others with it
            error = met
        finally:
            self.ended.set()
        self._on_end(error)


class Turns:
    """Serves all slots of one process."""

    def __init__(
        self,
        *,
        at_once: int,
        per_slot: int,
        breaker: Breaker,
        clock: Callable[[], datetime],
        stall_seconds: float = 20.0,
        slow_seconds: float = 60.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """A card that gives nothing for `stall_seconds` loses its places; of an engine that gives no answer for
        `slow_seconds` people are told, while what waits for it keeps its place.
        """
        self._order: TurnOrder[Turn] = TurnOrder(at_once=at_once, per_slot=per_slot)
        self._breaker, self._clock, self._monotonic = breaker, clock, monotonic
        self._stall_seconds, self._slow_seconds = stall_seconds, slow_seconds
        self._changed = threading.Condition()
        self._running: set[Turn] = set()
        self._closed = False

    def ask(
        self, slot: str, rank: Rank, work: Callable[[], None], *, on_end: Callable[[Exception | None], None]
    ) -> Turn:
        """Have `work` done when its turn comes; `on_end` is told of the end, unless the turn is withdrawn before."""
        turn = Turn(slot, work, on_end)
        with self._changed:
            if not self._closed:
                self._order.ask(slot, turn, rank)
            self._give()
        return turn

    def withdraw(self, turn: Turn) -> None:
        """Forget a turn that has not come yet."""
        with self._changed:
            self._order.withdraw(turn.slot, turn)

    def forget(self, slot: str) -> bool:
        """Forget a slot that is no more; not while a file of it waits or is under way. Whether it is forgotten."""
        with self._changed:
            return self._order.forget(slot)

    def is_busy(self, slot: str) -> bool:
        """Whether a file of this slot waits for its turn or has it; what its turn reports at its end counts as well."""
        with self._changed:
            return self._order.is_busy(slot)

    def waiting(self) -> int:
        """How many wait for their turn."""
        with self._changed:
            return self._order.waiting

    def close(self, patience_seconds: float) -> int:
        """Give no more turns and wait for those under way; returns how many did not end in that time."""
        until = self._monotonic() + patience_seconds
        with self._changed:
            self._closed = True
            while self._running and self._monotonic() < until:
                self._look_for_stalls()
                if all(self._order.has_stalled(turn.slot) for turn in self._running):
                    break  # dead cards: there is nothing to wait for
                self._changed.wait(_LOOK_SECONDS)
            return len(self._running)

    # --- what the engines answer --------------------------------------------------------------------------------

    def engines_served(self) -> None:
        """A file came through."""
        with self._changed:
            self._breaker.succeeded()
            self._give()

    def engine_failed(self, fault: Fault) -> None:
        with self._changed:
            self._breaker.failed(fault, now=self._monotonic(), at=self._clock())

    def ask_engines(self, ask: Callable[[], Fault | None]) -> None:
        """Ask them, if it is time for it, and give turns again where they answer. Takes as long as they take.

        Raises what `ask` raises; that counts as no answer, so that they are asked again.
        """
        with self._changed:
            if not self._breaker.asks(self._monotonic()):
                return
        try:
            fault = ask()
        except BaseException as error:
            with self._changed:
                self._breaker.unanswered(unforeseen(error), now=self._monotonic())
            raise
        with self._changed:
            if fault is None:
                self._breaker.answered()
            else:
                self._breaker.unanswered(fault, now=self._monotonic())
            self._give()

    def trouble(self, *, files_wait: bool) -> Trouble | None:
        with self._changed:
            return self._breaker.trouble(files_wait=files_wait)

    # --- cards and engines that do not answer -------------------------------------------------------------------

    def look_after(self) -> None:
        """Take their place from turns that stall, and give free ones; to be called every second or so."""
        with self._changed:
            self._look_for_stalls()
            self._give()

    def has_stalled(self, slot: str) -> bool:
        with self._changed:
            return self._order.has_stalled(slot)

    def slow(self, slot: str) -> Trouble | None:
        """What to tell people where a file of this slot has waited long for the store or the catalog."""
        with self._changed:
            long_ago = self._monotonic() - self._slow_seconds
            waits = any(
                turn.slot == slot and not turn.waits_for_the_card and turn.moved_at < long_ago for turn in self._running
            )
        return _SLOW if waits else None

    def progress(self, _path: str) -> Progress:
        """What the securing in this thread tells of its progress: by that a turn is known to move."""
        turn: Turn | None = getattr(_own, "turn", None)
        if turn is None:
            return Progress()
        return Progress(
            lambda _step: self._moves(turn),
            lambda _count: self._moves(turn),
            lambda waits_for_it: self._waits(turn, for_the_card=waits_for_it),
        )

    def erases(self, step: EraseStep) -> None:
        """What the erasing in this thread tells of its progress."""
        turn: Turn | None = getattr(_own, "turn", None)
        if turn is not None:
            self._waits(turn, for_the_card=step in _ERASES_ON_THE_CARD)

    @contextlib.contextmanager
    def asking_the_card(self) -> Iterator[None]:
        """While the turn of this thread asks something of the card."""
        with self.progress("").card():
            yield

    @contextlib.contextmanager
    def erasing(self) -> Iterator[None]:
        """While the turn of this thread erases: whatever comes of that, its end asks nothing of the card."""
        try:
            yield
        finally:
            self.erases(EraseStep.RECEIPT)

    def _waits(self, turn: Turn, *, for_the_card: bool) -> None:
        # In this order: who looks in between must not take the time of one kind of waiting for that of the other.
        turn.moved_at = self._monotonic()
        turn.waits_for_the_card = for_the_card
        self._moves(turn)

    def _moves(self, turn: Turn) -> None:
        turn.moved_at = self._monotonic()
        if self._order.has_stalled(turn.slot):
            with self._changed:
                self._order.moves(turn.slot, turn)
                self._give()

    def _look_for_stalls(self) -> None:
        now = self._monotonic()
        for turn in self._running:
            if turn.waits_for_the_card and now - turn.moved_at > self._stall_seconds:
                self._order.stalls(turn.slot, turn)

    # --- giving turns -------------------------------------------------------------------------------------------

    def _give(self) -> None:
        while not self._closed and self._breaker.may_start(self._order.under_way):
            given = self._order.next()
            if given is None:
                return
            _slot, turn = given
            turn.moved_at = self._monotonic()
            self._running.add(turn)
            threading.Thread(target=self._carry_out, args=(turn,), name=f"dock {turn.slot}", daemon=True).start()

    def _carry_out(self, turn: Turn) -> None:
        _own.turn = turn
        try:
            turn.carry_out()
        except Exception:  # noqa: BLE001 - the turn must end in any case, and a thread has nobody to tell
            _log.exception("the end of a turn met something unforeseen", slot=turn.slot)
        finally:
            with self._changed:
                self._running.discard(turn)
                self._order.ended(turn.slot, turn)
                self._give()
                self._changed.notify_all()
