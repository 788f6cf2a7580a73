"""Watching a place where cards appear. Events are hints; what is believed is what a look at the folder shows.

A card may vanish and another come to the same place at any time: all that was remembered of it is forgotten then, and
every file is hashed again, since name, size and time of two cards may be the same. What is known becomes a sighting.
A look during which that happened counts for neither card.
"""

import os
import threading
import time
import warnings
from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from ingest.card import Card, CardIdentity, FileState, Standing, WatchedFile
from ingest.errors import SourceUnreadable, SourceVanished
from ingest.slot_reason import Fact, FaultFacts, Reason, ReasonCode
from ingest.slot_state import CardFacts, Trouble, TroubleKind
from ingest.source import shown
from ingest.stability import Observation, StabilityState, condense, decide
from ingest.taking import RETRY_FIRST_SECONDS, Surroundings, Taker, trouble_of
from ingest.walk import Found, NotLookedInto, walk

# Cards are not swapped faster than this; a look at the root costs next to nothing.
_ROOT_LOOK_SECONDS = 0.5
# While a file is being written, events come by the thousand: looks never follow each other faster than this.
_SHORTEST_PAUSE_SECONDS = 0.05
# All that is remembered of a file takes about a kilobyte, and a camera that fills 512 GB with photos of 3 MB holds
# 170,000. What lies beyond comes after the first are gone.
_FILES_AT_MOST = 200_000
_GROWS_TOO_LONG = "It has been growing for too long; it is watched on and secured once it stands still."
_log = structlog.get_logger(__name__)


