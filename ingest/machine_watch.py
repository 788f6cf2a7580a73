"""Asks the machine of a dock what may trouble all its slots, and keeps what it says; logs what is new."""

import shutil
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import structlog

from ingest.acknowledgements import FOLDER
from ingest.alarms import ClockWatch, disk_alarm, unreadable_alarm
from ingest.slot_board import NAME, ToldBefore
from ingest.slot_reason import Fact, Reason, ReasonCode
from ingest.slot_state import Trouble, TroubleKind
from ingest.state_file import put_aside_in

_log = structlog.get_logger(__name__)


class MachineWatch:
    """`trouble` is that of the disk or the clock, `unreadable` that of the state of this dock, as last looked at."""

    def __init__(self, home: Path, told: ToldBefore, *, reserve_bytes: int, clock: Callable[[], datetime]) -> None:
        self._home, self._reserve_bytes, self._clock = home, reserve_bytes, clock
        self._clock_watch = ClockWatch(told.at)
        self._stays = [told.stays] if told.stays is not None else []
        self.trouble: Trouble | None = None
        self.unreadable: Trouble | None = None
        self._note_unreadable()

    def look(self) -> None:
        trouble = self._disk() or self._clock_watch.look(self._clock(), time.clock_gettime(time.CLOCK_BOOTTIME))
        if trouble is not None and (self.trouble is None or trouble.kind is not self.trouble.kind):
            _log.warning("alarm", kind=trouble.kind.value, reason=trouble.sentence)
        self.trouble = trouble
        self._note_unreadable()

    def _note_unreadable(self) -> None:
        own = [name for name in put_aside_in(self._home) if name.startswith(NAME)]
        words = [f"{FOLDER}/{name}" for name in put_aside_in(self._home / FOLDER)]
        trouble = unreadable_alarm([*self._stays, *own, *words])
        if trouble is not None and trouble != self.unreadable:
            _log.warning("alarm", kind=trouble.kind.value, reason=trouble.sentence)
        self.unreadable = trouble

    def _disk(self) -> Trouble | None:
        try:
            free = shutil.disk_usage(self._home).free
        except OSError as error:
            facts: dict[str, Fact] = {"where": str(self._home), "why": error.strerror or str(error)}
            return Trouble(TroubleKind.DISK_LOW, Reason(ReasonCode.DISK_NOT_ASKED, facts))
        return disk_alarm(free, self._reserve_bytes, str(self._home))
