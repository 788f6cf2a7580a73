"""Taking one file when its turn has come: secure it, have it erased where that is on, and note how far it is."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from catalog.errors import CatalogBusy, CatalogError
from ingest.card import Card, CardIdentity, FileState, Standing, WatchedFile
from ingest.engine_faults import engine_fault
from ingest.erase_decision import ENGINE_SILENT, STORE_NOT_PROVEN, AfterKeeping, after_keeping
from ingest.errors import ContentBusy, DeviceNotRegistered, SourceChanged, SourceKept, SourceVanished
from ingest.intake import IntakeDesk, IntakeOutcome, IntakeResult
from ingest.naming import NameFacts
from ingest.slot_reason import FaultFacts, Reason, ReasonCode
from ingest.slot_state import CardFacts, Trouble, TroubleKind
from ingest.source import shown
from ingest.stability import StabilitySettings
from ingest.turns import Turns
from ingest.walk import Found

# Until a file that failed is tried again. Where an engine failed, the breaker decides when that is.
RETRY_FIRST_SECONDS = 30.0
_RETRY_LONGEST_SECONDS = 600.0
_RETRY_ENGINE_FIRST_SECONDS, _RETRY_ENGINE_LONGEST_SECONDS = 1.0, 5.0
_log = structlog.get_logger(__name__)


def steady_clock() -> datetime:
    """A time that only goes forward, whatever becomes of the clock on the wall. It says nothing about the date."""
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=time.monotonic())


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the watchers of all slots of a dock share.

    `erase` returns why a secured file was kept, None once it is gone or if it was only rehearsed. `on_result` is told
    what became of a file and, of one that is secured, how many seconds after it stood still. `identity` tells one card
    at a place from the next.
    """

    desk: IntakeDesk
    turns: Turns
    stability: StabilitySettings
    rescan_seconds: float
    actor: str
    clock: Callable[[], datetime]
    name: Callable[[bytes], NameFacts]
    settle_seconds: float = 0.0
    stall_seconds: float = 20.0
    steady: Callable[[], datetime] = steady_clock
    identity: Callable[[bytes], CardIdentity | None] = CardIdentity.at
    erase: Callable[[IntakeResult, Found], SourceKept | None] | None = None
    on_result: Callable[[IntakeResult, float | None], None] = lambda _result, _seconds: None


