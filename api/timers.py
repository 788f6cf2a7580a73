"""Duties that come round again in `zhilu up` and `zhilu work`: each in a thread of its own, one process at a time.

     1 ALONE     nobody else who shares the catalog is at the same duty, or it is left to them this time
     2 DO        one round; engines that are away are logged, and met again next time
     3 WAIT      until the duty comes round again, or the end

An error that nobody foresaw is told once and ends no duty. At the end a round under way is given a little time; one cut
short is made again: so a duty must bear being killed anywhere, and being done twice at once.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from catalog.alone import alone
from catalog.engine import Catalog
from catalog.errors import CatalogError
from catalog.unforeseen import Unforeseen
from storage.errors import StorageError

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Duty:
    """What comes round every so many seconds. `what` names it in logs, and the turn that one process has at a time.

    `turns_at_most`: so many rounds in a row others may have the turn before it is done here as well; None: always.
    `last_round`: made once more at the end, for what must not wait for the next start. `shared`: several processes may
    be at it at once, for it shares its work among them. `interrupt`: called at the end, to cut a long round short.
    """

    what: str
    every_seconds: float
    do: Callable[[], None]
    turns_at_most: int | None = None
    last_round: bool = False
    shared: bool = False
    interrupt: Callable[[], None] = lambda: None


@contextmanager
def timers(catalog: Catalog, *duties: Duty, patience_seconds: float) -> Iterator[None]:
    """Do each duty now and whenever it comes round again, until the block ends; then wait so long for their rounds."""
    stop = threading.Event()
    # Daemons: an engine that does not answer must not keep the process.
    threads = [
        threading.Thread(target=_come_round, args=(Rounds(catalog, duty), stop), name=duty.what, daemon=True)
        for duty in duties
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for duty in duties:
            duty.interrupt()
        _wait(threads, patience_seconds)


def _come_round(rounds: "Rounds", stop: threading.Event) -> None:
    unforeseen = Unforeseen(f"a duty was not done: {rounds.duty.what}")

    def make() -> None:
        try:
            rounds.make()
        except Exception as error:  # noqa: BLE001 - the duty ends silently if this thread does
            unforeseen.met(error)

    make()
    while not stop.wait(rounds.duty.every_seconds):
        make()
    if rounds.duty.last_round:
        make()


def _wait(threads: list[threading.Thread], patience_seconds: float) -> None:
    """All together have that long, not each."""
    until = time.monotonic() + patience_seconds
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


class Rounds:
    """The rounds of one duty in one process: made when nobody else makes one, or others had the turn for too long."""

    def __init__(self, catalog: Catalog, duty: Duty) -> None:
        self._catalog, self.duty = catalog, duty
        self._others = 0

    def make(self) -> None:
        """Make one round, or leave it to whoever is at it. Engines that are away are logged and met again next time."""
        try:
            if self.duty.shared:
                self.duty.do()
                return
            with alone(self._catalog, self.duty.what) as ours:
                if ours or self._others_too_long():
                    self.duty.do()
                if ours:
                    self._others = 0
        except (CatalogError, StorageError) as error:
            _log.error("a duty was not done", what=self.duty.what, reason=str(error))

    def _others_too_long(self) -> bool:
        self._others += 1
        if self.duty.turns_at_most is None or self._others < self.duty.turns_at_most:
            return False
        # Two at once do no harm; a duty that nobody does, does.
        _log.error("others have been at a duty for too long; it is done here as well", what=self.duty.what)
        return True
