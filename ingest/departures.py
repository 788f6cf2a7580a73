"""Cards that went before they were done, remembered until they came back and are done, or somebody acknowledged it.

Somebody who takes a card too early takes evidence along that is secured nowhere. Whoever comes in the next morning has
to learn of it, whatever was put into that slot since: so another card in the same slot settles nothing, a restart
forgets nothing, and a card that went while no dock ran is missed too. What settles it:

- The same card is put into any slot of this station, and is done there. It is known again by some of its files (place,
  size, time), since a card itself has nothing that says which one it is.
- A person acknowledges it (`zhilu dock --acknowledge SLOT`), which stands in the custody log with their name. Only what
  that person was shown is settled by it.
- Of a card that went before any file of it was seen nothing is known: the next one in its slot that is done settles it.

One whose files were all still being written is known again only if its camera is: cameras count their files, so another
card holds a larger file of that name as well.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Self

from ingest.card import Card, Standing, WatchedFile
from ingest.slot_reason import Fact, Reason, ReasonCode
from ingest.slot_state import CardFacts
from ingest.state_file import moment, text

# So many files tell one card from every other: cameras put device and time in their names.
_MARKS = 8
# Beyond that somebody plays with the slot, or nobody looks at all: the oldest are let go of, and logged by then.
_KEPT_AT_MOST = 200
# More than any card holds, and what every catalog can take.
_FILES_AT_MOST = 2**31 - 1


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

    @property
    def departure_id(self) -> str:
        """Tells this departure from every other, also after a restart: made of all that is known of it."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()

    @property
    def is_unread(self) -> bool:
        """Whether it went before any file of it was seen."""
        return not self.files_found

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
        """Raises what `state_file.understood` catches for what `as_json` does not give."""
        folder = document["folder"]
        return cls(
            slot=text(document["slot"]),
            at=moment(document["at"]),
            seen_going=bool(document["seen_going"]),
            files_found=_count(document["files_found"]),
            files_left=_count(document["files_left"]),
            device_serials=tuple(map(text, document["device_serials"])),
            marks=tuple(
                FileMark(bytes.fromhex(below), int(size), int(modified), bool(still))
                for below, size, modified, still in document["marks"]
            ),
            folder=(int(folder[0]), int(folder[1])) if folder else None,
        )


def _count(told: object) -> int:
    if not isinstance(told, int) or not 0 <= told <= _FILES_AT_MOST:
        message = f"{told!r} is no number of files"
        raise ValueError(message)
    return told


def unfinished(slot: str, card: Card, facts: CardFacts, *, at: datetime, seen_going: bool) -> UnfinishedCard | None:
    """What is to be remembered of a card that goes, or may go, now; None if it is done."""
    if facts.is_done:
        return None
    left, lies = facts.files_found - facts.files_secured, card.identity
    folder = (lies.device, lies.inode) if lies.is_folder else None
    return UnfinishedCard(slot, at, seen_going, facts.files_found, left, facts.device_serials, _marks(card), folder)


def _marks(card: Card) -> tuple[FileMark, ...]:
    """Files that are not secured and stood still, else secured ones and such as were growing."""
    with card.lock:
        if still := _chosen(card, _left_still, _MARKS, still=True):
            return still
        taken_in = _chosen(card, _taken_in, _MARKS // 2, still=True)
        return taken_in + _chosen(card, _left, _MARKS // 2, still=False)


def _chosen(card: Card, tells: Callable[[WatchedFile], bool], count: int, *, still: bool) -> tuple[FileMark, ...]:
    marks = (
        FileMark(file.found.below, file.state.size, file.state.modified_ns, still)
        for file in card.files.values()
        if file.found.below and file.state is not None and tells(file)
    )
    return tuple(islice(marks, count))


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

    def is_same_as(self, card: Card) -> bool:
        """Whether it is back as this card for certain; of an unread one, any card in its slot is only taken for it."""
        return self.back_as is card and not self.card.is_unread


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
        """A card went that is not done. Where it was one that had come back, it is the same one that is missing.

        One of which nothing is known may have been another: it is missing as before, beside this one.
        """
        with self._lock:
            self._missing = [each for each in self._missing if not each.is_same_as(card)]
            self._is_out_again(card)
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
            self._is_out_again(card)

    def settle(self, card: Card) -> list[UnfinishedCard]:
        """This card is done: returns what is settled by that."""
        return self._let_go(lambda each: each.back_as is card)

    def acknowledge(self, slot: str, departures: Collection[str]) -> list[UnfinishedCard]:
        """Somebody has seen to these, by their ids, that were missing from this slot; returns what is settled by that.

        Not one that is back: it lies there, and tells what is true of it.
        """

        def settles(each: _Missing) -> bool:
            is_missing = each.back_as is None or each.card.is_unread
            return is_missing and each.card.slot == slot and each.card.departure_id in departures

        return self._let_go(settles)

    def of(self, slot: str) -> list[UnfinishedCard]:
        """What is missing from a slot and not back, the latest last."""
        with self._lock:
            return [each.card for each in self._missing if each.card.slot == slot and each.back_as is None]

    def is_back(self, card: Card) -> bool:
        """Whether this card is one that was missing, and is remembered as that until it is done."""
        with self._lock:
            return any(each.is_same_as(card) for each in self._missing)

    def slots(self) -> set[str]:
        """The slots from which something is missing."""
        with self._lock:
            return {each.card.slot for each in self._missing}

    def all(self) -> list[UnfinishedCard]:
        """What is to be remembered, also of those that are back and not done yet."""
        with self._lock:
            return [each.card for each in self._missing]

    def _is_out_again(self, card: Card) -> None:
        for each in self._missing:
            if each.back_as is card:
                each.back_as = None

    def _let_go(self, settles: Callable[[_Missing], bool]) -> list[UnfinishedCard]:
        if not self._missing:
            return []
        with self._lock:
            settled, left = list[UnfinishedCard](), list[_Missing]()
            for each in self._missing:
                if settles(each):
                    settled.append(each.card)
                else:
                    left.append(each)
            self._missing = left
            return settled


def _is_like(missing: UnfinishedCard, slot: str, card: Card) -> bool:
    if missing.slot == slot and not missing.seen_going and missing.folder is not None:
        return missing.folder == (card.identity.device, card.identity.inode)
    if missing.is_unread:
        return missing.slot == slot
    there = _serials(card)
    if missing.device_serials and there and not there.issuperset(missing.device_serials):
        return False
    # Files that were growing fit any larger ones of their names: something else has to tell as well.
    tells = bool(missing.device_serials and there) or any(mark.still for mark in missing.marks)
    return tells and bool(missing.marks) and all(_holds(card, mark) for mark in missing.marks)


def _serials(card: Card) -> set[str]:
    with card.lock:
        return {file.names.device for file in card.files.values() if file.names is not None and file.names.device}


def _holds(card: Card, mark: FileMark) -> bool:
    file = card.files.get(card.identity.root.rstrip(b"/") + b"/" + mark.below)
    return file is not None and file.state is not None and mark.fits(file.state.size, file.state.modified_ns)
