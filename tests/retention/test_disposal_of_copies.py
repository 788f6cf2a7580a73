"""Every version of a recording goes with it: what a repair put there meanwhile, and the copies in the replica."""

from datetime import timedelta
from pathlib import Path
from types import MethodType

import pytest

from catalog.repositories import disposals
from catalog.tables import Recording
from catalog.tables.custody import CustodyAction
from catalog.tables.disposals import DisposalItemState, DisposalState
from retention.disposal.execution import Executor
from retention.errors import BeingDisposedOf, DisposalWaits, NotOnList
from retention.fixity_repair import Repairer, Replica
from storage.contract import ObjectStore
from storage.errors import StoreUnavailable
from storage.local import LocalStore
from storage.model import Bucket, Lock, LockMode, VersionReference
from tests.databases import database, migrated_postgresql, migrated_sqlite, open_catalogs
from tests.retention.disposing import Agency, between
from tests.retention.test_disposal import agency, kept_because

__all__ = ["agency", "database", "migrated_postgresql", "migrated_sqlite", "open_catalogs"]


@pytest.fixture
def replica(agency: Agency, tmp_path: Path) -> LocalStore:
    store = LocalStore(tmp_path / "replica", now=agency.clock)
    agency.replica = Replica("the replica", lambda: store)
    return store


def copied(store: ObjectStore, recording: Recording, content: bytes, lock: Lock | None = None) -> VersionReference:
    with store.upload(Bucket.ORIGINALS, recording.object_key, lock=lock) as upload:
        upload.write(content)
        return upload.complete().reference


def lying(store: ObjectStore, recording: Recording) -> list[str]:
    return [str(each.reference) for each in store.list_references(Bucket.ORIGINALS, recording.object_key)]


def away(agency: Agency) -> Replica:
    def opened() -> ObjectStore:
        raise StoreUnavailable("the replica", "no answer", "no_answer")

    before = agency.replica
    assert before is not None
    agency.replica = Replica("the replica", opened)
    return before


def repairer(agency: Agency) -> Repairer:
    return Repairer(
        agency.catalog,
        agency.store,
        agency.replica,
        lock_for=lambda now: Lock(LockMode.GOVERNANCE, now + timedelta(seconds=1)),
        clock=agency.clock,
    )


def damage(agency: Agency, recording: Recording) -> None:
    assert isinstance(agency.store, LocalStore)
    path = agency.store.local_path(VersionReference(Bucket.ORIGINALS, recording.object_key, recording.object_version))
    path.chmod(0o600)
    path.write_bytes(b"z" * recording.size)
    path.chmod(0o400)


def test_a_repair_that_commits_after_the_list_was_approved(agency: Agency, replica: LocalStore) -> None:
    going = agency.recording(b"evidence")
    copied(replica, going, b"evidence")
    disposal = agency.approved()
    agency.days_go_by()
    damage(agency, going)
    assert repairer(agency).repair(going.id).replaced
    agency.now += timedelta(days=1)
    assert agency.execute(disposal).deleted == 1
    assert agency.versions(going) == lying(replica, going) == []


