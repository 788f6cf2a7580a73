"""Making a list, approving or rejecting it, taking back what is on it.

     1 SUBMIT    the list as planned, with the SHA-256 over all of it
     2 APPROVE   by two different people, each proven by passphrase, each of the very list they were shown
     3 RECOVER   what somebody takes back before it goes; whoever it is, since staying harms nothing. What has begun to
                 go is asked for at the store

Each is one transaction with its custody event. What is refused is put on record too, with the result denied.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from catalog.engine import Catalog
from catalog.repositories import custody, disposals, holds, numbers, recordings
from catalog.tables import Disposal, DisposalApproval, DisposalItem
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.tables.disposals import DisposalItemState, DisposalState, Verdict
from retention.approvers import ApproverDesk, Person
from retention.disposal.lists import list_digest
from retention.disposal.planning import Candidate, Plan
from retention.disposal.versions import copy_told
from retention.disposal.waiting import Clocks, disagreement
from retention.errors import (
    DisposalNotOpen,
    DisposalTooEarly,
    ListChanged,
    NothingToDispose,
    NotOnList,
    RetentionError,
    SameApprover,
)
from storage.model import VersionReference

APPROVALS = 2


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many were taken back; of how many that were asked for with all others the bytes had begun to go."""

    taken_back: int
    gone: int


