"""Taking in files: identify, secure, and say what became of each. Never raises for what one file meets."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import structlog

from catalog.engine import Catalog
from catalog.errors import CatalogError
from catalog.repositories import custody, register
from catalog.tables.custody import CustodyAction, CustodyResult
from ingest.errors import DeviceNotRegistered, IngestError
from ingest.intake_record import HeldReceipt, Intake
from ingest.naming import DeviceRegister, NameFacts, NamePattern, identify
from ingest.progress import Progress
from ingest.secure import Outcome, Securer
from ingest.source import shown
from ingest.walk import Found, NotLookedInto, walk
from storage.errors import StorageError

UnknownDevices = Literal["accept", "refuse"]
# Of photos and other small files so many are under way at once: each waits for the store and the medium most of its
# time, they share commits, and together they take no more memory than one large file.
# Twenty-four share a transaction, which costs much the same however many it is for; together they hold 48 MiB at most.
_SMALL_BYTES, _SMALL_AT_ONCE = 2 * 1024 * 1024, 24
_log = structlog.get_logger(__name__)


class IntakeOutcome(StrEnum):
    SECURED = "secured"
    DUPLICATE = "duplicate"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """What became of one path. `reason` says why it failed; `retryable` whether trying again later can help.

    `receipt` is what the source may be erased on, if it is fresh (ingest/erase.py).
    """

    path: str
    outcome: IntakeOutcome
    recording_id: UUID | None = None
    sha256: str | None = None
    size: int | None = None
    reason: str | None = None
    retryable: bool = False
    error: Exception | None = field(default=None, compare=False)
    receipt: HeldReceipt | None = None

    @property
    def receipt_id(self) -> UUID | None:
        return self.receipt.id if self.receipt else None


class IntakeDesk:
    """Takes files in, several at once where they are small. One instance serves many threads."""

    def __init__(
        self,
        catalog: Catalog,
        securer: Securer,
        patterns: Iterable[NamePattern],
        *,
        threads: int = 2,
        on_progress: Callable[[str], Progress] | None = None,
        unknown_devices: UnknownDevices = "accept",
        fresh_receipts: bool = False,
    ) -> None:
        """`on_progress` is asked for callbacks for each path about to be secured.

        With `unknown_devices` refused, files whose device is not in the register, or not told by their name, stay
        on the card untouched. With `fresh_receipts` each look at a file makes a receipt of its own, as erasing
        needs it; else a file seen again unchanged keeps the one it has.
        """
        self._unknown_devices, self._fresh_receipts = unknown_devices, fresh_receipts
        self._catalog, self._securer, self._patterns = catalog, securer, tuple(patterns)
        self._threads = threads
        self._on_progress = on_progress or (lambda _path: Progress())

    def take_all(self, paths: Iterable[bytes], *, actor: str) -> Iterator[IntakeResult]:
        """Take in files and folders, with all below them; yields as they come to their end."""
        # Refusing goes by the register as it is when the turn of a file comes, and never by one that was not read.
        known = self.known_devices() if self._unknown_devices == "accept" else None
        found = (each for path in paths for each in walk(os.path.abspath(path)))  # noqa: PTH100 - bytes, and links stay links
        with (
            ThreadPoolExecutor(self._threads, thread_name_prefix="secure") as pool,
            ThreadPoolExecutor(_SMALL_AT_ONCE, thread_name_prefix="secure-small") as small,
        ):
            running: set[Future[IntakeResult]] = set()
            try:
                for each in found:
                    taking = small if _is_small(each) else pool
                    running.add(taking.submit(self.take, each, actor=actor, known=known))
                    if len(running) > 2 * (self._threads + _SMALL_AT_ONCE):
                        done, running = wait(running, return_when=FIRST_COMPLETED)
                        yield from (future.result() for future in done)
                while running:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            finally:
                for each_pool in (pool, small):
                    each_pool.shutdown(wait=True, cancel_futures=True)

    def take(
        self,
        found: Found | NotLookedInto,
        *,
        actor: str,
        slot_id: UUID | None = None,
        known: DeviceRegister | None = None,
    ) -> IntakeResult:
        """Take in one file. Errors become the result; only what nobody foresaw is logged with its trace."""
        path = shown(found.path)
        if isinstance(found, NotLookedInto):
            return _failed(path, found.error)
        try:
            # By the whole path: some cameras keep device and officer in folders above what somebody chose to dock.
            known = known or self._devices_for_one()
            names = identify(found.path, self._patterns, known)
            self._check_device(names, known)
            intake = Intake(
                found.path, shown(found.root), found.below, names, actor, slot_id, fresh_receipt=self._fresh_receipts
            )
            secured = self._securer.secure(intake, self._on_progress(path))
        except (IngestError, StorageError, CatalogError) as error:
            return _failed(path, error)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - one file must not stop the others
            _log.exception("securing met something unforeseen", path=path)
            reason = f"Unforeseen {type(error).__name__}: {error}"
            return IntakeResult(path, IntakeOutcome.FAILED, reason=reason, retryable=True)
        outcome = IntakeOutcome.SECURED if secured.outcome is Outcome.SECURED else IntakeOutcome.DUPLICATE
        return IntakeResult(
            path,
            outcome,
            secured.recording_id,
            secured.digests.sha256.hexadecimal,
            secured.digests.size,
            receipt=secured.receipt,
        )

    def _check_device(self, names: NameFacts, known: DeviceRegister) -> None:
        """Raises DeviceNotRegistered where unknown devices are refused."""
        if self._unknown_devices == "refuse" and (names.device is None or known.device(names.device) is None):
            raise DeviceNotRegistered(names.device)

    def note_failure(self, result: IntakeResult, *, actor: str, now: datetime) -> None:
        """Put on record that a path could not be secured, so that more than one console knows of it."""
        try:
            with self._catalog.writing() as session:
                custody.record(
                    session,
                    CustodyAction.SECURED,
                    at=now,
                    actor=actor,
                    subject_kind="path",
                    subject_id=None,
                    result=CustodyResult.FAILED,
                    path=result.path,
                    reason=result.reason,
                )
        except CatalogError as error:
            _log.error("a failure could not be put on record", path=result.path, reason=str(error))

    def known_devices(self) -> DeviceRegister:
        """The register as it is now. An unavailable catalog is told by the securing itself."""
        try:
            return self._register()
        except CatalogError:
            return DeviceRegister()

    def _devices_for_one(self) -> DeviceRegister:
        """Raises CatalogError where unknown devices are refused: a register that cannot be asked refuses nobody."""
        return self.known_devices() if self._unknown_devices == "accept" else self._register()

    def _register(self) -> DeviceRegister:
        with self._catalog.reading() as session:
            return DeviceRegister(register.known_serials(session), register.known_officer_codes(session))


def _is_small(found: Found | NotLookedInto) -> bool:
    """By what the file system says now; a file that is gone is told when its turn comes."""
    if isinstance(found, NotLookedInto):
        return True
    with contextlib.suppress(OSError):
        return os.lstat(found.path).st_size <= _SMALL_BYTES
    return True


def _failed(path: str, error: Exception) -> IntakeResult:
    return IntakeResult(
        path, IntakeOutcome.FAILED, reason=str(error), retryable=bool(getattr(error, "retryable", False)), error=error
    )
