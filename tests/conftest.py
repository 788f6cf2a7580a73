"""What the tests of several packages share: the engines and services of one process, wired as `api/runtime.py` does."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest

from catalog import schema
from catalog.engine import Catalog, sqlite_url
from ingest.intake import IntakeDesk, IntakeResult
from ingest.naming import load_patterns
from ingest.process_identity import own_identity
from ingest.progress import Progress
from ingest.secure import Securer, SecureSettings
from retention.locks import LockSettings, first_lock
from storage.contract import ObjectStore
from storage.local import LocalStore
from tests.chromium import browser
from tests.left_out import pytest_runtest_makereport, pytest_terminal_summary


def real_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Home:
    """A catalog and a store below one folder, and what takes files into them."""

    folder: Path
    catalog: Catalog
    store: ObjectStore
    securer: Securer
    desk: IntakeDesk

    def take(self, *paths: Path | bytes) -> list[IntakeResult]:
        """Take in files and folders, as `zhilu ingest` does."""
        raw = [path if isinstance(path, bytes) else bytes(path) for path in paths]
        return list(self.desk.take_all(raw, actor="tests"))

    def watched_by(self, progress: Progress) -> "Home":
        """The same home, where `progress` is told of every step of a securing."""
        desk = IntakeDesk(self.catalog, self.securer, load_patterns([]), on_progress=lambda _path: progress)
        return replace(self, desk=desk)


class OpenHome(Protocol):
    """Opens a home; called again for the same folder, as a process that starts again would."""

    def __call__(
        self,
        folder: Path | None = None,
        *,
        store: ObjectStore | None = None,
        secure: SecureSettings | None = None,
        lock: LockSettings | None = None,
        clock: Callable[[], datetime] = real_clock,
    ) -> Home: ...


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty catalog of the newest schema, to be copied: running the migrations for each test takes longer."""
    path = tmp_path_factory.mktemp("catalog") / "catalog.sqlite3"
    catalog = Catalog(sqlite_url(path))
    schema.upgrade(catalog)
    catalog.close()
    return path


@pytest.fixture
def open_home(tmp_path: Path, migrated_database: Path) -> Iterator[OpenHome]:
    with ExitStack() as open_catalogs:

        def opened(
            folder: Path | None = None,
            *,
            store: ObjectStore | None = None,
            secure: SecureSettings | None = None,
            lock: LockSettings | None = None,
            clock: Callable[[], datetime] = real_clock,
        ) -> Home:
            folder = folder or tmp_path / "home"
            folder.mkdir(exist_ok=True)
            database = folder / "catalog.sqlite3"
            if not database.exists():
                shutil.copyfile(migrated_database, database)
            catalog = Catalog(sqlite_url(database))
            open_catalogs.callback(catalog.close)
            store = store or LocalStore(folder / "objects")
            securer = Securer(
                catalog,
                store,
                secure or SecureSettings(),
                identity=own_identity(),
                clock=clock,
                lock_for=lambda now: first_lock(lock or LockSettings(), now),
            )
            return Home(folder, catalog, store, securer, IntakeDesk(catalog, securer, load_patterns([])))

        yield opened


@pytest.fixture
def home(open_home: OpenHome) -> Home:
    return open_home()


__all__ = ["browser", "pytest_runtest_makereport", "pytest_terminal_summary"]
