"""The workers of one process: they answer the doorbell, keep leases alive and sweep the ledger."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

from api.engines import open_bell
from api.ringing import OnRings
from api.runtime import Runtime, check_tools
from catalog.doorbell import Doorbell
from catalog.sweep import Sweeper
from catalog.work import JobRunner, OnEnd
from ingest.engine_faults import engine_fault
from ingest.jobs.handlers import handlers
from retention.holding import hold

# How long what was given back is left to end its tools and to leave its folders, before they go.
_UNWINDING_SECONDS = 5.0


@contextlib.contextmanager
def working(
    runtime: Runtime,
    *,
    threads: int | None = None,
    on_end: OnEnd = lambda _job, _end, _seconds: None,
    on_rings: OnRings = lambda _outcome, _count: None,
) -> Iterator[Doorbell]:
    """Carry out jobs until the block ends; what is running then is given a little time, then given back.

    Raises ToolUnavailable, and DispatchMisconfigured for an address that cannot be one.
    """
    check_tools()
    work = runtime.settings.work
    doorbell: Doorbell

    def ring(job_ids: Sequence[UUID]) -> None:
        doorbell.ring(job_ids)

    runner = _runner(runtime, ring, on_end)
    sweeper = Sweeper(runtime.catalog, ring, clock=runtime.clock, every_seconds=work.sweep_seconds)
    doorbell = Doorbell(runner.carry_out, open_bell(runtime.settings.dispatch), on_rings=on_rings, on_idle=sweeper.idle)
    stop = threading.Event()
    beside = [
        threading.Thread(target=runner.heartbeats, args=(stop,), name="heartbeats"),
        threading.Thread(target=sweeper.run, name="sweep"),
    ]
    doorbell.answer_with(threads or work.threads)
    for thread in beside:
        thread.start()
    try:
        yield doorbell
    finally:
        sweeper.stop()
        _give_back(doorbell, runner, patience_seconds=work.patience_seconds)
        stop.set()
        for thread in beside:
            thread.join()


def _runner(runtime: Runtime, ring: Callable[[Sequence[UUID]], None], on_end: OnEnd) -> JobRunner:
    return JobRunner(
        runtime.catalog,
        handlers(runtime.ingest_services(), hold=partial(hold, runtime.retention.hold_services())),
        identity=runtime.identity,
        clock=runtime.clock,
        ring=ring,
        lease=timedelta(seconds=runtime.settings.work.lease_seconds),
        on_end=on_end,
        is_engine_fault=lambda error: engine_fault(error) is not None,
    )


def _give_back(doorbell: Doorbell, runner: JobRunner, *, patience_seconds: float) -> None:
    """Let what is running come to its end for so long; what does not is begun again by others."""
    doorbell.stop(patience_seconds=patience_seconds)
    given = runner.give_back()
    if given:
        doorbell.ring(given)
        doorbell.stop(patience_seconds=_UNWINDING_SECONDS)
    doorbell.close()
