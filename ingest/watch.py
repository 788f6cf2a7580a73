"""Watching the places where cards appear. Events are hints; what is believed is what a look at the folder shows.

A root may vanish and come back with another card at any time: all that was remembered of it is forgotten then, and
every file is hashed again, since name, size and time of two cards may be the same. What is known becomes a sighting.
"""

import os
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from ingest.errors import SourceVanished
from ingest.intake import IntakeDesk, IntakeOutcome, IntakeResult
from ingest.source import shown
from ingest.stability import Observation, StabilitySettings, StabilityState, condense, decide
from ingest.walk import Found, NotLookedInto, walk

_ROOT_LOOK_SECONDS = 2.0
_RETRY_FIRST, _RETRY_LONGEST = timedelta(seconds=30), timedelta(minutes=10)
_GROWS_TOO_LONG = "It has been growing for too long; it is watched on and secured once it stands still."
_log = structlog.get_logger(__name__)


@dataclass
class _Watched:
    """What is remembered of one file while its card is there."""

    found: Found
    looks: tuple[Observation, ...] = ()
    settled: Observation | None = None
    securing: Future[None] | None = None
    failures: int = 0
    not_before: datetime | None = None
    told: str | None = None


@dataclass
class _Card:
    """What is remembered of one root since it appeared; `identity` tells one appearance from the next."""

    identity: tuple[int, int]
    files: dict[bytes, _Watched] = field(default_factory=dict)


