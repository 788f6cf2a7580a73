"""Verifying a catalog of each engine, and what is done to it meanwhile."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from api.runtime import Runtime, open_runtime
from api.settings import Settings
from api.verifying.model import Code, Finding, Tallies
from api.verifying.run import Beside, Scope, Verifier
from api.verifying.service import verify as verify_here
from catalog.engine import Catalog
from catalog.repositories import custody, jobs
from catalog.tables.custody import CustodyAction
from catalog.work import JobRunner
from ingest.jobs.handlers import handlers
from retention.holding import hold
from storage.local import LocalStore
from tests import rows
from tests.attacker import Attacker
from tests.databases import ENGINES, database, empty_database, migrated_postgresql, migrated_sqlite
from tests.engines import MigratedPostgresql
from tests.real_engines import buckets, lock_by_default, namespace, real
from tests.storage.conftest import s3_client, s3_server

Verify = Callable[..., tuple[Sequence[Finding], Tallies]]
PHOTOS = 3


def verifying(catalog: Catalog, folder: Path) -> Verify:
    store = LocalStore(folder)

    def run(scope: Scope | None = None) -> tuple[Sequence[Finding], Tallies]:
        tallies = Tallies()
        verifier = Verifier(catalog, store, tallies, Beside(), now=rows.NOW)
        return list(verifier.run(scope or Scope())), tallies

    return run


@dataclass
class Clock:
    """The time, which somebody may set."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class House:
    """Recordings that were taken in and worked through, a log that is signed; and somebody who is at it."""

    runtime: Runtime
    clock: Clock
    folder: Path
    recordings: list[UUID] = field(default_factory=list)

    @property
    def attacker(self) -> Attacker:
        return Attacker(self.runtime.catalog)

    def take_in(self, count: int = PHOTOS) -> list[UUID]:
        card = self.folder / f"card{len(self.recordings)}"
        card.mkdir()
        for number in range(count):
            photo = card / f"012345_1234567_2026030110{len(self.recordings) + number:02}00_0008.jpg"
            Image.effect_noise((320, 240), 30 + number).save(photo)
        desk = self.runtime.intake_desk(threads=1)
        taken = [each.recording_id for each in desk.take_all([bytes(card)], actor="li")]
        found = [each for each in taken if each is not None]
        assert len(found) == count
        self.recordings += found
        self.work()
        return found

    def work(self) -> None:
        """Carry out what is left to do, until nothing is; then sign the log."""
        runner = JobRunner(
            self.runtime.catalog,
            handlers(self.runtime.ingest_services(), hold=partial(hold, self.runtime.retention.hold_services())),
            identity="tests",
            clock=self.clock,
            ring=lambda _ids: None,
        )
        for _round in range(20):
            with self.runtime.catalog.reading() as session:
                due = jobs.due(session, now=self.clock(), limit=100)
            if not due:
                break
            for job_id in due:
                runner.carry_out(job_id)
        self.runtime.page_writer().write()
        self.sign()

    def sign(self) -> None:
        self.runtime.custody.sequencer().run()
        self.runtime.custody.checkpointer().run()

    def look(self, count: int = 1, *, at: datetime | None = None) -> None:
        """Somebody looks at the first recording."""
        for _each in range(count):
            with self.runtime.catalog.writing() as session:
                custody.record(
                    session,
                    CustodyAction.VIEWED,
                    at=at or self.clock(),
                    actor="li",
                    subject_kind="recording",
                    subject_id=self.recordings[0],
                    purpose="复核",
                )

    def verify(self, scope: Scope | None = None) -> tuple[list[Finding], Tallies]:
        tallies = Tallies()
        return list(verify_here(self.runtime, scope or Scope(), tallies)), tallies

    def findings(self, scope: Scope | None = None) -> dict[Code, dict[str, Any]]:
        """What is found, by what is the matter; of several alike the first."""
        found: dict[Code, dict[str, Any]] = {}
        for each in self.verify(scope)[0]:
            found.setdefault(each.code, dict(each.facts))
        return found


@pytest.fixture(params=["embedded", "at scale"])
def house(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """On SQLite and a folder, and on PostgreSQL and a real S3."""
    monkeypatch.setenv("ZHILU_HOME", str(tmp_path / "home"))
    if request.param != "embedded":
        engines = request.getfixturevalue("real")
        lock_by_default(engines.store)
        for name, value in {**engines.catalog_settings, **engines.store_settings}.items():
            monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    clock = Clock()
    with open_runtime(Settings(), clock=clock) as runtime:
        made = House(runtime, clock, tmp_path)
        made.take_in()
        yield made


__all__ = [
    "ENGINES",
    "MigratedPostgresql",
    "buckets",
    "database",
    "empty_database",
    "migrated_postgresql",
    "migrated_sqlite",
    "namespace",
    "real",
    "s3_client",
    "s3_server",
]
