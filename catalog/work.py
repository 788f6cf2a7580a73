"""Carrying out what the ledger says: claim, do, close in one transaction with what was learned, ring for what follows.

The message that rings for a job carries its id and nothing else; it may come twice, late, or never.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import structlog
from sqlmodel import Session

from catalog.engine import Catalog
from catalog.errors import CatalogError
from catalog.manifest import owed
from catalog.repositories import jobs
from catalog.tables import Job
from catalog.tables.jobs import JobKind, JobState
from catalog.unforeseen import Unforeseen

# Of the lease: two heartbeats may get lost before another worker takes the job over.
_HEARTBEAT_SHARE = 1 / 3
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class JobOf:
    """A job of another recording than the one at hand."""

    recording_id: UUID
    kind: JobKind


Finish = Callable[[Session], Sequence[JobKind | JobOf]]
"""Writes what a job learned, in the transaction that closes it, and names the jobs that follow.

It is called again, with another session, where others stood in the way of the transaction."""

Report = Callable[[float], None]
"""Takes how much is done, from 0 to 1. Raises LostJob, which is to be let through, when there is no use in going on."""

Handler = Callable[[Job, Report], Finish]
"""Does a job without holding a transaction. Errors with `retryable = True` are tried again later."""


class JobEnd(StrEnum):
    """How carrying out a job ended.

    RETRIED: it failed and is tried again later, by itself. PUT_OFF: an engine is away; that was no attempt.
    """

    DONE = "done"
    RETRIED = "retried"
    FAILED = "failed"
    LOST = "lost"
    GIVEN_BACK = "given_back"
    PUT_OFF = "put_off"


OnEnd = Callable[[Job, JobEnd, float], None]
"""Told of each job carried out here, and how many seconds that took."""


@dataclass
class _Running:
    owner: str
    progress: float = 0.0
    given_up: JobEnd | None = None

    def report(self, share: float) -> None:
        if self.given_up is not None:
            raise LostJob
        self.progress = share

    def abandoned_as(self) -> JobEnd | None:
        """As what it ended for us, whatever is still being done for it; another thread may decide that at any time."""
        return self.given_up


class LostJob(CatalogError):
    """The job is no longer ours, since the lease ended or we gave it back: what was done here is rolled back."""


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
        lease: timedelta = jobs.LEASE,
        on_end: OnEnd = lambda _job, _end, _seconds: None,
        is_engine_fault: Callable[[Exception], bool] = lambda _error: False,
    ) -> None:
        """`is_engine_fault` tells what every job would meet now (a store that is away, a clock that is wrong) from what
        is the matter with one: such a job is put off, however long that lasts, and its attempts are not used up.
        """
        self._catalog, self._handlers, self._identity, self._clock = catalog, handlers, identity, clock
        self._ring, self._lease, self._on_end = ring, lease, on_end
        self._is_engine_fault = is_engine_fault
        self._stopping = False
        self._ended = threading.Event()
        self._running: dict[UUID, _Running] = {}
        self._lock = threading.Lock()

    def carry_out(self, job_id: UUID) -> None:
        """Do the job if it is due, and keep the outcome in the ledger. Never raises for what a job meets."""
        owner = f"{self._identity}#{threading.get_ident()}"
        try:
            with self._catalog.writing() as session:
                job = jobs.claim(session, job_id, owner=owner, now=self._clock(), lease=self._lease)
        except CatalogError as error:
            _log.warning("a job could not be claimed; the sweep rings again", job=str(job_id), reason=str(error))
            return
        if job is None:
            return
        begun = time.monotonic()
        with self._tracked(job.id, owner) as running:
            end, following = self._done(job, running)
        self._on_end(job, end, time.monotonic() - begun)
        if end is JobEnd.PUT_OFF:
            # The others would meet the same: this thread takes none of them for a while, healthy workers can.
            self._ended.wait(jobs.ENGINE_PAUSE.total_seconds())
        if following:
            self._ring(following)

    def _done(self, job: Job, running: _Running) -> tuple[JobEnd, Sequence[UUID]]:
        """Do the job and close it, or note why that was not possible."""
        if running.abandoned_as() is not None:  # claimed while everything was being given back
            self._give_back(job.id, running.owner)
            return JobEnd.GIVEN_BACK, ()
        try:
            finish = self._handlers[job.kind](job, running.report)
            return JobEnd.DONE, self._close(job, running.owner, finish)
        except LostJob:
            end = running.abandoned_as() or JobEnd.LOST
        except Exception as error:  # noqa: BLE001 - whatever it was stands in the ledger, with its reason
            # What a tool that was ended says of it is no failure of the job.
            end = running.abandoned_as() or (
                self._put_off(job, running.owner, error)
                if self._is_engine_fault(error)
                else self._fail(job, running.owner, error)
            )
        if end is JobEnd.LOST:
            _log.warning("a job was taken over by another worker", job=str(job.id), kind=job.kind)
        return end, ()

    def give_back(self) -> list[UUID]:
        """Stop working on what is running here and let others begin it again at once; returns what that is.

        Nothing that was done for it counts. For the end of a process: nothing may be carried out afterwards.
        """
        given: list[UUID] = []
        with self._lock:
            running = dict(self._running)
            self._stopping = True
        self._ended.set()
        for job_id, each in running.items():
            each.given_up = JobEnd.GIVEN_BACK
            if self._give_back(job_id, each.owner):
                given.append(job_id)
        return given

    def _give_back(self, job_id: UUID, owner: str) -> bool:
        try:
            with self._catalog.writing() as session:
                return jobs.give_back(session, job_id, owner=owner, now=self._clock())
        except CatalogError as error:
            _log.warning("a job could not be given back; its lease will end", job=str(job_id), reason=str(error))
            return False

    def _close(self, job: Job, owner: str, finish: Finish) -> Sequence[UUID]:
        now = self._clock()
        closed_by: list[Session] = []

        def close(session: Session) -> Sequence[UUID]:
            closed_by[:] = [session]
            if not jobs.done(session, job.id, owner=owner, now=now):
                raise LostJob
            wanted = [each if isinstance(each, JobOf) else JobOf(job.recording_id, each) for each in finish(session)]
            following = [jobs.add(session, each.recording_id, each.kind, now=now) for each in wanted]
            # Asked for again meanwhile: it is due at once.
            return [*following, job.id] if jobs.is_waiting(session, job.id) else following

        following = self._catalog.write(close)
        return [*following, *(each for each in owed.jobs_put(closed_by[0]) if each not in following)]

    def _put_off(self, job: Job, owner: str, error: Exception) -> JobEnd:
        _log.warning("an engine is away; a job is put off", job=str(job.id), kind=job.kind, reason=str(error))
        try:
            with self._catalog.writing() as session:
                ours = jobs.postpone(session, job.id, owner=owner, reason=str(error)[:2000], now=self._clock())
        except CatalogError:
            return JobEnd.LOST  # the lease will end by itself and the job be done again
        return JobEnd.PUT_OFF if ours else JobEnd.LOST

    def _fail(self, job: Job, owner: str, error: Exception) -> JobEnd:
        known = hasattr(error, "retryable")
        if not known:
            _log.exception("a job met something unforeseen", job=str(job.id), kind=job.kind)
        reason = str(error) if known else f"Unforeseen {type(error).__name__}: {error}"
        try:
            with self._catalog.writing() as session:
                state = jobs.failed(
                    session,
                    job.id,
                    owner=owner,
                    reason=reason[:2000],
                    retryable=getattr(error, "retryable", True),
                    now=self._clock(),
                )
        except CatalogError as silent:
            # The lease will end by itself and the job be done again.
            _log.warning("a failure could not be kept", job=str(job.id), reason=reason, why=str(silent))
            return JobEnd.LOST
        if state is None:
            return JobEnd.LOST
        return JobEnd.FAILED if state is JobState.FAILED else JobEnd.RETRIED

    @contextlib.contextmanager
    def _tracked(self, job_id: UUID, owner: str) -> Iterator[_Running]:
        running = _Running(owner)
        with self._lock:
            if self._stopping:
                running.given_up = JobEnd.GIVEN_BACK
            self._running[job_id] = running
        try:
            yield running
        finally:
            with self._lock:
                if self._running.get(job_id) is running:  # not that of a thread that took it over from us
                    del self._running[job_id]

    def heartbeats(self, stop: threading.Event) -> None:
        """Renew the leases of what is running here and keep its progress, until `stop` is set."""
        renewed = time.monotonic()
        shown: dict[UUID, float] = {}
        unforeseen = Unforeseen("a lease could not be renewed")
        while not stop.wait(1.0):
            with self._lock:
                running = dict(self._running)
            moved = {job_id: each.progress for job_id, each in running.items()}
            due = time.monotonic() - renewed > self._lease.total_seconds() * _HEARTBEAT_SHARE
            if not running or not (
                due or any(abs(moved[each] - shown.get(each, 0.0)) >= _SHOWN_STEP for each in moved)
            ):
                continue
            renewed, shown = time.monotonic(), moved
            for job_id, each in running.items():
                try:
                    self._beat(job_id, each)
                except CatalogError as error:
                    _log.warning("a lease could not be renewed", job=str(job_id), reason=str(error))
                except Exception as error:  # noqa: BLE001 - one job must not cost the others their leases
                    unforeseen.met(error)

    def _beat(self, job_id: UUID, running: _Running) -> None:
        # Each in its own transaction: holding several, it could wait for a worker that waits for it.
        with self._catalog.writing() as session:
            ours = jobs.heartbeat(
                session,
                job_id,
                owner=running.owner,
                progress=running.progress,
                now=self._clock(),
                lease=self._lease,
            )
        if not ours and running.given_up is None:
            running.given_up = JobEnd.LOST


_SHOWN_STEP = 0.05
