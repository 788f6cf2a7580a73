"""The one place that builds engines and wires services. Everything else is handed what it needs."""

import contextlib
import getpass
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from functools import partial
from pathlib import Path

from api.engines import open_folder, open_sqlite, replica_of
from api.errors import SettingsInvalid, ToolUnavailable
from api.home import OWN_MODE, close_to_others
from api.scratch import own_scratch
from api.settings import Settings
from api.start_checks import reach_catalog, reach_doorbell, reach_store
from api.system_user import system_user
from catalog import schema
from catalog.custody.checkpoints import Checkpointer
from catalog.custody.keys import KeyPlace, KeyRing
from catalog.custody.log_locks import LogLockRenewer
from catalog.custody.objects import Shelf
from catalog.custody.sequencer import Sequencer
from catalog.custody.stamps import Authority, Stamper
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
from retention.approvers import ApproverDesk
from retention.case_changes import CaseDesk
from retention.classifying import Classifier
from retention.disposal.certificate import Certifier, Print
from retention.disposal.clocks import ask as ask_clocks
from retention.disposal.desk import DisposalDesk
from retention.disposal.execution import Executor
from retention.disposal.planning import Planner
from retention.disposal.waiting import Clocks
from retention.evaluation import Evaluator
from retention.fixity import Checked, FixityReader
from retention.fixity_repair import Repairer
from retention.holding import HoldServices
from retention.holds import HoldDesk
from retention.locks import LockSettings, first_lock, lasting_lock, renewed_lock
from retention.renewal import LockRenewer
from retention.schedule_desk import ScheduleDesk
from storage.contract import ObjectStore
from storage.local_files import translated_errors
from storage.s3_clock import server_time


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

    def approver_desk(self) -> ApproverDesk:
        return ApproverDesk(self.catalog, clock=self.clock, actor=self.actor, system_user=system_user())

    def hold_desk(self) -> HoldDesk:
        return HoldDesk(self.catalog, clock=self.clock, actor=self.actor, system_user=system_user())

    def case_desk(self) -> CaseDesk:
        return CaseDesk(self.catalog, clock=self.clock, actor=self.actor, system_user=system_user())

    def schedule_desk(self) -> ScheduleDesk:
        return ScheduleDesk(self.catalog, self.approver_desk(), clock=self.clock, actor=self.actor)

    def evaluator(self) -> Evaluator:
        return Evaluator(self.catalog, zone=self.settings.time_zone, clock=self.clock)

    def classifier(self) -> Classifier:
        return Classifier(self.catalog, clock=self.clock, actor=self.actor)

    # --- disposal -----------------------------------------------------------------------------------------------

    def planner(self) -> Planner:
        return Planner(
            self.catalog,
            clock=self.clock,
            zone=self.settings.time_zone,
            recoverable_days=self.settings.disposal.recoverable_days,
        )

    def disposal_desk(self) -> DisposalDesk:
        return DisposalDesk(
            self.catalog,
            self.approver_desk(),
            clock=self.clock,
            clocks=self._clocks,
            actor=self.actor,
            system_user=system_user(),
            recoverable_days=self.settings.disposal.recoverable_days,
        )

    def executor(self, *, printed: Print) -> Executor:
        certifier = Certifier(self.catalog, self.clock, self._signed, self._shelf(), printed)
        return Executor(
            self.catalog,
            self.store,
            clock=self.clock,
            clocks=self._clocks,
            zone=self.settings.time_zone,
            certify=certifier.certify,
        )

    def _clocks(self) -> Clocks:
        return ask_clocks(self.catalog, self._store_clock, self.clock)

    def _store_clock(self) -> datetime | None:
        """What the clock of the store says; None where the store is a folder of this machine, or tells no time."""
        storage = self.settings.storage
        return server_time(storage.s3) if storage.engine == "s3" and storage.s3 is not None else None

    def _signed(self, text: str) -> str | None:
        key = self.key_ring().signing_key()
        return key.sign(text) if key is not None else None

    def hold_services(self) -> HoldServices:
        return HoldServices(self.catalog, self.store, self.clock)

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

    def repairer(self, *, actor: str = "zhilu") -> Repairer:
        replica = self.settings.fixity.replica
        return Repairer(
            self.catalog,
            self.store,
            replica_of(replica) if replica is not None else None,
            lock_for=lambda now: first_lock(self.settings.lock, now),
            clock=self.clock,
            actor=actor,
        )

    def fixity_reader(
        self, *, rest: Callable[[float], bool], on_check: Callable[[Checked], None] = lambda _checked: None
    ) -> FixityReader:
        """`rest(seconds)` waits so long and says whether to stop."""
        return FixityReader(
            self.catalog,
            self.store,
            self.settings.fixity,
            identity=self.identity,
            clock=self.clock,
            seconds=time.monotonic,
            rest=rest,
            repairer=self.repairer() if self.settings.fixity.replica is not None else None,
            on_check=on_check,
        )

    def lock_renewer(self) -> LockRenewer:
        return LockRenewer(self.catalog, self.store, self.settings.lock, clock=self.clock)

    # --- the custody log ----------------------------------------------------------------------------------------

    def sequencer(self) -> Sequencer:
        return Sequencer(self.catalog)

    def key_ring(self) -> KeyRing:
        return KeyRing(self.catalog, self._shelf(), key_place(self.settings, self.home), clock=self.clock)

    def checkpointer(self) -> Checkpointer:
        custody = self.settings.custody
        every = timedelta(seconds=custody.stamp_seconds)
        return Checkpointer(
            self.catalog,
            self._shelf(),
            self.key_ring(),
            authorities={authority.name: every for authority in custody.authorities},
            clock=self.clock,
        )

    def stamper(self) -> Stamper:
        authorities = [Authority(each.name, each.url, each.ca_file) for each in self.settings.custody.authorities]
        return Stamper(self.catalog, self._shelf(), authorities, clock=self.clock)

    def log_lock_renewer(self) -> LogLockRenewer:
        lock = self._log_lock()
        return LogLockRenewer(
            self.catalog, self.store, partial(renewed_lock, lock), margin=lock.renewal_margin, clock=self.clock
        )

    def _shelf(self) -> Shelf:
        return Shelf(self.store, partial(lasting_lock, self._log_lock()))

    def _log_lock(self) -> LockSettings:
        """As originals are locked, for so many days as the log is."""
        return self.settings.lock.model_copy(update={"days": self.settings.custody.lock_days})


def key_place(settings: Settings, home: Path) -> KeyPlace:
    """Where the key of the custody log is, or would be made."""
    custody = settings.custody
    given = custody.key.get_secret_value() if custody.key else None
    return KeyPlace(custody.key_file or home / "custody" / "log-key", given, custody.name)


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
    """The person, as the system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        return "unknown user"
