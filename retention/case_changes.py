"""Closing a case, opening it again, saying how long its file is archived: what retention counts by.

An open case blocks disposal, and so does one that was opened again, at once: the decision is made anew before anything
goes. Each change is a custody event with its purpose, and what was before.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from catalog.engine import Catalog
from catalog.repositories import cases, custody, holds
from catalog.tables import Case
from catalog.tables.cases import ArchiveTier, CaseStatus
from catalog.tables.custody import CustodyAction
from retention.errors import CaseUnchanged, ClosingUnfit


class CaseDesk:
    def __init__(
        self,
        catalog: Catalog,
        *,
        clock: Callable[[], datetime],
        actor: str,
        system_user: Mapping[str, int | str],
    ) -> None:
        self._catalog, self._clock, self._actor, self._system_user = catalog, clock, actor, dict(system_user)

    def close(self, number: str, *, purpose: str, closed_at: datetime | None = None) -> Case:
        """Raises NotFound, CaseUnchanged, ClosingUnfit. `closed_at`: when it was, if not now."""

        def close(case: Case) -> None:
            if case.status is CaseStatus.CLOSED:
                raise CaseUnchanged(number, "closed")
            case.status, case.closed_at = CaseStatus.CLOSED, closed_at or self._clock()

        def check(session: Session, case: Case) -> None:
            # Retention counts from then on: an early date would let go of all that is linked.
            earliest, now = cases.latest_of(session, case), self._clock()
            if closed_at is not None and not earliest <= closed_at <= now:
                raise ClosingUnfit(number, earliest, now)

        return self._change(number, close, purpose, check)

    def reopen(self, number: str, *, purpose: str) -> Case:
        """Raises NotFound, CaseUnchanged."""

        def reopen(case: Case) -> None:
            if case.status is CaseStatus.OPEN:
                raise CaseUnchanged(number, "open")
            case.status, case.closed_at = CaseStatus.OPEN, None

        return self._change(number, reopen, purpose)

    def archive(self, number: str, tier: ArchiveTier, *, purpose: str) -> Case:
        """Raises NotFound, CaseUnchanged."""

        def archive(case: Case) -> None:
            if case.archive_tier is tier:
                raise CaseUnchanged(number, f"archived: {tier}")
            case.archive_tier = tier

        return self._change(number, archive, purpose)

    def _change(
        self,
        number: str,
        change: Callable[[Case], None],
        purpose: str,
        check: Callable[[Session, Case], None] = lambda _session, _case: None,
    ) -> Case:
        def put(session: Session) -> Case:
            holds.alone(session)  # an open case blocks: whoever orders a deletion, or deletes, waits, or we wait
            case = cases.to_change(session, number)
            before = case_told(case)
            check(session, case)
            change(case)
            session.add(case)
            now, user = self._clock(), self._system_user
            enter(session, case, before, at=now, actor=self._actor, purpose=purpose, system_user=user)
            return case

        return self._catalog.write(put)


def enter(
    session: Session,
    case: Case,
    before: Mapping[str, str | None],
    *,
    at: datetime,
    actor: str,
    purpose: str | None = None,
    **details: Any,
) -> None:
    """Enter in the custody log what a case was `before`, and is now."""
    custody.record(
        session,
        CustodyAction.CASE_CHANGED,
        at=at,
        actor=actor,
        subject_kind="case",
        subject_id=case.id,
        purpose=purpose,
        number=case.number,
        before=before,
        after=case_told(case),
        rows=custody.rows_told(case),
        **details,
    )


def case_told(case: Case) -> dict[str, str | None]:
    """What retention goes by, for the details of an event."""
    return {
        "status": case.status,
        "closed_at": case.closed_at.isoformat() if case.closed_at else None,
        "archive_tier": case.archive_tier,
    }
