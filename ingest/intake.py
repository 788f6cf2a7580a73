"""Taking in files: identify, secure, and say what became of each. Never raises for what one file meets."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import structlog

from catalog.engine import Catalog
from catalog.errors import CatalogError
from catalog.repositories import custody, register
from catalog.tables.custody import CustodyAction, CustodyResult
from ingest.errors import IngestError
from ingest.intake_record import Intake
from ingest.naming import DeviceRegister, NamePattern, identify
from ingest.secure import Outcome, Progress, Securer
from ingest.source import shown
from ingest.walk import Found, NotLookedInto, walk
from storage.errors import StorageError

_log = structlog.get_logger(__name__)


class IntakeOutcome(StrEnum):
    SECURED = "secured"
    DUPLICATE = "duplicate"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """What became of one path. `reason` says why it failed; `retryable` whether trying again later can help."""

    path: str
    outcome: IntakeOutcome
    recording_id: UUID | None = None
    sha256: str | None = None
    size: int | None = None
    reason: str | None = None
    retryable: bool = False
    error: Exception | None = field(default=None, compare=False)


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
    ) -> None:
        """`on_progress` is asked for callbacks for each path about to be secured."""
        self._catalog, self._securer, self._patterns = catalog, securer, tuple(patterns)
        self._threads = threads
        self._on_progress = on_progress or (lambda _path: Progress())

    def take_all(self, paths: Iterable[bytes], *, actor: str) -> Iterator[IntakeResult]:
        """Take in files and folders, with all below them; yields as they come to their end."""
        known = self.known_devices()
        found = (each for path in paths for each in walk(os.path.abspath(path)))  # noqa: PTH100 - bytes, and links stay links
        with ThreadPoolExecutor(self._threads, thread_name_prefix="secure") as pool:
            running: set[Future[IntakeResult]] = set()
            try:
                for each in found:
                    running.add(pool.submit(self.take, each, actor=actor, known=known))
                    if len(running) > 2 * self._threads:
                        done, running = wait(running, return_when=FIRST_COMPLETED)
                        yield from (future.result() for future in done)
                while running:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

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
            names = identify(found.path, self._patterns, known or self.known_devices())
            intake = Intake(found.path, shown(found.root), found.below, names, actor, slot_id)
            receipt = self._securer.secure(intake, self._on_progress(path))
        except (IngestError, StorageError, CatalogError) as error:
            return _failed(path, error)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - one file must not stop the others
            _log.exception("securing met something unforeseen", path=path)
            reason = f"Unforeseen {type(error).__name__}: {error}"
            return IntakeResult(path, IntakeOutcome.FAILED, reason=reason, retryable=True)
        outcome = IntakeOutcome.SECURED if receipt.outcome is Outcome.SECURED else IntakeOutcome.DUPLICATE
        return IntakeResult(
            path, outcome, receipt.recording_id, receipt.digests.sha256.hexadecimal, receipt.digests.size
        )

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
            with self._catalog.reading() as session:
                return DeviceRegister(register.known_serials(session), register.known_officer_codes(session))
        except CatalogError:
            return DeviceRegister()


def _failed(path: str, error: Exception) -> IntakeResult:
    return IntakeResult(
        path, IntakeOutcome.FAILED, reason=str(error), retryable=bool(getattr(error, "retryable", False)), error=error
    )
