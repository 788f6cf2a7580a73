"""The doorbell: tells workers that the ledger has something for them. Losing every ring loses nothing.

dramatiq carries the messages. Its own retries, time limits and dead letters are left out: attempts, leases and
errors stand in the ledger, and the sweep rings again for whatever is due.
"""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker

from catalog.engine import Catalog
from catalog.errors import CatalogError
from catalog.repositories import jobs

Broker = dramatiq.Broker

_QUEUE = "jobs"
_SWEEP_AT_ONCE = 2000
# A ring that nobody answered for so long may be lost, or another process answered it: then it is rung again.
_UNANSWERED_SECONDS = 300.0
_log = structlog.get_logger(__name__)


def redis_broker(
    url: str, *, password: str | None = None, namespace: str = "zhilu", ca_file: Path | None = None
) -> dramatiq.Broker:
    """A broker on Redis, for several machines. Nothing is connected yet."""
    options = {"ssl_ca_certs": str(ca_file)} if ca_file is not None else {}
    if password is not None:
        options["password"] = password
    return RedisBroker(url=url, namespace=namespace, middleware=[], **options)  # type: ignore[no-untyped-call]


class Doorbell:
    """Rings for jobs through a dramatiq broker; by default one that lives in this process."""

    def __init__(
        self,
        carry_out: Callable[[UUID], None],
        broker: dramatiq.Broker | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`carry_out` must be idempotent and must not raise for what a job meets."""
        self._broker = StubBroker(middleware=[]) if broker is None else broker
        self._monotonic = monotonic
        self._rung: dict[UUID, float] = {}
        self._lock = threading.Lock()
        self._worker: dramatiq.Worker | None = None

        def answer(job_id: str) -> None:
            self._answered(UUID(job_id))
            carry_out(UUID(job_id))

        self._actor = dramatiq.actor(broker=self._broker, queue_name=_QUEUE, actor_name="carry_out")(answer)

    def ring(self, job_ids: Sequence[UUID]) -> None:
        """Ring for jobs; not for those whose ring is still on its way."""
        now = self._monotonic()
        with self._lock:
            self._rung = {job_id: at for job_id, at in self._rung.items() if now - at < _UNANSWERED_SECONDS}
            fresh = [job_id for job_id in dict.fromkeys(job_ids) if job_id not in self._rung]
            self._rung.update(dict.fromkeys(fresh, now))
        for job_id in fresh:
            self._actor.send(str(job_id))

    def answer_with(self, threads: int) -> None:
        """Start answering in this process."""
        self._worker = dramatiq.Worker(self._broker, worker_threads=threads, worker_timeout=200)
        self._worker.start()

    def stop(self, *, patience_seconds: float) -> None:
        """Let running jobs come to their end, then stop; what is still running after that keeps its lease."""
        if self._worker is not None:
            self._worker.stop(timeout=int(patience_seconds * 1000))
            self._worker = None
        self._broker.close()

    def _answered(self, job_id: UUID) -> None:
        with self._lock:
            self._rung.pop(job_id, None)


def sweep(catalog: Catalog, ring: Callable[[Sequence[UUID]], None], now: datetime) -> int:
    """Ring for everything that is due; returns how much that was. Raises CatalogError."""
    with catalog.reading() as session:
        due = jobs.due(session, now=now, limit=_SWEEP_AT_ONCE)
    ring(due)
    return len(due)


def sweep_until(
    stop: threading.Event,
    catalog: Catalog,
    ring: Callable[[Sequence[UUID]], None],
    *,
    clock: Callable[[], datetime],
    every_seconds: float,
) -> None:
    """Sweep at once and then every so often, until `stop` is set. An unavailable catalog is waited for."""
    while True:
        try:
            sweep(catalog, ring, clock())
        except CatalogError as error:
            _log.warning("the ledger could not be swept", reason=str(error))
        if stop.wait(every_seconds):
            return