def test_a_repair_that_commits_right_before_the_order(
    agency: Agency, replica: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the last look of anybody and the transaction that orders: its version is seen there."""
    going = agency.recording(b"evidence")
    copied(replica, going, b"evidence")
    disposal = agency.approved()
    agency.days_go_by()
    damage(agency, going)
    settle, repaired = Executor._settle, []

    def late(self: Executor, *given: object) -> object:
        repaired.append(repairer(agency).repair(going.id).replaced)
        agency.now += timedelta(days=1)
        return settle(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Executor, "_settle", late)
    assert agency.execute(disposal).deleted == 1
    assert repaired == [True]
    assert agency.versions(going) == lying(replica, going) == []
    assert len(agency.items(disposal)[going.id].deleted_versions) == 5


def test_a_repair_that_stores_its_copy_after_the_order(
    agency: Agency, replica: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = agency.recording(b"evidence")
    copied(replica, going, b"evidence")
    disposal = agency.approved()
    agency.days_go_by()
    delete = agency.store.delete_version

    def store_another(reference: VersionReference) -> None:
        delete(reference)
        if reference.bucket is Bucket.ORIGINALS and reference.version_id == going.object_version:
            copied(agency.store, going, b"evidence")

    monkeypatch.setattr(agency.store, "delete_version", store_another)
    assert agency.execute(disposal).deleted == 1
    assert agency.versions(going) == []
    with pytest.raises(BeingDisposedOf):
        repairer(agency).repair(going.id)


def test_copies_in_the_replica_go_and_are_certified(agency: Agency, replica: LocalStore) -> None:
    going, other = agency.recording(b"a"), agency.recording(b"b", captured_at=None)
    one, two = copied(replica, going, b"a"), copied(replica, going, b"damaged")
    copied(replica, other, b"b")
    disposal = agency.approved()
    agency.days_go_by()
    agency.execute(disposal)
    assert lying(replica, going) == []
    assert len(lying(replica, other)) == 1
    gone = agency.items(disposal)[going.id].deleted_versions
    assert {each["version"] for each in gone if each.get("store") == "replica"} == {one.version_id, two.version_id}
    (told,) = agency.events(CustodyAction.DISPOSED)
    assert told.details["versions"] == gone
    assert told.details["left"] == []


def test_a_replica_that_is_away_lets_the_disposal_wait(agency: Agency, replica: LocalStore) -> None:
    going = agency.recording(b"a")
    copied(replica, going, b"a")
    disposal = agency.approved()
    agency.days_go_by()
    there = away(agency)
    with pytest.raises(DisposalWaits, match="no answer"):
        agency.execute(disposal)
    assert len(agency.versions(going)) == 3
    assert agency.get(going).leaving_since is None
    agency.replica = there
    assert agency.execute(disposal).deleted == 1
    assert agency.versions(going) == lying(replica, going) == []


def test_a_replica_that_goes_away_while_the_bytes_go(
    agency: Agency, replica: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = agency.recording(b"a")
    copied(replica, going, b"a")
    disposal = agency.approved()
    agency.days_go_by()

    def refuse(_self: LocalStore, _reference: VersionReference) -> None:
        raise StoreUnavailable("the replica", "no answer", "no_answer")

    with monkeypatch.context() as patched:
        patched.setattr(replica, "delete_version", MethodType(refuse, replica))
        with pytest.raises(DisposalWaits):
            agency.execute(disposal)
    item = agency.items(disposal)[going.id]
    assert item.state is DisposalItemState.DELETING
    assert agency.events(CustodyAction.DISPOSED) == []
    with pytest.raises(NotOnList):
        agency.desk.recover(disposal.number, [str(going.id)], reason="too late")
    found = agency.desk.recover(disposal.number, [], reason="too late")
    assert (found.taken_back, found.gone) == (0, 1)
    agency.executor().execute_due()
    assert agency.standing(disposal).state is DisposalState.DONE
    assert agency.versions(going) == lying(replica, going) == []
    assert len(agency.items(disposal)[going.id].deleted_versions) == 4


def test_a_copy_that_is_locked_in_the_replica_keeps_the_recording(agency: Agency, replica: LocalStore) -> None:
    kept = agency.recording(b"a")
    copied(replica, kept, b"a", Lock(LockMode.GOVERNANCE, agency.now + timedelta(days=90)))
    disposal = agency.approved()
    agency.days_go_by()
    assert agency.execute(disposal).kept == 1
    assert kept_because(agency, kept) == {"locked"}
    assert len(agency.versions(kept)) == 3


def test_killed_right_after_the_order_it_is_taken_back(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    back = agency.recording(b"a")
    disposal = agency.approved()
    agency.days_go_by()

    def die() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        between(patched, die)
        with pytest.raises(KeyboardInterrupt):
            agency.execute(disposal)
    assert agency.items(disposal)[back.id].state is DisposalItemState.DELETING
    assert agency.desk.recover(disposal.number, [str(back.id)], reason="asked for").taken_back == 1
    item = agency.items(disposal)[back.id]
    assert (item.state, item.deleted_versions) == (DisposalItemState.RECOVERED, [])
    assert agency.get(back).leaving_since is None
    agency.execute(disposal)
    assert agency.standing(disposal).state is DisposalState.DONE
    assert len(agency.versions(back)) == 3
    with agency.catalog.reading() as session:
        assert disposals.staying_after(session, None, 9) == [agency.get(back)]


def test_taken_back_while_it_is_about_to_go(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    back = agency.recording(b"a")
    disposal = agency.approved()
    agency.days_go_by()
    between(monkeypatch, lambda: agency.desk.recover(disposal.number, [], reason="asked for"))
    assert agency.execute(disposal).deleted == 0
    assert len(agency.versions(back)) == 3
