"""Watching the places where cards appear. Events are hints; what is believed is what a look at the folder shows.

A root may vanish and come back with another card at any time: all that was remembered of it is forgotten then, and
every file is hashed again, since name, size and time of two cards may be the same. What is known becomes a sighting.
"""

import os
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from ingest.errors import SourceVanished
from ingest.intake import IntakeDesk, IntakeOutcome, IntakeResult
from ingest.source import shown
from ingest.stability import Observation, StabilitySettings, StabilityState, condense, decide
from ingest.walk import Found, NotLookedInto, walk

# Cards are not swapped faster than this; a look at the root costs next to nothing.
_ROOT_LOOK_SECONDS = 0.5
# While a file is being written, events come by the thousand: looks never follow each other faster than this.
_SHORTEST_PAUSE_SECONDS = 0.05
_RETRY_FIRST, _RETRY_LONGEST = timedelta(seconds=30), timedelta(minutes=10)
_GROWS_TOO_LONG = "It has been growing for too long; it is watched on and secured once it stands still."
_log = structlog.get_logger(__name__)


@dataclass
class _Watched:
    """What is remembered of one file while its card is there."""

    found: Found
    looks: tuple[Observation, ...] = ()
    settled: "_State | None" = None
    securing: Future[None] | None = None
    failures: int = 0
    not_before: datetime | None = None
    told: str | None = None


@dataclass(frozen=True, slots=True)
class _State:
    """What a file looked like when it was dealt with. The time of change (ctime) tells another file under its name:
    unlike the time of modification, nobody can copy it along. FAT has none and repeats the latter.
    """

    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "_State":
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@dataclass(frozen=True, slots=True)
class _Identity:
    """What tells one appearance of a root from the next: device, inode, and the file system's own id."""

    device: int
    inode: int
    file_system: int


@dataclass
class _Card:
    """What is remembered of one root since it appeared."""

    identity: _Identity
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
        self._listening_tried = False

    def watch(self, stop: threading.Event) -> None:
        """Watch until `stop` is set; what is just being secured comes to its end, the rest waits for the next start."""
        pool = ThreadPoolExecutor(self._threads, thread_name_prefix="dock")
        try:
            while not stop.is_set():
                self._wake.clear()
                try:
                    pause = self._look(pool)
                except Exception:  # noqa: BLE001 - a root that is no longer watched loses evidence: log it and go on
                    _log.exception("a look met something unforeseen", root=shown(self._root))
                    pause = self._rescan
                self._wait(stop, pause)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            self._stop_listening()
            pool.shutdown(wait=True)

    def wake(self) -> None:
        """Look now rather than at the next turn."""
        self._wake.set()

    def _wait(self, stop: threading.Event, seconds: float) -> None:
        # Short waits: a card that comes, goes or is swapped is noticed although nothing reports it.
        until = time.monotonic() + seconds
        stop.wait(_SHORTEST_PAUSE_SECONDS)
        while not stop.is_set() and not self._wake.is_set():
            left = until - time.monotonic()
            if left <= 0 or _identity(self._root) != (self._card.identity if self._card else None):
                return
            self._wake.wait(min(left, _ROOT_LOOK_SECONDS))

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
        return (again - self._clock()).total_seconds()

    def _consider(self, watched: _Watched, now: datetime, pool: ThreadPoolExecutor) -> datetime | None:
        """Look at one file; returns when it is worth looking again, None if nothing is to be expected."""
        if watched.securing is not None and not watched.securing.done():
            return None  # its end wakes us
        if watched.not_before is not None and now < watched.not_before:
            return watched.not_before
        try:
            status = os.lstat(watched.found.path)
        except OSError:
            return None  # gone between listing and looking: the next look will tell
        state = _State.of(status)
        if watched.settled == state:
            return None
        look = Observation(state.size, state.modified_ns, now)
        watched.looks = condense((*watched.looks, look))
        stability = decide(watched.looks, now, self._settings)
        if stability.state is StabilityState.STABLE:
            watched.securing = pool.submit(self._secure, watched, state)
            watched.securing.add_done_callback(partial(self._ended, watched))
        elif stability.state is StabilityState.STALE_GROWING and watched.told != stability.reason:
            watched.told = stability.reason
            self._report(watched, _GROWS_TOO_LONG)
        return stability.look_again_at

    def _secure(self, watched: _Watched, state: _State) -> None:
        result = self._desk.take(watched.found, actor=self._actor, slot_id=self._slot_id)
        if result.outcome is IntakeOutcome.FAILED:
            watched.failures += 1
            if result.retryable:
                pause = min(_RETRY_FIRST * 2 ** min(watched.failures - 1, 10), _RETRY_LONGEST)
                watched.not_before = self._clock() + pause
                watched.looks = ()
            else:
                watched.settled = state
            if watched.told != result.reason:
                watched.told = result.reason
                self._desk.note_failure(result, actor=self._actor, now=self._clock())
                self._on_result(result)
        else:
            watched.settled, watched.failures, watched.not_before, watched.told = state, 0, None, None
            self._on_result(result)

    def _ended(self, watched: _Watched, securing: Future[None]) -> None:
        error = None if securing.cancelled() else securing.exception()
        if error is not None:
            _log.error("securing met something unforeseen", path=shown(watched.found.path), exc_info=error)
            watched.not_before = self._clock() + _RETRY_FIRST
        self.wake()

    def _tell_once(self, card: _Card, place: Found, found: NotLookedInto) -> None:
        watched = card.files.setdefault(place.path, _Watched(place))
        gone = isinstance(found.error, SourceVanished) and not os.path.lexists(place.path)
        if gone or watched.told == str(found.error):
            return
        watched.told = str(found.error)
        self._report(watched, watched.told)

    def _report(self, watched: _Watched, reason: str) -> None:
        result = IntakeResult(shown(watched.found.path), IntakeOutcome.FAILED, reason=reason, retryable=True)
        self._desk.note_failure(result, actor=self._actor, now=self._clock())
        self._on_result(result)

    # --- events ---------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        if self._observer is not None and not any(emitter.is_alive() for emitter in self._observer.emitters):
            self._stop_listening()  # the folder was deleted; another of its name lies there now
        if self._listening_tried:
            return
        self._listening_tried = True
        # watchdog warns when a folder that has just appeared is reported twice, as cards do: nothing is lost by it.
        warnings.filterwarnings("ignore", category=RuntimeWarning, module="watchdog")
        observer: BaseObserver | None = None
        try:
            observer = Observer()
            observer.schedule(_Waker(self._wake), os.fsdecode(self._root), recursive=True)
            observer.start()
        except OSError as error:
            # Watch limits, network folders: the timer does it alone.
            _log.warning("events are not to be had, looking by timer alone", root=shown(self._root), why=str(error))
            if observer is not None:
                observer.stop()
            return
        self._observer = observer

    def _stop_listening(self) -> None:
        self._listening_tried = False
        observer, self._observer = self._observer, None
        if observer is not None:
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


def _identity(root: bytes) -> _Identity | None:
    """The identity of what lies at the root now; None while nothing does."""
    try:
        status, file_system = os.stat(root), os.statvfs(root)  # noqa: PTH116 - bytes
    except OSError:
        return None
    return _Identity(status.st_dev, status.st_ino, file_system.f_fsid)
