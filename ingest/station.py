"""A docking station: all its slots watched at once, one gate for their files, one breaker towards the engines.

finder   looks where cards are, and has a watcher for each slot that is there or was a while ago
watcher  one thread a slot (ingest/watch.py); a card that has died stops nobody else
turns    so many files under way, in all slots together (ingest/turns.py)
looker   every half a second: stalled turns, alarms, reports, `slots.json`
asker    whatever may wait for an engine: asks it while the breaker is open, tells the catalog of the slots
"""

import contextlib
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from catalog.engine import Catalog
from catalog.errors import CatalogError
from catalog.repositories import slots
from catalog.tables.docking import SlotCondition
from ingest.breaker import Breaker, Fault, unforeseen
from ingest.dock_lock import DockLock, alone_in
from ingest.dock_settings import DockSettings
from ingest.engine_faults import engine_fault
from ingest.erase import Eraser, Erasure
from ingest.errors import DockRunning, ErasingRefused, SourceKept
from ingest.intake import IntakeDesk, IntakeResult
from ingest.machine_watch import MachineWatch
from ingest.missing_cards import MissingCards, trouble_of_missing, with_missing
from ingest.naming import DeviceRegister, NameFacts, NamePattern, identify
from ingest.slot_board import SlotBoard, told_before
from ingest.slot_reason import FaultFacts, Reason, ReasonCode
from ingest.slot_state import SlotReport, Trouble, TroubleKind, decide, report
from ingest.slots import SlotFinder
from ingest.stability import StabilitySettings
from ingest.station_record import StationRecord
from ingest.taking import Surroundings
from ingest.turns import Turns
from ingest.walk import Found
from ingest.watch import RootWatcher
from storage.contract import ObjectStore
from storage.errors import StorageError
from storage.model import Bucket

_LOOK_SECONDS = 0.5
_FIND_SECONDS = 2.0
_TELL_SECONDS = 5.0
_ASK_SECONDS, _ASK_AGAIN_SECONDS = 30.0, 5.0
_REGISTER_SECONDS = 60.0
# A key that nothing ever has: asking what lies there costs the store next to nothing.
_NOTHING = "zhilu-dock-asks"
_PARTS = re.compile(r"(\d+)", re.ASCII)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Station:
    """What a dock is made of.

    `desk_for` and `eraser_for` make the intake desk and, where erasing is on, the eraser, given what their progress is
    told to; `is_allowed` tells whether cards
    may lie at a place at all. `reserve_bytes` is what should stay free where the home is.
    """

    name: str
    home: Path
    catalog: Catalog
    store: ObjectStore
    settings: DockSettings
    stability: StabilitySettings
    patterns: Sequence[NamePattern]
    roots: Sequence[bytes]
    actor: str
    clock: Callable[[], datetime]
    desk_for: Callable[[Turns], IntakeDesk]
    rescan_seconds: float
    reserve_bytes: int = 0
    eraser_for: Callable[[Turns], Eraser] | None = None
    on_result: Callable[[IntakeResult, float | None], None] = lambda _result, _seconds: None
    on_erasure: Callable[[Found, Erasure], None] = lambda _found, _erasure: None
    is_allowed: Callable[[bytes], bool] = lambda _place: True


