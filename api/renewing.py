"""Renewing the locks of originals by a timer, in one process at a time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog

from api.runtime import Runtime
from catalog.alone import alone
from catalog.errors import CatalogError
from catalog.unforeseen import Unforeseen
from retention.renewal import Renewal

RENEWAL_SECONDS = 3600.0
TURNS_AT_MOST = 3
"""So many rounds in a row others may have the turn; whoever keeps it that long may not be renewing anything."""
_log = structlog.get_logger(__name__)

OnRound = Callable[[Renewal, datetime], None]


@contextmanager
def renewing(
    runtime: Runtime,
    *,
    on_round: OnRound = lambda _renewal, _now: None,
    every_seconds: float = RENEWAL_SECONDS,
) -> Iterator[None]:
    """Renew locks now and every hour, until the block ends; `on_round` is told of each complete round and its end."""
    stop = threading.Event()
    rounds = Rounds(runtime, on_round)

    def renew() -> None:
        unforeseen = Unforeseen("locks could not be looked at")
        while True:
            try:
                rounds.make()
            except Exception as error:  # noqa: BLE001 - locks end silently if this thread does
                unforeseen.met(error)
            if stop.wait(every_seconds):
                return

    # A daemon: a store that does not answer must not keep the process; a round cut short is made again.
    thread = threading.Thread(target=renew, name="renewal", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(runtime.settings.work.patience_seconds)


class Rounds:
    """The rounds of one process: made when nobody else makes one, or when others have had the turn for too long."""

    def __init__(self, runtime: Runtime, on_round: OnRound) -> None:
        self._runtime, self._on_round = runtime, on_round
        self._others = 0

    def make(self) -> None:
        """Make one round, or leave it to whoever is at it. Unavailable engines are logged and met again next time."""
        try:
            with alone(self._runtime.catalog, "renewing locks") as ours:
                renewal = self._runtime.lock_renewer().renew_or_log() if ours or self._others_too_long() else None
        except CatalogError as error:
            _log.error("locks could not be looked at", reason=str(error))
            return
        if ours:
            self._others = 0
        if renewal is not None:
            self._on_round(renewal, self._runtime.clock())

    def _others_too_long(self) -> bool:
        self._others += 1
        if self._others < TURNS_AT_MOST:
            return False
        # Two that renew at once do no harm; a lock that ends does.
        _log.error("others have been renewing locks for too long; they are renewed here as well", rounds=self._others)
        return True
