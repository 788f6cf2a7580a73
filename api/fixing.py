"""Reading stored bytes again by a timer: each process that works takes its share, none waits for another."""

import threading
from collections.abc import Callable
from datetime import datetime

from api.runtime import Runtime
from api.timers import Duty
from retention.fixity import FixityRound, log_round

FIXITY_SECONDS = 3600.0

OnRound = Callable[[FixityRound, datetime], None]


def reading_again(
    runtime: Runtime,
    *,
    on_round: OnRound = lambda _round, _now: None,
    every_seconds: float = FIXITY_SECONDS,
) -> Duty:
    """Read what is due now and every hour. A round takes as long as the budget makes it; the end cuts it short."""
    stop = threading.Event()

    def read() -> None:
        found = runtime.retention.fixity_reader(
            rest=lambda seconds: stop.wait(seconds) if seconds else stop.is_set()
        ).read_due()
        log_round(found)
        on_round(found, runtime.clock())

    return Duty("reading stored bytes again", every_seconds, read, shared=True, interrupt=stop.set)
