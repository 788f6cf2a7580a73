"""Repairing from a replica: only with the bytes on record, never over what is there, and found by all who read."""

from pathlib import Path

import pytest

from catalog.repositories import fixity, holdings, recordings, system_holds
from catalog.tables import Disposal, DisposalItem, ScheduleVersion
from catalog.tables.custody import CustodyAction
from catalog.tables.disposals import DisposalItemState
from retention.errors import BeingDisposedOf, NoReplica, ReplicaAway, ReplicaUnfit
from retention.fixity_repair import Replica
from storage.contract import ObjectStore
from storage.errors import StoreUnavailable
from storage.model import Bucket
from tests import rows
from tests.retention.fixity.conftest import LOCKED_UNTIL, Archive
from tests.rows import NOW


def test_a_damaged_recording_is_served_from_a_good_replica(archive: Archive) -> None:
    damaged = archive.secure(b"evidence", stored=b"evidenzz")
    found = archive.reader(replica=archive.replica({damaged: b"evidence"})).read_due()
    assert (found.repaired, found.refused) == (1, 0)
    (replacement,) = archive.replacements()
    with archive.catalog.reading() as session:
        row = recordings.get(session, damaged)
        serving = recordings.serving(session, row)
        assert recordings.versions(session, row) == [archive.original(damaged), serving]
        (holding,) = holdings.page(session, after=None, limit=9)
        on_record = holdings.originals_among(session, [row.object_key])
        assert fixity.damaged(session, at_most=9) == []
    assert serving.version_id == replacement.object_version == holding.version
    assert b"".join(archive.store.read(serving)) == b"evidence"
    assert on_record == {(each.reference.key, each.reference.version_id) for each in _versions(archive, serving.key)}
    assert len(on_record) == 2, "the damaged version stays, and is no surplus"
    lock = archive.store.head(serving).lock
    assert lock is not None
    assert lock.retain_until >= LOCKED_UNTIL, "no shorter than the one it replaces"
    (event,) = archive.events(CustodyAction.REPAIRED)
    assert event.details["origin"] == "the replica"
    (hold,) = archive.holds()
    assert hold.release_document == f"replacement {replacement.id}"


def test_a_damaged_replica_is_refused_and_nothing_is_stored(archive: Archive) -> None:
    damaged = archive.secure(b"evidence", stored=b"evidenzz")
    found = archive.reader(replica=archive.replica({damaged: b"evidenxx"})).read_due()
    assert (found.repaired, found.refused) == (0, 1)
    assert archive.replacements() == []
    assert len(_versions(archive, archive.recording(damaged).object_key)) == 1
    (hold,) = archive.holds()
    assert hold.released_at is None
    with pytest.raises(ReplicaUnfit):
        archive.repairer(archive.replica({})).repair(damaged)


def test_a_replica_that_is_away_repairs_later(archive: Archive) -> None:
    damaged = archive.secure(b"evidence", stored=b"evidenzz")

    def away() -> ObjectStore:
        raise StoreUnavailable("there", "it is not mounted")

    with pytest.raises(ReplicaAway):
        archive.repairer(Replica("there", away)).repair(damaged)
    assert archive.reader(replica=Replica("there", away)).read_due().refused == 1
    assert archive.reader(replica=archive.replica({damaged: b"evidence"})).read_due().repaired == 1, "at the next round"


def test_without_a_replica_it_is_said_what_to_do(archive: Archive) -> None:
    damaged = archive.secure(b"evidence", stored=b"evidenzz")
    with pytest.raises(NoReplica):
        archive.repairer(None).repair(damaged)


def test_what_is_intact_is_not_replaced(archive: Archive) -> None:
    sound = archive.secure(b"evidence")
    assert archive.repairer(archive.replica({sound: b"evidence"})).repair(sound).replaced is False
    assert archive.replacements() == []


def test_a_repair_cut_short_before_its_commit_is_taken_up_by_the_next(archive: Archive) -> None:
    damaged = archive.secure(b"evidence", stored=b"evidenzz")
    left = archive.put(archive.store, archive.recording(damaged).object_key, b"evidence")
    repair = archive.repairer(None).repair(damaged)
    assert (repair.replaced, repair.version) == (True, left)


def test_what_is_being_disposed_of_is_not_repaired(archive: Archive) -> None:
    damaged = archive.secure(b"evidence", stored=b"evidenzz")
    schedule = ScheduleVersion(schedule="x", version="1", content="", sha256="0" * 64, loaded_by="a", loaded_at=NOW)
    disposal = Disposal(
        number="1",
        reason="x",
        schedule_version_id=schedule.id,
        planned_by="a",
        planned_at=NOW,
        list_sha256="0" * 64,
    )
    item = DisposalItem(
        disposal_id=disposal.id,
        recording_id=damaged,
        state=DisposalItemState.DELETING,
        size=8,
        sha256="0" * 64,
        expires_at=NOW,
        rule="x",
    )
    with archive.catalog.writing() as session:
        rows.add(session, schedule, disposal, item)
    with pytest.raises(BeingDisposedOf):
        archive.repairer(archive.replica({damaged: b"evidence"})).repair(damaged)
    assert archive.reader().read_due().versions == 0, "nor read"


def test_a_hold_of_somebody_else_stays(archive: Archive) -> None:
    damaged = archive.secure(b"evidence", stored=b"evidenzz")
    archive.reader().read_due()
    with archive.catalog.writing() as session:
        (own,) = system_holds.standing(session, damaged)
        own.authority = "人民法院"
        session.add(own)
    archive.repairer(archive.replica({damaged: b"evidence"})).repair(damaged)
    (hold,) = archive.holds()
    assert hold.released_at is None


def _versions(archive: Archive, key: str) -> list[object]:
    return list(archive.store.list_references(Bucket.ORIGINALS, key))


def test_the_folder_of_a_replica_is_never_made(tmp_path: Path) -> None:
    from api.engine_settings import ReplicaSettings
    from api.engines import replica_of

    with pytest.raises(StoreUnavailable):
        replica_of(ReplicaSettings(engine="file", folder=tmp_path / "nowhere")).open()
    assert not (tmp_path / "nowhere").exists()
