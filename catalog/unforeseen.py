"""What nobody foresaw must not end a thread that works for as long as its process lives."""

import structlog

_log = structlog.get_logger(__name__)

PAUSE_SECONDS = 1.0
"""How long such a thread waits before it goes on, so that an error that stays does not keep a processor busy."""


class Unforeseen:
    """Tells of each kind of error once, with its trace: one that stays must not fill the disk with its log."""

    def __init__(self, event: str) -> None:
        """`event` says what could not be done."""
        self._event = event
        self._told: set[type[Exception]] = set()

    def met(self, error: Exception) -> None:
        if type(error) in self._told:
            return
        self._told.add(type(error))
        _log.error(self._event, reason=f"Unforeseen {type(error).__name__}: {error}", exc_info=error)
