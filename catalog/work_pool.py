"""The threads of one process that carry out jobs, and the short list of what they were told of and not yet begun.

The list is a hint like every ring: what does not fit, or is dropped at the end, stands in the ledger.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from uuid import UUID

import structlog

_log = structlog.get_logger(__name__)


class WorkPool:
    """Carries out what it is offered, each id once at a time in the list; an id being carried out may wait again."""

    def __init__(
        self,
        carry_out: Callable[[UUID], None],
        *,
        waiting_at_most: int = 1000,
        on_idle: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_idle` is called, from a thread of the pool, whenever the list has come to its end."""
        self._carry_out, self._at_most, self._on_idle = carry_out, waiting_at_most, on_idle
        self._waiting: deque[UUID] = deque()
        self._listed: set[UUID] = set()
        self._threads: list[threading.Thread] = []
        self._running = 0
        self._stopping = False
        self._changed = threading.Condition()

    def start(self, threads: int) -> None:
        # Daemons: a job that outlasts our patience was given back to the ledger, and must not keep the process.
        self._threads = [
            threading.Thread(target=self._work, name=f"work-{number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def offer(self, job_ids: Sequence[UUID]) -> int:
        """Put ids on the list unless they are on it; returns how many were taken."""
        with self._changed:
            taken = 0
            for job_id in job_ids:
                if self._stopping or len(self._waiting) >= self._at_most:
                    break
                if job_id not in self._listed:
                    self._listed.add(job_id)
                    self._waiting.append(job_id)
                    taken += 1
            self._changed.notify_all()
            return taken

    def wait_for_free_thread(self, seconds: float) -> bool:
        """Whether, within that time, somebody here could begin at once with one more job."""
        with self._changed:
            return self._changed.wait_for(self._has_free_thread, timeout=seconds)

    def is_idle(self) -> bool:
        """Whether nothing is being done and nothing waits."""
        with self._changed:
            return not self._running and not self._waiting

    def stop(self, *, patience_seconds: float) -> list[UUID]:
        """Begin nothing more, and wait so long for what is being done; returns what was never begun."""
        with self._changed:
            self._stopping = True
            left = list(self._waiting)
            self._waiting.clear()
            self._listed.clear()
            self._changed.notify_all()
        until = time.monotonic() + patience_seconds
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0.0))
        return left

    def _has_free_thread(self) -> bool:
        return not self._stopping and not self._waiting and self._running < len(self._threads)

    def _work(self) -> None:
        while (job_id := self._next()) is not None:
            try:
                self._carry_out(job_id)
            except Exception:  # noqa: BLE001 - a job keeps its own errors; whatever this is must not end the thread
                _log.exception("carrying out a job raised", job=str(job_id))
            with self._changed:
                self._running -= 1
                ended = not self._waiting
                self._changed.notify_all()
            if ended:
                self._on_idle()

    def _next(self) -> UUID | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopping)
            if self._stopping:
                return None
            job_id = self._waiting.popleft()
            self._listed.discard(job_id)
            self._running += 1
            return job_id