class RootWatcher:
    """Watches one root and takes in every file that has come to rest. Run `watch` in a thread of its own."""

    def __init__(
        self,
        root: bytes,
        desk: IntakeDesk,
        settings: StabilitySettings,
        *,
        rescan_seconds: float,
        clock: Callable[[], datetime],
        actor: str,
        slot_id: UUID | None = None,
        threads: int = 2,
        on_result: Callable[[IntakeResult], None] = lambda _result: None,
    ) -> None:
        self._root, self._desk, self._settings = root, desk, settings
        self._rescan, self._clock, self._actor, self._slot_id = rescan_seconds, clock, actor, slot_id
        self._on_result = on_result
        self._wake = threading.Event()
        self._threads = threads
        self._card: _Card | None = None
        self._observer: BaseObserver | None = None
        self._watch: ObservedWatch | None = None

    def watch(self, stop: threading.Event) -> None:
        """Watch until `stop` is set; then what is being secured is brought to its end."""
        with ThreadPoolExecutor(self._threads, thread_name_prefix="dock") as pool:
            while not stop.is_set():
                self._wake.clear()
                pause = self._look(pool)
                self._wait(stop, pause)
            self._stop_listening()

    def wake(self) -> None:
        """Look now rather than at the next turn."""
        self._wake.set()

    def _wait(self, stop: threading.Event, seconds: float) -> None:
        # Short waits: a card that comes or goes is noticed although nothing reports it.
        until = self._clock() + timedelta(seconds=seconds)
        while not stop.is_set() and not self._wake.is_set() and self._clock() < until:
            left = (until - self._clock()).total_seconds()
            self._wake.wait(min(max(left, 0.05), _ROOT_LOOK_SECONDS))
            if (_identity(self._root) is None) != (self._card is None):
                return

    def _look(self, pool: ThreadPoolExecutor) -> float:
        """Look at every file once; returns the seconds until it is worth looking again."""
        identity = _identity(self._root)
        if identity is None:
            if self._card is not None:
                _log.info("a card was taken out", root=shown(self._root))
                self._card = None
                self._stop_listening()
            return self._rescan
        if self._card is None or self._card.identity != identity:
            _log.info("a card appeared", root=shown(self._root))
            self._card = _Card(identity)
            self._stop_listening()
        self._listen()
        return self._look_at_files(self._card, pool)

    def _look_at_files(self, card: _Card, pool: ThreadPoolExecutor) -> float:
        now = self._clock()
        again = now + timedelta(seconds=self._rescan)
        present: set[bytes] = set()
        for found in walk(self._root):
            present.add(found.path)
            if isinstance(found, NotLookedInto):
                self._tell_once(card, Found(found.path, self._root, b""), found)
                continue
            watched = card.files.setdefault(found.path, _Watched(found))
            look_again = self._consider(watched, now, pool)
            again = min(again, look_again or again)
        for gone in card.files.keys() - present:
            del card.files[gone]
        return max((again - self._clock()).total_seconds(), 0.05)

    def _consider(self, watched: _Watched, now: datetime, pool: ThreadPoolExecutor) -> datetime | None:
        """Look at one file; returns when it is worth looking again, None if nothing is to be expected."""
        busy = watched.securing is not None and not watched.securing.done()
        if busy or (watched.not_before is not None and now < watched.not_before):
            return watched.not_before
        try:
            status = os.lstat(watched.found.path)
        except OSError:
            return None  # gone between listing and looking: the next look will tell
        look = Observation(status.st_size, status.st_mtime_ns, now)
        if watched.settled is not None and watched.settled.shows_the_same_as(look):
            return None
        watched.looks = condense((*watched.looks, look))
        stability = decide(watched.looks, now, self._settings)
        if stability.state is StabilityState.STABLE:
            watched.securing = pool.submit(self._secure, watched, look)
        elif stability.state is StabilityState.STALE_GROWING and watched.told != stability.reason:
            watched.told = stability.reason
            self._report(watched, _GROWS_TOO_LONG)
        return stability.look_again_at

    def _secure(self, watched: _Watched, look: Observation) -> None:
        result = self._desk.take(watched.found, actor=self._actor, slot_id=self._slot_id)
        if result.outcome is IntakeOutcome.FAILED:
            watched.failures += 1
            if result.retryable:
                pause = min(_RETRY_FIRST * 2 ** min(watched.failures - 1, 10), _RETRY_LONGEST)
                watched.not_before = self._clock() + pause
                watched.looks = ()
            else:
                watched.settled = look
            if watched.told != result.reason:
                watched.told = result.reason
                self._desk.note_failure(result, actor=self._actor, now=self._clock())
                self._on_result(result)
        else:
            watched.settled, watched.failures, watched.not_before, watched.told = look, 0, None, None
            self._on_result(result)
        self.wake()

    def _tell_once(self, card: _Card, place: Found, found: NotLookedInto) -> None:
        watched = card.files.setdefault(place.path, _Watched(place))
        if isinstance(found.error, SourceVanished) or watched.told == str(found.error):
            return
        watched.told = str(found.error)
        self._report(watched, watched.told)

    def _report(self, watched: _Watched, reason: str) -> None:
        result = IntakeResult(shown(watched.found.path), IntakeOutcome.FAILED, reason=reason, retryable=True)
        self._desk.note_failure(result, actor=self._actor, now=self._clock())
        self._on_result(result)

    # --- events ---------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        if self._observer is not None:
            return
        observer = Observer()
        # watchdog warns when a folder that has just appeared is reported twice, as cards do: nothing is lost by it.
        warnings.filterwarnings("ignore", category=RuntimeWarning, module="watchdog")
        try:
            observer.schedule(_Waker(self._wake), os.fsdecode(self._root), recursive=True)
            observer.start()
        except OSError as error:
            # Watch limits, network folders: the timer does it alone.
            _log.warning("events are not to be had, looking by timer alone", root=shown(self._root), why=str(error))
        self._observer = observer

    def _stop_listening(self) -> None:
        observer, self._observer = self._observer, None
        if observer is not None and observer.is_alive():
            observer.unschedule_all()
            observer.stop()
            observer.join(timeout=5)


class _Waker(FileSystemEventHandler):
    """Turns any event into a look. Which one it was does not matter."""

    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake

    def on_any_event(self, event: FileSystemEvent) -> None:
        # Our own reading causes these; looking because of them would never end.
        if event.event_type not in {"opened", "closed_no_write"}:
            self._wake.set()


def _identity(root: bytes) -> tuple[int, int] | None:
    """What tells one appearance of a root from the next; None while it is not there."""
    try:
        status = os.stat(root)  # noqa: PTH116 - bytes
    except OSError:
        return None
    return status.st_dev, status.st_ino
