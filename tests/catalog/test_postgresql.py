"""What our connections to PostgreSQL are like: their limits, whoever's options, and text of every script."""

import socket
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import URL, text
from sqlmodel import Session, select

from catalog import schema, server
from catalog.engine import Catalog
from catalog.errors import CatalogMisconfigured, CatalogUnavailable
from catalog.postgresql import Limits, address, shown
from catalog.tables import Recording, Sighting
from tests import rows
from tests.engines import MigratedPostgresql
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

SETTINGS = (
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "tcp_keepalives_idle",
    "client_encoding",
    "work_mem",
)
Open = Callable[..., Catalog]


@pytest.fixture
def opened(database: URL, open_catalogs: list[Catalog]) -> Open:
    def open_it(address: URL = database, **options: object) -> Catalog:
        open_catalogs.append(Catalog(address, **options))  # type: ignore[arg-type]
        return open_catalogs[-1]

    return open_it


def told(catalog: Catalog) -> dict[str, str]:
    with catalog.reading() as session:
        return {name: session.connection().execute(text(f"SHOW {name}")).scalar_one() for name in SETTINGS}


def test_every_connection_has_limits(opened: Open) -> None:
    found = told(opened(limits=Limits(statement=7, lock=3, idle=90)))
    assert [found[name] for name in SETTINGS[:5]] == ["7s", "3s", "90s", "10", "UTF8"]


def test_options_of_the_address_are_put_together_with_ours_and_win(opened: Open, database: URL) -> None:
    named = database.update_query_dict({"options": "-c work_mem=9MB -c lock_timeout=1s"})
    found = told(opened(named))
    assert (found["work_mem"], found["lock_timeout"], found["statement_timeout"]) == ("9MB", "1s", "1min")


def test_a_cut_line_is_noticed_within_half_a_minute(opened: Open, database: URL) -> None:
    def seconds_of(catalog: Catalog) -> tuple[int, int, int, int]:
        with catalog.engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            with socket.socket(fileno=socket.dup(raw.fileno())) as line:
                options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
                idle, between, times, unanswered = (line.getsockopt(socket.IPPROTO_TCP, each) for each in options)
                assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        return idle, between, times, unanswered

    idle, between, times, unanswered = seconds_of(opened())
    assert idle + between * times <= 30
    assert unanswered <= 30_000
    assert seconds_of(opened(database.update_query_dict({"keepalives_idle": "77"})))[0] == 77


def _sleep(session: Session) -> None:
    session.connection().execute(text("SELECT pg_sleep(0.5)"))


@pytest.mark.parametrize("kind", ["reading", "writing"])
def test_what_takes_as_long_as_it_takes_is_not_stopped(opened: Open, kind: str) -> None:
    catalog = opened(limits=Limits(statement=0.1))
    transaction = {"reading": catalog.reading, "writing": catalog.writing}[kind]
    with pytest.raises(CatalogUnavailable, match="took too long") as stopped, transaction() as session:
        _sleep(session)
    assert stopped.value.retryable
    with transaction(at_length=True) as session:
        _sleep(session)
    with pytest.raises(CatalogUnavailable, match="took too long"), transaction() as session:
        _sleep(session)  # the lifted limit ended with its transaction


def test_an_upgrade_outwaits_every_limit(migrated_postgresql: MigratedPostgresql, opened: Open) -> None:
    with migrated_postgresql.empty() as address_of_empty:
        catalog = opened(address_of_empty, limits=Limits(statement=0.2, lock=0.2, idle=0.2))
        other = opened(address_of_empty)
        done: list[object] = []
        with schema._alone(other):
            upgrading = threading.Thread(target=lambda: done.append(schema.upgrade(catalog)))
            upgrading.start()
            eventually(lambda: _waits_longer_than(other, 0.6))
            assert not done
        upgrading.join(60)
        assert done == [schema.Upgraded(None, schema.newest_revision())]
        catalog.close()
        other.close()


def _waits_longer_than(catalog: Catalog, seconds: float) -> bool:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
        " AND clock_timestamp() - query_start > make_interval(secs => :seconds)"
    )
    with catalog.reading() as session:
        return bool(session.connection().execute(waiting, {"seconds": seconds}).scalar_one())


NAMES = [
    "执法记录 迪庆藏族自治州.mp4",
    "བོད་ཡིག.mp4",
    "𠀀𠮷 rare.mp4",
    "e\u0301 combined, \u202e turned.mp4",
    "a<0xFF><0xFE>.txt",
    "🚓" * 60,
]


def test_names_of_every_script_and_of_none_come_back_as_they_were(catalog: Catalog) -> None:
    raw = b"\xff\xfe\x80/\xd6\xb4\xb7\xa8\\'; --\n.mp4" + bytes(range(1, 256))
    for name in NAMES:
        with catalog.writing() as session:
            row = rows.recording(name)
            seen = rows.sighting(row)
            seen.path_bytes = raw
            rows.add(session, row, seen)
    with catalog.reading() as session:
        assert {each.name for each in session.exec(select(Recording))} == set(NAMES)
        assert {each.path_bytes for each in session.exec(select(Sighting))} == {raw}


def test_a_database_in_another_encoding_is_refused(
    migrated_postgresql: MigratedPostgresql, opened: Open, database: URL
) -> None:
    name = f"{database.database}_ascii"
    with migrated_postgresql._server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'"))
    made = database.set(database=name)
    catalog = opened(made)
    try:
        for act in (schema.upgrade, schema.prepare):
            with pytest.raises(CatalogMisconfigured, match=r"not kept in UTF-8.*SQL_ASCII") as refused:
                act(catalog)
            assert refused.value.code == "not_utf8"
        assert schema.current_revision(catalog) is None
    finally:
        catalog.close()
        migrated_postgresql._drop(made)


def test_the_server_tells_its_version_and_clock(catalog: Catalog) -> None:
    said = server.ask(catalog)
    assert said is not None
    assert said.version.split(".")[0].isdecimal()
    assert said.clock.tzinfo is not None
    assert said.answer_seconds > 0


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("postgresql+psycopg://u:hush@h:5432/db", "postgresql://u@h:5432/db"),
        ("postgresql+psycopg://u@h/db?password=hush&sslmode=require", "postgresql://u@h/db"),
        (
            "postgresql+psycopg://u:hush@/db?host=a:5432&host=b:5433&options=-c%20x.y%3Dhush",
            "postgresql://u@a:5432,b:5433/db",
        ),
        ("postgresql+psycopg://u:hush@[::1]:5/db", "postgresql://u@[::1]:5/db"),
        ("postgresql+psycopg://u:hu%40sh%2F@h/db", "postgresql://u@h/db"),
    ],
)
def test_an_address_is_shown_without_its_secrets(given: str, seen: str, opened: Open) -> None:
    assert shown(address(given)) == seen
    assert opened(address(given)).where == seen


@pytest.mark.parametrize(
    "given", ["postgresql+psycopg://u:hush@h:port/db", "hush", "postgresql+psycopg://u:hu@sh@h/db"]
)
def test_what_is_no_address_is_said_without_repeating_it(given: str, database: URL) -> None:  # noqa: ARG001
    with pytest.raises(ValueError, match=r"address|%40") as refused:
        address(given)
    assert "hu" not in str(refused.value)
