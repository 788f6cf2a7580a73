"""What a dock does about cards that go before they are done: remembers them, has it put on record, tells of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import structlog

from ingest.acknowledgements import Acknowledgements
from ingest.card import Card
from ingest.departures import Departures, UnfinishedCard, unfinished
from ingest.slot_state import CardFacts, SlotReport, Trouble, TroubleKind
from ingest.station_record import StationRecord
from ingest.watch import RootWatcher

_log = structlog.get_logger(__name__)


class MissingCards:
    """Those of one dock; told by its watchers, asked by whoever reports."""

    def __init__(
        self,
        told_before: Sequence[UnfinishedCard],
        record: StationRecord,
        home: Path,
        *,
        actor: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._departures, self._record = Departures.told_before(told_before), record
        self._acknowledgements = Acknowledgements(home, clock)
        self._actor, self._clock = actor, clock

    def seen(self, slot: str, card: Card) -> None:
        """A card was looked through, and nothing of it taken in since."""
        self._departures.recognise(slot, card)

    def gone(self, slot: str, card: Card, facts: CardFacts) -> None:
        """A card is there no more."""
        gone = unfinished(slot, card, facts, at=self._clock(), seen_going=True)
        if gone is not None:
            _log.warning("a card was taken out before it was done", slot=slot, reason=gone.reason.sentence)
            self._departures.note(gone, card)
            self._record.taken_out(gone)
        else:
            # Had it been safe to remove, it would be settled by now; a missing one that came back and left before
            # that is missing as before.
            self._departures.gone_again(card)

    def done(self, slot: str, card: Card) -> None:
        """A card is safe to remove."""
        for each in self._departures.settle(card):
            self._record.settled(each, how="came back", slot=slot, actor=self._actor)

    def take_acknowledgements(self) -> None:
        """Heed what people left word of since the last call."""
        for word in self._acknowledgements.take():
            for each in self._departures.acknowledge(word.slot, word.departures):
                self._record.settled(each, how="acknowledged", slot=word.slot, actor=word.actor)

    def slots(self) -> set[str]:
        """The slots from which something is missing."""
        return self._departures.slots()

    def of(self, slot: str, *, has_looked: bool) -> list[UnfinishedCard]:
        """What is missing from a slot. What went while no dock ran is known to be gone once somebody has looked."""
        return [each for each in self._departures.of(slot) if each.seen_going or has_looked]

    def remembered(self, watchers: Iterable[RootWatcher]) -> list[UnfinishedCard]:
        """For whoever starts next: what is missing, and the cards in their slots that are not done."""
        now, remembered = self._clock(), self._departures.all()
        for watcher in watchers:
            card, facts = watcher.card, watcher.facts()
            if card is not None and facts is not None and not self._departures.is_back(card):
                there = unfinished(watcher.slot, card, facts, at=now, seen_going=False)
                remembered += [there] if there else []
        return remembered

    def ids(self, watchers: Iterable[RootWatcher]) -> list[str]:
        """The departures that are told of as missing: what somebody can acknowledge."""
        told = (self.of(watcher.slot, has_looked=watcher.has_looked) for watcher in watchers)
        return [each.departure_id for missing in told for each in missing]


def trouble_of_missing(missing: Sequence[UnfinishedCard]) -> Trouble | None:
    """What an empty slot shows of the cards that are missing from it: the latest."""
    return Trouble(TroubleKind.TAKEN_OUT_EARLY, missing[-1].reason) if missing else None


def with_missing(report: SlotReport, missing: Sequence[UnfinishedCard]) -> SlotReport:
    """The report of a slot that also tells of these."""
    if not missing:
        return report
    left = sum(each.files_left for each in missing)
    return replace(report, taken_out=tuple(each.reason for each in missing), files_taken_out=left)
