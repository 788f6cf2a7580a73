"""What the custody log is told of erasing: the order, its end, and what was left on a card for a person to see to."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlmodel import Session

from catalog.engine import Catalog
from catalog.errors import CatalogError
from catalog.repositories import custody, receipts
from catalog.tables.custody import CustodyAction, CustodyResult
from ingest.errors import SourceKept
from ingest.intake_record import HeldReceipt
from ingest.transactions import committed
from storage.model import StoredVersion

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EraseOrder:
    """The order to erase one file, with its reasons: the receipt, and what the store said just now."""

    recording_id: UUID
    actor: str
    path: str
    receipt: HeldReceipt
    stored: StoredVersion

    def facts(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "receipt_id": str(self.receipt.id),
            "size": self.receipt.identity.size,
            "stored_as": str(self.receipt.version),
            "locked_until": self.stored.lock.retain_until.isoformat() if self.stored.lock else None,
            "held": self.stored.held,
        }


@dataclass(frozen=True, slots=True)
class _End:
    """How an order ended: the file is erased, or kept after all."""

    order: EraseOrder
    action: CustodyAction
    at: datetime
    facts: dict[str, Any]

    def log(self, session: Session) -> None:
        for event in receipts.erasures(session, self.order.recording_id):
            if (event.action, event.at, event.details.get("path")) == (self.action, self.at, self.order.path):
                return  # told before, when only the answer was lost
        result = CustodyResult.DONE if self.action is CustodyAction.ERASED else CustodyResult.FAILED
        _record(session, self.action, self.at, self.order.actor, self.order.recording_id, result, self.facts)


class EraseLog:
    """Writes to the custody log. Ends that the catalog does not take are kept and told later: they happened."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._untold: deque[_End] = deque()

    def ordered(self, order: EraseOrder, at: datetime) -> None:
        """Raises CatalogError: then nothing may be erased."""
        with self._catalog.writing() as session:
            _record(
                session,
                CustodyAction.ERASE_ORDERED,
                at,
                order.actor,
                order.recording_id,
                CustodyResult.DONE,
                order.facts(),
            )

    def erased(self, order: EraseOrder, at: datetime, *, on_medium: bool) -> None:
        self._end(_End(order, CustodyAction.ERASED, at, order.facts() | {"on_medium": on_medium}))

    def kept_after_all(self, order: EraseOrder, at: datetime, kept: SourceKept) -> None:
        self._end(_End(order, CustodyAction.ERASE_REFUSED, at, order.facts() | _why(kept)))

    def kept(
        self, recording_id: UUID, receipt_id: UUID | None, path: str, kept: SourceKept, *, actor: str, at: datetime
    ) -> None:
        """Put on record, once for each file and reason, that somebody has to see to it."""
        facts = {"path": path, **_why(kept)}

        def tell(session: Session) -> None:
            told = (event.details for event in receipts.erasures(session, recording_id))
            if not any(facts.items() <= each.items() for each in told):
                more = {**facts, "receipt_id": str(receipt_id) if receipt_id else None}
                _record(session, CustodyAction.ERASE_REFUSED, at, actor, recording_id, CustodyResult.DENIED, more)

        try:
            committed(self._catalog, tell)
        except CatalogError as error:
            _log.error("a kept source could not be put on record", path=path, reason=str(error))

    def tell_what_is_left(self) -> None:
        """Put on record the ends that the catalog could not be told of when they happened."""
        for _ in range(len(self._untold)):
            try:
                end = self._untold.popleft()
            except IndexError:  # another thread tells it
                return
            try:
                committed(self._catalog, end.log)
            except CatalogError as error:
                self._untold.append(end)
                _log.error(
                    "the end of an erasure could not be put on record yet", path=end.order.path, reason=str(error)
                )
                return

    def _end(self, end: _End) -> None:
        self._untold.append(end)
        self.tell_what_is_left()


def _why(kept: SourceKept) -> dict[str, Any]:
    return {"reason": kept.reason.value, "sentence": str(kept)}


def _record(  # noqa: PLR0917 - the facts of one event
    session: Session,
    action: CustodyAction,
    at: datetime,
    actor: str,
    recording_id: UUID,
    result: CustodyResult,
    facts: dict[str, Any],
) -> None:
    custody.record(
        session, action, at=at, actor=actor, subject_kind="recording", subject_id=recording_id, result=result, **facts
    )
