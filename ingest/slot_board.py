"""The file `slots.json` in the home: what the slots of this machine's dock show, for whoever looks from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from ingest.departures import UnfinishedCard
from ingest.slot_reason import Reason
from ingest.slot_state import SlotReport
from ingest.state_file import (
    Unreadable,
    clear_left,
    each_understood,
    moment,
    put_aside,
    read_state,
    text,
    understood,
    write_state,
)

NAME = "slots.json"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Board:
    """What a dock told last, and when. Not `running` once it was ended; one that was killed merely falls silent.

    `unfinished` are cards that are missing or, in their slots, not done: whoever starts next remembers them. `missing`
    are the ids of those that were missing. `left_out` says how many entries could not be read.
    """

    station: str
    told_at: datetime
    running: bool
    alarms: tuple[Reason, ...]
    slots: tuple[SlotReport, ...]
    unfinished: tuple[UnfinishedCard, ...] = ()
    missing: tuple[str, ...] = ()
    left_out: int = 0

    def missing_from(self, slot: str) -> list[UnfinishedCard]:
        """What is missing from a slot, the latest last."""
        return [card for card in self.unfinished if card.slot == slot and card.departure_id in self.missing]

    def as_json(self) -> dict[str, Any]:
        return {
            "station": self.station,
            "told_at": self.told_at.isoformat(),
            "running": self.running,
            "alarms": [alarm.as_json() for alarm in self.alarms],
            "slots": [slot.as_json() for slot in self.slots],
            "unfinished": [card.as_json() for card in self.unfinished],
            "missing": list(self.missing),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Board":
        """What can be understood of it, each entry for itself; raises as `state_file.understood` catches it."""
        alarms, strange_alarms = each_understood(Reason.from_json, document["alarms"])
        slots, strange_slots = each_understood(SlotReport.from_json, document["slots"])
        unfinished, strange_cards = each_understood(UnfinishedCard.from_json, document["unfinished"])
        missing, strange_ids = each_understood(text, document["missing"])
        left_out = len([*strange_alarms, *strange_slots, *strange_cards, *strange_ids])
        station, told_at, running = text(document["station"]), moment(document["told_at"]), bool(document["running"])
        return cls(station, told_at, running, alarms, slots, unfinished, missing, left_out)


class SlotBoard:
    """Writes the file, by replacing it: a reader finds one state or the next, never half of one."""

    def __init__(self, home: Path, station: str) -> None:
        self._path, self._station = home / NAME, station
        self._failed = False
        clear_left(self._path)

    def tell(
        self,
        slots: Sequence[SlotReport],
        alarms: Sequence[Reason],
        unfinished: Sequence[UnfinishedCard],
        missing: Sequence[str],
        *,
        now: datetime,
        running: bool = True,
    ) -> None:
        """Put this state in the place of the one before. Where that fails, it is logged: securing goes on."""
        board = Board(self._station, now, running, tuple(alarms), tuple(slots), tuple(unfinished), tuple(missing))
        try:
            write_state(self._path, board.as_json())
        except (OSError, ValueError) as error:
            if not self._failed:
                _log.warning("the states of the slots could not be written", path=str(self._path), why=str(error))
            self._failed = True
            return
        self._failed = False


def read_board(home: Path) -> Board | None:
    """What the dock of this home told last; None where none ever did, or where it cannot be read."""
    document = read_state(home / NAME)
    board = understood(Board.from_json, document) if isinstance(document, dict) else None
    return None if isinstance(board, Unreadable) else board


@dataclass(frozen=True, slots=True)
class ToldBefore:
    """What the dock before told: the cards to remember, and when. `stays` names a file that could not be put aside."""

    cards: tuple[UnfinishedCard, ...] = ()
    at: datetime | None = None
    stays: str | None = None


def told_before(home: Path, now: datetime) -> ToldBefore:
    """Read what to remember, apart from all else that stands there. What is not understood is put aside and logged."""
    path = home / NAME
    document = read_state(path)
    if document is None:
        return ToldBefore()
    if isinstance(document, Unreadable):
        return ToldBefore(stays=_put_aside(path, now, document, copied=False))
    cards, strange = each_understood(UnfinishedCard.from_json, document.get("unfinished"))
    at = understood(moment, document.get("told_at"))
    if isinstance(at, Unreadable):
        strange.append(at)
    # What was understood stands there until it is written anew; so the rest goes aside as a copy.
    stays = _put_aside(path, now, strange[0], copied=True) if strange else None
    return ToldBefore(cards, None if isinstance(at, Unreadable) else at, stays)


def _put_aside(path: Path, now: datetime, found: Unreadable, *, copied: bool) -> str | None:
    aside = put_aside(path, now, copied=copied)
    _log.warning(
        "what an earlier dock told could not be read: cards that were taken out too early may be forgotten",
        path=str(path),
        why=found.why,
        aside=str(aside) if aside else "it could not be put aside",
    )
    return None if aside else path.name
