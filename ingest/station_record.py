"""What a dock tells the catalog of its slots: their ids, their states, and that a card was docked.

Told from a thread that may wait: securing never waits for it, and a catalog that is away loses nothing but that.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from catalog.engine import Catalog
from catalog.repositories import custody, slots
from catalog.tables.custody import CustodyAction
from ingest.slot_state import CardFacts, SlotReport

_EVERY_SECONDS = 30.0
_log = structlog.get_logger(__name__)


class StationRecord:
    """One for all slots of a dock."""

    def __init__(self, catalog: Catalog, station: str, *, actor: str, clock: Callable[[], datetime]) -> None:
        self._catalog, self._station, self._actor, self._clock = catalog, station, actor, clock
        self._ids: dict[str, UUID] = {}
        self._told: dict[str, tuple[float, SlotReport]] = {}
        self._docked: deque[tuple[str, CardFacts, datetime]] = deque()

    def slot_id(self, slot: str) -> UUID:
        """The id of a slot, which is put on record where it is new. Raises CatalogError."""
        known = self._ids.get(slot)
        if known is None:
            known = self._ids[slot] = self._catalog.write(lambda session: slots.slot(session, self._station, slot).id)
        return known

    def docked(self, slot: str, card: CardFacts) -> None:
        """Remember that a card was docked, to be told by the next `tell`."""
        self._docked.append((slot, card, self._clock()))

    def tell(self, reports: Sequence[SlotReport], seconds: float) -> None:
        """Put on record what changed, and all every half a minute; `seconds` of a steady clock. Raises CatalogError."""
        while self._docked:
            slot, card, at = self._docked[0]
            with self._alone(slot):
                self._tell_docked(self.slot_id(slot), slot, card, at)
            self._docked.popleft()
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

    def _tell_docked(self, slot_id: UUID, slot: str, card: CardFacts, at: datetime) -> None:
        with self._catalog.writing() as session:
            custody.record(
                session,
                CustodyAction.DOCKED,
                at=at,
                actor=self._actor,
                subject_kind="slot",
                subject_id=slot_id,
                station=self._station,
                slot=slot,
                card_since=card.since.isoformat(),
                device_serials=list(card.device_serials),
                files_found=card.files_found,
            )


def _is_like(told: SlotReport, report: SlotReport) -> bool:
    """Whether it shows the same; counts move too often to be told each time."""
    return (told.condition, told.reason, told.card_since) == (report.condition, report.reason, report.card_since)
