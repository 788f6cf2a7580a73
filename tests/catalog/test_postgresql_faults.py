# ruff: noqa: S106 - passwords that are wrong on purpose, or of a role that goes with its test
"""What goes wrong with a PostgreSQL, each told in one sentence of ours, without the password, and marked rightly."""

import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from api.messages.faults import sentence_of
from api.messages.language import Language
from api.messages.translator import translator
from catalog import schema
from catalog.engine import Catalog
from catalog.engine_errors import REASONS
from catalog.errors import (
    CatalogBusy,
    CatalogDamaged,
    CatalogError,
    CatalogFull,
    CatalogMisconfigured,
    CatalogUnavailable,
)
from catalog.postgresql import Limits
from catalog.tables import Officer
from tests import rows
from tests.engines import MigratedPostgresql
from tests.tls_proxy import Authority, make_authority, tls_before
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
Open = Callable[..., Catalog]


@pytest.fixture
def opened(open_catalogs: list[Catalog]) -> Open:
    def open_it(address: URL, **options: object) -> Catalog:
        open_catalogs.append(Catalog(address, **options))  # type: ignore[arg-type]
        return open_catalogs[-1]

    return open_it


def told(catalog: Catalog, kind: type[CatalogError], code: str) -> CatalogError:
    """What the start of a process would say, in both languages."""
    with pytest.raises(kind) as raised:
        schema.prepare(catalog)
    error = raised.value
    assert isinstance(error, CatalogUnavailable | CatalogMisconfigured)
    assert error.code == code, str(error)
    assert error.retryable is (kind is CatalogUnavailable)
    chinese = sentence_of(translator(Language.CHINESE), error)
    for sentence in (str(error), chinese):
        assert "\n" not in sentence
        assert (catalog.engine.url.password or "-") not in sentence
    assert str(error).endswith(".")
    assert chinese.endswith("。")
    assert REASONS[code] in str(error)
    assert REASONS[code] not in chinese
    return error


# --- it cannot be reached, or does not let us in --------------------------------------------------------------


def test_a_wrong_password_or_user(opened: Open, database: URL) -> None:
    told(opened(database.set(password="wrong-word")), CatalogMisconfigured, "password")
    told(opened(database.set(username="nobody_at_all")), CatalogMisconfigured, "password")


