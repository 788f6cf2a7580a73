"""Killed before or after any word to the store and any commit: it goes on, and deletes nothing more."""

import os
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import URL, event

from catalog.custody.note import SignerKey
from catalog.engine import Catalog
from catalog.repositories import recordings
from catalog.tables.custody import CustodyAction
from catalog.tables.disposals import DisposalItemState, DisposalState
from storage.local import LocalStore, LocalUpload
from storage.model import Bucket, ListedVersion, Lock, StoredVersion, VersionReference
from tests.databases import database, migrated_postgresql, migrated_sqlite, open_catalogs
from tests.retention.disposing import Agency

__all__ = ["database", "migrated_postgresql", "migrated_sqlite", "open_catalogs"]


class Death:
    """Comes at a given moment of all: each word to the store and each commit counts as two, before and after it."""

    def __init__(self, at: int) -> None:
        self.at, self.moment = at, 0

    def pass_by(self) -> None:
        self.moment += 1
        if self.moment == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


class Deadly(LocalStore):
    """A store at whose words one may die."""

    death: Death

    def head(self, reference: VersionReference) -> StoredVersion:
        self.death.pass_by()
        return super().head(reference)

    def delete_version(self, reference: VersionReference) -> None:
        self.death.pass_by()
        super().delete_version(reference)
        self.death.pass_by()

    def list_references(self, bucket: Bucket, prefix: str = "") -> Iterator[ListedVersion]:
        self.death.pass_by()
        return super().list_references(bucket, prefix)

    def upload(
        self,
        bucket: Bucket,
        key: str,
        *,
        lock: Lock | None = None,
        metadata: dict[str, str] | None = None,
        size: int | None = None,
    ) -> LocalUpload:
        self.death.pass_by()
        return super().upload(bucket, key, lock=lock, metadata=metadata, size=size)


def carried_out_until_death(url: URL, folder: Path, agency: Agency, number: str, at: int) -> bool:
    """Carry out the list in a process of its own that is killed at that moment; whether it came to its end before."""
    child = os.fork()
    if child == 0:
        try:
            death = Death(at)
            catalog = Catalog(url, clock=agency.clock)
            event.listen(catalog.engine, "commit", lambda _connection: death.pass_by())
            store = Deadly(folder, now=agency.clock)
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


@pytest.mark.slow
def test_killed_at_every_moment(database: URL, open_catalogs: list[Catalog], tmp_path: Path) -> None:
    made: list[Agency] = []
    catalog = Catalog(database, clock=lambda: made[0].now)
    open_catalogs.append(catalog)
    folder = tmp_path / "objects"

    def now() -> datetime:
        return made[0].now

    made.append(Agency(catalog, LocalStore(folder, now=now), SignerKey("zhilu/tests", Ed25519PrivateKey.generate())))
    agency = made[0].found()
    kept = agency.recording(b"kept", lock_until=agency.now + timedelta(days=1))
    others = [agency.recording(b"not listed", captured_at=None)]
    moment, died = 1, 0
    while True:
        going = agency.recording(b"going %d" % moment, lock_until=agency.now + timedelta(hours=1))
        disposal = agency.approved()
        hold = agency.hold(kept) if moment == 1 else None
        assert hold is None or agency.hold(kept)
        agency.days_go_by()
        catalog.engine.dispose()  # a connection must not be shared with the process that is killed
        ended = carried_out_until_death(database, folder, agency, disposal.number, moment)
        if not ended:
            died += 1
            agency.now += timedelta(hours=1)
            agency.executor().execute_due()
        assert agency.standing(disposal).state is DisposalState.DONE
        item = agency.items(disposal)[going.id]
        assert item.state is DisposalItemState.DELETED
        assert agency.versions(going) == []
        assert len(item.deleted_versions) == 3
        for each in (kept, *others):
            assert len(agency.versions(each)) == 3
            assert agency.get(each).leaving_since is None
        if ended:
            break
        moment += 1
    assert died > 12
    disposed = agency.events(CustodyAction.DISPOSED)
    assert len({each.subject_id for each in disposed}) == len(disposed) == moment
    assert len(agency.events(CustodyAction.DISPOSAL_CERTIFIED)) == moment
    with catalog.reading() as session:
        assert recordings.count(session) == moment + 2
