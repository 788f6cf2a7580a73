"""The doorbell: tells workers that the ledger has something for them. Losing every ring loses nothing.

Within one process a ring goes straight to its threads; between processes it goes through Redis (`dispatch.py`). While
Redis does not answer, those who work hand what is due to their own threads, and the ledger decides who gets which job,
as always. Nobody who rings ever waits for Redis.
"""

import threading
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from uuid import UUID

import structlog

from catalog.dispatch import CONNECT_SECONDS, QUEUE_AT_MOST, RedisBell
from catalog.errors import DispatchError
from catalog.unforeseen import PAUSE_SECONDS, Unforeseen
from catalog.work_pool import WorkPool

_FREE_SECONDS = 0.2
_AWAY_SECONDS = 1.0
# So long after it did not answer, whoever rings does not ask it once more: only those who answer do.
_AWAY_FOR_SECONDS = 2 * CONNECT_SECONDS
_FLUSH_SECONDS = CONNECT_SECONDS + 1
_log = structlog.get_logger(__name__)


class RingOutcome(StrEnum):
    """What became of a ring. `SKIPPED`: it is on its way already, or the queue is full; the sweep comes back to it."""

    SENT = "sent"
    SKIPPED = "skipped"
    HANDED_OVER = "handed_over"
    LOST = "lost"


class Doorbell:
    """Rings for jobs, and answers in this process where it is asked to. Never raises, and never waits for Redis."""

    def __init__(
        self,
        carry_out: Callable[[UUID], None] | None = None,
        bell: RedisBell | None = None,
        *,
        on_rings: Callable[[RingOutcome, int], None] = lambda _outcome, _count: None,
        on_idle: Callable[[], None] = lambda: None,
    ) -> None:
        """`carry_out` must be idempotent; without it this doorbell only rings. `on_rings` is told what became of
        rings, `on_idle` that nobody rings any more.
        """
        self._bell, self._on_rings, self._on_idle = bell, on_rings, on_idle
        self._pool = WorkPool(carry_out, on_idle=self._pool_is_idle) if carry_out is not None else None
        self._outgoing: dict[UUID, None] = {}
        self._sending = 0
        self._changed = threading.Condition()
        self._stopping, self._closing = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []
        self._away_since: float | None = None
        self._lock = threading.Lock()
        self._unforeseen = Unforeseen("a ring met something unforeseen")

    @property
    def is_away(self) -> bool:
        """Whether Redis did not answer when last asked."""
        return self._away_since is not None

    @property
    def where(self) -> str | None:
        """The address of the Redis that rings go through, without its password; None within one process."""
        return self._bell.where if self._bell is not None else None

    @property
    def reaches_anybody(self) -> bool:
        """Whether there is anybody to ring for, here or through Redis; else the sweeps of others find what is due."""
        return self._bell is not None or self._pool is not None

    def is_idle(self) -> bool:
        """Whether nothing is being done here, and nothing waits to be."""
        with self._changed:
            on_the_way = bool(self._outgoing) or self._sending > 0
        return not on_the_way and (self._pool is None or self._pool.is_idle())

    def ring(self, job_ids: Sequence[UUID]) -> None:
        """Ring for jobs; for none whose ring is still on its way."""
        if self._bell is None:
            self._hand_over(job_ids)
            return
        with self._changed:
            self._outgoing.update(dict.fromkeys(job_ids[: max(QUEUE_AT_MOST - len(self._outgoing), 0)]))
            self._changed.notify_all()
            alive = any(thread.is_alive() for thread in self._threads_named("ring"))
            if not alive and not self._closing.is_set():
                self._start("ring", self._send_all)

    def answer_with(self, threads: int) -> None:
        """Start answering in this process."""
        if self._pool is None:
            return
        self._pool.start(threads)
        if self._bell is not None:
            self._start("answer", self._answer_all)

    def stop(self, *, patience_seconds: float) -> None:
        """Answer no more; let running jobs come to their end, for so long. What was not begun is rung for again."""
        self._stopping.set()
        for thread in self._threads_named("answer"):
            thread.join()
        if self._pool is not None:
            left = self._pool.stop(patience_seconds=patience_seconds)
            if self._bell is not None:
                self.ring(left)

    def close(self) -> None:
        """Stop, and send what is still to be sent if that can be done within seconds."""
        self.stop(patience_seconds=0)
        with self._changed:
            self._changed.wait_for(lambda: not self._outgoing and not self._sending, timeout=_FLUSH_SECONDS)
            self._outgoing.clear()
            self._closing.set()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(_FLUSH_SECONDS)
        if self._bell is not None:
            self._bell.close()

    def _start(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _threads_named(self, name: str) -> list[threading.Thread]:
        return [thread for thread in self._threads if thread.name == name]

    def _send_all(self) -> None:
        """Send what is to be sent, until there is nothing more and we are closing."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._outgoing or self._closing.is_set())
                batch = list(self._outgoing)
                if not batch:
                    return
                self._outgoing.clear()
                self._sending = len(batch)
            try:
                self._send(batch)
            except Exception as error:  # noqa: BLE001 - the sweep rings again; nobody else does if this thread ends
                self._unforeseen.met(error)
                self._closing.wait(PAUSE_SECONDS)
            finally:
                with self._changed:
                    self._sending = 0
                    self._changed.notify_all()

    def _send(self, batch: list[UUID]) -> None:
        if self._bell is None or self._asked_in_vain_just_now():
            self._hand_over(batch)
            return
        try:
            sent = self._bell.ring(batch)
        except DispatchError as error:
            self._note_away(error)
            self._hand_over(batch)
            return
        self._note_back()
        self._on_rings(RingOutcome.SENT, sent)
        self._on_rings(RingOutcome.SKIPPED, len(batch) - sent)

    def _hand_over(self, job_ids: Sequence[UUID]) -> None:
        """Give jobs to our own threads, if there are any: those whom the ledger lets have it carry it out."""
        taken = 0 if self._pool is None else self._pool.offer(job_ids)
        self._on_rings(RingOutcome.HANDED_OVER, taken)
        self._on_rings(RingOutcome.LOST, len(job_ids) - taken)

    def _answer_all(self) -> None:
        assert self._bell is not None  # noqa: S101 - started only then
        assert self._pool is not None  # noqa: S101 - started only then
        while not self._stopping.is_set():
            if not self._pool.wait_for_free_thread(_FREE_SECONDS):
                continue
            try:
                self._answer_one(self._bell, self._pool)
            except DispatchError as error:
                self._note_away(error)
                self._stopping.wait(_AWAY_SECONDS)
            except Exception as error:  # noqa: BLE001 - nobody would answer any more if this thread ended
                self._unforeseen.met(error)
                self._stopping.wait(PAUSE_SECONDS)

    def _answer_one(self, bell: RedisBell, pool: WorkPool) -> None:
        job_id = bell.next_answer()
        self._note_back()
        if job_id is not None:
            pool.offer([job_id])
        else:
            self._on_idle()

    def _pool_is_idle(self) -> None:
        if self._bell is None or self.is_away:
            self._on_idle()

    def _asked_in_vain_just_now(self) -> bool:
        with self._lock:
            return self._away_since is not None and time.monotonic() - self._away_since < _AWAY_FOR_SECONDS

    def _note_away(self, error: DispatchError) -> None:
        with self._lock:
            first = self._away_since is None
            self._away_since = time.monotonic()
        if first:
            _log.warning("rings do not get through; the sweep finds what is due", reason=str(error))

    def _note_back(self) -> None:
        with self._lock:
            was_away = self._away_since is not None
            self._away_since = None
        if was_away:
            _log.info("rings get through again")
