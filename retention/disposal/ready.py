"""Whether a list may be carried out: what stands was approved by two people, enrolled still, and the days are over."""

from datetime import datetime

from sqlmodel import Session

from catalog.engine import Catalog
from catalog.repositories import approvers, custody, disposals, evidence
from catalog.tables import Disposal
from catalog.tables.custody import CustodyAction
from catalog.tables.disposals import DisposalState, Verdict
from retention.disposal.desk import APPROVALS
from retention.disposal.lists import list_digest
from retention.disposal.sealed import SealedRows
from retention.disposal.waiting import Clocks, is_to_be_seen, still_to_wait
from retention.errors import DisposalNotApproved, DisposalNotOpen, DisposalTooEarly, ListChanged

_NOW_BY_US = "zhilu"


def check_approvals(session: Session, disposal: Disposal) -> None:
    """Raises DisposalNotApproved, ListChanged."""
    stands = list_digest(disposal, disposals.items_of(session, disposal.id))
    approved = set()
    for word, approver in disposals.approvals_of(session, disposal.id):
        if word.verdict is not Verdict.APPROVED:
            continue
        if not stands == disposal.list_sha256 == word.list_sha256:
            raise ListChanged(disposal.number, word.list_sha256, stands)
        if approver.revoked_at is not None:
            raise DisposalNotApproved(disposal.number, "revoked", approver.name)
        if not approvers.is_as_sealed(session, approver):
            raise DisposalNotApproved(disposal.number, "tampered", approver.name)
        if not disposals.is_as_sealed(session, word):
            raise DisposalNotApproved(disposal.number, "unsealed", approver.name)
        approved.add(approver.id)
    if len(approved) < APPROVALS:
        raise DisposalNotApproved(disposal.number, "too_few")


def approved_at(session: Session, disposal: Disposal) -> datetime | None:
    given = [
        word.given_at for word, _ in disposals.approvals_of(session, disposal.id) if word.verdict is Verdict.APPROVED
    ]
    return max(given) if len(given) >= APPROVALS else None


def see_time_pass(catalog: Catalog, number: str, clocks: Clocks) -> None:
    """Put the time on record while an approved list waits, about once a day. Raises CatalogError."""

    def see(session: Session) -> None:
        disposal = disposals.by_number(session, number, to_change=True)
        since = approved_at(session, disposal)
        seen = disposals.seen_waiting(session, disposal.id)
        if disposal.state is not DisposalState.APPROVED or since is None:
            return
        if not is_to_be_seen(clocks.ours, since, seen):
            return
        custody.record(
            session,
            CustodyAction.DISPOSAL_WAITED,
            at=clocks.ours,
            actor=_NOW_BY_US,
            subject_kind=disposals.SUBJECT,
            subject_id=disposal.id,
            approval=number,
            catalog_clock=clocks.catalog.isoformat() if clocks.catalog else None,
            store_clock=clocks.store.isoformat() if clocks.store else None,
        )

    catalog.write(see)


def make_ready(catalog: Catalog, number: str, clocks: Clocks, sealed: SealedRows) -> None:
    """Let it be EXECUTING from here on. The list itself must be what the log sealed: in its row stands when it is due.

    Raises DisposalNotOpen, DisposalNotApproved, ListChanged, DisposalTooEarly, CatalogError.
    """

    def ready(session: Session) -> None:
        disposal = disposals.by_number(session, number, to_change=True)
        if disposal.state not in {DisposalState.APPROVED, DisposalState.EXECUTING}:
            raise DisposalNotOpen(number, disposal.state)
        check_approvals(session, disposal)
        since = approved_at(session, disposal)
        if disposal.recoverable_until is None or since is None:
            raise DisposalNotApproved(number, "too_few")
        wait = still_to_wait(
            clocks,
            approved_at=since,
            recoverable_until=disposal.recoverable_until,
            logged_last=custody.latest(session),
            seen=disposals.seen_waiting(session, disposal.id),
        )
        if wait is not None:
            raise DisposalTooEarly(number, wait.code, ", ".join(wait.facts.values()))
        _check_seal(session, disposal, sealed)
        disposal.state = DisposalState.EXECUTING
        session.add(disposal)

    catalog.write(ready)


def _check_seal(session: Session, disposal: Disposal, sealed: SealedRows) -> None:
    """Asked together with all that decides on its recordings, so that the log is read once. Raises
    DisposalNotApproved.
    """
    listed = [item.recording_id for item in disposals.items_of(session, disposal.id)]
    itself = evidence.named(session, disposals.SUBJECT, disposal.id)
    if itself.keys() & set(sealed.differing(session, {**evidence.deciding(session, listed), **itself})):
        raise DisposalNotApproved(disposal.number, "changed")