class DisposalDesk:
    def __init__(
        self,
        catalog: Catalog,
        approver_desk: ApproverDesk,
        *,
        clock: Callable[[], datetime],
        clocks: Callable[[], Clocks],
        actor: str,
        system_user: Mapping[str, int | str],
        recoverable_days: int,
        still_there: Callable[[VersionReference], bool],
    ) -> None:
        """`still_there`: whether the store holds a version yet."""
        self._still_there = still_there
        self._catalog, self._approvers, self._clock, self._clocks = catalog, approver_desk, clock, clocks
        self._actor, self._system_user = actor, dict(system_user)
        self._recoverable = timedelta(days=recoverable_days)

    # --- 1 ------------------------------------------------------------------------------------------------------

    def submit(self, plan: Plan, *, reason: str) -> Disposal:
        """Raises NothingToDispose, CatalogError."""
        now = self._clock()

        def put(session: Session) -> Disposal:
            listed = disposals.on_open_lists(session, [each.recording.id for each in plan.candidates])
            candidates = [each for each in plan.candidates if each.recording.id not in listed]
            if not candidates or plan.schedule is None:
                raise NothingToDispose
            disposal = Disposal(
                number=numbers.next_disposal(session, now),
                reason=reason,
                schedule_version_id=plan.schedule.version_id,
                planned_by=self._actor,
                planned_at=now,
                list_sha256="0" * 64,
            )
            items = [_item(disposal.id, each) for each in candidates]
            disposal.list_sha256 = list_digest(disposal, items)
            disposals.add(session, disposal, items)
            self._told(
                session,
                disposal,
                CustodyAction.DISPOSAL_PLANNED,
                purpose=reason,
                recordings=len(items),
                bytes=sum(each.size for each in items),
            )
            return disposal

        return self._catalog.write(put)

    # --- 2 ------------------------------------------------------------------------------------------------------

    def approve(self, number: str, person: Person, *, list_sha256: str, reason: str) -> Disposal:
        """Approve the list whose SHA-256 was shown; the second approval begins the days in which it can be taken back.

        Raises ListChanged, SameApprover, DisposalNotOpen, DisposalTooEarly (clocks that disagree), ApproverGone,
        NotFound, StorageError, CatalogError.
        """
        clocks = self._clocks()

        def put(session: Session) -> Disposal:
            disposal = self._open_list(session, number, person, list_sha256)
            wrong = disagreement(clocks, logged_last=custody.latest(session))
            if wrong is not None:
                raise DisposalTooEarly(number, wrong.code, ", ".join(wrong.facts.values()))
            self._word(
                session, disposal, person, Verdict.APPROVED, list_sha256=list_sha256, reason=reason, now=clocks.ours
            )
            given = [each for each, _ in disposals.approvals_of(session, disposal.id)]
            if len({each.approver_id for each in given if each.verdict is Verdict.APPROVED}) >= APPROVALS:
                disposal.state = DisposalState.APPROVED
                # The later of all clocks: a clock that is behind must not shorten the days.
                disposal.recoverable_until = clocks.latest + self._recoverable
                session.add(disposal)
            self._told(
                session,
                disposal,
                CustodyAction.DISPOSAL_APPROVED,
                purpose=reason,
                approver=person.name,
                approvals=len(given),
                recoverable_until=disposal.recoverable_until.isoformat() if disposal.recoverable_until else None,
            )
            return disposal

        return self._or_denied(number, person, CustodyAction.DISPOSAL_APPROVED, put)

    def reject(self, number: str, person: Person, *, reason: str) -> Disposal:
        """One person's word is enough to let everything stay. Raises as `approve` does, but for the clocks."""

        def put(session: Session) -> Disposal:
            disposal = disposals.by_number(session, number, to_change=True)
            self._approvers.still(session, person)
            if disposal.state not in {DisposalState.PLANNED, DisposalState.APPROVED}:
                raise DisposalNotOpen(number, disposal.state)
            now = self._clock()
            given = {approver.id for _, approver in disposals.approvals_of(session, disposal.id)}
            if person.id not in given:  # who approved it may think better of it
                self._word(
                    session,
                    disposal,
                    person,
                    Verdict.REJECTED,
                    list_sha256=disposal.list_sha256,
                    reason=reason,
                    now=now,
                )
            self._end(session, disposal, DisposalState.REJECTED, by=person.name, reason=reason, now=now)
            for item in disposals.items_of(session, disposal.id):
                item.state, item.ended_at = DisposalItemState.RECOVERED, now
                session.add(item)
            self._told(session, disposal, CustodyAction.DISPOSAL_REJECTED, purpose=reason, approver=person.name)
            return disposal

        return self._or_denied(number, person, CustodyAction.DISPOSAL_REJECTED, put)

    def _open_list(self, session: Session, number: str, person: Person, list_sha256: str) -> Disposal:
        disposal = disposals.by_number(session, number, to_change=True)
        self._approvers.still(session, person)
        if disposal.state is not DisposalState.PLANNED:
            raise DisposalNotOpen(number, disposal.state)
        stands = list_digest(disposal, disposals.items_of(session, disposal.id))
        if not stands == disposal.list_sha256 == list_sha256:
            raise ListChanged(number, list_sha256, stands)
        if any(approver.id == person.id for _, approver in disposals.approvals_of(session, disposal.id)):
            raise SameApprover(person.name, number)
        return disposal

    def _word(
        self,
        session: Session,
        disposal: Disposal,
        person: Person,
        verdict: Verdict,
        *,
        list_sha256: str,
        reason: str,
        now: datetime,
    ) -> None:
        session.add(
            DisposalApproval(
                disposal_id=disposal.id,
                approver_id=person.id,
                verdict=verdict,
                list_sha256=list_sha256,
                reason=reason,
                actor=self._actor,
                given_at=now,
            )
        )
        session.flush()

    def _or_denied(
        self, number: str, person: Person, action: CustodyAction, put: Callable[[Session], Disposal]
    ) -> Disposal:
        try:
            return self._catalog.write(put)
        except RetentionError as error:
            with self._catalog.writing() as session:
                disposal = disposals.by_number(session, number)
                custody.record(
                    session,
                    action,
                    at=self._clock(),
                    actor=self._actor,
                    subject_kind=disposals.SUBJECT,
                    subject_id=disposal.id,
                    result=CustodyResult.DENIED,
                    number=number,
                    approver=person.name,
                    why=type(error).__name__,
                    system_user=self._system_user,
                )
            raise

    # --- 3 ------------------------------------------------------------------------------------------------------

    def recover(self, number: str, wanted: Sequence[str], *, reason: str) -> Recovered:
        """Take back these recordings, or all of the list that is still there: what its deletion was ordered of, too.

        Raises NotOnList, DisposalNotOpen, NotFound, StorageError.
        """
        now = self._clock()

        def put(session: Session) -> Recovered:
            holds.alone(session)  # nothing is ordered, and nothing goes, meanwhile
            disposal = disposals.by_number(session, number, to_change=True)
            if disposal.state not in {DisposalState.PLANNED, DisposalState.APPROVED, DisposalState.EXECUTING}:
                raise DisposalNotOpen(number, disposal.state)
            open_items = {
                item.recording_id: item
                for item in disposals.items_of(session, disposal.id)
                if item.state in {DisposalItemState.LISTED, DisposalItemState.DELETING}
            }
            items = {each: item for each, item in open_items.items() if self._is_there(session, item)}
            chosen = [_named(session, number, each, items) for each in wanted] if wanted else list(items.values())
            for item in chosen:
                self._take_back(session, item, now)
            if len(chosen) == len(open_items) and disposal.state is not DisposalState.EXECUTING:
                self._end(session, disposal, DisposalState.RECOVERED, by=self._actor, reason=reason, now=now)
            self._told(
                session,
                disposal,
                CustodyAction.DISPOSAL_RECOVERED,
                purpose=reason,
                recordings=[str(item.recording_id) for item in chosen],
            )
            return Recovered(len(chosen), 0 if wanted else len(open_items) - len(items))

        return self._catalog.write(put)

    def _is_there(self, session: Session, item: DisposalItem) -> bool:
        """Whether it has not begun to go, or has the version that serves: that one goes before any copy of it does."""
        if item.state is DisposalItemState.LISTED:
            return True
        recording = recordings.get(session, item.recording_id)
        return self._still_there(recordings.serving(session, recording))

    def _take_back(self, session: Session, item: DisposalItem, now: datetime) -> None:
        if item.state is DisposalItemState.DELETING:
            copies = [(each, copy_told(each)) for each in item.deleted_versions]
            item.deleted_versions = [
                each for each, copy in copies if not copy.in_replica and not self._still_there(copy.reference)
            ]
            recording = disposals.recording_to_change(session, item.recording_id)
            # The same content may have been secured anew since: then both stay, and docks know that one.
            if recordings.by_sha256(session, recording.sha256) is None:
                recording.leaving_since = None
                session.add(recording)
        item.state, item.ended_at = DisposalItemState.RECOVERED, now
        session.add(item)

    @staticmethod
    def _end(
        session: Session, disposal: Disposal, state: DisposalState, *, by: str, reason: str, now: datetime
    ) -> None:
        disposal.state, disposal.ended_by, disposal.ended_at, disposal.end_reason = state, by, now, reason
        session.add(disposal)

    def _told(
        self, session: Session, disposal: Disposal, action: CustodyAction, *, purpose: str, **details: object
    ) -> None:
        told = {
            "number": disposal.number,
            "list_sha256": disposal.list_sha256,
            "system_user": self._system_user,
            **details,
        }
        event = custody.record(
            session,
            action,
            at=self._clock(),
            actor=self._actor,
            subject_kind=disposals.SUBJECT,
            subject_id=disposal.id,
            purpose=purpose,
            approval=disposal.number,
        )
        event.details = told


def _item(disposal_id: UUID, each: Candidate) -> DisposalItem:
    return DisposalItem(
        disposal_id=disposal_id,
        recording_id=each.recording.id,
        size=each.recording.size,
        sha256=each.recording.sha256,
        expires_at=each.expires_at,
        rule=each.rule,
        reasons=each.reasons,
    )


def _named(session: Session, number: str, text: str, items: Mapping[UUID, DisposalItem]) -> DisposalItem:
    recording = recordings.named(session, text)
    if recording.id not in items:
        raise NotOnList(number, text)
    return items[recording.id]
