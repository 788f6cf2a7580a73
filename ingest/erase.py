"""The erase protocol: how a file that is secured goes from its card. The only code that ever changes a card.

     1 RECEIPT    made by this process, for this very reading of this very file, and not long ago
     2 RECORD     the catalog holds that receipt, for this place and this version, and the latest probe of the store,
                  which found its locks to hold (erase_probe.py)
     3 FILE       opened from the root downwards, following no link: still the file that was read (device, inode, size,
                  times), on a card that lets itself be written to
     4 LOCK       asked of the store anew, for that version: all of its bytes are there, under a lock no weaker than the
                  receipt tells, which lasts for a week yet: nobody can delete them now, or soon
     5 ORDER      the order to erase, with its reasons, in the custody log
     6 ERASE      the file is looked at once more and removed from its folder; nothing else on the card is touched, and
                  folders that are empty now stay
     7 ERASED     the removal is on the card's medium, and in the custody log

Killed before 6: the file is there; an order without an end says that erasing was about to begin. The next look at the
card secures it again as a known content, with a new receipt. Killed between 6 and 7: the file is gone, the order is in
the log with the receipt it rests on, only its end is not. So the log never lacks an erasure that happened, and never
claims one that did not: one entry alone, before the removal or after it, would do one or the other.

Between the last look of step 6 and the removal somebody could put another file in its place: Linux removes by name
only. That takes a program that writes to the card in that very instant; a camera that does so is not docked.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from uuid import UUID

from catalog.engine import Catalog
from catalog.errors import CatalogError
from catalog.repositories import receipts
from catalog.tables import Receipt
from ingest.erase_card import check_file, check_writable, folder_of, remove, settle
from ingest.erase_decision import (
    FileOnCard,
    ReceiptFacts,
    against_the_receipt,
    against_the_record,
    against_the_version,
)
from ingest.erase_probe import ProbeVerdict
from ingest.erase_record import EraseLog, EraseOrder
from ingest.errors import ErasingRefused, KeptReason, SourceKept
from ingest.intake import IntakeOutcome, IntakeResult
from ingest.intake_record import HeldReceipt, storable
from ingest.source import shown
from ingest.walk import Found
from storage.contract import ObjectStore
from storage.errors import StorageError, VersionNotFound
from storage.model import Bucket, Lock, LockMode, StoredVersion, VersionReference

RECEIPT_VALIDITY = timedelta(minutes=15)


class EraseStep(IntEnum):
    RECEIPT = 1
    RECORD = 2
    FILE = 3
    LOCK = 4
    ORDER = 5
    ERASE = 6
    ERASED = 7


class ErasureOutcome(StrEnum):
    ERASED = "erased"
    WOULD_ERASE = "would erase"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What became of erasing one file. `kept` says why it was left; its class is translated as errors are."""

    outcome: ErasureOutcome
    kept: SourceKept | None = None

    @property
    def reason(self) -> KeptReason | None:
        return self.kept.reason if self.kept else None