class Dock:
    """A station at work. `start` it once, `end` it once."""

    def __init__(self, station: Station, lock: DockLock) -> None:
        self._station, self._settings, self._lock = station, station.settings, lock
        self._turns = Turns(
            at_once=station.settings.at_once,
            per_slot=station.settings.at_once_per_slot,
            breaker=Breaker(station.settings.breaker),
            clock=station.clock,
            stall_seconds=station.settings.stall_seconds,
            slow_seconds=station.settings.slow_seconds,
        )
        self._desk = station.desk_for(self._turns)
        self._eraser = station.eraser_for(self._turns) if station.eraser_for is not None else None
        self._finder = SlotFinder(station.settings, station.roots)
        self._record = StationRecord(station.catalog, station.name, actor=station.actor, clock=station.clock)
        self._board = SlotBoard(station.home, station.name)
        told = told_before(station.home, station.clock())
        self._machine = MachineWatch(station.home, told, reserve_bytes=station.reserve_bytes, clock=station.clock)
        self._missing = MissingCards(told.cards, self._record, station.home, actor=station.actor, clock=station.clock)
        self._register = DeviceRegister()
        self._places: dict[str, bytes | None] = {}
        self._watchers: dict[str, RootWatcher] = {}
        self._ends: dict[str, threading.Event] = {}
        self._reports: dict[str, SlotReport] = {}
        self._reporting = threading.Lock()
        self.displaced: DockRunning | None = None
        self._has_found = False
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.erasures: Counter[str] = Counter()

    def start(self) -> None:
        self._register = self._desk.known_devices()
        self._ask_for_the_probe()
        for name, work in (("finder", self._find), ("looker", self._look), ("asker", self._ask)):
            self._run(name, work)

    def end(self) -> int:
        """Finish what is under way, within the time that the settings give; returns how many files were left."""
        last = self.reports()  # what was shown while somebody still looked; the end of listening may stir a slot
        self._end_looking()
        left = self._turns.close(self._settings.finish_seconds)
        until = time.monotonic() + _TELL_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))  # one that asks a dead card or engine ends with the process
        if not self._catalog_is_away():
            self._tell(failed=False)
        if any(report.condition in {SlotCondition.READING, SlotCondition.SECURED} for report in last):
            last = self.reports()  # what was under way has come to its end meanwhile
        self._tell_board(last, running=False)
        return left

    def _end_looking(self) -> None:
        self._stop.set()
        for end in list(self._ends.values()):
            end.set()

    def reports(self) -> Sequence[SlotReport]:
        """What each slot shows now, by name."""
        with self._reporting:
            now = self._station.clock()
            self._reports = {slot: self._report(slot, watcher, now) for slot, watcher in self._watchers.items()}
            return [self._reports[name] for name in sorted(self._reports, key=_by_number)]

    @property
    def erasing_refused(self) -> ErasingRefused | None:
        """Why nothing is erased although that is on; None where it is, or is off."""
        return self._eraser.refused if self._eraser is not None else None

    def engine_trouble(self) -> Trouble | None:
        """What keeps all files waiting: the store or the catalog is away or full, as of the last file or question."""
        return self._turns.trouble(files_wait=True)

    def waiting(self) -> int:
        """How many files wait for their turn, in all slots together."""
        return self._turns.waiting()

    def is_done(self) -> bool:
        """Whether every card that is there is done with: secured and still, or only a person can help it on."""
        watchers = list(self._watchers.values())
        return self._has_found and all(watcher.has_looked and self._is_done(watcher) for watcher in watchers)

    def _is_done(self, watcher: RootWatcher) -> bool:
        card = watcher.facts()
        if card is None:
            return True
        if card.trouble is not None and card.trouble.kind is TroubleKind.DOES_NOT_ANSWER:
            return True
        looked_over = not card.stirred and (card.still_seconds or 0.0) >= self._settings.settle_seconds
        return looked_over and not card.files_waiting and not card.files_to_erase

    # --- finder -------------------------------------------------------------------------------------------------

    def _find(self) -> None:
        with self._finder.changes() as changes:
            while not self._stop.is_set():
                # A slot from which something is missing is one, whether there is anything to be found at it or not.
                found = self._finder.look(also=self._missing.slots())
                before, self._places = self._places, self._allowed(found)
                for slot in self._places:
                    if slot not in self._watchers:
                        self._watch(slot)
                    elif self._places[slot] != before.get(slot):
                        self._watchers[slot].wake()
                for slot in self._watchers.keys() - self._places.keys():
                    self._forget(slot)
                self._has_found = True
                changes.wait(_FIND_SECONDS, self._stop)

    def _allowed(self, places: Mapping[str, bytes | None]) -> dict[str, bytes | None]:
        return {
            slot: place if place is not None and self._station.is_allowed(place) else None
            for slot, place in places.items()
        }

    def _watch(self, slot: str) -> None:
        watcher = RootWatcher(
            slot,
            lambda: self._places.get(slot),
            self._surroundings(),
            slot_id=lambda: self._record.slot_id(slot),
            on_docked=partial(self._record.docked, slot),
            on_seen=partial(self._missing.seen, slot),
            on_gone=partial(self._missing.gone, slot),
        )
        self._watchers = {**self._watchers, slot: watcher}
        end = self._ends[slot] = threading.Event()
        if self._stop.is_set():
            end.set()
        self._run(f"watch {slot}", partial(watcher.watch, end))

    def _forget(self, slot: str) -> None:
        """End watching a slot that a pattern found and that is no more; not while a file of it is in hand."""
        if self._watchers[slot].facts() is None and self._turns.forget(slot):
            self._ends.pop(slot).set()
            self._watchers = {name: watcher for name, watcher in self._watchers.items() if name != slot}
            self._record.forget(slot)

    def _surroundings(self) -> Surroundings:
        station = self._station
        return Surroundings(
            desk=self._desk,
            turns=self._turns,
            stability=station.stability,
            rescan_seconds=station.rescan_seconds,
            actor=station.actor,
            clock=station.clock,
            name=self._name,
            settle_seconds=self._settings.settle_seconds,
            stall_seconds=self._settings.stall_seconds,
            erase=self._erase if self._eraser is not None else None,
            on_result=station.on_result,
        )

    def _name(self, path: bytes) -> NameFacts:
        return identify(path, self._station.patterns, self._register)

    def _erase(self, result: IntakeResult, found: Found) -> SourceKept | None:
        assert self._eraser is not None  # noqa: S101 - else nobody is handed this
        erasure = self._eraser.erase(result, found, self._station.actor)
        self.erasures[erasure.outcome] += 1
        self._station.on_erasure(found, erasure)
        return erasure.kept

    # --- looker -------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        told: Sequence[SlotReport] = []
        told_at = float("-inf")
        while not self._stop.is_set():
            self._turns.look_after()
            if not self._is_alone():
                return
            self._machine.look()
            shown, now = self.reports(), time.monotonic()
            if shown != told or now - told_at > _TELL_SECONDS:
                self._tell_board(shown)
                told, told_at = shown, now
            self._missing.take_acknowledgements()
            self._stop.wait(_LOOK_SECONDS)

    def _report(self, slot: str, watcher: RootWatcher, now: datetime) -> SlotReport:
        lies_there, card = watcher.card, watcher.facts()
        waits = card is not None and (card.files_waiting > 0 or card.files_to_erase > 0)
        trouble = self._turns.trouble(files_wait=waits) or self._turns.slow(slot) or self._machine.trouble
        missing = self._missing.of(slot, has_looked=watcher.has_looked)
        own = self._finder.trouble(slot) or trouble_of_missing(missing) or self._machine.unreadable
        shown = decide(card, trouble, settle_seconds=self._settings.settle_seconds, slot=own)
        is_safe = shown.condition is SlotCondition.SAFE_TO_REMOVE
        if is_safe and lies_there is not None and watcher.card is lies_there:
            self._missing.done(slot, lies_there)
        made = report(self._station.name, slot, card, shown, before=self._reports.get(slot), now=now)
        return with_missing(made, missing)

    def _tell_board(self, reports: Sequence[SlotReport], *, running: bool = True) -> None:
        if self.displaced is not None:
            return  # the file is that of another dock
        now, watchers = self._station.clock(), list(self._watchers.values())
        remembered, missing = self._missing.remembered(watchers), self._missing.ids(watchers)
        self._board.tell(reports, self._alarms(), remembered, missing, now=now, running=running)

    def _is_alone(self) -> bool:
        """Whether this home is still ours; where another dock has it by now, this one takes in nothing more."""
        try:
            self._lock.keep()
        except DockRunning as error:
            _log.error("alarm: another dock has the home of this one, which ends", reason=str(error))
            self.displaced = error
            self._end_looking()
        return self.displaced is None

    def _alarms(self) -> list[Reason]:
        refused = self.erasing_refused
        troubles = (self.engine_trouble(), self._machine.trouble, self._machine.unreadable)
        told = [trouble.reason for trouble in troubles if trouble is not None]
        return [*told, Reason(ReasonCode.ERASING_REFUSED, fault=FaultFacts.of(refused))] if refused else told

    # --- asker --------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        ask_at = register_at = time.monotonic()
        failed = False
        while not self._stop.wait(_LOOK_SECONDS):
            self._turns.ask_engines(self._fault)
            now = time.monotonic()
            if now >= ask_at:
                ask_at = now + (_ASK_AGAIN_SECONDS if self._ask_idly() else _ASK_SECONDS)
                self._ask_for_the_probe()
            if now >= register_at:
                self._register, register_at = self._desk.known_devices(), now + _REGISTER_SECONDS
            if not self._catalog_is_away():
                failed = self._tell(failed=failed)

    def _ask_for_the_probe(self) -> None:
        if self._eraser is not None:
            with contextlib.suppress(CatalogError):  # asked again for each file that could be erased
                self._eraser.ask_for_the_probe()

    def _ask_idly(self) -> bool:
        """Whether an engine is at fault: to be known before somebody docks a card."""
        fault = self._fault()
        if fault is not None:
            self._turns.engine_failed(fault)
        return fault is not None

    def _fault(self) -> Fault | None:
        """Ask both engines for next to nothing."""
        try:
            with self._station.catalog.reading() as session:
                slots.answers(session)
            next(iter(self._station.store.list_versions(Bucket.ORIGINALS, _NOTHING)), None)
        except (StorageError, CatalogError) as error:
            return engine_fault(error)
        except Exception as error:  # noqa: BLE001
            # That an engine cannot be asked is no answer of it.
            _log.exception("asking the engines met something unforeseen")
            return unforeseen(error)
        return None

    def _catalog_is_away(self) -> bool:
        trouble = self.engine_trouble()
        return trouble is not None and trouble.kind in {TroubleKind.CATALOG_AWAY, TroubleKind.CATALOG_FULL}

    def _tell(self, *, failed: bool) -> bool:
        try:
            self._record.tell([] if self.displaced else self.reports(), time.monotonic())
            if self._eraser is not None:
                self._eraser.tell_what_is_left()
        except CatalogError as error:
            if not failed:
                _log.warning("the catalog could not be told of the slots", reason=str(error))
            return True
        return False

    def _run(self, name: str, work: Callable[[], None]) -> None:
        def guarded() -> None:
            while not self._stop.is_set():
                try:
                    work()
                except Exception:  # noqa: BLE001 - a dock that goes on without one of its threads loses evidence
                    _log.exception("a part of the dock met something unforeseen and begins again", part=name)
                    self._stop.wait(_ASK_AGAIN_SECONDS)
                else:
                    return

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()


@contextlib.contextmanager
def at_work(station: Station) -> Iterator[Dock]:
    """The dock, until the block ends. Raises DockRunning, CatalogUnavailable.

    DockRunning also at the end, where another took its home meanwhile: end the block once the dock is `displaced`.
    """
    with alone_in(station.home, station.catalog, station.name, now=station.clock()) as lock:
        dock = Dock(station, lock)
        dock.start()
        try:
            yield dock
        finally:
            dock.end()
        if dock.displaced is not None:
            raise dock.displaced


def _by_number(name: str) -> list[tuple[int, str]]:
    """Slot 10 after slot 9."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _PARTS.split(name)]
