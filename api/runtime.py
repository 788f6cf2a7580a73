"""The one place that builds engines and wires services. Everything else is handed what it needs."""

import contextlib
import getpass
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.errors import SettingsInvalid, ToolUnavailable
from api.scratch import own_scratch
from api.settings import Settings
from catalog import schema
from catalog.engine import Catalog, sqlite_url
from ingest.intake import IntakeDesk
from ingest.jobs.services import IngestServices
from ingest.naming import NamePattern, NamingError, load_patterns
from ingest.process_identity import own_identity
from ingest.secure import Progress, Securer
from retention.locks import first_lock
from retention.renewal import LockRenewer
from storage.contract import ObjectStore
from storage.local import LocalStore
from storage.local_files import translated_errors


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Runtime:
    """The engines and services of one process."""

    settings: Settings
    home: Path
    catalog: Catalog
    store: ObjectStore
    clock: Callable[[], datetime]
    identity: str
    actor: str
    scratch: Path
    patterns: Sequence[NamePattern]

    def securer(self) -> Securer:
        return Securer(
            self.catalog,
            self.store,
            self.settings.secure,
            identity=self.identity,
            clock=self.clock,
            lock_for=lambda now: first_lock(self.settings.lock, now),
        )

    def intake_desk(self, *, threads: int = 2, on_progress: Callable[[str], Progress] | None = None) -> IntakeDesk:
        return IntakeDesk(self.catalog, self.securer(), self.patterns, threads=threads, on_progress=on_progress)

    def ingest_services(self) -> IngestServices:
        return IngestServices(
            catalog=self.catalog,
            store=self.store,
            scratch=self.scratch,
            clock=self.clock,
            zone=self.settings.time_zone,
            patterns=self.patterns,
            derivation=self.settings.derivation,
            matching=self.settings.matching,
        )

    def lock_renewer(self) -> LockRenewer:
        return LockRenewer(self.catalog, self.store, self.settings.lock, clock=self.clock)


@contextlib.contextmanager
def open_runtime(settings: Settings, *, clock: Callable[[], datetime] = system_clock) -> Iterator[Runtime]:
    """Open (on the first run: make) the home and its engines, bring the catalog up to date, sweep what the dead left.

    Raises StorageError, CatalogError, SettingsInvalid.
    """
    try:
        patterns = load_patterns(settings.naming)
    except NamingError as error:
        raise SettingsInvalid("naming", str(error)) from error
    try:
        home = settings.home.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a null character
        raise SettingsInvalid("home", str(error)) from error
    store = LocalStore(home / "objects", reserve_bytes=settings.storage.reserve_mib * 1024 * 1024)
    store.sweep_abandoned()
    _make_private(home / "catalog.sqlite3")
    catalog = Catalog(sqlite_url(home / "catalog.sqlite3"))
    try:
        schema.upgrade(catalog)
        with own_scratch(home / "scratch") as scratch:
            yield Runtime(settings, home, catalog, store, clock, own_identity(), _actor(), scratch, patterns)
    finally:
        catalog.close()


def check_tools() -> None:
    """What jobs need and securing does not. Raises ToolUnavailable."""
    for tool in ("ffmpeg", "ffprobe"):
        if shutil.which(tool) is None:
            raise ToolUnavailable(tool)


def _make_private(database: Path) -> None:
    """Keep the catalog from other users of the machine; what SQLite puts beside it takes over its rights."""
    with translated_errors(database.parent):
        database.touch(mode=0o600)
        database.chmod(0o600)


def _actor() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        return "unknown user"
