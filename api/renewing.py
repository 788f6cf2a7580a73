"""Renewing the locks of originals by a timer, in one process at a time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog

from api.runtime import Runtime
from catalog.alone import alone
from catalog.errors import CatalogError
from retention.renewal import Renewal

RENEWAL_SECONDS = 3600.0
_log = structlog.get_logger(__name__)

OnRound = Callable[[Renewal, datetime], None]


@contextmanager
def renewing(runtime: Runtime, *, on_round: OnRound = lambda _renewal, _now: None) -> Iterator[None]:
    """Renew locks now and every hour, until the block ends; `on_round` is told of each complete round and its end."""
    stop = threading.Event()

    def renew() -> None:
        while True:
            _round(runtime, on_round)
            if stop.wait(RENEWAL_SECONDS):
                return

    # A daemon: a store that does not answer must not keep the process; a round cut short is made again.
    thread = threading.Thread(target=renew, name="renewal", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(runtime.settings.work.patience_seconds)


def _round(runtime: Runtime, on_round: OnRound) -> None:
    try:
        with alone(runtime.catalog, "renewing locks") as ours:
            renewal = runtime.lock_renewer().renew_or_log() if ours else None
    except CatalogError as error:
        _log.error("locks could not be looked at", reason=str(error))
        return
    if renewal is not None:
        on_round(renewal, runtime.clock())
