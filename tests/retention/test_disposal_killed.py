"""Killed before or after any word to the store and any commit: it goes on, and deletes nothing more."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import URL, event, make_url

from catalog.custody.note import SignerKey
from catalog.engine import Catalog
from catalog.repositories import recordings
from catalog.tables import Disposal, Recording
from catalog.tables.custody import CustodyAction
from catalog.tables.disposals import DisposalItemState, DisposalState
from storage.contract import ObjectStore
from storage.local import LocalStore
from storage.model import Bucket, ListedVersion, StoredVersion, VersionReference
from storage.s3 import S3Settings, S3Store
from tests.databases import migrated_postgresql, migrated_sqlite, open_catalogs
from tests.engines import MigratedPostgresql, MigratedSqlite
from tests.retention.disposing import Agency
from tests.storage.conftest import bare_settings, s3_client, s3_server

__all__ = ["bare_settings", "migrated_postgresql", "migrated_sqlite", "open_catalogs", "s3_client", "s3_server"]

MOMENTS_AT_MOST = 60


class Death:
    """Comes at a given moment of all: each word to the store and each commit counts as two, before and after it."""

    def __init__(self, at: int) -> None:
        self.at, self.moment = at, 0

    def pass_by(self) -> None:
        self.moment += 1
        if self.moment == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


class Deadly:
    """Before a store: one at whose words one may die."""

    death: Death

    def head(self, reference: VersionReference) -> StoredVersion:
        self.death.pass_by()
        return super().head(reference)  # type: ignore[misc]

    def delete_version(self, reference: VersionReference) -> None:
        self.death.pass_by()
        super().delete_version(reference)  # type: ignore[misc]
        self.death.pass_by()

    def list_references(self, bucket: Bucket, prefix: str = "", *, after: str = "") -> Iterator[ListedVersion]:
        self.death.pass_by()
        return super().list_references(bucket, prefix, after=after)  # type: ignore[misc]

    def upload(self, bucket: Bucket, key: str, **how: Any) -> Any:
        self.death.pass_by()
        return super().upload(bucket, key, **how)  # type: ignore[misc]


class DeadlyFolder(Deadly, LocalStore): ...


class DeadlyS3(Deadly, S3Store): ...


@dataclass
class World:
    """Engines, the agency on them, and how a process of its own opens the same store. `second`: locks last so long."""

    url: URL
    agency: Agency
    deadly: Callable[[Callable[[], datetime]], Any]
    second: timedelta


@pytest.fixture(params=["embedded", pytest.param("at scale", marks=pytest.mark.s3)])
def world(request: pytest.FixtureRequest, tmp_path: Path, open_catalogs: list[Catalog]) -> Iterator[World]:
    made: list[Agency] = []

    def now() -> datetime:
        return made[0].now

    def opened(url: URL, store: ObjectStore) -> Agency:
        catalog = Catalog(url, clock=now)
        open_catalogs.append(catalog)
        made.append(Agency(catalog, store, SignerKey("zhilu/tests", Ed25519PrivateKey.generate())))
        return made[0]

    if request.param == "embedded":
        migrated: MigratedSqlite = request.getfixturevalue("migrated_sqlite")
        url, folder = migrated.copy(tmp_path), tmp_path / "objects"
        agency = opened(url, LocalStore(folder, now=now))
        yield World(url, agency, lambda clock: DeadlyFolder(folder, now=clock), timedelta(hours=1))
        return
    settings: S3Settings = request.getfixturevalue("bare_settings")
    store = S3Store(settings)
    store.create_buckets()
    server: MigratedPostgresql = request.getfixturevalue("migrated_postgresql")
    with server.copy() as address:
        agency = opened(make_url(address), store)
        # The clock of the store cannot be moved: what is locked there is locked for seconds.
        agency.now = datetime.now(UTC).replace(microsecond=0)
        yield World(make_url(address), agency, lambda _clock: DeadlyS3(settings), timedelta(seconds=3))
        for each in open_catalogs:
            each.engine.dispose()


def carried_out_until_death(world: World, number: str, at: int) -> bool:
    """Carry out the list in a process of its own that is killed at that moment; whether it came to its end before."""
    agency = world.agency
    agency.catalog.engine.dispose()  # a connection must not be shared with the process that is killed
    child = os.fork()
    if child == 0:
        try:
            death = Death(at)
            catalog = Catalog(world.url, clock=agency.clock)
            event.listen(catalog.engine, "commit", lambda _connection: death.pass_by())
            store = world.deadly(agency.clock)
            store.death = death
            own = Agency(catalog, store, agency.key, agency.now)
            own.executor().execute(number)
        except BaseException:  # noqa: BLE001 - the child must never go on as a second pytest
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0
    return True


def listed_one_by_one(world: World, kept: Recording) -> list[tuple[Recording, Disposal]]:
    """As many lists of one recording as there may be moments, all approved by the same two, all due on the same day."""
    agency, made = world.agency, []
    people = [agency.person("扎西"), agency.person("卓玛")]
    for number in range(MOMENTS_AT_MOST):
        until = datetime.now(UTC) + world.second if world.second < timedelta(minutes=1) else agency.now + world.second
        going = agency.recording(b"going %d" % number, lock_until=until.replace(microsecond=0))
        disposal = agency.submitted()
        for person in people:
            agency.desk.approve(disposal.number, person, list_sha256=disposal.list_sha256, reason="looked through")
        made.append((going, disposal))
        if number == 0:
            agency.hold(kept)
    agency.days_go_by()
    return made


@pytest.mark.slow
def test_killed_at_every_moment(world: World) -> None:
    agency = world.agency.found()
    soon = agency.now + world.second if world.second > timedelta(minutes=1) else datetime.now(UTC) + world.second
    kept = agency.recording(b"kept", lock_until=soon.replace(microsecond=0))
    others = [agency.recording(b"not listed", captured_at=None, lock_until=soon.replace(microsecond=0))]
    ends = []
    for moment, (going, disposal) in enumerate(listed_one_by_one(world, kept), start=1):
        ends.append(carried_out_until_death(world, disposal.number, moment))
        if not ends[-1]:
            agency.now += timedelta(hours=1)
            agency.executor().execute(disposal.number)
        assert agency.standing(disposal).state is DisposalState.DONE
        item = agency.items(disposal)[going.id]
        assert item.state is DisposalItemState.DELETED
        assert agency.versions(going) == []
        assert len(item.deleted_versions) == 3
        for each in (kept, *others):
            assert len(agency.versions(each)) == 3
            assert agency.get(each).leaving_since is None
        if ends[-1]:
            break
    assert ends[-1], "there are more moments than lists: nobody was killed at the last ones"
    assert len(ends) > 12
    disposed = agency.events(CustodyAction.DISPOSED)
    assert len({each.subject_id for each in disposed}) == len(disposed) == len(ends)
    assert len(agency.events(CustodyAction.DISPOSAL_CERTIFIED)) == len(ends)
    with agency.catalog.reading() as session:
        assert recordings.count(session) == MOMENTS_AT_MOST + 2
