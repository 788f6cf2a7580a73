"""What a slot shows to the person in front of it, decided from what is known of the card in it.

Safe to remove is said only of a card whose every file is secured with a receipt, and only after a complete look that
began when nothing had changed for the settle time. Whatever stirs afterwards takes it back until looked at again.

- Trouble of the station (the store away, no room, a wrong clock) calls for attention at every slot but those whose
  card is already safe: their facts stand, whatever became of the store since.
- A file that cannot be secured, a refused device, a folder that cannot be read, a card that does not answer: attention,
  even while others are still being read.
- Times in the future tell of a camera whose clock is wrong: said beside what the slot shows, since the bytes are safe.
- A file that is still being written, whose turn has not come, or that is just being read: reading.
- A card that was looked through and on which there is no file is empty, which is said: never safe to remove, since
  nothing of it was secured, and perhaps it is not the card that somebody meant.
- All secured, but not yet still for long enough, or not yet erased where erasing is on: secured.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from catalog.tables.docking import SlotCondition


class TroubleKind(StrEnum):
    """What calls for attention; each is a word in the messages of the interface."""

    STORE_AWAY = "store away"
    CATALOG_AWAY = "catalog away"
    STORE_MISCONFIGURED = "store misconfigured"
    ENGINE_SLOW = "engine slow"
    STORE_FULL = "store full"
    CATALOG_FULL = "catalog full"
    DISK_LOW = "disk low"
    CLOCK_WENT_BACK = "clock went back"
    CLOCK_JUMPED = "clock jumped"
    CLOCK_UNSET = "clock unset"
    TIMES_IN_FUTURE = "times in future"
    TOO_MANY_FILES = "too many files"
    FILE_FAILED = "file failed"
    DEVICE_REFUSED = "device refused"
    NOT_LOOKED_INTO = "not looked into"
    DOES_NOT_ANSWER = "does not answer"
    NOTHING_FOUND = "nothing found"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something a person has to see to, with one sentence."""

    kind: TroubleKind
    sentence: str


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What is known of the card in a slot. Files that were erased or taken away after securing stay counted.

    `still_seconds` says for how long nothing had changed when the last complete look began, None before the first;
    `stirred`, that something happened since that nobody has looked at.
    """

    since: datetime
    files_found: int = 0
    files_secured: int = 0
    files_failed: int = 0
    files_waiting: int = 0
    marked_waiting: int = 0
    files_to_erase: int = 0
    files_kept: int = 0
    bytes_found: int = 0
    bytes_secured: int = 0
    times_in_future: int = 0
    device_serials: tuple[str, ...] = ()
    still_seconds: float | None = None
    stirred: bool = False
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """The decision: what the slot shows and why. `trouble` names what a person has to see to, None if nothing."""

    condition: SlotCondition
    reason: str | None = None
    trouble: TroubleKind | None = None


def decide(card: CardFacts | None, station: Trouble | None, *, settle_seconds: float) -> Shown:
    """Decide what a slot shows. `card` is None while the slot is empty, `station` what troubles the whole dock."""
    if card is None:
        return _attention(station) if station else Shown(SlotCondition.EMPTY)
    if card.trouble is not None:
        return _attention(card.trouble)
    if card.files_failed:
        return _attention(Trouble(TroubleKind.FILE_FAILED, f"{card.files_failed} of its files could not be secured."))
    if card.files_secured == card.files_found and not card.files_waiting and not card.files_to_erase:
        shown = _complete(card, settle_seconds)
        if shown.condition is SlotCondition.SAFE_TO_REMOVE:
            return shown
    else:
        shown = _under_way(card)
    return _attention(station) if station else shown


def _complete(card: CardFacts, settle_seconds: float) -> Shown:
    if card.still_seconds is None:
        return Shown(SlotCondition.READING, "It is being looked through for the first time.")
    if card.stirred or card.still_seconds < settle_seconds:
        if not card.files_found:
            return Shown(SlotCondition.READING, "Nothing was found on it so far; it is looked through once more.")
        return Shown(SlotCondition.SECURED, "All is secured; it is looked through once more before it may go.")
    if not card.files_found:
        return Shown(SlotCondition.EMPTY, "Nothing was found on it.", TroubleKind.NOTHING_FOUND)
    kept = f"{card.files_kept} files were kept on it." if card.files_kept else None
    ahead = _ahead(card)
    return Shown(SlotCondition.SAFE_TO_REMOVE, kept or ahead.reason, ahead.trouble)


def _under_way(card: CardFacts) -> Shown:
    if card.files_secured == card.files_found and not card.files_waiting:
        return Shown(SlotCondition.SECURED, f"{card.files_to_erase} secured files are still to be erased.")
    return _ahead(card)


def _ahead(card: CardFacts) -> Shown:
    if not card.times_in_future:
        return Shown(SlotCondition.READING)
    reason = f"{card.times_in_future} of its files bear times in the future: set the clock of the camera."
    return Shown(SlotCondition.READING, reason, TroubleKind.TIMES_IN_FUTURE)


def _attention(trouble: Trouble) -> Shown:
    return Shown(SlotCondition.ATTENTION, trouble.sentence, trouble.kind)


@dataclass(frozen=True, slots=True)
class SlotReport:
    """The state of one slot at one time. Counts are of the present card since it appeared; sizes in bytes."""

    station: str
    slot: str
    condition: SlotCondition
    reason: str | None
    since: datetime
    card_since: datetime | None = None
    device_serials: tuple[str, ...] = ()
    files_found: int = 0
    files_secured: int = 0
    files_failed: int = 0
    files_waiting: int = 0
    marked_waiting: int = 0
    bytes_found: int = 0
    bytes_secured: int = 0
    trouble: TroubleKind | None = None

    def as_json(self) -> dict[str, Any]:
        """The keys of `zhilu dock --status --json`; times are ISO 8601 in UTC."""
        document = asdict(self)
        document["since"] = self.since.isoformat()
        document["card_since"] = self.card_since.isoformat() if self.card_since else None
        document["device_serials"] = list(self.device_serials)
        return document

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "SlotReport":
        """Raises ValueError, KeyError or TypeError for what `as_json` does not give."""
        card_since, trouble = document["card_since"], document["trouble"]
        known = {
            **document,
            "condition": SlotCondition(document["condition"]),
            "since": datetime.fromisoformat(document["since"]),
            "card_since": datetime.fromisoformat(card_since) if card_since else None,
            "device_serials": tuple(document["device_serials"]),
            "trouble": TroubleKind(trouble) if trouble else None,
        }
        return cls(**known)


def report(
    station: str, slot: str, card: CardFacts | None, shown: Shown, *, before: SlotReport | None, now: datetime
) -> SlotReport:
    """The report of a slot that shows this now; `since` goes on from the one before where the same is shown."""
    card_since = card.since if card else None
    same = before is not None and (before.condition, before.reason) == (shown.condition, shown.reason)
    since = before.since if before is not None and same and before.card_since == card_since else now
    if card is None:
        return SlotReport(station, slot, shown.condition, shown.reason, since, trouble=shown.trouble)
    return SlotReport(
        station=station,
        slot=slot,
        condition=shown.condition,
        reason=shown.reason,
        since=since,
        card_since=card_since,
        device_serials=card.device_serials,
        files_found=card.files_found,
        files_secured=card.files_secured,
        files_failed=card.files_failed,
        files_waiting=card.files_waiting,
        marked_waiting=card.marked_waiting,
        bytes_found=card.bytes_found,
        bytes_secured=card.bytes_secured,
        trouble=shown.trouble,
    )
