"""Bringing databases to this version's schema: from nothing, twice at once, never backwards, never rebuilt."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import URL, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from catalog import schema
from catalog.engine import Catalog, sqlite_url
from catalog.errors import CatalogDamaged, CatalogNewer, CatalogOlder, CatalogUnavailable
from catalog.repositories import recordings
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


def test_the_newest_revision_is_what_alembic_takes_for_it() -> None:
    scripts = ScriptDirectory.from_config(schema.configuration())
    assert scripts.get_heads() == [schema.newest_revision()]


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


# One row of every kind, as the program of revision 0001 wrote them; ids end in the number given.
FIRST_ROWS = """
agency|id=1, code='533400', name='迪庆州局', level='prefecture'
agency|id=2, code='533421', name='香格里拉市局', level='county', parent_id=1
officer|id=3, certificate_number='53340012345', name='扎西', agency_id=2, device_code='012345'
device|id=4, serial='1234567', model='DSJ-A9', agency_id=2
assignment|id=5, device_id=4, officer_id=3, starts_at=T
station|id=6, name='采集站', agency_id=2
slot|id=7, station_id=6, name='1'
case|id=8, number='迪市监罚〔2026〕12号', cause='无证经营', category='penalty', status='open', opened_at=T
activity|id=9, number='A-7', case_id=8, stage='investigation', place='坛城广场', started_at=T, ended_at=T
activity_officer|id=10, activity_id=9, officer_id=3
take|id=11, device_serial='1234567', started_at=T, gaps='[]'
recording|id=12, sha256=H, size=4294967297, object_key='2026/03/02/x', object_version='1', secured_at=T, \
 locked_until=T, name='执法.mp4', important=true, encrypted=false, identification='{"pattern": "A"}', kind='video', \
 media='{}', problems='[]', problem_count=0, capture_time='{}', position='{}', playback='{}', officer_id=3, take_id=11
sighting|id=13, recording_id=12, source='/card', path_bytes=B, path='/card/x', name='x', name_encoding='utf-8', \
 folder='', size=1, modified_ns=1, important=false, slot_id=7, first_seen_at=T, last_seen_at=T, times_seen=2
derivative|id=14, recording_id=12, kind='poster', media_type='image/jpeg', size=1, sha256=H, bucket='derivatives', \
 object_key='k', object_version='1', details='{}', made_at=T
fingerprint|id=15, recording_id=12, content=B
job|id=16, recording_id=12, kind='probe', state='failed', attempts=5, due_at=T, again=false, progress=0, \
 last_error='原因', created_at=T
case_link|id=17, recording_id=12, case_id=8, activity_id=9, state='suggested', origin='matched', score=0.9, \
 reasons='[]', linked_by='zhilu', linked_at=T
content_claim|id=18, sha256=H, recording_id=12, object_key='k', owner='x', lease_until=T
custody_event|id=19, at=T, actor='li', action='secured', subject_kind='recording', subject_id=12, result='done', \
 details='{"path": "/卡/a.mp4"}'
