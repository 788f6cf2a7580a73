"""Renewing the locks of originals by a timer, in one process at a time."""

from collections.abc import Callable
from datetime import datetime

from api.runtime import Runtime
from api.timers import Duty
from retention.renewal import Renewal

RENEWAL_SECONDS = 3600.0
TURNS_AT_MOST = 3
"""So many rounds in a row others may have the turn; whoever keeps it that long may not be renewing anything."""

OnRound = Callable[[Renewal, datetime], None]


def renewing(
    runtime: Runtime,
    *,
    on_round: OnRound = lambda _renewal, _now: None,
    every_seconds: float = RENEWAL_SECONDS,
) -> Duty:
    """Renew locks now and every hour; `on_round` is told of each complete round and its end."""

    def renew() -> None:
        renewal = runtime.retention.lock_renewer().renew_or_log()
        if renewal is not None:
            on_round(renewal, runtime.clock())

    # Two that renew at once do no harm; a lock that ends does.
    return Duty("renewing locks", every_seconds, renew, turns_at_most=TURNS_AT_MOST)
