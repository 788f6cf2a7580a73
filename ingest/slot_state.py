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
- An empty slot whose last card went before it was done, or where something is plugged in that the system has not
  mounted, or of which nobody knows what is missing since that could not be read: attention. Another card shows what is
  true of itself; that one is missing is said beside it.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from catalog.tables.docking import SlotCondition
from ingest.slot_reason import NO_REASON, Reason, ReasonCode
from ingest.state_file import moment, text


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
    NOT_MOUNTED = "not mounted"
    TAKEN_OUT_EARLY = "taken out early"
    ERASING_REFUSED = "erasing refused"
    STATE_UNREADABLE = "state unreadable"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something a person has to see to."""

    kind: TroubleKind
    reason: Reason

    @property
    def sentence(self) -> str:
        return self.reason.sentence


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

    @property
    def is_done(self) -> bool:
        """Whether all that was found on it is secured, and it was looked through. Erasing may still be to come."""
        all_secured = self.files_secured == self.files_found and not self.files_failed and not self.files_waiting
        return all_secured and self.still_seconds is not None and self.trouble is None


@dataclass(frozen=True, slots=True)
class Shown:
    """The decision: what the slot shows and why. `trouble` names what a person has to see to, None if nothing."""

    condition: SlotCondition
    why: Reason | None = None
    trouble: TroubleKind | None = None

    @property
    def reason(self) -> str | None:
        return self.why.sentence if self.why else None


def decide(
    card: CardFacts | None, station: Trouble | None, *, settle_seconds: float, slot: Trouble | None = None
) -> Shown:
    """Decide what a slot shows. `card` is None while none can be looked at there, `station` what troubles the whole
    dock, `slot` what there is to say of this slot while it has no card.
    """
    if card is None:
        trouble = slot or station  # that of the station stands among the alarms too
        return _attention(trouble) if trouble else Shown(SlotCondition.EMPTY)
    if card.trouble is not None:
        return _attention(card.trouble)
    if card.files_failed:
        return _attention(
            Trouble(TroubleKind.FILE_FAILED, Reason(ReasonCode.FILES_FAILED, {"count": card.files_failed}))
        )
    if card.files_secured == card.files_found and not card.files_waiting and not card.files_to_erase:
        shown = _complete(card, settle_seconds)
        if shown.condition is SlotCondition.SAFE_TO_REMOVE:
            return shown
    else:
        shown = _under_way(card)
    return _attention(station) if station else shown


def _complete(card: CardFacts, settle_seconds: float) -> Shown:
    if card.still_seconds is None:
        return Shown(SlotCondition.READING, Reason(ReasonCode.FIRST_LOOK))
    if card.stirred or card.still_seconds < settle_seconds:
        if not card.files_found:
            return Shown(SlotCondition.READING, Reason(ReasonCode.NOTHING_YET))
        return Shown(SlotCondition.SECURED, Reason(ReasonCode.LAST_LOOK))
    if not card.files_found:
        return Shown(SlotCondition.EMPTY, Reason(ReasonCode.NOTHING_FOUND), TroubleKind.NOTHING_FOUND)
    kept = Reason(ReasonCode.KEPT, {"count": card.files_kept}) if card.files_kept else None
    ahead = _ahead(card)
    return Shown(SlotCondition.SAFE_TO_REMOVE, kept or ahead.why, ahead.trouble)


def _under_way(card: CardFacts) -> Shown:
    if card.files_secured == card.files_found and not card.files_waiting:
        return Shown(SlotCondition.SECURED, Reason(ReasonCode.TO_ERASE, {"count": card.files_to_erase}))
    return _ahead(card)


def _ahead(card: CardFacts) -> Shown:
    if not card.times_in_future:
        return Shown(SlotCondition.READING)
    why = Reason(ReasonCode.TIMES_IN_FUTURE, {"count": card.times_in_future})
    return Shown(SlotCondition.READING, why, TroubleKind.TIMES_IN_FUTURE)


def _attention(trouble: Trouble) -> Shown:
    return Shown(SlotCondition.ATTENTION, trouble.reason, trouble.kind)


@dataclass(frozen=True, slots=True)
class SlotReport:
    """The state of one slot at one time. Counts are of the present card since it appeared; sizes in bytes.

    `taken_out` tells of earlier cards that went before they were done and did not come back, the latest last, and
    `files_taken_out` how many files of them are not secured.
    """

    station: str
    slot: str
    condition: SlotCondition
    why: Reason | None
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
    taken_out: tuple[Reason, ...] = ()
    files_taken_out: int = 0

    @property
    def reason(self) -> str | None:
        """The English sentence."""
        return self.why.sentence if self.why else None

    def as_json(self) -> dict[str, Any]:
        """The keys of `zhilu dock --status --json`; times are ISO 8601 in UTC."""
        document: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "why"}
        return document | {
            "since": self.since.isoformat(),
            "card_since": self.card_since.isoformat() if self.card_since else None,
            "device_serials": list(self.device_serials),
            **(self.why.as_json() if self.why else NO_REASON),
            "taken_out": [each.as_json() for each in self.taken_out],
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "SlotReport":
        """Raises what `state_file.understood` catches for what `as_json` does not give; what is more, it leaves out."""
        card_since, trouble = document["card_since"], document["trouble"]
        known = {
            **{each.name: document[each.name] for each in fields(cls) if each.name != "why"},
            "condition": SlotCondition(document["condition"]),
            "why": Reason.from_json(document) if document["reason_code"] else None,
            "since": moment(document["since"]),
            "card_since": moment(card_since) if card_since else None,
            "device_serials": tuple(map(text, document["device_serials"])),
            "trouble": TroubleKind(trouble) if trouble else None,
            "taken_out": tuple(Reason.from_json(each) for each in document["taken_out"]),
        }
        return cls(**known)


def report(
    station: str, slot: str, card: CardFacts | None, shown: Shown, *, before: SlotReport | None, now: datetime
) -> SlotReport:
    """The report of a slot that shows this now; `since` goes on from the one before where the same is shown."""
    card_since = card.since if card else None
    same = before is not None and (before.condition, before.why) == (shown.condition, shown.why)
    since = before.since if before is not None and same and before.card_since == card_since else now
    if card is None:
        return SlotReport(station, slot, shown.condition, shown.why, since, trouble=shown.trouble)
    return SlotReport(
        station=station,
        slot=slot,
        condition=shown.condition,
        why=shown.why,
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
