"""Carrying out the renewal of locks: says how many it looked at, so that "all renewed" is never "none looked at".

     1 LIST       a portion of the buckets whose versions no row remembers: manifests
     2 RECORDINGS whose lock ends before the decision on them does (`locks.py` decides on each, by what the store says).
                 The decision that was put down only finds them: whoever may write in the catalog may write it, so each
                 is decided anew from facts; and so is, in the last days of its lock, what is to be let lapse
     3 OTHERS     all else: manifests for ever, damaged originals as their recording
     4 TELL       how many there are, were due, renewed, failed; the soonest end of all. A failure is on record

A lock that cannot be renewed is counted, and tried again next time; whatever is the matter with it, the others get
theirs.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from itertools import islice

import structlog
from sqlmodel import Session

from catalog.engine import Catalog
from catalog.errors import CatalogError
from catalog.repositories import custody, locks, recordings, retention
from catalog.repositories.locks import EndingLock, Terms
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.unforeseen import Unforeseen
from retention.errors import ScheduleInvalid
from retention.in_force import schedule_in_force
from retention.locks import FOR_EVER, Keeping, LockSettings, Standing, renewed_lock
from retention.policy import decide
from storage.contract import ObjectStore
from storage.errors import StorageError, VersionNotFound
from storage.model import Bucket, VersionReference

PORTION = 500
"""How many due locks are held in memory at a time."""
LISTED = (Bucket.MANIFESTS,)
"""What lies there is locked, and no row remembers it: found by listing. The custody log remembers its own."""
LISTED_AT_ONCE = 20_000
_LAPSING = timedelta(days=3)
"""How long before, and after, its end a lock that is to lapse is decided on anew: time for a store that was away."""
_A_TURN = timedelta(days=1)
_NAMED_AT_MOST = 20
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Renewal:
    """Of `recordings` and `others`, `due` had locks that end too soon; `renewed` were lengthened, `failed` were not.

    `soonest`: when the first lock of all ends that should go on; None where there is none.
    """

    recordings: int
    due: int
    renewed: int
    failed: int
    others: int = 0
    soonest: datetime | None = None


@dataclass(slots=True)
class _Tally:
    due: int = 0
    renewed: int = 0
    failed: list[tuple[VersionReference, str]] = field(default_factory=list)


class LockRenewer:
    def __init__(
        self,
        catalog: Catalog,
        store: ObjectStore,
        settings: LockSettings,
        *,
        clock: Callable[[], datetime],
        zone: tzinfo,
    ) -> None:
        self._catalog, self._store, self._settings, self._clock = catalog, store, settings, clock
        self._zone = zone
        self._unforeseen = Unforeseen("a lock could not be renewed")

    def renew(self) -> Renewal:
        """Lengthen what ends too soon. Raises CatalogError where it cannot be told which are due."""
        now, tally = self._clock(), _Tally()
        for bucket in LISTED:  # step 1
            self._list(bucket, now, tally)
        for each, keeping in self._due(now):  # step 2
            self._try(each, keeping, now, tally)
        for each, keeping in self._others_due(now):  # step 3
            self._try(each, keeping, now, tally)
        return self._told(now, tally)  # step 4

    def renew_or_log(self) -> Renewal | None:
        """As `renew`, for a timer: an unavailable engine is logged (None) and met again next time."""
        try:
            outcome = self.renew()
        except (CatalogError, StorageError) as error:
            _log.error("locks could not be looked at", reason=str(error))
            return None
        _log.log(
            logging.ERROR if outcome.failed else logging.INFO,
            "locks were looked at, and some could not be renewed" if outcome.failed else "locks were looked at",
            recordings=outcome.recordings,
            others=outcome.others,
            due=outcome.due,
            renewed=outcome.renewed,
            failed=outcome.failed,
            soonest=outcome.soonest.isoformat() if outcome.soonest else None,
        )
        return outcome

    # --- 1 ------------------------------------------------------------------------------------------------------

    def _list(self, bucket: Bucket, now: datetime, tally: _Tally) -> None:
        """Take up the next portion; a turn through all of it once a day. What cannot be listed is a failure."""
        with self._catalog.writing() as session:
            row = locks.listing(session, bucket, now=now)
            after, over = row.after_key, row.ended_at
            if over is not None and now - row.began_at < _A_TURN:
                return
            if over is not None:
                row.began_at, row.ended_at = now, None
        try:
            found = list(islice(self._store.list_references(bucket, after=after or ""), LISTED_AT_ONCE))
        except StorageError as error:
            tally.due += 1
            tally.failed.append((VersionReference(bucket, "*", "*"), str(error)))
            return
        listed = [each.reference for each in found]
        is_all = len(listed) < LISTED_AT_ONCE
        if not is_all and (listed[0].key != listed[-1].key):
            # The versions of the last key may not all be there: it is listed again.
            listed = [each for each in listed if each.key != listed[-1].key]
        for start in range(0, len(listed), PORTION):
            self._take_up(listed[start : start + PORTION])
        with self._catalog.writing() as session:
            row = locks.listing(session, bucket, now=now)
            row.after_key = None if is_all else listed[-1].key
            row.ended_at = now if is_all else None

    def _take_up(self, portion: list[VersionReference]) -> None:
        newest = {each.key: each for each in portion}
        # A manifest is the latest version of its key: what it replaced may lapse.
        with self._catalog.writing() as session:
            locks.take_up(session, newest.values())
            locks.keep_newest(session, newest.values())

    # --- 2, 3 ---------------------------------------------------------------------------------------------------

    def _due(self, now: datetime) -> Iterator[tuple[EndingLock, Keeping]]:
        """A portion at a time: those that could not be renewed stay due, and are not met again in this round."""
        margin = self._settings.renewal_margin
        terms = Terms(now, now + margin, now + timedelta(days=self._settings.days), min(_LAPSING, margin))
        last: EndingLock | None = None
        while True:
            with self._catalog.reading(at_length=True) as session:
                portion = locks.due(session, terms, after=last, at_most=PORTION)
                decided = self._decided(session, portion, now)
            for each, keeping in zip(portion, decided, strict=True):
                if not each.lapsing:
                    yield each, keeping
                elif _outlasts(keeping, each.ends_at):
                    self._belied(each, keeping)
                    yield each, keeping
            if len(portion) < PORTION:
                return
            last = portion[-1]

    def _others_due(self, now: datetime) -> Iterator[tuple[EndingLock, Keeping]]:
        last: VersionReference | None = None
        while True:
            with self._catalog.reading(at_length=True) as session:
                portion = locks.others_due(session, now + self._settings.renewal_margin, after=last, at_most=PORTION)
                decided = self._decided(session, portion, now)
            yield from zip(portion, decided, strict=True)
            if len(portion) < PORTION:
                return
            last = portion[-1].reference

    def _decided(self, session: Session, portion: Sequence[EndingLock], now: datetime) -> list[Keeping]:
        """What the facts say of each; what is no recording's is kept for ever, what nobody can tell is undecided."""
        facts = retention.facts_of(session, [each.recording_id for each in portion if each.recording_id is not None])
        try:
            in_force = schedule_in_force(session)
        except ScheduleInvalid as error:
            _log.error("nothing is let lapse: the schedule in force cannot be read", reason=str(error))
            in_force = None
        schedule, found = in_force.schedule if in_force else None, []
        for each in portion:
            known = facts.get(each.recording_id) if each.recording_id is not None else None
            if known is None:
                found.append(FOR_EVER)
                continue
            decision = decide(known.recording, known.holds, known.cases, schedule, now, zone=self._zone)
            found.append(Keeping(Standing(decision.outcome.value), decision.expires_at, each.recoverable_until))
        return found

    @staticmethod
    def _belied(each: EndingLock, keeping: Keeping) -> None:
        """The evaluation makes such a row anew within a day; one that is still there was written past it."""
        _log.error(
            "a lock was to lapse by a decision that the facts belie",
            recording=str(each.recording_id),
            put_down=each.outcome.value if each.outcome else None,
            decided=keeping.standing.value,
            until=keeping.until.isoformat() if keeping.until else None,
        )

    def _try(self, each: EndingLock, keeping: Keeping, now: datetime, tally: _Tally) -> None:
        tally.due += 1
        try:
            tally.renewed += self._renew(each, keeping, now)
        except VersionNotFound as error:
            self._lost(each, str(error), tally)
        except (StorageError, CatalogError) as error:
            self._failed(each, str(error), tally)
        except Exception as error:  # noqa: BLE001 - one version must not cost the others their locks
            self._unforeseen.met(error)
            tally.failed.append((each.reference, type(error).__name__))

    def _renew(self, each: EndingLock, keeping: Keeping, now: datetime) -> bool:
        """Lengthen one lock if the store itself says that it is due; the catalog only remembers."""
        present = self._store.head(each.reference).lock
        wanted = renewed_lock(self._settings, present, now, keeping)
        standing = self._store.extend_lock(each.reference, wanted).lock if wanted is not None else present
        end = standing.retain_until if standing else None
        with self._catalog.writing() as session:
            if not each.serves:
                locks.remember(session, each.reference, end)
            elif each.recording_id is not None and wanted is not None and standing is not None:
                custody.lock_extended(session, each.recording_id, standing, at=now)
            elif each.recording_id is not None:
                recordings.note_lock(session, each.recording_id, end)
        return wanted is not None

    def _lost(self, each: EndingLock, reason: str, tally: _Tally) -> None:
        """A version that is gone. Where another serves in its place, there is nothing left to lock."""
        if not each.serves:
            with self._catalog.writing() as session:
                locks.forget(session, each.reference)
        if each.serves or each.recording_id is None:
            self._failed(each, reason, tally)

    def _failed(self, each: EndingLock, reason: str, tally: _Tally) -> None:
        tally.failed.append((each.reference, reason))
        recording = str(each.recording_id) if each.recording_id else None
        _log.error("a lock could not be renewed", recording=recording, version=str(each.reference), reason=reason)

    # --- 4 ------------------------------------------------------------------------------------------------------

    def _told(self, now: datetime, tally: _Tally) -> Renewal:
        with self._catalog.reading(at_length=True) as session:
            standing = locks.standing(session, now)
        outcome = Renewal(
            recordings=standing.recordings,
            due=tally.due,
            renewed=tally.renewed,
            failed=len(tally.failed),
            others=standing.others,
            soonest=standing.soonest,
        )
        if tally.failed:
            with self._catalog.writing() as session:
                custody.record(
                    session,
                    CustodyAction.LOCK_EXTENDED,
                    at=now,
                    actor="zhilu",
                    subject_kind="store",
                    subject_id=None,
                    result=CustodyResult.FAILED,
                    recordings=outcome.recordings,
                    others=outcome.others,
                    due=outcome.due,
                    renewed=outcome.renewed,
                    failed=outcome.failed,
                    first=[{"version": str(each), "reason": why} for each, why in tally.failed[:_NAMED_AT_MOST]],
                )
        return outcome


def _outlasts(keeping: Keeping, end: datetime | None) -> bool:
    """Whether what was decided asks for a lock beyond this end."""
    match keeping.standing:
        case Standing.EXPIRED:
            return False
        case Standing.KEPT:
            return end is None or keeping.until is None or keeping.until > end
        case Standing.BLOCKED | Standing.FOREVER | Standing.UNDECIDED:
            return True
