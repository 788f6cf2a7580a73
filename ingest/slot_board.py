"""The file `slots.json` in the home: what the slots of this machine's dock show, for whoever looks from outside."""

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from ingest.departures import UnfinishedCard
from ingest.slot_reason import Reason
from ingest.slot_state import SlotReport

NAME = "slots.json"
_ACKNOWLEDGED = "slots-acknowledged"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Board:
    """What a dock told last, and when. Not `running` once it was ended; one that was killed merely falls silent.

    `unfinished` are cards that are missing or, in their slots, not done: whoever starts next remembers them.
    """

    station: str
    told_at: datetime
    running: bool
    alarms: tuple[Reason, ...]
    slots: tuple[SlotReport, ...]
    unfinished: tuple[UnfinishedCard, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "station": self.station,
            "told_at": self.told_at.isoformat(),
            "running": self.running,
            "alarms": [alarm.as_json() for alarm in self.alarms],
            "slots": [slot.as_json() for slot in self.slots],
            "unfinished": [card.as_json() for card in self.unfinished],
        }


class SlotBoard:
    """Writes the file, by replacing it: a reader finds one state or the next, never half of one."""

    def __init__(self, home: Path, station: str) -> None:
        self._path, self._station = home / NAME, station
        self._failed = False
        for left in home.glob(f"{NAME}.*"):  # by a process that was killed while it wrote
            left.unlink(missing_ok=True)

    def tell(
        self,
        slots: Sequence[SlotReport],
        alarms: Sequence[Reason],
        unfinished: Sequence[UnfinishedCard],
        *,
        now: datetime,
        running: bool = True,
    ) -> None:
        """Put this state in the place of the one before. Where that fails, it is logged: securing goes on."""
        board = Board(self._station, now, running, tuple(alarms), tuple(slots), tuple(unfinished))
        fresh = self._path.with_name(f"{NAME}.{os.getpid()}")
        try:
            document = json.dumps(board.as_json(), ensure_ascii=False, indent=1) + "\n"
            # Whatever a sentence of one slot may hold, it must not silence the others.
            fresh.write_bytes(document.encode("utf-8", errors="replace"))
            fresh.chmod(0o600)
            fresh.replace(self._path)
        except (OSError, ValueError) as error:
            if not self._failed:
                _log.warning("the states of the slots could not be written", path=str(self._path), why=str(error))
            self._failed = True
            return
        self._failed = False


def read_board(home: Path) -> Board | None:
    """What the dock of this home told last; None where none ever did, or it cannot be read."""
    try:
        document = json.loads((home / NAME).read_text(encoding="utf-8"))
        return Board(
            str(document["station"]),
            datetime.fromisoformat(document["told_at"]),
            bool(document["running"]),
            tuple(Reason.from_json(alarm) for alarm in document["alarms"]),
            tuple(SlotReport.from_json(slot) for slot in document["slots"]),
            tuple(UnfinishedCard.from_json(card) for card in document["unfinished"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def acknowledge(home: Path, slot: str, actor: str) -> None:
    """Leave word for the dock of this home that somebody has seen to what is missing from a slot. Raises OSError."""
    folder = home / _ACKNOWLEDGED
    folder.mkdir(mode=0o700, exist_ok=True)
    name = secrets.token_hex(8)
    fresh = folder / f"{name}.new"
    fresh.write_text(json.dumps({"slot": slot, "actor": actor}), "utf-8")
    fresh.replace(folder / f"{name}.json")


def acknowledged(home: Path) -> list[tuple[str, str]]:
    """Slot and actor of each acknowledgement since the last call."""
    found = []
    for path in sorted((home / _ACKNOWLEDGED).glob("*.json")):
        try:
            text = path.read_text("utf-8")
            path.unlink()
            told = json.loads(text)
            found.append((str(told["slot"]), str(told["actor"])))
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("an acknowledgement could not be read", path=str(path), why=str(error))
    return found
