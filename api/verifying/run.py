"""Verifying, from the log to the bytes; nothing of the catalog is believed that the log, the store or a signature says.

     1 BUCKET     what lies in the store of the log, before the catalog is looked at: it may only be behind the catalog
     2 LOG        one look at the catalog as it was at one moment: every leaf made again, positions, times, roots
     3 SIGNED     keys, checkpoints and stamps against the roots of step 2 and the objects of step 1
     4 ROWS       rows of evidence as they were at that same moment, against what the log seals last of each
     5 OBJECTS    pages, certificates and stamps as they were written; the locks of all that the log has there
     6 STORE      recording by recording: the bytes read again, the lock and the hold as the store reports them; and
                  the bytes of what was made from it
     7 MANIFESTS  what lies beside each recording against the catalog

Findings come as they are found; `tallies` is complete once all have come.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from api.verifying import log as verifying_log
from api.verifying.bucket import LogBucket, look
from api.verifying.contents import WholeCopies, check_contents
from api.verifying.derivatives import check_derivatives
from api.verifying.lapsing import may_lapse
from api.verifying.locks import judge_lock
from api.verifying.log import Asked, LogCheck
from api.verifying.manifests import ColumnNamer, check_manifest
from api.verifying.model import Code, Finding, Part, Tallies
from api.verifying.objects import Term, check_documents, check_log_objects
from api.verifying.rows import check_rows
from api.verifying.segments import check_segments
from api.verifying.signed import Signed, Standing, check_checkpoints, check_keys, good_size, sizes
from api.verifying.stamps import check_stamps
from catalog.custody.note import VerifierKey
from catalog.engine import Catalog
from catalog.portions import NOT_OF_ITS_TYPE, refuse_other_faults
from catalog.repositories import custody_log, evidence, manifests, promises
from catalog.repositories.promises import Promise
from catalog.seals import sealed_tables
from retention.locks import LockSettings
from storage.contract import ObjectStore
from storage.errors import StorageError, VersionNotFound

# An engine that fails so often in a row is away: what is left would be nothing but the same sentence.
_SILENT_AT_MOST = 3
_PORTION = 100


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked for: everything, what was secured since a time, or one recording; `contents`: are bytes read.

    The log is read as a whole in each case: an event that was changed may name another subject, or another time.
    `since` limits only which recordings are looked at in the store.
    """

    since: datetime | None = None
    recording_id: UUID | None = None
    contents: bool = True

    @property
    def is_all(self) -> bool:
        return self.since is None and self.recording_id is None


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known outside catalog and store: whole copies, the key of this machine, who is believed in stamping,
    the zone in which days of retention are counted, and how long locks are to last.
    """

    copies: WholeCopies = field(default_factory=WholeCopies)
    key: VerifierKey | None = None
    key_fault: str = ""
    authorities: Mapping[str, Path] = field(default_factory=dict)
    zone: tzinfo = UTC
    locks: LockSettings = field(default_factory=LockSettings)


class Verifier:
    def __init__(
        self, catalog: Catalog, store: ObjectStore, tallies: Tallies, beside: Beside, *, now: datetime
    ) -> None:
        """`tallies` is filled as findings come."""
        self._catalog, self._store, self._beside, self._now = catalog, store, beside, now
        self.tallies = tallies
        self._owed_anew: datetime | None = None

    def run(self, scope: Scope) -> Iterator[Finding]:
        """Raises CatalogError where the catalog is away, StorageError where the store is."""
        for finding in self._run(scope):
            self.tallies.findings[finding.weight] += 1
            yield finding

    def _run(self, scope: Scope) -> Iterator[Finding]:
        bucket = look(self._store)  # 1
        with self._catalog.reading(at_length=True) as session:
            signed = Signed(custody_log.keys(session), custody_log.checkpoints(session))
            self._owed_anew = manifests.owed_anew(session)
            log = LogCheck(self.tallies, _asked(session, scope), sizes(signed, bucket))
            yield from log.run(session)  # 2
            yield from self._signed(session, signed, bucket, log)  # 3
            yield from self._rows(session, log, scope)  # 4
            term = Term(self._beside.locks, self._now)
            yield from check_log_objects(session, self._store, bucket, term, self.tallies)  # 5
            if scope.recording_id is None:
                yield from check_documents(session, self._store, term, self.tallies)
        yield from self._store_part(scope)  # 6, 7

    def _signed(self, session: Session, signed: Signed, bucket: LogBucket, log: LogCheck) -> Iterator[Finding]:
        standing = Standing(log.size, log.size + self.tallies.waiting, log.roots, log.latest, log.keys_told)
        if self._beside.key_fault:
            self.tallies[Part.KEYS].met(checked=False)
            yield Finding(Part.KEYS, Code.KEY_UNREADABLE, {"why": self._beside.key_fault})
        yield from check_keys(signed, bucket, standing, self._beside.key, self.tallies)
        yield from check_checkpoints(signed, bucket, standing, self.tallies)
        yield from check_stamps(custody_log.stamps(session), self._beside.authorities, self.tallies)
        covered = max((row.size for row in signed.checkpoints), default=0)
        self.tallies.uncovered = max(log.size - covered, 0)
        good = good_size(signed, bucket, standing)
        yield from check_segments(session, self._store, bucket, self.tallies, signed=covered, good=good)

    def _rows(self, session: Session, log: LogCheck, scope: Scope) -> Iterator[Finding]:
        tables = sealed_tables() if scope.recording_id is None else evidence.tables_about_recordings()
        yield from check_rows(
            session,
            self.tallies,
            log.seals,
            tables,
            columns=ColumnNamer(session, self._store),
            recording_id=scope.recording_id,
        )

    def _store_part(self, scope: Scope) -> Iterator[Finding]:
        read = (Part.CONTENTS, Part.DERIVATIVES) if scope.contents else ()
        for part in (Part.MANIFESTS, *read, Part.LOCKS):
            _ = self.tallies[part]  # none at all is told as well
        silent = 0
        for recording_id, told in self._promises(scope):
            if isinstance(told, str):
                yield from self._untold(recording_id, told, scope)
                continue
            findings = list(self._of_one(told, scope))
            yield from findings
            away = any(each.code in {Code.CONTENT_UNREADABLE, Code.LOCK_UNREADABLE} for each in findings)
            silent = silent + 1 if away else 0
            if silent >= _SILENT_AT_MOST:
                self._store.head(told.serving)  # raises where it is the store that is away
                silent = 0

    def _promises(self, scope: Scope) -> Iterator[tuple[UUID, Promise | str]]:
        """What is on record of each; or why nothing can be told: somebody wrote what its columns cannot hold."""
        for portion in self._recordings(scope):
            found = self._promised(portion)
            if not isinstance(found, str):
                yield from ((recording_id, found.get(recording_id, "it is not on record")) for recording_id in portion)
                continue
            for recording_id in portion:
                alone = self._promised([recording_id])
                yield recording_id, alone if isinstance(alone, str) else alone[recording_id]

    def _recordings(self, scope: Scope) -> Iterator[Sequence[UUID]]:
        if scope.recording_id is not None:
            yield [scope.recording_id]
            return
        after: UUID | None = None
        while True:
            with self._catalog.reading() as session:
                portion = promises.ids(session, after=after, limit=_PORTION, since=scope.since)
            yield portion
            if len(portion) < _PORTION:
                return
            after = portion[-1]

    def _promised(self, recording_ids: Sequence[UUID]) -> dict[UUID, Promise] | str:
        with self._catalog.reading() as session:
            try:
                return {each.recording_id: each for each in promises.of(session, recording_ids)}
            except (*NOT_OF_ITS_TYPE, DBAPIError) as error:
                refuse_other_faults(session, error)
                return str(error).split("\n", 1)[0]

    def _untold(self, recording_id: UUID, why: str, scope: Scope) -> Iterator[Finding]:
        """Nothing can be compared with what cannot be read."""
        facts = {"version": str(recording_id), "why": why}
        if scope.contents:
            self.tallies[Part.CONTENTS].met(checked=False)
            yield Finding(Part.CONTENTS, Code.CONTENT_UNREADABLE, facts, recording_id)
        self.tallies[Part.LOCKS].met(checked=False)
        yield Finding(Part.LOCKS, Code.LOCK_UNREADABLE, facts, recording_id)

    def _of_one(self, promise: Promise, scope: Scope) -> Iterator[Finding]:
        with self._catalog.reading() as session:
            term = Term(self._beside.locks, self._now)
            yield from check_manifest(
                session, self._store, promise.recording_id, self.tallies, term, anew=self._owed_anew
            )
        if scope.contents:
            yield from check_contents(self._store, promise, self.tallies[Part.CONTENTS], self._beside.copies)
        if promise.disposed:
            return
        if scope.contents:
            tally = self.tallies[Part.DERIVATIVES]
            yield from check_derivatives(self._catalog, self._store, promise.recording_id, tally)
        found, checked = self._locks(promise)
        if found:
            # It may have been lengthened, held or replaced since the catalog was looked at.
            again = self._promised([promise.recording_id])
            now = promise if isinstance(again, str) else again[promise.recording_id]
            found, checked = ([], True) if now.disposed else self._locks(now, lapse=self._may_lapse(now, found))
        self.tallies[Part.LOCKS].met(checked=checked)
        yield from found

    def _may_lapse(self, promise: Promise, found: Sequence[Finding]) -> bool:
        """Asked only where it would excuse something: it is four questions for each recording."""
        if not any(each.code in {Code.LOCK_OVER, Code.LOCK_MISSING} for each in found):
            return False
        with self._catalog.reading() as session:
            return may_lapse(session, promise.recording_id, self._now, self._beside.zone)

    def _locks(self, promise: Promise, *, lapse: bool = False) -> tuple[list[Finding], bool]:
        """What is wrong with the locks of one recording, and whether all of them could be asked for."""
        found: list[Finding] = []
        checked = True
        for reference in promise.versions:
            try:
                found.extend(judge_lock(promise, self._store.head(reference), self._now, may_lapse=lapse))
            except VersionNotFound:
                # The one that serves is told of by its bytes, where they are asked for; others were replaced.
                if reference == promise.serving:
                    facts = {"version": str(reference)}
                    found.append(Finding(Part.LOCKS, Code.LOCK_GONE, facts, promise.recording_id))
            except StorageError as error:
                checked = False
                told = {"version": str(reference), "why": str(error)}
                found.append(Finding(Part.LOCKS, Code.LOCK_UNREADABLE, told, promise.recording_id))
        return found, checked


def _asked(session: Session, scope: Scope) -> Asked:
    if scope.recording_id is not None:
        tables = evidence.tables_about_recordings()
        rows = [
            f"{table.name}/{row_id}"
            for table in tables
            for row_id, _row in evidence.rows_of(session, table, recording_id=scope.recording_id)
        ]
        return verifying_log.of_recording(scope.recording_id, rows, [table.name for table in tables])
    return verifying_log.all_of_it()
