"""Writing the pages of the catalog's tables into the store by a timer, and once more at the end."""

import structlog

from api.runtime import Runtime
from api.timers import Duty

PAGES_SECONDS = 60.0
"""So much of what no recording's manifest tells is lost at most with the catalog."""
_log = structlog.get_logger(__name__)


def paging(runtime: Runtime, *, every_seconds: float = PAGES_SECONDS) -> Duty:
    """Bring the pages up to date now, every minute, and at the end."""

    def write() -> None:
        done = runtime.page_writer().write()
        if done.written:
            _log.info("pages were written", looked_at=done.looked_at, written=done.written)

    return Duty("writing pages", every_seconds, write, last_round=True)
