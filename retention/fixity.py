"""Reading stored bytes again, oldest first: every version within the window, on a budget, by as many as want to help.

     1 TAKE UP   versions on record that nobody listed for reading yet
     2 CLAIM     a batch, those that wait longest; nobody else reads them while our lease lasts
     3 READ      past caches, no faster than the budget; the lease is renewed meanwhile
     4 JUDGE     (`fixity_plan.py`) what differs is read once more; what is not given, another version is asked for, so
                 that a store that is away is nobody's mismatch: then the round pauses, and says so
     5 RECORD    one commit a batch: checks, states, one event. A mismatch at once: its own event, and a hold
     6 REPAIR    (`fixity_repair.py`) from the replica, where there is one

Killed anywhere, at most what was read since the last commit is read again, once the lease has run out.
"""

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from sqlmodel import Session

from catalog.engine import Catalog
from catalog.repositories import custody, fixity, system_holds
from catalog.repositories.fixity import LEASE, Version
from catalog.tables import FixityCheck
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.tables.fixity import FixityOutcome
from catalog.types import new_id
from retention.errors import RepairRefused, StoreAway
from retention.fixity_plan import (
    Answer,
    FixitySettings,
    Judged,
    Judgement,
    Pacer,
    Reading,
    Witness,
    due_before,
    is_away,
    judged,
)
from retention.fixity_repair import Repairer
from storage.contract import ObjectStore
from storage.digests import ContentHasher
from storage.errors import StorageError, StoreMisconfigured, VersionNotFound

BATCH = 100
_BATCH_BYTES = 1024 * 1024 * 1024
_WITNESSES = 3
_REPAIRED_AT_ONCE = 20
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Checked:
    """What came out for one version."""

    version: Version
    judged: Judged
    reading: Reading
    at: datetime

    @property
    def outcome(self) -> FixityOutcome:
        return FixityOutcome(self.judged.judgement)

    @property
    def is_mismatch(self) -> bool:
        return self.outcome in {FixityOutcome.DIFFERS, FixityOutcome.MISSING}


@dataclass(slots=True)
class FixityRound:
    """What one round came to. `paused` is why it ended before all was read; None where it did not."""

    versions: int = 0
    bytes_read: int = 0
    outcomes: dict[FixityOutcome, int] = field(default_factory=lambda: dict.fromkeys(FixityOutcome, 0))
    repaired: int = 0
    refused: int = 0
    paused: str | None = None

    @property
    def damaged(self) -> int:
        return self.versions - self.outcomes[FixityOutcome.INTACT]


class Stopped(Exception):
    """Whoever runs this wants to end."""