class RootWatcher:
    """Watches one slot and takes in every file that has come to rest. Run `watch` in a thread of its own."""

    def __init__(
        self,
        slot: str,
        place: Callable[[], bytes | None],
        around: Surroundings,
        *,
        slot_id: Callable[[], UUID | None] = lambda: None,
        on_docked: Callable[[CardFacts], None] = lambda _card: None,
        on_seen: Callable[[Card], None] = lambda _card: None,
        on_gone: Callable[[Card, CardFacts], None] = lambda _card, _facts: None,
    ) -> None:
        """`place` says where the card of the slot lies now; `on_docked` is told of a card once something is secured,
        `on_seen` whenever it was looked through, before anything of it is taken in, `on_gone` when it is there no more.
        """
        self.slot, self._place, self._around = slot, place, around
        self._taker = Taker(around, slot_id, on_docked)
        self._on_seen, self._on_gone = on_seen, on_gone
        self._wake = threading.Event()
        # Another object with everything that stirs; the one that the last look began with says what it has seen.
        self._stirring = self._looked_after = object()
        self._card: Card | None = None
        self.has_looked = False
        self._moved_at: float | None = None
        self._observer: BaseObserver | None = None
        self._listening_tried = False

    def watch(self, stop: threading.Event) -> None:
        """Watch until `stop` is set; what has its turn then comes to its end, the rest waits for the next start."""
        try:
            while not stop.is_set():
                self._wake.clear()
                stirring = self._stirring
                try:
                    pause = self._look()
                    self._looked_after = stirring
                except Exception:  # noqa: BLE001 - a slot that is no longer watched loses evidence: log it and go on
                    _log.exception("a look met something unforeseen", slot=self.slot)
                    self._stirring, pause = object(), self._around.rescan_seconds  # nobody knows what is there
                self._moved_at, self.has_looked = None, True
                self._wait(stop, pause)
        finally:
            self._withdraw_all()  # what the slot showed last stands
            self._stop_listening()

    def wake(self) -> None:
        """Look now rather than at the next turn."""
        self._stirring = object()
        self._wake.set()

    @property
    def card(self) -> Card | None:
        """The card in the slot."""
        return self._card

    def facts(self) -> CardFacts | None:
        """What is known of the card in the slot; None while it is empty."""
        card, moved_at = self._card, self._moved_at
        if card is None:
            return None
        # In this order: a turn stirs before it ends. Until the look after that, nobody knows how it came out.
        stirred = self._around.turns.is_busy(self.slot)
        stirred = stirred or self._stirring is not self._looked_after
        looks_for_too_long = moved_at is not None and time.monotonic() - moved_at > self._around.stall_seconds
        answers = not looks_for_too_long and not self._around.turns.has_stalled(self.slot)
        return card.facts(stirred=stirred, answers=answers, now=self._around.clock())

    def _identity(self) -> CardIdentity | None:
        root = self._place()
        return None if root is None else self._around.identity(root)

    def _wait(self, stop: threading.Event, seconds: float) -> None:
        # Short waits: a card that comes, goes or is swapped is noticed although nothing reports it.
        until = time.monotonic() + seconds
        stop.wait(_SHORTEST_PAUSE_SECONDS)
        while not stop.is_set() and not self._wake.is_set():
            left = until - time.monotonic()
            if left <= 0 or self._identity() != (self._card.identity if self._card else None):
                return
            self._wake.wait(min(left, _ROOT_LOOK_SECONDS))

    def _look(self) -> float:
        """Look at every file once; returns the seconds until it is worth looking again."""
        self._moved_at = time.monotonic()
        identity = self._identity()
        if identity is None:
            if self._card is not None:
                _log.info("a card was taken out", slot=self.slot)
                self._let_go()
            return self._around.rescan_seconds
        if self._card is None or self._card.identity != identity:
            self._let_go()
            _log.info("a card appeared", slot=self.slot, root=shown(identity.root))
            self._card = Card(identity, self._around.clock(), time.monotonic(), self._around.name)
        self._listen(identity.root)
        return self._look_at_files(self._card)

    def _let_go(self) -> None:
        self._withdraw_all()
        gone, self._card = self._card, None
        if gone is not None:
            self._on_gone(gone, gone.facts(stirred=True, answers=True, now=self._around.clock()))
        self._stop_listening()

    def _withdraw_all(self) -> None:
        for file in self._card.files.values() if self._card else ():
            self._withdraw(file)

    def _withdraw(self, file: WatchedFile) -> None:
        if file.turn is not None:
            self._around.turns.withdraw(file.turn)

    def _look_at_files(self, card: Card) -> float:
        began, now = time.monotonic(), self._around.steady()
        pause, complete = self._around.rescan_seconds, True
        present: set[bytes] = set()
        ready: list[WatchedFile] = []
        overfull: Trouble | None = None
        for found in walk(card.identity.root):
            self._moved_at = time.monotonic()
            if len(present) >= _FILES_AT_MOST:
                too_many = Reason(ReasonCode.TOO_MANY_FILES, {"count": _FILES_AT_MOST})
                overfull = Trouble(TroubleKind.TOO_MANY_FILES, too_many)
                break
            present.add(found.path)
            if isinstance(found, NotLookedInto):
                complete = self._tell_once(card, found) and complete
                present |= card.below(found.path)  # not seen is not gone
                continue
            again = self._consider(card, card.file(found), now, ready)
            pause = pause if again is None else min(pause, again)
        if self._identity() != card.identity:
            return 0.0  # what was seen may be of two cards: the next look begins anew
        card.overfull = overfull
        self._on_seen(card)
        for file in sorted(ready, key=lambda each: each.rank):
            self._ask_for_a_turn(card, file)
        for gone in card.forget_all_but(present, time.monotonic()):
            self._withdraw(gone)
        card.still_seconds = max(0.0, began - card.changed_at) if complete else None
        # Where nothing moves any more, one more look says so when the settle time is over.
        unsettled = card.changed_at + self._around.settle_seconds - time.monotonic()
        still = card.still_seconds is not None and card.still_seconds >= self._around.settle_seconds
        return pause if still else min(pause, max(unsettled, 0.0))

    def _consider(self, card: Card, file: WatchedFile, now: datetime, ready: list[WatchedFile]) -> float | None:
        """Look at one file, and add it to those that are ready if it has come to rest.

        Returns the seconds until it is worth looking again, None if nothing is to be expected.
        """
        if file.is_in_hand:
            return None  # its end wakes us
        if (left := file.not_before - time.monotonic()) > 0:
            return left
        try:
            state = FileState.of(os.lstat(file.found.path))
        except OSError as error:
            self._unreadable(card, file, error)
            return None
        if file.state != state:
            file.state = state
            file.still_since = card.changed_at = time.monotonic()
        if file.settled == state:
            return None
        file.standing = Standing.FAILED if file.trouble else Standing.WAITING
        file.looks = condense((*file.looks, Observation(state.size, state.modified_ns, now)))
        stability = decide(file.looks, now, self._around.stability)
        if stability.state is StabilityState.STABLE:
            ready.append(file)
        elif stability.state is StabilityState.STALE_GROWING and file.told != stability.reason:
            file.told = stability.reason
            grows = Reason(ReasonCode.FILE_GROWS, {"path": shown(file.found.path)})
            file.trouble, file.standing = Trouble(TroubleKind.FILE_FAILED, grows), Standing.FAILED
            self._taker.report(file.found.path, _GROWS_TOO_LONG)
        return (stability.look_again_at - now).total_seconds() if stability.look_again_at else None

    def _ask_for_a_turn(self, card: Card, file: WatchedFile) -> None:
        if file.state is not None:
            take = partial(self._taker.take, card, file, file.state)
            file.turn = self._around.turns.ask(self.slot, file.rank, take, on_end=partial(self._ended, file))

    def _unreadable(self, card: Card, file: WatchedFile, error: OSError) -> None:
        if isinstance(error, FileNotFoundError):
            return  # gone between listing and looking: the next look will tell
        found = SourceUnreadable(shown(file.found.path), error.strerror or str(error))
        file.standing, file.trouble = Standing.FAILED, trouble_of(file, found)
        if file.told != str(found):
            file.told, card.changed_at = str(found), time.monotonic()
            self._taker.report(file.found.path, str(found))

    def _ended(self, file: WatchedFile, error: Exception | None) -> None:
        if error is not None:
            _log.error("securing met something unforeseen", path=shown(file.found.path), exc_info=error)
            file.not_before = time.monotonic() + RETRY_FIRST_SECONDS
        self.wake()

    # --- telling ------------------------------------------------------------------------------------------------

    def _tell_once(self, card: Card, found: NotLookedInto) -> bool:
        """Tell of a folder that could not be looked into; whether the walk still counts as a complete one."""
        place = card.file(Found(found.path, card.identity.root, b""))
        gone = isinstance(found.error, SourceVanished) and not os.path.lexists(found.path)
        place.standing = Standing.NOT_LOOKED_INTO
        if gone:
            return False
        if place.told != str(found.error):
            place.told, card.changed_at = str(found.error), time.monotonic()
            facts: dict[str, Fact] = {"path": shown(found.path)}
            why = Reason(ReasonCode.NOT_LOOKED_INTO, facts, FaultFacts.of(found.error))
            place.trouble = Trouble(TroubleKind.NOT_LOOKED_INTO, why)
            self._taker.report(found.path, place.told)
        self._leave_what_is_below(card, found)
        return True

    def _leave_what_is_below(self, card: Card, found: NotLookedInto) -> None:
        """Files that wait in a folder that cannot be looked into any more cannot be secured."""
        for path in card.below(found.path):
            file = card.files[path]
            if file.standing is Standing.WAITING and not file.is_in_hand:
                file.standing, file.trouble = Standing.FAILED, trouble_of(file, found.error)

    # --- events -------------------------------------------------------------------------------------------------

    def _listen(self, root: bytes) -> None:
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
            observer.schedule(_Waker(self.wake), os.fsdecode(root), recursive=True)
            observer.start()
        except OSError as error:
            # Watch limits, network folders: the timer does it alone.
            _log.warning("events are not to be had, looking by timer alone", root=shown(root), why=str(error))
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

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def on_any_event(self, event: FileSystemEvent) -> None:
        # Our own reading causes these; looking because of them would never end.
        if event.event_type not in {"opened", "closed_no_write"}:
            self._wake()
