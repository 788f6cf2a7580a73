"""The sweep: rings for whatever the ledger says is due, so that no ring need ever arrive."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from catalog.dispatch import QUEUE_AT_MOST
from catalog.engine import Catalog
from catalog.errors import CatalogError
from catalog.repositories import jobs
from catalog.unforeseen import Unforeseen

_HURRY_SECONDS = 1.0
_log = structlog.get_logger(__name__)


class Sweeper:
    """Rings for whatever is due, at once and then every so often. An unavailable catalog is waited for."""

    def __init__(
        self,
        catalog: Catalog,
        ring: Callable[[Sequence[UUID]], None],
        *,
        clock: Callable[[], datetime],
        every_seconds: float,
    ) -> None:
        self._catalog, self._ring, self._clock, self._every = catalog, ring, clock, every_seconds
        self._more = False
        self._woken, self._stopping = threading.Event(), threading.Event()

    def run(self) -> None:
        """Sweep until `stop`."""
        unforeseen = Unforeseen("the ledger could not be swept")
        while not self._stopping.is_set():
            self._woken.clear()
            begun = time.monotonic()
            try:
                self._more = sweep(self._catalog, self._ring, self._clock()) >= QUEUE_AT_MOST
            except CatalogError as error:
                _log.warning("the ledger could not be swept", reason=str(error))
            except Exception as error:  # noqa: BLE001 - without a sweep, what is due is never found again
                unforeseen.met(error)
            if self._woken.wait(self._every):
                self._stopping.wait(max(begun + _HURRY_SECONDS - time.monotonic(), 0.0))

    def idle(self) -> None:
        """Those who work have nothing more to do: sweep now if more was due than one sweep rings for."""
        if self._more:
            self._woken.set()

    def stop(self) -> None:
        self._stopping.set()
        self._woken.set()


def sweep(catalog: Catalog, ring: Callable[[Sequence[UUID]], None], now: datetime) -> int:
    """Ring for everything that is due, as much as a queue holds; returns how much that was. Raises CatalogError."""
    with catalog.reading() as session:
        due = jobs.due(session, now=now, limit=QUEUE_AT_MOST)
    ring(due)
    return len(due)
