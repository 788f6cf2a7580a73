"""The dock of this process: its slots by the settings, watched, secured and, where that is on, erased after receipt."""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import structlog

from api.runtime import Runtime
from catalog.doorbell import Doorbell
from catalog.errors import CatalogError
from catalog.repositories import jobs
from catalog.tables.jobs import JobState
from ingest.erase import Eraser, Erasure
from ingest.erase_probe import ProbeVerdict
from ingest.intake import IntakeDesk, IntakeResult
from ingest.source import shown
from ingest.station import Dock, Station, at_work
from ingest.turns import Turns
from ingest.walk import Found

_log = structlog.get_logger(__name__)


@contextmanager
def docking(
    runtime: Runtime,
    roots: Sequence[Path],
    *,
    on_result: Callable[[IntakeResult, float | None], None],
    doorbell: Doorbell,
    on_erasure: Callable[[Found, Erasure], None] = lambda _found, _erasure: None,
    dry_run: bool = False,
) -> Iterator[Dock]:
    """Watch these folders and the slots of the settings until the block ends.

    A root need not exist yet, except the one inside the home, which is made. `on_result` is told what became of a
    file and, of a secured one, how many seconds after it stood still; `doorbell` rings for the jobs of each secured
    recording at once, rather than at the next sweep. With `dry_run` erasing is rehearsed, whatever the settings say.
    """

    def report(result: IntakeResult, seconds: float | None) -> None:
        on_result(result, seconds)
        _ring_for(runtime, result, doorbell)

    with at_work(_station(runtime, _absolute(runtime, roots), report, on_erasure, dry_run=dry_run)) as dock:
        yield dock


def _station(
    runtime: Runtime,
    roots: Sequence[bytes],
    on_result: Callable[[IntakeResult, float | None], None],
    on_erasure: Callable[[Found, Erasure], None],
    *,
    dry_run: bool,
) -> Station:
    settings = runtime.settings
    erases = settings.dock.erase or dry_run
    return Station(
        name=settings.dock.station or settings.watch.station or socket.gethostname(),
        home=runtime.home,
        catalog=runtime.catalog,
        store=runtime.store,
        settings=settings.dock,
        stability=settings.stability,
        patterns=runtime.patterns,
        roots=roots,
        actor=runtime.actor,
        clock=runtime.clock,
        desk_for=lambda turns: _desk(runtime, turns, fresh_receipts=erases),
        rescan_seconds=settings.watch.rescan_seconds,
        reserve_bytes=settings.storage.reserve_mib * 1024 * 1024,
        eraser_for=partial(_eraser, runtime, dry_run=dry_run) if erases else None,
        on_result=on_result,
        on_erasure=on_erasure,
        is_allowed=lambda place: _is_allowed(runtime.home, place),
    )


def _desk(runtime: Runtime, turns: Turns, *, fresh_receipts: bool) -> IntakeDesk:
    return IntakeDesk(
        runtime.catalog,
        runtime.securer(),
        runtime.patterns,
        on_progress=turns.progress,
        unknown_devices=runtime.settings.dock.unknown_devices,
        fresh_receipts=fresh_receipts,
    )


def _eraser(runtime: Runtime, turns: Turns, *, dry_run: bool) -> Eraser:
    probe = _probe_verdict(runtime) if runtime.settings.dock.erase_requires_probe else None
    return Eraser(runtime.catalog, runtime.store, runtime.clock, dry_run=dry_run, probe=probe, on_step=turns.erases)


def _probe_verdict(runtime: Runtime) -> ProbeVerdict:
    from api.probing import store_name  # noqa: PLC0415 - with it comes all that probes, which few docks ever need

    return ProbeVerdict(runtime.catalog, store_name(runtime.settings.storage, runtime.home))


def _absolute(runtime: Runtime, roots: Sequence[Path]) -> list[bytes]:
    found = []
    for root in roots:
        absolute = root.absolute()
        if absolute.is_relative_to(runtime.home):
            absolute.mkdir(parents=True, exist_ok=True)
        found.append(os.fsencode(absolute))
    return found


def _is_allowed(home: Path, place: bytes) -> bool:
    """Whether cards may lie there: not where Zhilu keeps its own. Decided by the path alone, which never waits."""
    path = Path(os.fsdecode(place))
    own = home.is_relative_to(path) or any(path.is_relative_to(home / each) for each in ("objects", "scratch"))
    if own:
        _log.error("a place that holds Zhilu's own files is no slot", place=shown(place), home=str(home))
    return not own


def _ring_for(runtime: Runtime, result: IntakeResult, doorbell: Doorbell) -> None:
    if result.recording_id is None or not doorbell.reaches_anybody:
        return
    try:
        with runtime.catalog.reading() as session:
            left = jobs.of_recording(session, result.recording_id)
    except CatalogError:
        return  # the sweep will find them
    doorbell.ring([job.id for job in left if job.state is JobState.WAITING])
