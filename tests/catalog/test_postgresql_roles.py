"""The roles of infra/deploy/postgresql, on the real server: each can do its work, and none what is not its work."""

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import URL, text
from sqlmodel import select

from catalog import schema
from catalog.engine import Catalog
from catalog.errors import CatalogMisconfigured, CatalogOlder
from catalog.repositories import claims, custody, jobs, recordings
from catalog.tables import (
    Classification,
    ContentClaim,
    CustodyEvent,
    Derivative,
    Recording,
    RetentionChange,
    RetentionDecision,
)
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind, JobState
from catalog.tables.retention import RetentionClass
from catalog.types import new_id
from catalog.work import JobRunner
from ingest.intake import IntakeDesk, IntakeOutcome
from ingest.jobs.handlers import handlers
from ingest.naming import load_patterns
from ingest.process_identity import own_identity
from ingest.reconcile_model import FindingKind, FindingState
from ingest.secure import Securer, SecureSettings
from retention.evaluation import Evaluator
from retention.holding import HoldServices, hold
from retention.locks import LockSettings, first_lock
from storage.local import LocalStore
from tests import rows
from tests.engines import MigratedPostgresql
from tests.ingest.jobs.services import services_for
from tests.ingest.reconcile.conftest import Archive, sha256

SQL = Path(__file__).parents[2] / "infra/deploy/postgresql"
NAMES = ("owner", "dock", "work", "serve", "clerk", "retention")
PASSWORD = "for-this-test"  # noqa: S105 - roles and all go when it ends


class Roles:
    """A database with the roles of the deployment, under names of this test's own."""

    def __init__(self, address: URL) -> None:
        self.address, self.prefix = address, f"zhilu_{uuid.uuid4().hex[:8]}"
        self._catalogs: dict[str, Catalog] = {}

    def run(self, file: str, role: str | None = None) -> None:
        """Run one of the files as `psql` would: all of it, or nothing."""
        statements = re.sub(rf"\bzhilu_(?={'|'.join(NAMES)})", f"{self.prefix}_", (SQL / file).read_text("utf-8"))
        with self._connect(self.address if role is None else self.of(role)) as connection:
            connection.execute(statements.encode())

    def let_in(self) -> None:
        with self._connect(self.address) as connection:
            for name in NAMES:
                connection.execute(f"ALTER ROLE {self.prefix}_{name} PASSWORD '{PASSWORD}'".encode())

    def of(self, role: str) -> URL:
        return self.address.set(username=f"{self.prefix}_{role}", password=PASSWORD)

    def catalog(self, role: str) -> Catalog:
        return self._catalogs.setdefault(role, Catalog(self.of(role)))

    def close(self) -> None:
        for catalog in self._catalogs.values():
            catalog.close()
        with self._connect(self.address) as connection:
            for name in NAMES:
                role = f"{self.prefix}_{name}"
                if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
                    connection.execute(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}".encode())

    @staticmethod
    def _connect(address: URL) -> psycopg.Connection[Any]:
        plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain, autocommit=False)


@pytest.fixture
def bare(migrated_postgresql: MigratedPostgresql) -> Iterator[Roles]:
    with migrated_postgresql.empty() as address:
        roles = Roles(address)
        try:
            yield roles
        finally:
            roles.close()


@pytest.fixture
def roles(bare: Roles) -> Roles:
    bare.run("roles.sql")
    bare.let_in()
    schema.upgrade(bare.catalog("owner"))
    bare.run("rights.sql", "owner")
    return bare


def secured(roles: Roles, folder: Path, store: LocalStore) -> Recording:
    """A file taken in by a dock."""
    (folder / "012345_1234567_20260301103000_0007.txt").write_text("what was said")
    catalog = roles.catalog("dock")
    schema.prepare(catalog)
    desk = IntakeDesk(
        catalog,
        Securer(
            catalog,
            store,
            SecureSettings(),
            identity=own_identity(),
            clock=lambda: rows.NOW,
            lock_for=lambda now: first_lock(LockSettings(), now),
        ),
        load_patterns([]),
    )
    for _again in range(2):  # the second time it is a known content, seen again
        (result,) = desk.take_all([bytes(folder)], actor="tests")
    assert result.outcome is IntakeOutcome.DUPLICATE, result.reason
    assert result.recording_id is not None
    with catalog.reading() as session:
        return recordings.get(session, result.recording_id)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "objects")


