"""Bringing databases to this version's schema: from nothing, twice at once, never backwards, never rebuilt."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import URL, inspect, text
from sqlmodel import SQLModel

from catalog import schema
from catalog.engine import Catalog, sqlite_url
from catalog.errors import CatalogDamaged, CatalogNewer, CatalogUnavailable
from tests import rows

UPGRADE = (
    "import sys; from catalog import schema; from catalog.engine import Catalog; schema.upgrade(Catalog(sys.argv[1]))"
)


@pytest.fixture
def open_empty(empty_database: URL, open_catalogs: list[Catalog]) -> Callable[[], Catalog]:
    def opened() -> Catalog:
        open_catalogs.append(Catalog(empty_database))
        return open_catalogs[-1]

    return opened


def test_upgrades_an_empty_database_to_every_table(open_empty: Callable[[], Catalog]) -> None:
    catalog = open_empty()
    assert schema.current_revision(catalog) is None
    schema.upgrade(catalog)
    assert schema.current_revision(catalog) == schema.newest_revision()
    assert set(SQLModel.metadata.tables) <= set(inspect(catalog.engine).get_table_names())


def test_migrations_and_tables_say_the_same(catalog: Catalog) -> None:
    with catalog.engine.connect() as connection:
        command.check(schema.configuration(connection))  # raises where they differ


def test_two_processes_upgrade_at_once(empty_database: URL, open_empty: Callable[[], Catalog]) -> None:
    address = empty_database.render_as_string(hide_password=False)
    both = [
        subprocess.Popen([sys.executable, "-c", UPGRADE, address], stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0, 0], said
    assert schema.current_revision(open_empty()) == schema.newest_revision()


def test_threads_upgrade_at_once(open_empty: Callable[[], Catalog]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    catalogs = [open_empty() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(schema.upgrade, catalog) for catalog in catalogs]:
            done.result(timeout=60)
    assert schema.current_revision(open_empty()) == schema.newest_revision()


def test_refuses_a_database_of_a_later_version(catalog: Catalog) -> None:
    with catalog.writing() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CatalogNewer, match="9999"):
        schema.upgrade(catalog)
    assert schema.current_revision(catalog) == "9999"


def test_keeps_what_an_up_to_date_database_holds(catalog: Catalog) -> None:
    with catalog.writing() as session:
        row = rows.recording("kept.mp4")
        rows.add(session, row)
    schema.upgrade(catalog)
    with catalog.reading() as session:
        assert session.get_one(type(row), row.id).name == "kept.mp4"


def test_keeps_what_a_database_of_the_first_revision_holds(open_empty: Callable[[], Catalog]) -> None:
    catalog = open_empty()
    with catalog.engine.connect() as connection, connection.begin():
        command.upgrade(schema.configuration(connection), "0001")
    with catalog.engine.connect() as connection, connection.begin():
        connection.execute(
            text(
                "INSERT INTO custody_event (id, at, actor, action, subject_kind, result, details) VALUES"
                " ('01890a5d-ac96-774b-bcce-b302099a8057', '2026-03-02T04:00:00.000000+00:00', 'li', 'viewed',"
                " 'recording', 'done', '{}')"
            )
        )
    schema.upgrade(catalog)
    with catalog.engine.connect() as connection:
        assert connection.execute(text("SELECT actor FROM custody_event")).scalars().all() == ["li"]


def test_is_never_migrated_backwards(catalog: Catalog) -> None:
    with (
        catalog.engine.connect() as connection,
        connection.begin(),
        pytest.raises(NotImplementedError, match="restore a backup"),
    ):
        command.downgrade(schema.configuration(connection), "base")
    assert schema.current_revision(catalog) == schema.newest_revision()


@pytest.mark.parametrize("content", [b"no database at all " * 200, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path, content: bytes, open_catalogs: list[Catalog]) -> None:
    path = tmp_path / "catalog.sqlite3"
    path.write_bytes(content)
    catalog = Catalog(sqlite_url(path))
    open_catalogs.append(catalog)
    with pytest.raises(CatalogDamaged, match="restore a backup") as told:
        schema.upgrade(catalog)
    assert not told.value.retryable
    assert path.read_bytes() == content


def test_damage_within_an_opened_database_is_found(catalog: Catalog, database: URL) -> None:
    if catalog.engine.dialect.name != "sqlite":
        with catalog.reading() as session:
            assert schema.damage(session) is None
        return
    with catalog.writing() as session:
        rows.add(session, *(rows.recording(f"{number:0100}.mp4") for number in range(200)))
    with catalog.reading() as session:
        assert schema.damage(session) is None
    with catalog.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        root = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'recording'").scalar_one()
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    catalog.close()
    with Path(str(database.database)).open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\x05" + b"\xee" * 200)
    reopened = Catalog(database)
    try:
        assert _finds_damage(reopened)
    finally:
        reopened.close()


def _finds_damage(catalog: Catalog) -> bool:
    """Told by the check, or already by opening the file: which of the two depends on the page."""
    try:
        with catalog.reading() as session:
            return schema.damage(session) is not None
    except CatalogDamaged:
        return True


def test_no_database_at_all_is_unavailable(tmp_path: Path, open_catalogs: list[Catalog]) -> None:
    (tmp_path / "file").write_text("")
    nowhere = URL.create("postgresql+psycopg", "nobody", "secret-word", "127.0.0.1", 1, "none")
    for address in (sqlite_url(tmp_path / "no folder" / "catalog.sqlite3"), nowhere):
        catalog = Catalog(address)
        open_catalogs.append(catalog)
        with pytest.raises(CatalogUnavailable) as told:
            schema.upgrade(catalog)
        assert told.value.retryable
        assert "secret-word" not in str(told.value)


@pytest.mark.parametrize("name", ["what?", "50%", "a#b", "空 格", "x&y=z"])
def test_a_path_may_have_any_characters(tmp_path: Path, name: str, open_catalogs: list[Catalog]) -> None:
    (tmp_path / name).mkdir()
    path = tmp_path / name / "catalog.sqlite3"
    catalog = Catalog(sqlite_url(path))
    open_catalogs.append(catalog)
    schema.upgrade(catalog)
    assert path.stat().st_size > 0
    assert [found.name for found in tmp_path.iterdir()] == [name]
