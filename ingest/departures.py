"""Cards that went before they were done, remembered until they came back and are done, or somebody acknowledged it.

Somebody who takes a card too early takes evidence along that is secured nowhere. Whoever comes in the next morning has
to learn of it, whatever was put into that slot since: so another card in the same slot settles nothing, a restart
forgets nothing, and a card that went while no dock ran is missed too. What settles it:

- The same card is put into any slot of this station, and is done there. It is known again by some of its files (place,
  size, time), since a card itself has nothing that says which one it is.
- A person acknowledges it (`zhilu dock --acknowledge SLOT`), which stands in the custody log with their name.
- Of a card that went before any file of it was seen nothing is known: the next one in its slot that is done settles it.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Self

from ingest.card import Card, Standing, WatchedFile
from ingest.slot_reason import Fact, Reason, ReasonCode
from ingest.slot_state import CardFacts

# So many files tell one card from every other: cameras put device and time in their names.
_MARKS = 8
# Beyond that somebody plays with the slot, or nobody looks at all: the oldest are let go of, and logged by then.
_KEPT_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class FileMark:
    """One file by which a card is known again. One that was still being written may have grown since."""

    below: bytes
    size: int
    modified_ns: int
    still: bool

    def fits(self, size: int, modified_ns: int) -> bool:
        if self.still:
            return (size, modified_ns) == (self.size, self.modified_ns)
        return size >= self.size and modified_ns >= self.modified_ns


@dataclass(frozen=True, slots=True)
class UnfinishedCard:
    """A card that is not done. `at` is when it went or, unless `seen_going`, when it was last seen.

    `folder` is the device and inode of one that is no card but a folder, which stays there while no dock runs.
    """

    slot: str
    at: datetime
    seen_going: bool
    files_found: int
    files_left: int
    device_serials: tuple[str, ...] = ()
    marks: tuple[FileMark, ...] = ()
    folder: tuple[int, int] | None = None

    @property
    def reason(self) -> Reason:
        code = ReasonCode.TAKEN_OUT if self.seen_going else ReasonCode.GONE_MEANWHILE
        facts: dict[str, Fact] = {
            "at": self.at.isoformat(timespec="seconds"),
            "left": self.files_left,
            "found": self.files_found,
            "known": "yes" if self.device_serials else "no",
            "devices": ", ".join(self.device_serials),
        }
        return Reason(code if self.files_left else ReasonCode.TAKEN_OUT_UNREAD, facts)

    def as_json(self) -> dict[str, Any]:
        return {
            "slot": self.slot,
            "at": self.at.isoformat(),
            "seen_going": self.seen_going,
            "files_found": self.files_found,
            "files_left": self.files_left,
            "device_serials": list(self.device_serials),
            "marks": [[mark.below.hex(), mark.size, mark.modified_ns, mark.still] for mark in self.marks],
            "folder": list(self.folder) if self.folder else None,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Raises ValueError, KeyError or TypeError for what `as_json` does not give."""
        return cls(
            slot=str(document["slot"]),
            at=datetime.fromisoformat(document["at"]),
            seen_going=bool(document["seen_going"]),
            files_found=int(document["files_found"]),
            files_left=int(document["files_left"]),
            device_serials=tuple(document["device_serials"]),
            marks=tuple(
                FileMark(bytes.fromhex(below), int(size), int(modified), bool(still))
                for below, size, modified, still in document["marks"]
            ),
            folder=(int(document["folder"][0]), int(document["folder"][1])) if document["folder"] else None,
        )


def unfinished(slot: str, card: Card, facts: CardFacts, *, at: datetime, seen_going: bool) -> UnfinishedCard | None:
    """What is to be remembered of a card that goes, or may go, now; None if it is done."""
    if facts.is_done:
        return None
    left, lies = facts.files_found - facts.files_secured, card.identity
    folder = (lies.device, lies.inode) if lies.is_folder else None
    return UnfinishedCard(slot, at, seen_going, facts.files_found, left, facts.device_serials, _marks(card), folder)


