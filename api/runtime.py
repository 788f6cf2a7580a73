"""The one place that builds engines and wires services. Everything else is handed what it needs."""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from api.engines import open_folder, open_sqlite
from api.errors import SettingsInvalid, ToolUnavailable
from api.home import OWN_MODE, close_to_others
from api.scratch import own_scratch
from api.settings import Settings
from api.start_checks import reach_catalog, reach_doorbell, reach_store
from api.system_user import system_user
from catalog import schema
from catalog.engine import Catalog
from catalog.manifest.pages import PageWriter
from ingest.adopting import Adopter
from ingest.intake import IntakeDesk
from ingest.jobs.services import IngestServices
from ingest.naming import NamePattern, NamingError, load_patterns
from ingest.process_identity import own_identity
from ingest.progress import Progress
from ingest.reconcile import Reconciler
from ingest.secure import Securer
from ingest.surplus import SurplusKeeper
from retention.locks import first_lock, lasting_lock
from storage.contract import ObjectStore
from storage.local_files import translated_errors

if TYPE_CHECKING:
    from api.custody_services import CustodyServices
    from api.retention_services import RetentionServices


class Part(Enum):
    """What a process does, and so which engines it cannot do without at its start."""

    READS = auto()  # looks things up, decides: it leaves the traces of the dead to others
    TAKES_IN = auto()  # secures recordings: that must never hang on a doorbell
    WORKS = auto()  # carries out jobs of all machines


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
            lock_for=lambda now: lasting_lock(self.settings.lock, now),
        )

    @property
    def retention(self) -> "RetentionServices":
        """The services of retention."""
        from api.retention_services import RetentionServices  # noqa: PLC0415 - docks do without, and without its memory

        return RetentionServices(self)

    @property
    def custody(self) -> "CustodyServices":
        """The services of the custody log."""
        from api.custody_services import CustodyServices  # noqa: PLC0415 - as above

        return CustodyServices(self)

    def reconciler(self, *, uploads_older_than: timedelta) -> Reconciler:
        adopter = Adopter(
            self.catalog,
            self.store,
            identity=self.identity,
            actor=self.actor,
            clock=self.clock,
            lock_for=lambda now: first_lock(self.settings.lock, now),
            patterns=tuple(self.patterns),
        )
        return Reconciler(
            self.catalog,
            self.store,
            adopter,
            SurplusKeeper(self.catalog, self.store, actor=self.actor, clock=self.clock),
            clock=self.clock,
            sm3=self.settings.secure.sm3,
            uploads_older_than=uploads_older_than,
        )

    def page_writer(self) -> PageWriter:
        return PageWriter(
            self.catalog, self.store, clock=self.clock, lock_for=lambda now: lasting_lock(self.settings.lock, now)
        )


@contextlib.contextmanager
def open_runtime(
    settings: Settings, *, clock: Callable[[], datetime] = system_clock, part: Part = Part.READS
) -> Iterator[Runtime]:
    """Open the engines: those elsewhere are reached and found fit before anything is made here.

    Then (on the first run) the home and what is embedded in it is made and brought up to date, and what the dead left
    is swept by those who write. Raises StorageError, CatalogError, DispatchError, ClocksApart, SettingsInvalid.
    """
    try:
        patterns = load_patterns(settings.naming)
    except NamingError as error:
        raise SettingsInvalid("naming", str(error)) from error
    home = home_of(settings)
    with contextlib.ExitStack() as closing:
        store: ObjectStore | None = reach_store(settings.storage, clock)
        catalog = reach_catalog(settings.catalog, clock)
        if catalog is not None:
            closing.callback(catalog.close)
        if part is not Part.READS:
            reach_doorbell(settings.dispatch, must_answer=part is Part.WORKS)
        make_home(home)
        store = store or open_folder(settings.storage, home)
        if part is not Part.READS:
            store.sweep_abandoned()
        if catalog is None:
            catalog = open_sqlite(home)
            closing.callback(catalog.close)
            schema.prepare(catalog)
        scratch = closing.enter_context(own_scratch(home / "scratch"))
        yield Runtime(settings, home, catalog, store, clock, own_identity(), own_actor(), scratch, patterns)


def home_of(settings: Settings) -> Path:
    """Where the home is, whether there is one or not. Raises SettingsInvalid."""
    try:
        return settings.home.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a null character
        raise SettingsInvalid("home", str(error)) from error


def check_tools() -> None:
    """What jobs need and securing does not. Raises ToolUnavailable."""
    for tool in ("ffmpeg", "ffprobe"):
        if shutil.which(tool) is None:
            raise ToolUnavailable(tool)


def make_home(home: Path) -> None:
    """Make the home, for our own user alone, or close one that is there. Raises StoreUnavailable, StoreFull."""
    with translated_errors(home):
        home.mkdir(mode=OWN_MODE, parents=True, exist_ok=True)
    close_to_others(home)


def own_actor() -> str:
    """The account that we run under, as the kernel knows it: a variable of the environment is anybody's to set."""
    return str(system_user().get("account", "unknown user"))