class FixityReader:
    """Reads for one process. `rest(seconds)` waits so long and says whether to stop; `seconds` only goes forward."""

    def __init__(
        self,
        catalog: Catalog,
        store: ObjectStore,
        settings: FixitySettings,
        *,
        identity: str,
        clock: Callable[[], datetime],
        seconds: Callable[[], float],
        rest: Callable[[float], bool],
        repairer: Repairer | None = None,
        on_check: Callable[[Checked], None] = lambda _checked: None,
    ) -> None:
        self._catalog, self._store, self._settings = catalog, store, settings
        self._owner = f"{identity}#fixity-{new_id()}"
        self._clock, self._seconds, self._rest = clock, seconds, rest
        self._repairer, self._on_check = repairer, on_check
        self._pacer = Pacer(settings.budget)
        self._kept = clock()

    def read_due(self) -> FixityRound:
        """Read all that is due. Raises CatalogError."""
        return self.read(due_before(self._settings, self._clock()))

    def read(self, before: datetime, *, at_most: int | None = None, of: Collection[UUID] | None = None) -> FixityRound:
        """Read what waits since before then, `at_most` so many versions; `of`: of these recordings alone.

        Raises CatalogError.
        """
        found = FixityRound()
        self._catalog.write(fixity.take_up)  # step 1
        try:
            if of is None:
                self._repair(self._known_damaged(), found)
            while batch := self._claim(before, None if at_most is None else at_most - found.versions, of):
                self._read_batch(batch, found)
        except StoreAway as error:
            found.paused = str(error)
            _log.error("fixity pauses: the store is away", reason=str(error))
        except Stopped:
            found.paused = "stopped"
        finally:
            self._catalog.write(lambda session: fixity.let_go(session, owner=self._owner))
        return found

    # --- 2 ------------------------------------------------------------------------------------------------------

    def _claim(self, before: datetime, left: int | None, of: Collection[UUID] | None) -> Iterable[Version]:
        at_most = BATCH if left is None else min(BATCH, left)
        if at_most <= 0:
            return ()
        self._kept = now = self._clock()

        def claimed(session: Session) -> Iterable[Version]:
            return fixity.claim(session, owner=self._owner, now=now, before=before, at_most=at_most, of=of)

        return self._catalog.write(claimed)

    def _keep(self) -> None:
        now = self._clock()
        if now - self._kept > LEASE / 4:
            self._catalog.write(lambda session: fixity.keep(session, owner=self._owner, now=now))
            self._kept = now

    # --- 3 ------------------------------------------------------------------------------------------------------

    def _read_batch(self, batch: Iterable[Version], found: FixityRound) -> None:
        waiting: list[Checked] = []
        try:
            for version in batch:
                checked = self._check(version)
                waiting.append(checked)
                if checked.is_mismatch or sum(each.reading.bytes_read for each in waiting) > _BATCH_BYTES:
                    self._record(waiting, found)
                    waiting = []
                if checked.is_mismatch:
                    self._repair([version.recording_id], found)
        finally:
            self._record(waiting, found)

    def _check(self, version: Version) -> Checked:
        readings: list[Reading] = []
        while True:
            readings.append(self._read_once(version))
            verdict = judged(version.sha256, version.size, readings)  # step 4
            if verdict.judgement is Judgement.AGAIN:
                continue
            not_given = verdict.judgement in {Judgement.MISSING, Judgement.UNREADABLE}
            if not_given and is_away(verdict.judgement, self._witness(version)):
                raise StoreAway(str(version.reference), verdict.why or "")
            return Checked(version, verdict, readings[-1], self._clock())

    def _read_once(self, version: Version) -> Reading:
        count = 0
        try:
            with ContentHasher(sm3=False) as hasher:
                for chunk in self._store.read_back(version.reference):
                    hasher.update(chunk)
                    count += len(chunk)
                    self._pause(len(chunk))
                return Reading(Answer.READ, count, hasher.digests().sha256.hexadecimal)
        except VersionNotFound as error:
            return Reading(Answer.MISSING, count, why=str(error))
        except StoreMisconfigured as error:
            raise StoreAway(str(version.reference), str(error)) from error
        except StorageError as error:
            return Reading(Answer.FAILED, count, why=str(error))

    def _pause(self, count: int) -> None:
        if self._rest(self._pacer.rest_after(count, self._seconds())):
            raise Stopped
        self._keep()

    def _witness(self, version: Version) -> Witness:
        """Ask the store for others, which it gave when they were read last."""
        with self._catalog.reading() as session:
            others = fixity.others(session, version.recording_id, at_most=_WITNESSES)
        for reference in others:
            try:
                self._store.head(reference)
                for _chunk in self._store.read(reference, 0, 1):
                    pass
            except StorageError:
                continue
            return Witness.GIVEN
        return Witness.REFUSED if others else Witness.NONE

    # --- 5 ------------------------------------------------------------------------------------------------------

    def _record(self, checked: list[Checked], found: FixityRound) -> None:
        if not checked:
            return
        noted = self._catalog.write(lambda session: self._put(session, checked))
        for each in noted:
            found.versions += 1
            found.bytes_read += each.reading.bytes_read
            found.outcomes[each.outcome] += 1
            if each.outcome is not FixityOutcome.INTACT:
                _log.error(
                    "stored bytes are not what they should be",
                    recording=str(each.version.recording_id),
                    version=str(each.version.reference),
                    outcome=each.outcome.value,
                    reason=each.judged.why,
                )
            self._on_check(each)

    def _put(self, session: Session, checked: list[Checked]) -> list[Checked]:
        """Put the checks on record, but for what is another's by now, or is just being disposed of."""
        noted, bad = [], []
        for each in checked:
            if each.outcome is not FixityOutcome.INTACT and fixity.is_being_disposed_of(
                session, each.version.recording_id
            ):
                continue
            check = _check_row(each)
            if fixity.note(session, check, owner=self._owner):
                noted.append(each)
                if each.outcome is not FixityOutcome.INTACT:
                    bad.append((each, check))
        if noted:
            _tell_of_batch(session, noted, at=self._clock())
        for each, check in bad:
            self._tell_of_damage(session, each, check)
        return noted

    def _tell_of_damage(self, session: Session, each: Checked, check: FixityCheck) -> None:
        custody.record(
            session,
            CustodyAction.FIXITY_FAILED,
            at=each.at,
            actor="zhilu",
            subject_kind="recording",
            subject_id=each.version.recording_id,
            result=CustodyResult.FAILED,
            outcome=each.outcome.value,
            version=str(each.version.reference),
            sha256=each.version.sha256,
            found=each.reading.sha256,
            reason=each.judged.why,
        )
        if each.is_mismatch and each.version.serves:
            system_holds.place(
                session,
                each.version.recording_id,
                number=f"FIXITY-{check.id.hex[-12:]}",
                document=f"fixity check {check.id}",
                reason=f"the stored bytes are not those on record: {each.judged.why}",
                at=each.at,
            )

    # --- 6 ------------------------------------------------------------------------------------------------------

    def _known_damaged(self) -> Collection[UUID]:
        if self._repairer is None:
            return ()
        with self._catalog.reading() as session:
            return fixity.damaged(session, at_most=_REPAIRED_AT_ONCE)

    def _repair(self, recording_ids: Iterable[UUID], found: FixityRound) -> None:
        if self._repairer is None:
            return
        for recording_id in recording_ids:
            try:
                repair = self._repairer.repair(recording_id)
            except (RepairRefused, StorageError) as error:
                found.refused += 1
                _log.error("a damaged recording could not be repaired", recording=str(recording_id), reason=str(error))
                continue
            found.repaired += repair.replaced