class Eraser:
    """Erases sources on their receipts. Made only where erasing is switched on, or rehearsed. Serves many threads."""

    def __init__(
        self,
        catalog: Catalog,
        store: ObjectStore,
        clock: Callable[[], datetime],
        *,
        dry_run: bool,
        probe: ProbeVerdict | None = None,
        validity: timedelta = RECEIPT_VALIDITY,
        seconds: Callable[[], float] = time.monotonic,
        on_step: Callable[[EraseStep], None] = lambda _step: None,
    ) -> None:
        """With `dry_run` all is asked and nothing is removed or logged. Without `probe` nobody need have probed the
        store. `seconds` counts on whatever the clock does.
        """
        self._catalog, self._store, self._clock = catalog, store, clock
        self._dry_run, self._validity, self._seconds, self._on_step = dry_run, validity, seconds, on_step
        self._probe, self._log = probe, EraseLog(catalog)

    def erase(self, result: IntakeResult, found: Found, actor: str) -> Erasure:
        """Erase the file that `result` is about. Never raises for what a card, the store or the catalog may do."""
        self._log.tell_what_is_left()
        try:
            return self._erase(result, found, actor)
        except SourceKept as kept:
            if kept.needs_person and not self._dry_run and result.recording_id is not None:
                path = shown(found.path)
                self._log.kept(result.recording_id, result.receipt_id, path, kept, actor=actor, at=self._clock())
            return Erasure(ErasureOutcome.KEPT, kept)

    def tell_what_is_left(self) -> None:
        """Put on record the ends of orders that the catalog could not be told of when they happened."""
        self._log.tell_what_is_left()

    def ask_for_the_probe(self) -> None:
        """See what the latest probe of the store says. Raises CatalogError."""
        if self._probe is not None:
            self._probe.ask()

    @property
    def refused(self) -> ErasingRefused | None:
        """Why nothing is erased at all, None if that is not so."""
        return self._probe.refused if self._probe is not None else None

    def _erase(self, result: IntakeResult, found: Found, actor: str) -> Erasure:
        self._on_step(EraseStep.RECEIPT)
        recording_id, receipt = self._receipt(result)
        self._on_step(EraseStep.RECORD)
        on_record = self._check_record(receipt, found)
        if self._probe is not None:
            self._probe.check()
        self._on_step(EraseStep.FILE)
        with folder_of(found) as (folder, name):
            check_file(folder, name, found, receipt.identity)
            check_writable(folder, found)
            self._on_step(EraseStep.LOCK)
            stored = self._check_version(receipt, on_record)
            if self._dry_run:
                return Erasure(ErasureOutcome.WOULD_ERASE)
            order = EraseOrder(recording_id, actor, shown(found.path), receipt, stored)
            self._on_step(EraseStep.ORDER)
            self._give(order)
            self._on_step(EraseStep.ERASE)
            try:
                check_file(folder, name, found, receipt.identity)
                remove(folder, name, found)
            except SourceKept as kept:
                self._log.kept_after_all(order, self._clock(), kept)
                raise
            self._on_step(EraseStep.ERASED)
            self._log.erased(order, self._clock(), on_medium=settle(folder))
        return Erasure(ErasureOutcome.ERASED)

    # --- steps ----------------------------------------------------------------------------------------------

    def _receipt(self, result: IntakeResult) -> tuple[UUID, HeldReceipt]:
        if result.outcome is IntakeOutcome.FAILED or result.recording_id is None:
            raise SourceKept(KeptReason.NOT_SECURED)
        receipt = result.receipt
        if receipt is None:
            raise SourceKept(KeptReason.NO_RECEIPT)
        age = timedelta(seconds=self._seconds() - receipt.made)
        _keep(against_the_receipt(fresh=receipt.fresh, age=age, validity=self._validity))
        return result.recording_id, receipt

    def _check_record(self, receipt: HeldReceipt, found: Found) -> ReceiptFacts:
        identity = receipt.identity
        file = FileOnCard(shown(found.root), found.below, identity.size, storable(identity.modified_ns))
        with _kept_for(CatalogError, KeptReason.CATALOG_SILENT), self._catalog.reading() as session:
            row = receipts.get(session, receipt.id)
        if row is None:
            raise SourceKept(KeptReason.RECEIPT_DIFFERS)
        on_record = _facts(row)
        _keep(against_the_record(on_record, file, receipt.version))
        return on_record

    def _check_version(self, receipt: HeldReceipt, on_record: ReceiptFacts) -> StoredVersion:
        with (
            _kept_for(StorageError, KeptReason.STORE_SILENT),
            _kept_for(VersionNotFound, KeptReason.VERSION_MISSING),
        ):
            stored = self._store.head(receipt.version)
        _keep(against_the_version(stored, receipt.identity.size, on_record, self._clock()))
        return stored

    def _give(self, order: EraseOrder) -> None:
        with _kept_for(CatalogError, KeptReason.CATALOG_SILENT):
            self._log.ordered(order, self._clock())


def _facts(row: Receipt) -> ReceiptFacts:
    return ReceiptFacts(
        FileOnCard(row.source, row.path_bytes, row.size, row.modified_ns),
        VersionReference(Bucket.ORIGINALS, row.object_key, row.object_version),
        Lock(LockMode(row.lock_mode), row.locked_until),
        row.made_at,
    )


def _keep(reason: KeptReason | None) -> None:
    if reason is not None:
        raise SourceKept(reason)


@contextlib.contextmanager
def _kept_for(kind: type[Exception], reason: KeptReason) -> Iterator[None]:
    try:
        yield
    except kind as error:
        raise SourceKept(reason, str(error).rstrip(".")) from error