@pytest.fixture
def card(tmp_path: Path) -> Path:
    (tmp_path / "card").mkdir()
    return tmp_path / "card"


def test_a_dock_secures_a_worker_works_a_server_reads(
    roles: Roles, card: Path, store: LocalStore, tmp_path: Path
) -> None:
    recording = secured(roles, card, store)
    (tmp_path / "scratch").mkdir()
    worker = roles.catalog("work")
    schema.prepare(worker)
    rung: list[Any] = []
    runner = JobRunner(
        worker,
        handlers(
            services_for(worker, store, tmp_path / "scratch"),
            hold=partial(hold, HoldServices(worker, store, lambda: rows.NOW)),
        ),
        identity="worker",
        clock=lambda: rows.NOW,
        ring=rung.extend,
    )
    for _round in range(6):
        with worker.reading() as session:
            due = jobs.due(session, now=rows.NOW, limit=10)
        for job_id in due:
            runner.carry_out(job_id)
    server = roles.catalog("serve")
    schema.prepare(server)
    with server.reading() as session:
        done = {job.kind: (job.state, job.last_error) for job in jobs.of_recording(session, recording.id)}
    assert set(done.values()) == {(JobState.DONE, None)}, done
    assert JobKind.MANIFEST in done
    with server.writing() as session:
        custody.record(
            session, CustodyAction.VIEWED, at=rows.NOW, actor="li", subject_kind="recording", subject_id=recording.id
        )
    with server.reading() as session:
        actions = [event.action for event in custody.of_subject(session, recording.id)]
    assert {CustodyAction.SECURED, CustodyAction.DESCRIBED, CustodyAction.VIEWED} <= set(actions)


@pytest.mark.parametrize("left_claim", [False, True], ids=["never claimed", "claimed by a dock that died"])
def test_retention_adopts_what_it_finds_and_removes_copies(roles: Roles, tmp_path: Path, *, left_claim: bool) -> None:
    catalog = roles.catalog("retention")
    schema.prepare(catalog)
    found = Archive(catalog, LocalStore(tmp_path / "objects"), tmp_path)
    first, copy = found.put(b"content"), found.put(b"content")
    if left_claim:
        with roles.catalog("dock").writing() as session:
            claims.claim(
                session,
                sha256(b"content"),
                recording_id=new_id(),
                object_key=first.reference.key,
                owner="elsewhere",
                now=found.clock() - timedelta(hours=1),
            )
    findings, _tally = found.reconcile(settle=True)
    assert [(each.kind, each.state) for each in findings] == [
        (FindingKind.UNKNOWN_CONTENT, FindingState.SETTLED),
        (FindingKind.SURPLUS, FindingState.WAITING),
    ]
    after_its_lock = found.at(timedelta(days=2))
    store = LocalStore(tmp_path / "objects", now=after_its_lock.clock)
    findings, _tally = replace(after_its_lock, store=store).reconcile(settle=True)
    assert [(each.kind, each.state) for each in findings] == [(FindingKind.SURPLUS, FindingState.SETTLED)]
    assert [each.reference for each in found.versions()] == [first.reference]
    assert copy.reference != first.reference
    assert found.recording().object_key == first.reference.key
    assert [event.action for event in found.rows(CustodyEvent)] == [
        CustodyAction.ADOPTED,
        CustodyAction.SURPLUS_FOUND,
        CustodyAction.SURPLUS_REMOVED,
    ]
    assert found.rows(ContentClaim) == []


