"""The workers of one process: they answer the doorbell, keep leases alive and sweep the ledger."""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from uuid import UUID

from api.engines import open_broker
from api.runtime import Runtime, check_tools
from catalog.dispatch import Doorbell, sweep_until
from catalog.work import JobRunner
from ingest.jobs.handlers import handlers

_PATIENCE_SECONDS = 10.0


@contextlib.contextmanager
def working(runtime: Runtime) -> Iterator[Doorbell]:
    """Carry out jobs until the block ends; what is running then is given a little time, then left to its lease.

    Raises ToolUnavailable.
    """
    check_tools()
    doorbell: Doorbell

    def ring(job_ids: Sequence[UUID]) -> None:
        doorbell.ring(job_ids)

    runner = JobRunner(
        runtime.catalog, handlers(runtime.ingest_services()), identity=runtime.identity, clock=runtime.clock, ring=ring
    )
    doorbell = Doorbell(runner.carry_out, open_broker(runtime.settings.dispatch))
    stop = threading.Event()
    threads = [
        threading.Thread(target=runner.heartbeats, args=(stop,), name="heartbeats"),
        threading.Thread(
            target=sweep_until,
            args=(stop, runtime.catalog, doorbell.ring),
            kwargs={"clock": runtime.clock, "every_seconds": runtime.settings.work.sweep_seconds},
            name="sweep",
        ),
    ]
    doorbell.answer_with(runtime.settings.work.threads)
    for thread in threads:
        thread.start()
    try:
        yield doorbell
    finally:
        doorbell.stop(patience_seconds=_PATIENCE_SECONDS)
        stop.set()
        for thread in threads:
            thread.join()
