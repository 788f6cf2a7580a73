"""The one place that builds engines and wires services. Everything else is handed what it needs."""

import contextlib
import getpass
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.engines import open_catalog, open_store
from api.errors import SettingsInvalid, ToolUnavailable
from api.scratch import own_scratch
from api.settings import Settings
from catalog import schema
from catalog.engine import Catalog
from ingest.intake import IntakeDesk
from ingest.jobs.services import IngestServices
from ingest.naming import NamePattern, NamingError, load_patterns
from ingest.process_identity import own_identity
from ingest.secure import Progress, Securer
from retention.locks import first_lock
from retention.renewal import LockRenewer
from storage.contract import ObjectStore
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
    _make_home(home)
    store = open_store(settings.storage, home)
    store.sweep_abandoned()
    catalog = open_catalog(settings.catalog, home)
    try:
        schema.prepare(catalog)
        with own_scratch(home / "scratch") as scratch:
            yield Runtime(settings, home, catalog, store, clock, own_identity(), _actor(), scratch, patterns)
    finally:
        catalog.close()


def check_tools() -> None:
    """What jobs need and securing does not. Raises ToolUnavailable."""
    for tool in ("ffmpeg", "ffprobe"):
        if shutil.which(tool) is None:
            raise ToolUnavailable(tool)


def _make_home(home: Path) -> None:
    with translated_errors(home):
        home.mkdir(parents=True, exist_ok=True)


def _actor() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        return "unknown user"
