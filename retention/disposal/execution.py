"""Carrying out an approved list: one recording after the other, each decided anew at that very moment.

     1 READY     two different people, enrolled still, approved the very list that stands; the days are over by all
                 clocks and were seen to pass. The list is EXECUTING from here on
     2 LOOK      the store is asked for every version: is it there, is it locked or held
     3 ORDER     nobody places a hold meanwhile: decide anew; what stands in the way is KEPT with its reasons. Else the
                 item is DELETING and the recording leaving, committed before anything goes
     4 ASK       once more for holds, right before the first byte goes
     5 DELETE    the versions of this recording, damaged ones first, the one that serves last; then what was made of it
     6 CONFIRM   the store has none of them any more
     7 RECORD    DELETED, disposed of, the custody event, the manifest to be written again: one commit

Killed anywhere, it goes on at the next round: what is DELETING and still has the version that serves begins at 2 again,
so a hold or a case opened again meanwhile still saves it; what lost it goes on at 5, whatever became of the approvals:
it is gone. No lock is ever bypassed: a store that refuses, refuses, and the recording is KEPT.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

import structlog
from sqlmodel import Session

from catalog.engine import Catalog
from catalog.repositories import approvers, custody, disposals, holds, jobs, recordings, retention
from catalog.tables import Disposal, DisposalItem, Recording
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.tables.disposals import DisposalItemState, DisposalState, Verdict
from catalog.tables.jobs import JobKind
from retention.disposal.decision import Obstacle, ObstacleCode, Standing, VersionStanding, obstacles
from retention.disposal.desk import APPROVALS
from retention.disposal.lists import list_digest
from retention.disposal.waiting import Clocks, is_to_be_seen, still_to_wait
from retention.errors import DisposalNotApproved, DisposalNotOpen, DisposalTooEarly, ListChanged, RetentionError
from retention.in_force import schedule_in_force
from retention.policy import decide
from storage.contract import ObjectStore
from storage.errors import VersionLocked, VersionNotFound
from storage.model import Bucket, VersionReference

_log = structlog.get_logger(__name__)
_NOW_BY_US = "zhilu"


@dataclass(frozen=True, slots=True)
class Executed:
    """What became of the items of a list that this run settled."""

    number: str
    deleted: int
    kept: int


class Executor:
    def __init__(
        self,
        catalog: Catalog,
        store: ObjectStore,
        *,
        clock: Callable[[], datetime],
        clocks: Callable[[], Clocks],
        zone: tzinfo,
        certify: Callable[[str], object],
    ) -> None:
        """`certify` makes the certificate of a list, by its number, once nothing on it is left to do."""
        self._catalog, self._store, self._clock = catalog, store, clock
        self._clocks, self._zone, self._certify = clocks, zone, certify

    def execute_due(self) -> list[Executed]:
        """One round: put on record that time goes by, then carry out what may be. What may not yet is left alone."""
        found = []
        with self._catalog.reading() as session:
            open_lists = disposals.listing(
                session, states=(DisposalState.APPROVED, DisposalState.EXECUTING), limit=10_000
            )
        for each in reversed(open_lists):
            self.see_time_pass(each.number)
            try:
                found.append(self.execute(each.number))
            except DisposalTooEarly as wait:
                _log.info("a list is not due", number=each.number, why=str(wait))
            except RetentionError as error:
                _log.error("a list cannot be carried out", number=each.number, why=str(error))
        return found

    def see_time_pass(self, number: str) -> None:
        """Put the time on record while an approved list waits, about once a day. Raises StorageError, CatalogError."""
        clocks = self._clocks()

        def see(session: Session) -> None:
            disposal = disposals.by_number(session, number, to_change=True)
            approved_at = _approved_at(session, disposal)
            seen = disposals.seen_waiting(session, disposal.id)
            if disposal.state is not DisposalState.APPROVED or approved_at is None:
                return
            if not is_to_be_seen(clocks.ours, approved_at, seen):
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

        self._catalog.write(see)

    def execute(self, number: str) -> Executed:
        """Carry out one list. Raises DisposalNotOpen, DisposalNotApproved, DisposalTooEarly, ListChanged, StorageError,
        CatalogError; what was done until then stands, and the next round goes on.
        """
        try:
            self._make_ready(number)  # step 1
        except RetentionError:
            self._finish_begun(number)
            raise
        with self._catalog.reading() as session:
            disposal = disposals.by_number(session, number)
            items = disposals.unfinished_items(session, disposal.id)
        outcomes = [self._settle(disposal, item_id) for item_id in items]
        self._certify(number)
        deleted = sum(each is DisposalItemState.DELETED for each in outcomes)
        return Executed(number, deleted, len(outcomes) - deleted)

    def _finish_begun(self, number: str) -> None:
        """Finish what has lost its bytes, though nothing more may go: else it would be neither there nor gone."""
        with self._catalog.reading() as session:
            disposal = disposals.by_number(session, number)
            begun = disposals.unfinished_items(session, disposal.id, only_begun=True)
        for item_id in begun:
            _, versions = self._of(item_id)
            if not self._look(versions[-1], serves=True).present:
                self._settle(disposal, item_id)

    # --- 1 ------------------------------------------------------------------------------------------------------

    def _make_ready(self, number: str) -> None:
        clocks = self._clocks()

        def ready(session: Session) -> None:
            disposal = disposals.by_number(session, number, to_change=True)
            if disposal.state not in {DisposalState.APPROVED, DisposalState.EXECUTING}:
                raise DisposalNotOpen(number, disposal.state)
            _check_approvals(session, disposal)
            approved_at = _approved_at(session, disposal)
            if disposal.recoverable_until is None or approved_at is None:
                raise DisposalNotApproved(number, "too_few")
            wait = still_to_wait(
                clocks,
                approved_at=approved_at,
                recoverable_until=disposal.recoverable_until,
                logged_last=custody.latest(session),
                seen=disposals.seen_waiting(session, disposal.id),
            )
            if wait is not None:
                raise DisposalTooEarly(number, wait.code, ", ".join(wait.facts.values()))
            disposal.state = DisposalState.EXECUTING
            session.add(disposal)

        self._catalog.write(ready)

    # --- 2 to 7 -------------------------------------------------------------------------------------------------

    def _settle(self, disposal: Disposal, item_id: UUID) -> DisposalItemState:
        recording, versions = self._of(item_id)
        standing = [self._look(each, serves=each == versions[-1]) for each in versions]  # step 2
        going = [*versions, *self._made_of(recording)]

        def order(session: Session) -> Sequence[VersionReference] | None:
            return self._order(session, disposal, item_id, standing, going)

        ordered = self._catalog.write(order)  # step 3
        if ordered is None:
            return DisposalItemState.KEPT
        against = self._ask_once_more(recording) if standing[-1].present else ()  # step 4
        against = against or self._delete_originals(versions)  # step 5
        if against and standing[-1].present:
            self._catalog.write(lambda session: self._keep(session, disposal, item_id, against))
            return DisposalItemState.KEPT
        self._delete(ordered)
        self._confirm(ordered)  # step 6
        self._catalog.write(lambda session: self._record(session, disposal, item_id, ordered))  # step 7
        return DisposalItemState.DELETED

    def _of(self, item_id: UUID) -> tuple[Recording, Sequence[VersionReference]]:
        with self._catalog.reading() as session:
            recording = recordings.get(session, _read(session, item_id).recording_id)
            return recording, recordings.versions(session, recording)

    def _made_of(self, recording: Recording) -> Sequence[VersionReference]:
        """Everything below the key of this recording, on record or left there by a worker that was killed."""
        with self._catalog.reading() as session:
            listed = {
                VersionReference(Bucket(each.bucket), each.object_key, each.object_version)
                for each in recordings.derivatives_of(session, recording.id)
            }
        below = self._store.list_references(Bucket.DERIVATIVES, f"{recording.object_key}/")
        return sorted(listed | {each.reference for each in below}, key=str)

    def _look(self, reference: VersionReference, *, serves: bool) -> VersionStanding:
        try:
            stored = self._store.head(reference)
        except VersionNotFound:
            return VersionStanding(str(reference), present=False, serves=serves)
        until = stored.lock.retain_until if stored.lock else None
        return VersionStanding(str(reference), present=True, serves=serves, lock_until=until, held=stored.held)

    def _order(
        self,
        session: Session,
        disposal: Disposal,
        item_id: UUID,
        versions: Sequence[VersionStanding],
        going: Sequence[VersionReference],
    ) -> Sequence[VersionReference] | None:
        """Decide anew and order the deletion of what is returned; None where the recording is kept.

        What has begun to go goes on, by what was ordered then and what has come to light since.
        """
        holds.alone(session)
        item = disposals.item(session, item_id)
        recording = disposals.recording_to_change(session, item.recording_id)
        if item.state not in {DisposalItemState.LISTED, DisposalItemState.DELETING}:
            return None  # taken back meanwhile, or settled by another process
        begun = item.state is DisposalItemState.DELETING
        if not begun or versions[-1].present:
            against = self._obstacles(session, item, recording, versions)
            if against:
                self._keep(session, disposal, item_id, against)
                return None
        ordered = list(dict.fromkeys([*(_reference(each) for each in item.deleted_versions), *going]))
        item.deleted_versions = [_plain(each) for each in ordered]
        session.add(item)
        if not begun:
            item.state, recording.leaving_since = DisposalItemState.DELETING, self._clock()
            session.add(recording)
            told = [str(each) for each in ordered]
            self._told(session, disposal, recording, CustodyAction.DISPOSAL_ORDERED, versions=told)
        return ordered

    def _obstacles(
        self, session: Session, item: DisposalItem, recording: Recording, versions: Sequence[VersionStanding]
    ) -> Sequence[Obstacle]:
        now = self._clock()
        facts = retention.facts_of(session, [recording.id])[recording.id]
        in_force = schedule_in_force(session)
        schedule = in_force.schedule if in_force else None
        decision = decide(facts.recording, facts.holds, facts.cases, schedule, now, zone=self._zone)
        standing = Standing(
            outcome=decision.outcome.value,
            expires_at=decision.expires_at,
            # Asked of the catalog itself beside what the policy took: either is enough to stop it.
            holds=sorted(
                {each.number for each in holds.covering(session, recording.id)} | {h.number for h in facts.holds}
            ),
            open_cases=sorted(each.number for each in facts.cases if each.confirmed and each.open),
            versions=versions,
            same_content=(recording.sha256, recording.size) == (item.sha256, item.size),
            being_worked_on=disposals.is_being_worked_on(session, recording.id),
            going=item.state is DisposalItemState.DELETING,
        )
        return obstacles(standing, now)

    def _ask_once_more(self, recording: Recording) -> Sequence[Obstacle]:
        with self._catalog.reading() as session:
            return [
                Obstacle(ObstacleCode.HELD, {"hold": each.number}) for each in holds.covering(session, recording.id)
            ]

    def _delete_originals(self, versions: Sequence[VersionReference]) -> Sequence[Obstacle]:
        """Delete them, the one that serves last; what refuses, and why."""
        for each in versions:
            try:
                self._store.delete_version(each)
            except VersionNotFound:
                continue
            except VersionLocked as error:
                facts = {"version": str(each), **({"until": error.until.isoformat()} if error.until else {})}
                return [Obstacle(ObstacleCode.HELD_IN_STORE if error.held else ObstacleCode.LOCKED, facts)]
        return []

    def _delete(self, references: Sequence[VersionReference]) -> None:
        for each in references:
            with contextlib.suppress(VersionNotFound):
                self._store.delete_version(each)

    def _confirm(self, references: Sequence[VersionReference]) -> None:
        """Raises VersionLocked for what is there still: it is tried again, and nothing is said to be gone before."""
        for each in references:
            try:
                stored = self._store.head(each)
            except VersionNotFound:
                continue
            raise VersionLocked(each, stored.lock.retain_until if stored.lock else None, held=stored.held)

    def _record(self, session: Session, disposal: Disposal, item_id: UUID, gone: Sequence[VersionReference]) -> None:
        now = self._clock()
        item = disposals.item(session, item_id)
        if item.state is not DisposalItemState.DELETING:
            return  # another process was quicker
        recording = disposals.recording_to_change(session, item.recording_id)
        versions = [_plain(each) for each in gone]
        item.state, item.ended_at, item.deleted_versions = DisposalItemState.DELETED, now, versions
        recording.disposed_at = now
        session.add(item)
        session.add(recording)
        disposals.forget_what_was_made(session, recording.id)
        self._told(session, disposal, recording, CustodyAction.DISPOSED, versions=versions, sha256=recording.sha256)
        jobs.add(session, recording.id, JobKind.MANIFEST, now=now)

    def _keep(self, session: Session, disposal: Disposal, item_id: UUID, against: Sequence[Obstacle]) -> None:
        holds.alone(session)
        item = disposals.item(session, item_id)
        recording = disposals.recording_to_change(session, item.recording_id)
        why = [each.told() for each in against]
        item.state, item.ended_at, item.kept_because = DisposalItemState.KEPT, self._clock(), why
        item.deleted_versions = []
        session.add(item)
        # The same content may have been secured anew since: then both stay, and what is docked next is that one.
        if recordings.by_sha256(session, recording.sha256) is None:
            recording.leaving_since = None
            session.add(recording)
        self._told(session, disposal, recording, CustodyAction.DISPOSAL_KEPT, result=CustodyResult.DENIED, because=why)

    def _told(
        self,
        session: Session,
        disposal: Disposal,
        recording: Recording,
        action: CustodyAction,
        *,
        result: CustodyResult = CustodyResult.DONE,
        **details: object,
    ) -> None:
        event = custody.record(
            session,
            action,
            at=self._clock(),
            actor=_NOW_BY_US,
            subject_kind="recording",
            subject_id=recording.id,
            result=result,
            purpose=disposal.reason,
            approval=disposal.number,
        )
        event.details = dict(details)


def _check_approvals(session: Session, disposal: Disposal) -> None:
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


def _approved_at(session: Session, disposal: Disposal) -> datetime | None:
    given = [
        word.given_at for word, _ in disposals.approvals_of(session, disposal.id) if word.verdict is Verdict.APPROVED
    ]
    return max(given) if len(given) >= APPROVALS else None


def _plain(each: VersionReference) -> dict[str, str]:
    return {"bucket": each.bucket.value, "key": each.key, "version": each.version_id}


def _reference(told: Mapping[str, str]) -> VersionReference:
    return VersionReference(Bucket(told["bucket"]), told["key"], told["version"])


def _read(session: Session, item_id: UUID) -> DisposalItem:
    found = session.get(DisposalItem, item_id)
    assert found is not None  # noqa: S101 - items are never removed
    return found
