"""Carrying out an approved list: one recording after the other, each decided anew at that very moment.

     1 READY     two different people, enrolled still, approved the very list that stands; the days are over by all
                 clocks and were seen to pass; the list is what the log sealed. It is EXECUTING from here on
     2 LOOK      nobody places a hold, or puts a replacement on record, meanwhile: the stores are asked for each version
                 that is on record or lies where they lie, in the replica too: is it there, is it locked or held
     3 ORDER     decide anew, by rows that are what the log sealed; what stands in the way is KEPT with its reasons.
                 Else the item is DELETING and the recording leaving, committed before anything goes

     from 4 to 7 nobody places a hold, ties a recording to a case or opens a case again: they wait, and see it gone

     4 ASK       once more all that was asked at 3, right before the first byte goes
     5 DELETE    the versions of this recording, damaged ones first, the one that serves last; then what was made of it,
                 and the copies in the replica
     6 CONFIRM   the stores are listed until there is nothing more; what they will not let go once the original is gone
                 is named
     7 RECORD    DELETED, disposed of, the custody event, the manifest to be written again: one commit

Killed anywhere, it goes on at the next round: what is DELETING and still has the version that serves begins at 2 again,
so a hold or a case opened again meanwhile still saves it; what lost it goes on at 5, whatever became of the approvals:
it is gone. Where the approvals count no more, what still has it is KEPT. No lock is ever bypassed: a store that
refuses, refuses, and the recording is KEPT. Nothing goes but what is the recording's own (`versions.py`). While the
replica does not answer nothing more goes, and what has begun to go is not gone yet: both wait for it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from uuid import UUID

from sqlmodel import Session

from catalog.engine import Catalog
from catalog.repositories import custody, disposals, evidence, holds, jobs, recordings
from catalog.tables import Disposal, DisposalItem, Recording
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.tables.disposals import DisposalItemState, DisposalState
from catalog.tables.jobs import JobKind
from retention.disposal.asking import in_the_way
from retention.disposal.decision import Obstacle, ObstacleCode, VersionStanding
from retention.disposal.ready import make_ready, see_time_pass
from retention.disposal.rounds import Executed, Refused, Round
from retention.disposal.sealed import SealedRows
from retention.disposal.versions import (
    Belongings,
    Copy,
    Stores,
    belongings,
    copy_told,
    delete_all,
    is_own,
    look,
    look_at_all,
    plain,
)
from retention.disposal.waiting import Clocks, WaitCode
from retention.errors import DisposalTooEarly, RetentionError
from retention.fixity_repair import Replica
from storage.contract import ObjectStore
from storage.errors import StorageError, VersionLocked, VersionNotFound

_LISTED_AGAIN = 3


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
        sign_log: Callable[[], object],
        actor: str = "zhilu",
        replica: Replica | None = None,
    ) -> None:
        """`certify` makes the certificate of a list, by its number, once nothing on it is left to do.

        `sign_log` puts all that is on record under a signature, where this process has the key. `actor`: by whose
        login it is carried out; our own name where a timer of Zhilu does it.
        """
        self._catalog, self._stores, self._clock = catalog, Stores(store, replica), clock
        self._clocks, self._zone, self._certify, self._actor = clocks, zone, certify, actor
        self._sign_log, self._sealed = sign_log, SealedRows()

    def execute_due(self) -> Round:
        """One round: put on record that time goes by, then carry out what may be. What may not yet is left alone.

        One list at which anything fails stops no other. Raises CatalogError.
        """
        made = Round([], [], [])
        with self._catalog.reading() as session:
            open_lists = disposals.listing(
                session, states=(DisposalState.APPROVED, DisposalState.EXECUTING), limit=10_000
            )
        for each in reversed(open_lists):
            try:
                self.see_time_pass(each.number)
                made.done.append(self.execute(each.number))
            except DisposalTooEarly as wait:
                (made.waiting if wait.code == WaitCode.TOO_EARLY else made.refused).append(Refused(each.number, wait))
            except (RetentionError, StorageError) as error:
                made.refused.append(Refused(each.number, error))
        return made

    def see_time_pass(self, number: str) -> None:
        """Put the time on record while an approved list waits, about once a day. Raises StorageError, CatalogError."""
        see_time_pass(self._catalog, number, self._clocks())

    def execute(self, number: str) -> Executed:
        """Carry out one list; what was done until it fails stands, and the next round goes on.

        Raises DisposalNotOpen, DisposalNotApproved, DisposalTooEarly, DisposalWaits, ListChanged, StorageError,
        CatalogError.
        """
        try:
            make_ready(self._catalog, number, self._clocks(), self._sealed)  # step 1
        except DisposalTooEarly:
            self._finish_begun(number)
            raise
        except RetentionError as error:
            self._finish_begun(number, lost=error)
            self._certify(number)  # should nothing be left to do
            raise
        with self._catalog.reading() as session:
            disposal = disposals.by_number(session, number)
            items = disposals.unfinished_items(session, disposal.id)
        self._sign_log()  # nothing goes by a list that the bucket of the log does not know
        outcomes = [self._settle(disposal, item_id) for item_id in items]
        self._certify(number)
        deleted = sum(each is DisposalItemState.DELETED for each in outcomes)
        return Executed(number, deleted, len(outcomes) - deleted)

    def _finish_begun(self, number: str, *, lost: RetentionError | None = None) -> None:
        """Finish what has lost its bytes, though nothing more may go: else it would be neither there nor gone.

        What has them still is kept where the approvals are `lost`: else it would be leaving for ever.
        """
        with self._catalog.reading() as session:
            disposal = disposals.by_number(session, number)
            begun = disposals.unfinished_items(session, disposal.id, only_begun=True)
        for item_id in begun:
            with self._catalog.reading() as session:
                recording = recordings.get(session, _read(session, item_id).recording_id)
                serving = Copy(recordings.serving(session, recording))
            if not look(self._stores, recording, serving, serves=True).present:
                self._settle(disposal, item_id)
            elif lost is not None:
                self._let_stay(disposal, item_id, lost)

    def _let_stay(self, disposal: Disposal, item_id: UUID, lost: RetentionError) -> None:
        against = [Obstacle(ObstacleCode.NOT_APPROVED, {"why": type(lost).__name__})]

        def stay(session: Session) -> None:
            holds.alone(session)
            item = disposals.item(session, item_id)
            if item.state is not DisposalItemState.DELETING:
                return
            recording = disposals.recording_to_change(session, item.recording_id)
            standing = look_at_all(self._stores, self._originals_of(session, recording))
            if standing[-1].present:
                self._keep(session, disposal, item_id, against, standing)

        self._catalog.write(stay)

    # --- 2 to 7 -------------------------------------------------------------------------------------------------

    def _settle(self, disposal: Disposal, item_id: UUID) -> DisposalItemState:
        def order(session: Session) -> Sequence[Copy] | None:
            return self._order(session, disposal, item_id)

        ordered = self._catalog.write(order)  # steps 2 and 3
        if ordered is None:
            return DisposalItemState.KEPT

        def carry_out(session: Session) -> DisposalItemState:
            return self._carry_out(session, disposal, item_id, ordered)

        return self._catalog.write(carry_out)  # steps 4 to 7

    def _all_of(self, session: Session, recording: Recording) -> Belongings:
        versions = recordings.versions(session, recording)
        return belongings(self._stores, recording, versions, recordings.derivatives_of(session, recording.id))

    @staticmethod
    def _originals_of(session: Session, recording: Recording) -> Belongings:
        return Belongings(recording, [Copy(each) for each in recordings.versions(session, recording)], [])

    def _order(self, session: Session, disposal: Disposal, item_id: UUID) -> Sequence[Copy] | None:
        """Decide anew and order the deletion of what is returned; None where the recording is kept.

        What has begun to go goes on, by what the custody log says was ordered then and what has come to light since.
        """
        holds.alone(session)
        item = disposals.item(session, item_id)
        recording = disposals.recording_to_change(session, item.recording_id)
        if item.state not in {DisposalItemState.LISTED, DisposalItemState.DELETING}:
            return None  # taken back meanwhile, or settled by another process
        found = self._all_of(session, recording)
        standing = look_at_all(self._stores, found)
        before = disposals.ordered(session, disposal, recording.id)
        begun = item.state is DisposalItemState.DELETING and bool(before)
        if not begun or standing[-1].present:
            against = self._obstacles(session, item, recording, standing, begun=begun)
            if against:
                self._keep(session, disposal, item_id, against, standing)
                return None
        believed = [each for each in map(copy_told, item.deleted_versions) if begun and str(each) in before]
        ordered = list(dict.fromkeys([*(each for each in believed if is_own(recording, each)), *found.going]))
        item.state, item.deleted_versions = DisposalItemState.DELETING, [plain(each) for each in ordered]
        session.add(item)
        if not begun:
            recording.leaving_since = self._clock()
            session.add(recording)
        told = [str(each) for each in ordered]
        if not begun or set(told) - before:
            self._told(session, disposal, recording, CustodyAction.DISPOSAL_ORDERED, versions=told)
        return ordered

    def _carry_out(
        self, session: Session, disposal: Disposal, item_id: UUID, ordered: Sequence[Copy]
    ) -> DisposalItemState:
        holds.alone(session)
        item = disposals.item(session, item_id)
        recording = disposals.recording_to_change(session, item.recording_id)
        if item.state is not DisposalItemState.DELETING:
            return item.state  # settled by another process
        found = self._all_of(session, recording)
        standing = look_at_all(self._stores, found)
        if standing[-1].present:
            against = self._obstacles(session, item, recording, standing, begun=True)  # step 4
            against = against or self._delete_originals(found)  # step 5
            if against:
                standing = look_at_all(self._stores, self._originals_of(session, recording))
                self._keep(session, disposal, item_id, against, standing)
                return DisposalItemState.KEPT
        gone, left = self._delete_the_rest(recording, list(dict.fromkeys([*ordered, *found.going])))  # step 6
        self._record(session, disposal, item, gone, left)  # step 7
        return DisposalItemState.DELETED

    def _delete_the_rest(self, recording: Recording, copies: Sequence[Copy]) -> tuple[list[Copy], list[Copy]]:
        """What is gone, and what is left: a repair or a worker may put a version there while others go."""
        gone: list[Copy] = []
        left: list[Copy] = []
        for _time in range(_LISTED_AGAIN):
            refused = delete_all(self._stores, copies)
            gone += [each for each in copies if each not in refused]
            left += refused
            copies = [each for each in self._stores.everything_of(recording) if each not in left]
            if not copies:
                break
        return gone, [*left, *copies]

    def _obstacles(
        self,
        session: Session,
        item: DisposalItem,
        recording: Recording,
        versions: Sequence[VersionStanding],
        *,
        begun: bool,
    ) -> Sequence[Obstacle]:
        now, tampered = self._clock(), self._sealed.differing(session, evidence.deciding(session, [recording.id]))
        return in_the_way(session, item, recording, versions, tampered, now=now, zone=self._zone, begun=begun)

    def _delete_originals(self, found: Belongings) -> Sequence[Obstacle]:
        """Delete them, the one that serves last; what refuses, and why."""
        for each in (*found.surplus, *found.originals):
            try:
                self._stores.delete(each)
            except VersionNotFound:
                continue
            except VersionLocked as error:
                facts = {"version": str(each), **({"until": error.until.isoformat()} if error.until else {})}
                return [Obstacle(ObstacleCode.HELD_IN_STORE if error.held else ObstacleCode.LOCKED, facts)]
        return []

    def _record(
        self,
        session: Session,
        disposal: Disposal,
        item: DisposalItem,
        gone: Sequence[Copy],
        left: Sequence[Copy],
    ) -> None:
        now, versions = self._clock(), [plain(each) for each in gone]
        recording = disposals.recording_to_change(session, item.recording_id)
        item.state, item.ended_at, item.deleted_versions = DisposalItemState.DELETED, now, versions
        recording.disposed_at = now
        session.add(item)
        session.add(recording)
        disposals.forget_what_was_made(session, recording.id)
        self._told(
            session,
            disposal,
            recording,
            CustodyAction.DISPOSED,
            versions=versions,
            left=[plain(each) for each in left],
            sha256=recording.sha256,
            # A catalog that is made again before its manifest is written must know that it is gone.
            rows=custody.rows_told(recording, item),
        )
        jobs.add(session, recording.id, JobKind.MANIFEST, now=now)

    def _keep(
        self,
        session: Session,
        disposal: Disposal,
        item_id: UUID,
        against: Sequence[Obstacle],
        standing: Sequence[VersionStanding],
    ) -> None:
        """Let it stay, and tell what of it went before: a damaged version may have gone already."""
        item = disposals.item(session, item_id)
        recording = disposals.recording_to_change(session, item.recording_id)
        ordered = disposals.ordered(session, disposal, recording.id)
        absent = {each.reference for each in standing if not each.present} & ordered
        gone = [each for each in item.deleted_versions if str(copy_told(each)) in absent]
        why = [each.told() for each in against]
        item.state, item.ended_at, item.kept_because = DisposalItemState.KEPT, self._clock(), why
        item.deleted_versions = gone
        session.add(item)
        # The same content may have been secured anew since: then both stay, and what is docked next is that one. What
        # is not as it was sealed must not be sealed by us.
        tampered = any(each.code is ObstacleCode.NOT_AS_SEALED for each in against)
        if not tampered and recordings.by_sha256(session, recording.sha256) is None:
            recording.leaving_since = None
            session.add(recording)
        self._told(
            session,
            disposal,
            recording,
            CustodyAction.DISPOSAL_KEPT,
            result=CustodyResult.DENIED,
            because=why,
            gone=gone,
        )

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
            actor=self._actor,
            subject_kind="recording",
            subject_id=recording.id,
            result=result,
            purpose=disposal.reason,
            approval=disposal.number,
        )
        event.details = dict(details)


def _read(session: Session, item_id: UUID) -> DisposalItem:
    found = session.get(DisposalItem, item_id)
    assert found is not None  # noqa: S101 - items are never removed
    return found