def _check_row(each: Checked) -> FixityCheck:
    return FixityCheck(
        recording_id=each.version.recording_id,
        at=each.at,
        outcome=each.outcome,
        object_key=each.version.reference.key,
        object_version=each.version.reference.version_id,
        bytes_read=each.reading.bytes_read,
        sha256_found=each.reading.sha256,
        error=each.judged.why,
    )


def _tell_of_batch(session: Session, noted: list[Checked], *, at: datetime) -> None:
    counts = {outcome.value: sum(each.outcome is outcome for each in noted) for outcome in FixityOutcome}
    custody.record(
        session,
        CustodyAction.FIXITY_CHECKED,
        at=at,
        actor="zhilu",
        subject_kind="store",
        subject_id=None,
        versions=len(noted),
        bytes=sum(each.reading.bytes_read for each in noted),
        outcomes={name: count for name, count in counts.items() if count},
    )


def log_round(found: FixityRound) -> None:
    """Tell of a round, for a timer."""
    _log.log(
        logging.ERROR if found.damaged or found.refused else logging.INFO,
        "stored bytes were read again",
        versions=found.versions,
        bytes=found.bytes_read,
        repaired=found.repaired,
        refused=found.refused,
        paused=found.paused,
        **{outcome.value: count for outcome, count in found.outcomes.items()},
    )