FORBIDDEN = {
    "dock": [
        "CREATE TEMPORARY TABLE recording (id int)",
        "UPDATE retention_decision SET outcome = 'expired'",
        "DELETE FROM recording",
        "UPDATE recording SET sha256 = repeat('0', 64)",
        "UPDATE recording SET locked_until = NULL",
        "DELETE FROM custody_event",
        "UPDATE custody_event SET actor = 'somebody else'",
        "TRUNCATE custody_event",
        "DELETE FROM receipt",
        "DELETE FROM sighting",
        "DELETE FROM job",
        'SELECT * FROM "case"',
        "SELECT * FROM case_link",
        "INSERT INTO case_link SELECT * FROM case_link",
        "SELECT * FROM fingerprint",
    ],
    "work": [
        "UPDATE schedule_activation SET state = 'in force'",
        "INSERT INTO classification SELECT * FROM classification",
        "DELETE FROM recording",
        "UPDATE recording SET object_version = 'another'",
        "UPDATE recording SET sm3 = NULL",
        "INSERT INTO recording SELECT * FROM recording",
        "DELETE FROM custody_event",
        "UPDATE case_link SET decided_by = 'nobody'",
        "INSERT INTO receipt SELECT * FROM receipt",
        "UPDATE officer SET name = 'x'",
    ],
    "serve": [
        "CREATE TEMPORARY TABLE recording (id int)",
        "UPDATE retention_decision SET outcome = 'expired'",
        "DELETE FROM recording",
        "UPDATE recording SET important = true",
        "UPDATE job SET state = 'done'",
        "INSERT INTO case_link SELECT * FROM case_link",
        "UPDATE custody_event SET actor = 'x'",
    ],
    "clerk": [
        "CREATE TEMPORARY TABLE recording (id int)",
        "UPDATE retention_decision SET outcome = 'expired'",
        "DELETE FROM recording",
        "UPDATE recording SET important = true",
        "DELETE FROM case_link",
        'DELETE FROM "case"',
        "UPDATE custody_event SET actor = 'x'",
    ],
    "retention": [
        "DELETE FROM recording",
        "UPDATE recording SET sha256 = repeat('0', 64)",
        "UPDATE custody_event SET actor = 'x'",
        "DELETE FROM storage_probe",
        "DELETE FROM sighting",
        "UPDATE sighting SET path = 'x'",
        "UPDATE case_link SET state = 'rejected'",
    ],
}
BY_NOBODY = [
    "ALTER TABLE recording DISABLE TRIGGER ALL",
    "ALTER TABLE custody_event DISABLE TRIGGER custody_event_change",
    "DROP TRIGGER recording_change ON recording",
    "DROP FUNCTION refuse_change() CASCADE",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "CREATE FUNCTION public.now_ours() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TABLE public.recording_too (id int)",
    "SET session_replication_role = replica",
    "UPDATE alembic_version SET version_num = '0001'",
    "DROP TABLE custody_event",
    "SET ROLE {prefix}_owner",
]


@pytest.fixture
def filled(roles: Roles, card: Path, store: LocalStore) -> tuple[Roles, Recording]:
    return roles, secured(roles, card, store)


def test_no_role_can_do_what_is_not_its_work(filled: tuple[Roles, Recording]) -> None:
    roles, recording = filled
    for role, statements in FORBIDDEN.items():
        for statement in [*statements, *(each.format(prefix=roles.prefix) for each in BY_NOBODY if "{" in each)]:
            with (
                pytest.raises(CatalogMisconfigured, match="lacks a right") as told,
                roles.catalog(role).writing() as session,
            ):
                session.connection().execute(text(statement))
            assert not told.value.retryable, (role, statement)
        for statement in (each for each in BY_NOBODY if "{" not in each):
            with pytest.raises(CatalogMisconfigured), roles.catalog(role).writing() as session:
                session.connection().exec_driver_sql(statement)
    with roles.catalog("serve").reading() as session:
        assert session.exec(select(Recording)).one() == recording
        assert session.exec(select(CustodyEvent).where(CustodyEvent.actor == "x")).all() == []
        assert session.exec(select(Derivative)).all() == []


