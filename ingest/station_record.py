"""What a dock tells the catalog of its slots: their ids, their states, that a card was docked, or taken out too early.

Told from a thread that may wait: securing never waits for it, and a catalog that is away loses nothing but that.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from catalog.engine import Catalog
from catalog.repositories import custody, slots
from catalog.tables.custody import CustodyAction, CustodyResult
from ingest.departures import UnfinishedCard
from ingest.slot_state import CardFacts, SlotReport

_EVERY_SECONDS = 30.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Event:
    """Something that happened to a slot, for the custody log."""

    slot: str
    action: CustodyAction
    at: datetime
    actor: str
    details: dict[str, Any]
    result: CustodyResult = CustodyResult.DONE


class StationRecord:
    """One for all slots of a dock."""

    def __init__(self, catalog: Catalog, station: str, *, actor: str, clock: Callable[[], datetime]) -> None:
        self._catalog, self._station, self._actor, self._clock = catalog, station, actor, clock
        self._ids: dict[str, UUID] = {}
        self._told: dict[str, tuple[float, SlotReport]] = {}
        self._events: deque[_Event] = deque()

    def slot_id(self, slot: str) -> UUID:
        """The id of a slot, which is put on record where it is new. Raises CatalogError."""
        known = self._ids.get(slot)
        if known is None:
            known = self._ids[slot] = self._catalog.write(lambda session: slots.slot(session, self._station, slot).id)
        return known

    def docked(self, slot: str, card: CardFacts) -> None:
        """Remember that a card was docked, to be told by the next `tell`."""
        facts = {
            "card_since": card.since.isoformat(),
            "device_serials": list(card.device_serials),
            "files_found": card.files_found,
        }
        self._events.append(_Event(slot, CustodyAction.DOCKED, self._clock(), self._actor, facts))

    def taken_out(self, card: UnfinishedCard) -> None:
        """Remember that a card was taken out before it was done, to be told by the next `tell`."""
        facts = {**_missing(card), "sentence": card.reason.sentence}
        self._events.append(
            _Event(card.slot, CustodyAction.TAKEN_OUT, card.at, self._actor, facts, CustodyResult.FAILED)
        )

    def settled(self, card: UnfinishedCard, *, how: str, slot: str, actor: str) -> None:
        """Remember that it came back and is done, in this slot, or that somebody acknowledged it."""
        facts = {**_missing(card), "how": how, "taken_from": card.slot, "taken_at": card.at.isoformat()}
        self._events.append(_Event(slot, CustodyAction.TAKEN_OUT_SETTLED, self._clock(), actor, facts))

    def tell(self, reports: Sequence[SlotReport], seconds: float) -> None:
        """Put on record what changed, and all every half a minute; `seconds` of a steady clock. Raises CatalogError."""
        while self._events:
            event = self._events[0]
            with self._alone(event.slot):
                self._tell_event(self.slot_id(event.slot), event)
            self._events.popleft()
        for report in reports:
            told_at, told = self._told.get(report.slot, (0.0, None))
            if told is not None and _is_like(told, report) and seconds - told_at < _EVERY_SECONDS:
                continue
            with self._alone(report.slot):
                self._tell_state(self.slot_id(report.slot), report)
            self._told[report.slot] = seconds, report

    def forget(self, slot: str) -> None:
        """Remember no longer what was told of a slot; what is on record of it stays."""
        self._ids.pop(slot, None)
        self._told.pop(slot, None)

    @contextlib.contextmanager
    def _alone(self, slot: str) -> Iterator[None]:
        """What no catalog could ever take of one slot is left out, so that it does not silence the others."""
        try:
            yield
        except ValueError:
            _log.exception("the catalog cannot be told of a slot", slot=slot)

    def _tell_state(self, slot_id: UUID, report: SlotReport) -> None:
        shown = ("condition", "reason", "since", "card_since")
        details = {name: value for name, value in report.as_json().items() if name not in shown}
        with self._catalog.writing() as session:
            slots.tell(
                session,
                slot_id,
                report.condition,
                reason=report.reason,
                since=report.since,
                card_since=report.card_since,
                details=details,
                now=self._clock(),
            )

    def _tell_event(self, slot_id: UUID, event: _Event) -> None:
        with self._catalog.writing() as session:
            custody.record(
                session,
                event.action,
                at=event.at,
                actor=event.actor,
                subject_kind="slot",
                subject_id=slot_id,
                result=event.result,
                station=self._station,
                slot=event.slot,
                **event.details,
            )


def _missing(card: UnfinishedCard) -> dict[str, Any]:
    return {
        "device_serials": list(card.device_serials),
        "files_found": card.files_found,
        "files_not_secured": card.files_left,
    }


def _is_like(told: SlotReport, report: SlotReport) -> bool:
    """Whether it shows the same; counts move too often to be told each time."""
    return _showing(told) == _showing(report)


def _showing(report: SlotReport) -> tuple[Any, ...]:
    return report.condition, report.why, report.card_since, report.taken_out