def _marks(card: Card) -> tuple[FileMark, ...]:
    """Files that are not secured and stood still, else such as were growing, else secured ones."""
    with card.lock:
        for tells in (_left_still, _left, _taken_in):
            chosen = islice((file for file in card.files.values() if file.found.below and tells(file)), _MARKS)
            marks = tuple(
                FileMark(file.found.below, file.state.size, file.state.modified_ns, tells is not _left)
                for file in chosen
                if file.state is not None
            )
            if marks:
                return marks
    return ()


def _left(file: WatchedFile) -> bool:
    return file.standing in {Standing.WAITING, Standing.FAILED}


def _left_still(file: WatchedFile) -> bool:
    return _left(file) and (file.turn is not None or file.settled is not None)


def _taken_in(file: WatchedFile) -> bool:
    return file.standing in {Standing.SECURED, Standing.KEPT}


@dataclass
class _Missing:
    card: UnfinishedCard
    back_as: Card | None = None


@dataclass
class Departures:
    """Those of one station. Serves many threads."""

    _missing: list[_Missing] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def told_before(cls, cards: Sequence[UnfinishedCard]) -> Self:
        """Those that an earlier dock told of."""
        return cls([_Missing(card) for card in cards])

    def note(self, gone: UnfinishedCard, card: Card) -> None:
        """A card went that is not done. Where it was one that had come back, it is the same one that is missing."""
        with self._lock:
            self._missing = [each for each in self._missing if each.back_as is not card]
            self._missing.append(_Missing(gone))
            del self._missing[:-_KEPT_AT_MOST]

    def recognise(self, slot: str, card: Card) -> None:
        """See whether a card that was just looked through is one of those that are missing."""
        with self._lock:
            for each in self._missing:
                if each.back_as is None and _is_like(each.card, slot, card):
                    each.back_as = card

    def gone_again(self, card: Card) -> None:
        """A card left its slot: if it had come back and was not settled by now, it is missing as before."""
        with self._lock:
            for each in self._missing:
                if each.back_as is card:
                    each.back_as = None

    def settle(self, card: Card) -> list[UnfinishedCard]:
        """This card is done: returns what is settled by that."""
        return self._let_go(lambda each: each.back_as is card)

    def acknowledge(self, slot: str) -> list[UnfinishedCard]:
        """Somebody has seen to what was missing from this slot; returns what is settled by that."""
        return self._let_go(lambda each: each.card.slot == slot and each.back_as is None)

    def of(self, slot: str) -> list[UnfinishedCard]:
        """What is missing from a slot and not back, the latest last."""
        with self._lock:
            return [each.card for each in self._missing if each.card.slot == slot and each.back_as is None]

    def is_back(self, card: Card) -> bool:
        """Whether this card is one that was missing, and is remembered as that until it is done."""
        with self._lock:
            return any(each.back_as is card for each in self._missing)

    def slots(self) -> set[str]:
        """The slots from which something is missing."""
        with self._lock:
            return {each.card.slot for each in self._missing}

    def all(self) -> list[UnfinishedCard]:
        """What is to be remembered, also of those that are back and not done yet."""
        with self._lock:
            return [each.card for each in self._missing]

    def _let_go(self, settles: Callable[[_Missing], bool]) -> list[UnfinishedCard]:
        if not self._missing:
            return []
        with self._lock:
            settled = [each.card for each in self._missing if settles(each)]
            self._missing = [each for each in self._missing if not settles(each)]
            return settled


def _is_like(missing: UnfinishedCard, slot: str, card: Card) -> bool:
    if missing.slot == slot and not missing.seen_going and missing.folder is not None:
        return missing.folder == (card.identity.device, card.identity.inode)
    if not missing.marks:
        return missing.slot == slot
    return all(_holds(card, mark) for mark in missing.marks)


def _holds(card: Card, mark: FileMark) -> bool:
    file = card.files.get(card.identity.root.rstrip(b"/") + b"/" + mark.below)
    return file is not None and file.state is not None and mark.fits(file.state.size, file.state.modified_ns)