"""


def insert_first_rows(catalog: Catalog) -> None:
    is_sqlite = catalog.engine.dialect.name == "sqlite"
    with catalog.engine.connect() as connection, connection.begin():
        for line in FIRST_ROWS.replace("\\\n", "").strip().splitlines():
            table, _, values = line.partition("|")
            columns = dict(part.split("=", 1) for part in re.split(r", +(?=[a-z_0-9]+=)", values))
            given = {name.strip(): _value(name.strip(), value, is_sqlite=is_sqlite) for name, value in columns.items()}
            named = ", ".join(f'"{name}"' for name in given)
            marks = ", ".join(given.values())
            connection.exec_driver_sql(f'INSERT INTO "{table}" ({named}) VALUES ({marks})')  # noqa: S608


def _value(name: str, value: str, *, is_sqlite: bool) -> str:
    if name == "id" or name.endswith("_id"):
        text_of_id = f"01890a5d-ac96-774b-bcce-{int(value):012x}"
        return f"'{text_of_id.replace('-', '') if is_sqlite else text_of_id}'"
    letters = {
        "T": "'2026-03-02T04:00:00.000000+00:00'",
        "H": f"'{'ab' * 32}'",
        "B": "x'ff00fe'" if is_sqlite else "'\\xff00fe'",
    }
    return letters.get(value, value)


def _everything(catalog: Catalog, tables: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    with catalog.engine.connect() as connection:
        return {
            table: [dict(row) for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings()]  # noqa: S608
            for table in tables
        }


def test_keeps_what_a_database_of_the_first_revision_holds(open_empty: Callable[[], Catalog]) -> None:
    catalog = open_empty()
    with catalog.engine.connect() as connection, connection.begin():
        command.upgrade(schema.configuration(connection), "0001")
    tables = [name for name in inspect(catalog.engine).get_table_names() if name != "alembic_version"]
    insert_first_rows(catalog)
    before = _everything(catalog, tables)
    assert min(len(found) for found in before.values()) >= 1, "a kind of row is missing"
    assert schema.upgrade(catalog) == schema.Upgraded("0001", schema.newest_revision())
    after = _everything(catalog, tables)
    (sealing,) = [row for row in after["custody_event"] if row["action"] == "taken over"]
    after["custody_event"].remove(sealing)
    for table, found in before.items():
        for old, new in zip(found, after[table], strict=True):
            assert {name: new[name] for name in old} == old, table
    with catalog.reading() as session:
        assert recordings.named(session, "abab").name == "执法.mp4"
    for refused in ("DELETE FROM recording", "UPDATE custody_event SET actor = 'x'"):
        with pytest.raises(DBAPIError, match="append-only"), catalog.writing() as session:
            session.connection().exec_driver_sql(refused)


def test_seals_more_rows_than_are_read_at_once(open_empty: Callable[[], Catalog]) -> None:
    """`open_catalogs` compares every row with its seal at the end."""
    catalog = open_empty()
    with catalog.engine.connect() as connection, connection.begin():
        command.upgrade(schema.configuration(connection), "0001")
        for number in range(4001):
            row_id = _value("id", str(number), is_sqlite=catalog.is_sqlite)
            values = f"VALUES ({row_id}, '{number}', 'x', 'county')"
            connection.exec_driver_sql(f"INSERT INTO agency (id, code, name, level) {values}")
    schema.upgrade(catalog)
    (sealed,) = [
        sum(int(json.loads(row["details"])["rows"]) if catalog.is_sqlite else row["details"]["rows"] for row in found)
        for found in _everything(catalog, ["custody_event"]).values()
    ]
    assert sealed == 4001


def test_says_from_where_to_where(open_empty: Callable[[], Catalog]) -> None:
    catalog, newest = open_empty(), schema.newest_revision()
    assert schema.upgrade(catalog) == schema.Upgraded(None, newest)
    assert schema.upgrade(catalog) == schema.Upgraded(newest, newest)


def test_only_a_file_of_ours_is_upgraded_without_being_asked(open_empty: Callable[[], Catalog]) -> None:
    catalog = open_empty()
    if catalog.is_sqlite:
        schema.prepare(catalog)
        assert schema.current_revision(catalog) == schema.newest_revision()
        return
    with pytest.raises(CatalogOlder, match=r"is empty: .*zhilu catalog upgrade"):
        schema.prepare(catalog)
    assert inspect(catalog.engine).get_table_names() == []
    with catalog.engine.connect() as connection, connection.begin():
        command.upgrade(schema.configuration(connection), "0001")
    with pytest.raises(CatalogOlder, match="0001"):
        schema.prepare(catalog)
    assert schema.current_revision(catalog) == "0001"
    schema.upgrade(catalog)
    schema.prepare(catalog)


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


@pytest.mark.past_the_program
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
