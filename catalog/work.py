"""Carrying out what the ledger says: claim, do, close in one transaction with what was learned, ring for what follows.

The message that rings for a job carries its id and nothing else; it may come twice, late, or never.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlmodel import Session

from catalog.engine import Catalog
from catalog.errors import CatalogError
from catalog.repositories import jobs
from catalog.tables import Job
from catalog.tables.jobs import JobKind

# A third of the lease: two heartbeats may get lost before another worker takes the job over.
_HEARTBEAT_SECONDS = jobs.LEASE.total_seconds() / 3
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class JobOf:
    """A job of another recording than the one at hand."""

    recording_id: UUID
    kind: JobKind


Finish = Callable[[Session], Sequence[JobKind | JobOf]]
"""Writes what a job learned, in the transaction that closes it, and names the jobs that follow."""

Report = Callable[[float], None]
"""Takes how much is done, from 0 to 1."""

Handler = Callable[[Job, Report], Finish]
"""Does a job without holding a transaction. Errors with `retryable = True` are tried again later."""


@dataclass
class _Running:
    owner: str
    progress: float = 0.0


class LostJob(CatalogError):
    """The lease ended and another worker has the job: what was done here is rolled back."""


class JobRunner:
    """Carries out jobs by id. One instance serves many threads; `heartbeats` must run beside them."""

    def __init__(
        self,
        catalog: Catalog,
        handlers: Mapping[JobKind, Handler],
        *,
        identity: str,
        clock: Callable[[], datetime],
        ring: Callable[[Sequence[UUID]], None],
    ) -> None:
        self._catalog, self._handlers, self._identity, self._clock, self._ring = (
            catalog,
            handlers,
            identity,
            clock,
            ring,
        )
        self._running: dict[UUID, _Running] = {}
        self._lock = threading.Lock()

    def carry_out(self, job_id: UUID) -> None:
        """Do the job if it is due, and keep the outcome in the ledger. Never raises for what a job meets."""
        owner = f"{self._identity}#{threading.get_ident()}"
        try:
            with self._catalog.writing() as session:
                job = jobs.claim(session, job_id, owner=owner, now=self._clock())
        except CatalogError as error:
            _log.warning("a job could not be claimed; the sweep rings again", job=str(job_id), reason=str(error))
            return
        if job is None:
            return
        with self._tracked(job.id, owner) as running:
            try:
                finish = self._handlers[job.kind](job, lambda share: setattr(running, "progress", share))
                following = self._close(job, owner, finish)
            except LostJob:
                _log.warning("a job was taken over by another worker", job=str(job.id), kind=job.kind)
                return
            except Exception as error:  # noqa: BLE001 - whatever it was stands in the ledger, with its reason
                self._fail(job, owner, error)
                return
        if following:
            self._ring(following)

    def _close(self, job: Job, owner: str, finish: Finish) -> Sequence[UUID]:
        now = self._clock()
        with self._catalog.writing() as session:
            if not jobs.done(session, job.id, owner=owner, now=now):
                raise LostJob
            wanted = [each if isinstance(each, JobOf) else JobOf(job.recording_id, each) for each in finish(session)]
            following = [jobs.add(session, each.recording_id, each.kind, now=now) for each in wanted]
            # Asked for again meanwhile: it is due at once.
            return [*following, job.id] if jobs.is_waiting(session, job.id) else following

    def _fail(self, job: Job, owner: str, error: Exception) -> None:
        known = hasattr(error, "retryable")
        if not known:
            _log.exception("a job met something unforeseen", job=str(job.id), kind=job.kind)
        reason = str(error) if known else f"Unforeseen {type(error).__name__}: {error}"
        try:
            with self._catalog.writing() as session:
                jobs.failed(
                    session,
                    job.id,
                    owner=owner,
                    reason=reason[:2000],
                    retryable=getattr(error, "retryable", True),
                    now=self._clock(),
                )
        except CatalogError:
            # The lease will end by itself and the job be done again.
            _log.exception("the reason of a failed job could not be kept", job=str(job.id), reason=reason)

    @contextlib.contextmanager
    def _tracked(self, job_id: UUID, owner: str) -> Iterator[_Running]:
        running = _Running(owner)
        with self._lock:
            self._running[job_id] = running
        try:
            yield running
        finally:
            with self._lock:
                self._running.pop(job_id, None)

    def heartbeats(self, stop: threading.Event) -> None:
        """Renew the leases of what is running here and keep its progress, until `stop` is set."""
        renewed = time.monotonic()
        shown: dict[UUID, float] = {}
        while not stop.wait(1.0):
            with self._lock:
                running = dict(self._running)
            moved = {job_id: each.progress for job_id, each in running.items()}
            due = time.monotonic() - renewed > _HEARTBEAT_SECONDS
            if not running or not (
                due or any(abs(moved[each] - shown.get(each, 0.0)) >= _SHOWN_STEP for each in moved)
            ):
                continue
            renewed, shown = time.monotonic(), moved
            try:
                for job_id, each in running.items():
                    # Each in its own transaction: holding several, it could wait for a worker that waits for it.
                    with self._catalog.writing() as session:
                        jobs.heartbeat(session, job_id, owner=each.owner, progress=each.progress, now=self._clock())
            except CatalogError as error:
                _log.warning("leases could not be renewed", reason=str(error))


_SHOWN_STEP = 0.05
