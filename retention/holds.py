"""Placing and releasing holds (冻结): orders of an authority that stop disposal, on recordings and on cases.

     1 ALONE    nobody changes who is held, or orders a deletion, at the same time
     2 COMMIT   hold, what it is on, custody event and a job for each recording that it covers: from here on it blocks
     3 STORE    the jobs set the flag in the store, or lift it with the last hold (`holding.py`); nothing waits for them

A hold on a case covers all that is linked to it, now and later.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from catalog.engine import Catalog
from catalog.repositories import cases, custody, holds, numbers, recordings
from catalog.tables import Hold
from catalog.tables.custody import CustodyAction
from retention.errors import HoldReleased, NothingToHold, RecordingDisposed


@dataclass(frozen=True, slots=True)
class HoldOrder:
    """Who ordered it, by which document (and the SHA-256 of the file of it), why, and on what."""

    authority: str
    document: str
    reason: str
    document_sha256: str | None = None
    recordings: Sequence[str] = ()
    cases: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class HoldChange:
    """A hold that was placed or released, and how many recordings it covers now."""

    hold: Hold
    covered: int


class HoldDesk:
    def __init__(
        self,
        catalog: Catalog,
        *,
        clock: Callable[[], datetime],
        actor: str,
        system_user: Mapping[str, int | str],
    ) -> None:
        self._catalog, self._clock, self._actor, self._system_user = catalog, clock, actor, dict(system_user)

    def place(self, order: HoldOrder) -> HoldChange:
        """Raises NothingToHold, RecordingDisposed, NotFound, Ambiguous, CatalogError."""
        if not order.recordings and not order.cases:
            raise NothingToHold
        now = self._clock()

        def put(session: Session) -> HoldChange:
            holds.alone(session)
            found = [recordings.named(session, each) for each in order.recordings]
            for each in found:
                if each.disposed_at is not None:
                    raise RecordingDisposed(str(each.id), each.disposed_at)
            on_cases = [cases.by_number(session, each) for each in order.cases]
            hold = Hold(
                number=numbers.next_hold(session, now),
                authority=order.authority,
                document=order.document,
                document_sha256=order.document_sha256,
                reason=order.reason,
                placed_by=self._actor,
                placed_at=now,
            )
            holds.add(session, hold, recordings=[each.id for each in found], cases=[each.id for each in on_cases])
            covered = holds.carry_out_in_store(session, hold.id, now=now)
            self._told(
                session,
                hold,
                CustodyAction.HOLD_PLACED,
                purpose=order.reason,
                approval=f"{order.authority} {order.document}",
                document_sha256=order.document_sha256,
                recordings=[str(each.id) for each in found],
                cases=[each.number for each in on_cases],
                covered=covered,
            )
            return HoldChange(hold, len(covered))

        return self._catalog.write(put)

    def release(self, number: str, *, document: str, reason: str) -> HoldChange:
        """Raises NotFound, HoldReleased, CatalogError."""
        now = self._clock()

        def put(session: Session) -> HoldChange:
            holds.alone(session)
            hold = holds.by_number(session, number, to_change=True)
            if hold.released_at is not None:
                raise HoldReleased(number, hold.released_at)
            hold.released_by, hold.released_at = self._actor, now
            hold.release_document, hold.release_reason = document, reason
            session.add(hold)
            covered = holds.carry_out_in_store(session, hold.id, now=now)
            self._told(session, hold, CustodyAction.HOLD_RELEASED, purpose=reason, approval=document, covered=covered)
            return HoldChange(hold, len(covered))

        return self._catalog.write(put)

    def _told(
        self,
        session: Session,
        hold: Hold,
        action: CustodyAction,
        *,
        purpose: str,
        approval: str,
        covered: Sequence[UUID],
        document_sha256: str | None = None,
        recordings: Sequence[str] = (),
        cases: Sequence[str] = (),
    ) -> None:
        custody.record(
            session,
            action,
            at=self._clock(),
            actor=self._actor,
            subject_kind="hold",
            subject_id=hold.id,
            purpose=purpose,
            approval=approval,
            number=hold.number,
            authority=hold.authority,
            document_sha256=document_sha256,
            recordings=list(recordings),
            cases=list(cases),
            covered=len(covered),
            # At its end: afterwards nothing else tells what it covered, for links go on changing.
            covered_recordings=[str(each) for each in covered] if action is CustodyAction.HOLD_RELEASED else [],
            rows=holds.told(session, hold),
            system_user=self._system_user,
        )
