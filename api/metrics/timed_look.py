"""Looking at something that may not answer: at most one look at a time, kept for a while, never waited for long."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Seen = TypeVar("Seen")

FRESH_SECONDS = 5.0
PATIENCE_SECONDS = 3.0
# A look that takes long is kept so many times longer: watching over a large catalog must not become its main load.
_KEPT_TIMES = 10.0


class TimedLook(Generic[Seen]):
    """Calls `look` in a thread of its own when what it saw last is no longer fresh. Safe for many threads."""

    def __init__(
        self,
        look: Callable[[], Seen],
        *,
        name: str,
        fresh_seconds: float = FRESH_SECONDS,
        patience_seconds: float | None = None,
    ) -> None:
        """What `look` raises counts as no answer; None for the patience means `PATIENCE_SECONDS`."""
        self._look, self._name = look, name
        self._fresh = fresh_seconds
        self._patience = PATIENCE_SECONDS if patience_seconds is None else patience_seconds
        self._seen: Seen | None = None
        self._good_until = 0.0
        self._looking = False
        self._changed = threading.Condition()

    def latest(self) -> Seen | None:
        """What was seen at most a few seconds ago; None when there was no answer, or none within the patience."""
        with self._changed:
            if time.monotonic() < self._good_until:
                return self._seen
            if not self._looking:
                self._looking = True
                threading.Thread(target=self._take, name=self._name, daemon=True).start()
            if not self._changed.wait_for(lambda: not self._looking, timeout=self._patience):
                return None
            return self._seen

    def _take(self) -> None:
        begun = time.monotonic()
        seen: Seen | None = None
        try:
            seen = self._look()
        except Exception:  # noqa: BLE001 - that it could not be looked at is all that is told of it
            seen = None
        finally:
            took = time.monotonic() - begun
            with self._changed:
                self._seen, self._looking = seen, False
                self._good_until = time.monotonic() + max(self._fresh, _KEPT_TIMES * took if seen is not None else 0.0)
                self._changed.notify_all()