class Taker:
    """Takes the files of one slot; each in the thread of its turn."""

    def __init__(
        self, around: Surroundings, slot_id: Callable[[], UUID | None], on_docked: Callable[[CardFacts], None]
    ) -> None:
        self._around, self._slot_id, self._on_docked = around, slot_id, on_docked

    def take(self, card: Card, file: WatchedFile, state: FileState) -> None:
        """Take in a file that was in that state when its turn was asked for. Never raises for what it meets."""
        try:
            with self._around.turns.asking_the_card():
                now = FileState.of(os.lstat(file.found.path))
        except OSError:
            return  # the next look will tell
        if now != state:
            file.looks = ()  # it waited long for its turn: what was decided of it is not of this file any more
            return
        if self._is_gone(card):
            return  # what lies there now is of another card
        result = self._secured(file.found)
        if result.outcome is IntakeOutcome.FAILED:
            self._failed(card, file, state, result)
            return
        self._around.turns.engines_served()
        if self._is_gone(card):
            # Which of the two cards these bytes were read from nobody knows: secured they are, but neither is told so.
            self._tell(result)
            return
        file.failures, file.not_before, file.told, file.trouble = 0, 0.0, None, None
        to_erase = self._around.erase is not None
        file.settled, file.standing = state, Standing.TO_ERASE if to_erase else Standing.SECURED
        card.changed_at = time.monotonic()
        if not card.announced:
            card.announced = True
            self._on_docked(card.facts(stirred=True, answers=True, now=self._around.clock()))
        self._tell(result, time.monotonic() - file.still_since)
        if self._around.erase is not None:
            with self._around.turns.erasing():
                kept = self._around.erase(result, file.found)
            self._erase(card, file, kept)

    def _secured(self, found: Found) -> IntakeResult:
        try:
            slot_id = self._slot_id()
        except CatalogError as error:
            reason, path = str(error), shown(found.path)
            return IntakeResult(path, IntakeOutcome.FAILED, reason=reason, retryable=error.retryable, error=error)
        return self._around.desk.take(found, actor=self._around.actor, slot_id=slot_id)

    def _failed(self, card: Card, file: WatchedFile, state: FileState, result: IntakeResult) -> None:
        file.failures += 1
        card.changed_at = time.monotonic()
        fault = engine_fault(result.error)
        if fault is not None:
            # Not its own fault: it stays ready, and goes on as soon as turns are given again.
            pause = min(_RETRY_ENGINE_FIRST_SECONDS * 2 ** min(file.failures - 1, 10), _RETRY_ENGINE_LONGEST_SECONDS)
            file.not_before = time.monotonic() + pause
            self._around.turns.engine_failed(fault)
        else:
            self._failed_by_itself(file, state, result)
        if file.told != result.reason:
            file.told = result.reason
            self._around.desk.note_failure(result, actor=self._around.actor, now=self._around.clock())
            self._tell(result)

    def _failed_by_itself(self, file: WatchedFile, state: FileState, result: IntakeResult) -> None:
        longest = _RETRY_LONGEST_SECONDS
        if isinstance(result.error, SourceChanged | SourceVanished | ContentBusy | CatalogBusy):
            file.standing, file.trouble = Standing.WAITING, None  # being written, taken out, or in other hands
        elif isinstance(result.error, DeviceNotRegistered):
            refused = Reason(ReasonCode.DEVICE_REFUSED, fault=FaultFacts.of(result.error))
            file.standing, file.trouble = Standing.FAILED, Trouble(TroubleKind.DEVICE_REFUSED, refused)
            longest = RETRY_FIRST_SECONDS  # somebody may just be entering it into the register
        else:
            file.standing, file.trouble = Standing.FAILED, trouble_of(file, result.error or result.reason)
        if result.retryable:
            pause = min(RETRY_FIRST_SECONDS * 2 ** min(file.failures - 1, 10), longest)
            file.not_before, file.looks = time.monotonic() + pause, ()
        else:
            file.settled = state

    def _erase(self, card: Card, file: WatchedFile, kept: SourceKept | None) -> None:
        card.changed_at = time.monotonic()
        if kept is None:
            file.standing = Standing.SECURED
            return
        file.keepings += kept.reason not in ENGINE_SILENT
        after = after_keeping(kept.reason, times=file.keepings)
        if not after.is_final:
            file.settled = None  # read again, for a receipt that serves
            file.not_before = time.monotonic() + RETRY_FIRST_SECONDS
        elif kept.reason not in STORE_NOT_PROVEN:  # that is told once, for all of them
            _log.warning("a secured file was kept on its card", path=shown(file.found.path), reason=str(kept))
        match after:
            case AfterKeeping.SAFE:
                file.standing = Standing.KEPT
            case AfterKeeping.DOUBTED | AfterKeeping.DOUBTED_FOR_GOOD:
                file.standing, file.trouble = Standing.FAILED, trouble_of(file, kept)
            case AfterKeeping.AGAIN:
                pass

    def _is_gone(self, card: Card) -> bool:
        with self._around.turns.asking_the_card():
            return self._around.identity(card.identity.root) != card.identity

    def report(self, path: bytes, reason: str) -> None:
        """Tell of something that is not taken in, and put it on record."""
        result = IntakeResult(shown(path), IntakeOutcome.FAILED, reason=reason, retryable=True)
        self._around.desk.note_failure(result, actor=self._around.actor, now=self._around.clock())
        self._tell(result)

    def _tell(self, result: IntakeResult, seconds: float | None = None) -> None:
        try:
            self._around.on_result(result, seconds)
        except Exception:  # noqa: BLE001 - what became of the file stands; that nobody took it must not undo it
            _log.exception("a result was not taken", path=result.path)


def trouble_of(file: WatchedFile, why: Exception | str | None) -> Trouble:
    """That this file cannot be secured, and why."""
    fault = FaultFacts.of(why) if isinstance(why, Exception) else FaultFacts("Unforeseen", str(why))
    return Trouble(TroubleKind.FILE_FAILED, Reason(ReasonCode.FILE_FAILED, {"path": shown(file.found.path)}, fault))