def test_no_password_where_one_is_asked_for(opened: Open, database: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSFILE", "/dev/null")
    without = URL.create(
        database.drivername, database.username, host=database.host, port=database.port, database=database.database
    )
    told(opened(without), CatalogMisconfigured, "no_password")


def test_no_such_database(opened: Open, database: URL) -> None:
    told(opened(database.set(database="no_such_thing")), CatalogMisconfigured, "no_database")


def test_nothing_listens_there(opened: Open, database: URL) -> None:
    told(opened(database.set(port=1)), CatalogUnavailable, "no_answer")


def test_no_such_host(opened: Open, database: URL) -> None:
    told(opened(database.set(host="no-such-host.invalid")), CatalogUnavailable, "no_host")


def test_something_else_listens_there(opened: Open, database: URL) -> None:
    with _answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        told(opened(database.set(port=port)), CatalogUnavailable, "no_postgresql")


def test_it_accepts_and_never_answers(opened: Open, database: URL) -> None:
    with _answering(b"") as port:
        silent = database.set(port=port).update_query_dict({"connect_timeout": "2"})
        told(opened(silent), CatalogUnavailable, "no_answer")


class _answering:  # noqa: N801 - reads as what it is
    """A listener that says one thing to everybody, then nothing."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._clients: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept)

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listening.accept()
            except OSError:
                return
            self._clients.append(client)
            client.sendall(self._content)

    def __enter__(self) -> int:
        self._thread.start()
        port: int = self._listening.getsockname()[1]
        return port

    def __exit__(self, *_error: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()
        for client in self._clients:
            client.close()


def test_more_connections_than_it_has(opened: Open, database: URL, migrated_postgresql: MigratedPostgresql) -> None:
    role = f"crowded_{uuid.uuid4().hex[:8]}"
    with migrated_postgresql._server.connect() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD 'word-of-it' CONNECTION LIMIT 1"))
    first, second = (opened(database.set(username=role, password="word-of-it")) for _ in range(2))
    try:
        with first.engine.connect():
            told(second, CatalogUnavailable, "crowded")
    finally:
        first.close()
        second.close()
        with migrated_postgresql._server.connect() as connection:
            eventually(lambda: _is_gone(connection, role))
            connection.execute(text(f"DROP ROLE {role}"))


def _is_gone(connection: object, role: str) -> bool:
    found = connection.execute(text("SELECT count(*) FROM pg_stat_activity WHERE usename = :role"), {"role": role})  # type: ignore[attr-defined]
    return found.scalar_one() == 0


def test_an_option_it_does_not_know(opened: Open, database: URL) -> None:
    error = told(opened(database.update_query_dict({"options": "-c nonsense=1"})), CatalogMisconfigured, "options")
    assert "nonsense" in str(error)
    told(opened(database.update_query_dict({"nonsense": "1"})), CatalogMisconfigured, "options")


# --- TLS ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Authority]:
    folder = tmp_path_factory.mktemp("authorities")
    return make_authority(folder, "ours"), make_authority(folder, "theirs")


@pytest.fixture
def behind_tls(database: URL, authorities: tuple[Authority, Authority]) -> Iterator[URL]:
    assert database.host is not None
    assert database.port is not None
    with tls_before(database.host, database.port, authorities[0], postgresql=True) as port:
        yield database.set(host="127.0.0.1", port=port)


def _trusting(address: URL, certificate: Path, **more: str) -> URL:
    return address.update_query_dict({"sslmode": "verify-full", "sslrootcert": str(certificate), **more})


def test_a_certificate_of_a_trusted_authority(
    opened: Open, behind_tls: URL, authorities: tuple[Authority, Authority]
) -> None:
    schema.prepare(opened(_trusting(behind_tls, authorities[0].certificate)))


def test_a_certificate_of_an_authority_that_is_not_trusted(
    opened: Open, behind_tls: URL, authorities: tuple[Authority, Authority]
) -> None:
    told(opened(_trusting(behind_tls, authorities[1].certificate)), CatalogMisconfigured, "not_trusted")


def test_a_certificate_for_another_host(
    opened: Open, behind_tls: URL, authorities: tuple[Authority, Authority]
) -> None:
    other = _trusting(behind_tls.set(host="localhost"), authorities[0].certificate, hostaddr="127.0.0.1")
    told(opened(other), CatalogMisconfigured, "not_trusted")


def test_no_file_of_authorities(opened: Open, behind_tls: URL) -> None:
    told(opened(_trusting(behind_tls, Path("/gone.pem"))), CatalogMisconfigured, "no_certificate")


def test_a_server_without_tls(opened: Open, database: URL, catalog: Catalog) -> None:
    with catalog.reading() as session:
        if session.connection().execute(text("SHOW ssl")).scalar_one() == "on":
            pytest.skip("this server speaks TLS")
    told(opened(database.update_query_dict({"sslmode": "require"})), CatalogMisconfigured, "no_tls")


# --- it breaks off, refuses, or takes too long ----------------------------------------------------------------


def test_a_connection_ended_by_an_operator(catalog: Catalog, opened: Open, database: URL) -> None:
    operator = opened(database)

    def go_on_after_the_end(session: Session) -> None:
        number = session.connection().execute(text("SELECT pg_backend_pid()")).scalar_one()
        with operator.writing() as other:
            other.connection().execute(text("SELECT pg_terminate_backend(:number, 30000)"), {"number": number})
        session.exec(select(Officer)).all()

    with pytest.raises(CatalogUnavailable, match="broke off") as lost:
        catalog.write(go_on_after_the_end)
    assert lost.value.retryable
    with catalog.writing() as session:  # the next one gets a connection that works
        rows.add(session, rows.recording())


def test_connections_that_died_while_they_were_idle(catalog: Catalog, opened: Open, database: URL) -> None:
    with catalog.reading() as session:
        number = session.connection().execute(text("SELECT pg_backend_pid()")).scalar_one()
    with opened(database).writing() as session:
        session.connection().execute(text("SELECT pg_terminate_backend(:number, 30000)"), {"number": number})
    with catalog.reading() as session:
        assert session.connection().execute(text("SELECT pg_backend_pid()")).scalar_one() != number


def test_a_transaction_that_is_silent_for_too_long(opened: Open, database: URL) -> None:
    catalog, other = opened(database, limits=Limits(idle=0.3)), opened(database)

    def stay_silent(session: Session) -> None:
        number = session.connection().execute(text("SELECT pg_backend_pid()")).scalar_one()
        eventually(lambda: _ended(other, number))
        session.exec(select(Officer)).all()

    with pytest.raises(CatalogUnavailable, match="broke off"):
        catalog.write(stay_silent)


def _ended(catalog: Catalog, number: int) -> bool:
    with catalog.reading() as session:
        found = session.connection().execute(
            text("SELECT count(*) FROM pg_stat_activity WHERE pid = :number"), {"number": number}
        )
        return bool(found.scalar_one() == 0)


def test_waiting_for_what_another_holds(opened: Open, database: URL) -> None:
    first, second = opened(database), opened(database, limits=Limits(lock=0.2))
    with first.writing() as session:
        row = rows.recording()
        rows.add(session, row)
    with first.writing() as holding:
        holding.get_one(type(row), row.id, with_for_update=True)
        with pytest.raises(CatalogUnavailable, match="held by others") as late, second.writing() as session:
            session.get_one(type(row), row.id, with_for_update=True)
    assert late.value.retryable
    assert not isinstance(late.value, CatalogBusy)


def test_a_standby_that_takes_no_changes(opened: Open, database: URL) -> None:
    standby = database.update_query_dict({"options": "-c default_transaction_read_only=on"})
    with pytest.raises(CatalogUnavailable, match="takes no changes") as refused, opened(standby).writing() as session:
        rows.add(session, rows.recording())
    assert refused.value.retryable


def test_all_of_our_own_connections_are_in_use(opened: Open, database: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.postgresql._POOL_SECONDS", 0.1)
    catalog = opened(database, connections=1)
    with catalog.reading() as one, catalog.reading() as two:
        for session in (one, two):
            session.exec(select(Officer)).all()
        with pytest.raises(CatalogUnavailable, match=r"catalog\.connections"), catalog.reading() as three:
            three.exec(select(Officer)).all()


STATES: list[tuple[str, type[CatalogError], str | None, bool]] = [
    ("53100", CatalogFull, None, True),
    ("53200", CatalogUnavailable, "no_memory", True),
    ("53300", CatalogUnavailable, "crowded", True),
    ("57P01", CatalogUnavailable, "cut", True),
    ("57P02", CatalogUnavailable, "cut", True),
    ("57P03", CatalogUnavailable, "stopping", True),
    ("57014", CatalogUnavailable, "too_slow", True),
    ("55P03", CatalogUnavailable, "held", True),
    ("25006", CatalogUnavailable, "read_only", True),
    ("58030", CatalogUnavailable, "other", True),
    ("08006", CatalogUnavailable, "other", True),
    ("40P01", CatalogBusy, "busy", True),
    ("40001", CatalogBusy, "busy", True),
    ("42501", CatalogMisconfigured, "no_rights", False),
    ("28P01", CatalogMisconfigured, "password", False),
    ("28000", CatalogMisconfigured, "not_admitted", False),
    ("3D000", CatalogMisconfigured, "no_database", False),
    ("XX001", CatalogDamaged, None, False),
]


@pytest.mark.parametrize(("state", "kind", "code", "retryable"), STATES, ids=[each[0] for each in STATES])
def test_what_the_server_answers_is_told_in_our_words(
    catalog: Catalog,
    state: str,
    kind: type[CatalogError],
    code: str | None,
    retryable: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    with pytest.raises(kind) as told, catalog.writing() as session:
        session.connection().execute(text(f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$"))
    assert type(told.value) is kind
    assert code is None or getattr(told.value, "code", None) == code
    assert told.value.retryable is retryable


@pytest.mark.parametrize("state", ["23505", "22P02", "42P01", "P0001"])
def test_faults_of_a_statement_go_through_as_they_are(catalog: Catalog, state: str) -> None:
    with pytest.raises(DBAPIError), catalog.writing() as session:
        session.connection().execute(text(f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$"))


# --- in each other's way --------------------------------------------------------------------------------------


def test_two_that_wait_for_each_other_both_come_through(catalog: Catalog) -> None:
    first, second = rows.recording("a.mp4"), rows.recording("b.mp4")
    with catalog.writing() as session:
        rows.add(session, first, second)
    both_hold_one = threading.Barrier(2)
    attempts = {"there": 0, "back": 0}

    def mark(name: str, order: list[object]) -> Callable[[Session], str]:
        def work(session: Session) -> str:
            attempts[name] += 1
            for place, row in enumerate(order):
                session.get_one(type(first), row, with_for_update=True).sequence = attempts[name]
                session.flush()
                if place == 0 and attempts[name] == 1:
                    both_hold_one.wait(60)
            return name

        return work

    done: list[str] = []
    threads = [
        threading.Thread(target=lambda: done.append(catalog.write(mark("there", [first.id, second.id])))),
        threading.Thread(target=lambda: done.append(catalog.write(mark("back", [second.id, first.id])))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(done) == ["back", "there"]
    assert sorted(attempts.values()) == [1, 2]  # a real deadlock: one had to give way and began again


def test_a_function_is_not_begun_again_for_ever(catalog: Catalog) -> None:
    attempts: list[int] = []

    def always(session: Session) -> None:
        attempts.append(1)
        session.connection().execute(text("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"))

    with pytest.raises(CatalogBusy):
        catalog.write(always)
    assert len(attempts) == 4


def test_what_a_given_up_attempt_wrote_is_undone(catalog: Catalog) -> None:
    attempts: list[int] = []

    def once_in_the_way(session: Session) -> None:
        attempts.append(1)
        rows.add(session, rows.recording(f"{len(attempts)}.mp4"))
        if len(attempts) == 1:
            session.connection().execute(text("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$"))

    catalog.write(once_in_the_way)
    with catalog.reading() as session:
        from catalog.tables import Recording

        assert [each.name for each in session.exec(select(Recording))] == ["2.mp4"]