@pytest.mark.parametrize("statement", ["DELETE FROM recording", "UPDATE custody_event SET actor = 'x'"])
def test_the_triggers_refuse_even_the_owner(filled: tuple[Roles, Recording], statement: str) -> None:
    roles, recording = filled
    from sqlalchemy.exc import DBAPIError

    with pytest.raises(DBAPIError, match="append-only"), roles.catalog("owner").writing() as session:
        session.connection().exec_driver_sql(statement)
    with roles.catalog("serve").reading() as session:
        assert session.exec(select(Recording)).one() == recording


def test_another_database_user_does_not_get_in(roles: Roles) -> None:
    with roles._connect(roles.address) as connection:
        connection.execute(f"CREATE ROLE {roles.prefix}_stranger LOGIN PASSWORD '{PASSWORD}'".encode())
    stranger = Catalog(roles.of("stranger"))
    try:
        with pytest.raises(CatalogMisconfigured, match="permission denied for database"):
            schema.prepare(stranger)
    finally:
        stranger.close()
        with roles._connect(roles.address) as connection:
            connection.execute(f"DROP ROLE {roles.prefix}_stranger".encode())


def test_only_the_owner_upgrades(bare: Roles) -> None:
    bare.run("roles.sql")
    bare.let_in()
    with pytest.raises(CatalogOlder, match="is empty"):
        schema.prepare(bare.catalog("dock"))
    with pytest.raises(CatalogMisconfigured, match="permission denied for schema public"):
        schema.upgrade(bare.catalog("dock"))
    assert schema.upgrade(bare.catalog("owner")) == schema.Upgraded(None, schema.newest_revision())


@pytest.mark.parametrize("again", [("roles.sql", None), ("rights.sql", "owner")])
def test_the_files_may_be_run_again(
    roles: Roles, again: tuple[str, str | None], rights: Callable[[Roles], Any]
) -> None:
    before = rights(roles)
    roles.run(*again)
    assert rights(roles) == before


@pytest.fixture
def rights() -> Callable[[Roles], Any]:
    def told(roles: Roles) -> Any:
        with roles._connect(roles.address) as connection:
            return connection.execute(
                b"SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
            ).fetchall()

    return told


def test_a_worker_evaluates_what_a_clerk_changed(filled: tuple[Roles, Recording]) -> None:
    roles, recording = filled
    evaluator = Evaluator(roles.catalog("work"), zone=ZoneInfo("Asia/Shanghai"), clock=lambda: rows.NOW)
    assert evaluator.evaluate().everything
    with roles.catalog("clerk").writing() as session:
        session.add(
            Classification(
                recording_id=recording.id,
                retention_class=RetentionClass.EVIDENCE,
                reason="used in court",
                classified_by="li",
                classified_at=rows.NOW,
            )
        )
    with roles.catalog("serve").reading() as session:
        assert session.exec(select(RetentionChange.recording_id)).all() == [recording.id]
    assert not evaluator.evaluate().everything
    with roles.catalog("serve").reading() as session:
        assert session.exec(select(RetentionChange)).all() == []
        assert session.exec(select(RetentionDecision.recording_id)).all() == [recording.id]


@pytest.mark.parametrize("role", ["dock", "work", "serve", "clerk"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE recording SET leaving_since = now()",
        "UPDATE recording SET disposed_at = now()",
        "UPDATE disposal SET state = 'approved'",
        "UPDATE disposal_item SET state = 'deleting'",
        "INSERT INTO disposal_approval SELECT * FROM disposal_approval",
        "INSERT INTO approver SELECT * FROM approver",
        "UPDATE approver SET secret_hash = ''",
        "DELETE FROM hold",
    ],
)
def test_nobody_but_retention_disposes_or_says_who_approves(roles: Roles, role: str, statement: str) -> None:
    with roles.catalog(role).engine.connect() as connection, pytest.raises(Exception, match="permission denied"):
        connection.execute(text(statement))


def test_what_passphrases_hash_to_is_read_by_retention_alone(roles: Roles) -> None:
    for role in ("serve", "clerk", "dock"):
        with roles.catalog(role).engine.connect() as connection, pytest.raises(Exception, match="permission denied"):
            connection.execute(text("SELECT secret_hash FROM approver"))
