"""Fixtures of the databases that tests run on: built by the migrations, never by anything else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from catalog.engine import Catalog, sqlite_url
from tests.engines import MigratedPostgresql, MigratedSqlite, address_of
from tests.sealing import check_sealed

ENGINES = ["sqlite", "postgresql"]


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> MigratedSqlite:
    return MigratedSqlite(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def migrated_postgresql() -> Iterator[MigratedPostgresql]:
    made = MigratedPostgresql(address_of("postgresql"))
    yield made
    made.close()


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """The address of a fresh database with this version's schema."""
    if request.param == "sqlite":
        migrated: MigratedSqlite = request.getfixturevalue("migrated_sqlite")
        yield migrated.copy(tmp_path)
        return
    server: MigratedPostgresql = request.getfixturevalue("migrated_postgresql")
    with server.copy() as address:
        yield address


@pytest.fixture
def open_catalogs(request: pytest.FixtureRequest) -> Iterator[list[Catalog]]:
    """Catalogs that a test opened; when it ends, their rows stand as sealed, and they are closed."""
    opened: list[Catalog] = []
    yield opened
    try:
        if request.node.get_closest_marker("past_the_program") is None:
            for catalog in opened:
                check_sealed(catalog)
    finally:
        for catalog in opened:
            catalog.close()


@pytest.fixture
def catalog(database: URL, open_catalogs: list[Catalog]) -> Catalog:
    opened = Catalog(database)
    open_catalogs.append(opened)
    return opened


@pytest.fixture(params=ENGINES)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """The address of a database in which nothing is."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "empty.sqlite3")
        return
    server: MigratedPostgresql = request.getfixturevalue("migrated_postgresql")
    with server.empty() as address:
        yield address
