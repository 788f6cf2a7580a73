"""Watching the roots where cards appear, each in a thread of its own."""

import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from api.runtime import Runtime
from catalog.dispatch import sweep
from catalog.errors import CatalogError
from catalog.repositories import register
from ingest.intake import IntakeOutcome, IntakeResult
from ingest.watch import RootWatcher


@contextmanager
def docking(
    runtime: Runtime,
    roots: Sequence[Path],
    *,
    on_result: Callable[[IntakeResult], None],
    ring: Callable[[Sequence[UUID]], None],
) -> Iterator[None]:
    """Watch until the block ends. A root need not exist yet, except the one inside the home, which is made.

    `ring` is told of the jobs of each secured recording at once, rather than at the next sweep.
    """
    stop = threading.Event()

    def report(result: IntakeResult) -> None:
        on_result(result)
        if result.outcome is IntakeOutcome.SECURED:
            try:
                sweep(runtime.catalog, ring, runtime.clock())
            except CatalogError:
                return  # the sweep by timer will find it

    watchers = [_watcher(runtime, root, report) for root in roots]
    threads = [
        threading.Thread(target=watcher.watch, args=(stop,), name=f"watch-{number}")
        for number, watcher in enumerate(watchers)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for watcher in watchers:
            watcher.wake()
        for thread in threads:
            thread.join()


def _watcher(runtime: Runtime, root: Path, report: Callable[[IntakeResult], None]) -> RootWatcher:
    settings = runtime.settings.watch
    absolute = root.absolute()
    if absolute.is_relative_to(runtime.home):
        absolute.mkdir(parents=True, exist_ok=True)
    with runtime.catalog.writing() as session:
        slot = register.slot(session, settings.station or socket.gethostname(), str(absolute))
    return RootWatcher(
        os.fsencode(absolute),
        runtime.intake_desk(),
        runtime.settings.stability,
        rescan_seconds=settings.rescan_seconds,
        clock=runtime.clock,
        actor=runtime.actor,
        slot_id=slot.id,
        on_result=report,
    )
