"""Each attack, done as somebody with that access would do it, is found and named: one test each, on both scales."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, text
from sqlmodel import SQLModel, col
from sqlmodel import select as select_rows

from api.runtime import Runtime
from api.verifying.copies import copies_in
from api.verifying.model import Code, Part, Tallies, Weight
from api.verifying.run import Beside, Scope, Verifier
from catalog.canonical import row_digest
from catalog.custody import note
from catalog.custody.leaf import leaf_hash
from catalog.custody.note import Checkpoint, SignerKey
from catalog.engine import Catalog, sqlite_url
from catalog.repositories import custody, custody_log, promises
from catalog.tables import CustodyEvent, CustodyLeaf
from catalog.types import new_id
from retention.fixity_repair import Replica
from retention.holds import HoldOrder
from storage.local import LocalStore
from storage.model import Bucket, VersionReference
from tests.api.verifying.conftest import House
from tests.store_attacker import BucketAttacker, DiskAttacker, StoreAttacker


@pytest.fixture
def store_attacker(house: House, request: pytest.FixtureRequest) -> StoreAttacker:
    if isinstance(house.runtime.store, LocalStore):
        return DiskAttacker(house.runtime.store)
    settings = request.getfixturevalue("real").store
    return BucketAttacker(request.getfixturevalue("s3_client"), settings, house.runtime.store)


def original(house: House) -> promises.Promise:
    with house.runtime.catalog.reading() as session:
        (found,) = promises.of(session, house.recordings[:1])
    return found


# --- the store ------------------------------------------------------------------------------------------------------


def test_one_byte_in_an_object(house: House, store_attacker: StoreAttacker) -> None:
    promise = original(house)
    store_attacker.flip(promise.serving, promise.size // 2)
    found = house.findings()
    if isinstance(house.runtime.store, LocalStore):
        assert set(found) == {Code.BYTES_DIFFER}
        told = found[Code.BYTES_DIFFER]
        assert (told["version"], told["first"], told["last"]) == (str(promise.serving), 0, promise.size - 1)
    else:  # bytes of a version cannot be changed there: another version lies in its place
        assert set(found) == {Code.VERSION_MISSING, Code.LOCK_GONE}
        assert found[Code.VERSION_MISSING]["version"] == str(promise.serving)


@pytest.mark.parametrize("house", ["embedded"], indirect=True)
def test_one_byte_in_an_object_with_a_whole_copy_beside(
    house: House, store_attacker: StoreAttacker, tmp_path: Path
) -> None:
    """The bytes of a version in S3 cannot be changed."""
    assert isinstance(house.runtime.store, LocalStore)
    promise = original(house)
    whole = b"".join(house.runtime.store.read(promise.serving))
    store_attacker.flip(promise.serving, 1234)
    replica = LocalStore(tmp_path / "replica")
    with replica.upload(Bucket.ORIGINALS, promise.serving.key) as upload:
        upload.write(whole)
        upload.complete()
    beside = Beside(copies_in(Replica("the replica", lambda: replica)))
    verifier = Verifier(house.runtime.catalog, house.runtime.store, Tallies(), beside, now=house.clock())
    (finding,) = list(verifier.run(Scope()))
    assert (finding.code, finding.facts["first"], finding.facts["last"]) == (Code.BYTES_DIFFER_AT, 1234, 1234)


@pytest.mark.parametrize("house", ["embedded"], indirect=True)
@pytest.mark.parametrize(("cut", "code"), [(-7, Code.BYTES_MISSING), (7, Code.BYTES_ADDED)])
def test_an_object_cut_short_or_made_longer(house: House, cut: int, code: Code) -> None:
    """The size of a version in S3 cannot be changed."""
    assert isinstance(house.runtime.store, LocalStore)
    promise = original(house)
    path = house.runtime.store.local_path(promise.serving)
    path.chmod(0o600)
    content = path.read_bytes()
    path.write_bytes(content[:cut] if cut < 0 else content + b"x" * cut)
    found = house.findings()
    first = promise.size + min(cut, 0)
    assert (found[code]["first"], found[code]["last"]) == (first, first + 6)


def test_a_version_deleted_behind_our_back(house: House, store_attacker: StoreAttacker) -> None:
    promise = original(house)
    store_attacker.remove(promise.serving)
    found = house.findings()
    assert set(found) == {Code.VERSION_MISSING, Code.LOCK_GONE}
    assert found[Code.VERSION_MISSING]["version"] == str(promise.serving)


def test_a_lock_shortened(house: House, store_attacker: StoreAttacker) -> None:
    promise = original(house)
    until = house.clock() + timedelta(days=2)
    store_attacker.shorten(promise.serving, until)
    found = house.findings()
    assert set(found) == {Code.LOCK_SHORTER}
    told = found[Code.LOCK_SHORTER]
    assert told["version"] == str(promise.serving)
    assert abs(told["found"] - until) < timedelta(seconds=2)
    assert told["promised"] > until + timedelta(days=30)


def test_a_lock_shortened_and_the_recording_made_to_fit(house: House, store_attacker: StoreAttacker) -> None:
    promise = original(house)
    until = house.clock() + timedelta(days=2)
    store_attacker.shorten(promise.serving, until)
    house.attacker.change("recording", promise.recording_id, locked_until=until)
    found = house.findings()
    assert found[Code.LOCK_SHORTER]["said_by"] == "receipt"
    assert found[Code.ROW_COLUMNS_CHANGED]["columns"] == "locked_until"


# --- the catalog ----------------------------------------------------------------------------------------------------


def test_a_row_changed_is_told_by_its_column(house: House) -> None:
    house.attacker.change("recording", house.recordings[1], officer_code="999999")
    found = house.findings()
    assert set(found) == {Code.ROW_COLUMNS_CHANGED, Code.MANIFEST_DIFFERS}
    told = found[Code.ROW_COLUMNS_CHANGED]
    assert (told["table"], told["row"], told["columns"]) == ("recording", str(house.recordings[1]), "officer_code")
    assert found[Code.MANIFEST_DIFFERS]["columns"] == f"recording/{house.recordings[1]}.officer_code"


def test_only_what_is_asked_for_is_told(house: House) -> None:
    house.attacker.change("recording", house.recordings[1], officer_code="999999")
    assert house.findings(Scope(recording_id=house.recordings[0])) == {}
    assert Code.ROW_COLUMNS_CHANGED in house.findings(Scope(recording_id=house.recordings[1]))


# --- the log --------------------------------------------------------------------------------------------------------


def events(house: House) -> list[tuple[int, UUID]]:
    with house.runtime.catalog.reading() as session:
        rows = session.connection().execute(text("SELECT position, event_id FROM custody_leaf ORDER BY position"))
        return [(position, UUID(str(event_id))) for position, event_id in rows]


def test_an_event_changed(house: House) -> None:
    position, event_id = events(house)[2]
    house.attacker.change("custody_event", event_id, actor="somebody else")
    found = house.findings()
    assert set(found) == {Code.EVENT_CHANGED}
    assert (found[Code.EVENT_CHANGED]["position"], found[Code.EVENT_CHANGED]["event"]) == (position, str(event_id))


def test_an_event_changed_and_its_leaf_made_to_fit(house: House) -> None:
    position, event_id = events(house)[2]
    house.attacker.change("custody_event", event_id, actor="somebody else")
    refit(house, event_id, position)
    found = house.findings()
    assert set(found) == {Code.EVENT_REPLACED, Code.CHECKPOINT_ROOT_DIFFERS}
    told = found[Code.EVENT_REPLACED]
    assert (told["position"], told["event"], told["columns"]) == (position, str(event_id), "actor")


def refit(house: House, event_id: UUID, position: int) -> None:
    table = CustodyEvent.__table__  # type: ignore[attr-defined]
    with house.runtime.catalog.reading() as session:
        row = session.connection().execute(select(table).where(table.c.id == event_id)).mappings().one()
        found = leaf_hash({column.name: row[column.name] for column in table.columns})
    leaves = CustodyLeaf.__table__  # type: ignore[attr-defined]
    house.attacker.execute("custody_leaf", leaves.update().where(leaves.c.position == position).values(leaf_hash=found))


def test_an_event_removed(house: House) -> None:
    position, event_id = events(house)[3]
    house.attacker.remove("custody_event", event_id)
    found = house.findings()
    assert (found[Code.EVENT_REMOVED]["position"], found[Code.EVENT_REMOVED]["event"]) == (position, str(event_id))


def test_an_event_removed_and_the_gap_closed(house: House) -> None:
    house.look(3)
    house.sign()
    last, event_id = events(house)[-2]
    house.attacker.remove("custody_event", event_id)
    leaves = CustodyLeaf.__table__  # type: ignore[attr-defined]
    house.attacker.execute("custody_leaf", leaves.delete().where(leaves.c.position == last))
    house.attacker.execute("custody_leaf", leaves.update().where(leaves.c.position == last + 1).values(position=last))
    found = house.findings()
    told = found[Code.EVENT_CUT_OUT]
    assert (told["position"], told["event"], told["action"]) == (last, str(event_id), "viewed")
    assert Code.CHECKPOINT_AHEAD in found
    assert Code.EVENTS_REORDERED not in found


def test_events_reordered(house: House) -> None:
    (one, first), (other, second) = events(house)[1], events(house)[4]
    leaves = CustodyLeaf.__table__  # type: ignore[attr-defined]
    with house.runtime.catalog.reading() as session:
        hashes = {position: found for position, _id, found in _leaves(session)}
    for position in (one, other):
        house.attacker.execute("custody_leaf", leaves.delete().where(leaves.c.position == position))
    house.attacker.insert("custody_leaf", position=one, event_id=second, leaf_hash=hashes[other])
    house.attacker.insert("custody_leaf", position=other, event_id=first, leaf_hash=hashes[one])
    found = house.findings()
    assert Code.CHECKPOINT_ROOT_DIFFERS in found
    told = found[Code.EVENTS_REORDERED]
    assert (told["first"], told["last"]) == (one, other)
    assert (told["event"], told["was"]) == (str(second), other)


def _leaves(session: Any) -> Iterator[tuple[int, UUID, bytes]]:
    from catalog.custody import log

    return log.leaves(session, 0, 10**9)


def test_an_event_inserted(house: House) -> None:
    """Past the trigger that has it wait: it stands in no order, and nothing signs it."""
    event_id = _insert(house)
    pending = custody_pending()
    house.attacker.execute("custody_pending", pending.delete().where(pending.c.event_id == event_id))
    found = house.findings()
    assert set(found) == {Code.EVENT_UNPLACED}
    assert found[Code.EVENT_UNPLACED]["event"] == str(event_id)


def custody_pending() -> Any:
    from catalog.tables import CustodyPending

    return CustodyPending.__table__  # type: ignore[attr-defined]


def test_an_event_inserted_into_what_was_signed(house: House) -> None:
    event_id = _insert(house)
    pending = custody_pending()
    house.attacker.execute("custody_pending", pending.delete().where(pending.c.event_id == event_id))
    leaves = CustodyLeaf.__table__  # type: ignore[attr-defined]
    standing = events(house)
    for position, _id in reversed(standing[2:]):
        house.attacker.execute(
            "custody_leaf", leaves.update().where(leaves.c.position == position).values(position=position + 1)
        )
    house.attacker.insert("custody_leaf", position=2, event_id=event_id, leaf_hash=b"\x00" * 32)
    refit(house, event_id, 2)
    found = house.findings()
    told = found[Code.EVENT_PUT_IN]
    assert (told["position"], told["event"]) == (2, str(event_id))
    assert found[Code.CHECKPOINT_ROOT_DIFFERS]["first"] == 0


def _insert(house: House) -> UUID:
    event_id = new_id()
    house.attacker.insert(
        "custody_event",
        id=event_id,
        at=house.clock(),
        actor="li",
        action="viewed",
        subject_kind="recording",
        subject_id=house.recordings[0],
        result="done",
        details={},
    )
    return event_id


def test_an_event_removed_while_it_waits(house: House) -> None:
    house.look()
    with house.runtime.catalog.reading() as session:
        (waiting,) = custody_log.waiting(session, at_most=5)[-1:]
    house.attacker.remove("custody_event", waiting.row["id"])
    found = house.findings()
    assert set(found) == {Code.EVENT_REMOVED_WAITING}
    assert found[Code.EVENT_REMOVED_WAITING]["event"] == str(waiting.row["id"])


# --- what was signed ------------------------------------------------------------------------------------------------


def stranger(name: str) -> SignerKey:
    return SignerKey(name, Ed25519PrivateKey.generate())


def test_a_checkpoint_rewritten(house: House) -> None:
    """Over a log that suits, with a key of one's own: all that the catalog alone can be made to say."""
    with house.runtime.catalog.reading() as session:
        row = custody_log.checkpoints(session)[0]
        name = custody_log.keys(session)[0].name
    root = b"\x07" * 32
    signed = note.sign(Checkpoint(name, row.size, root).text(), stranger(name))
    house.attacker.change("custody_checkpoint", row.id, root=root, note=signed)
    found = house.findings()
    assert set(found) == {Code.CHECKPOINT_NOT_SIGNED, Code.CHECKPOINT_OBJECT_DIFFERS}
    assert found[Code.CHECKPOINT_NOT_SIGNED]["checkpoint"] == str(row.id)


def test_the_row_of_a_checkpoint_rewritten(house: House) -> None:
    with house.runtime.catalog.reading() as session:
        row = custody_log.checkpoints(session)[0]
    house.attacker.change("custody_checkpoint", row.id, root=b"\x07" * 32)
    found = house.findings()
    assert set(found) == {Code.CHECKPOINT_ROW_DIFFERS}
    assert found[Code.CHECKPOINT_ROW_DIFFERS]["columns"] == "root"


def test_a_checkpoint_removed_from_the_catalog_with_what_it_covers(house: House) -> None:
    house.look(2)
    house.sign()
    with house.runtime.catalog.reading() as session:
        *_, before, last = custody_log.checkpoints(session)
    leaves = CustodyLeaf.__table__  # type: ignore[attr-defined]
    for position, event_id in events(house)[before.size :]:
        house.attacker.execute("custody_leaf", leaves.delete().where(leaves.c.position == position))
        house.attacker.remove("custody_event", event_id)
    house.attacker.remove("custody_checkpoint", last.id)
    found = house.findings()
    assert found[Code.CHECKPOINT_UNKNOWN]["size"] == last.size
    assert found[Code.CHECKPOINT_UNKNOWN]["object"] == str(
        VersionReference(Bucket.CUSTODY, last.object_key, last.object_version)
    )


def test_a_checkpoint_deleted_from_the_store(house: House, store_attacker: StoreAttacker) -> None:
    with house.runtime.catalog.reading() as session:
        row = custody_log.checkpoints(session)[0]
    store_attacker.remove(VersionReference(Bucket.CUSTODY, row.object_key, row.object_version))
    found = house.findings()
    assert set(found) == {Code.CHECKPOINT_OBJECT_MISSING}
    assert found[Code.CHECKPOINT_OBJECT_MISSING]["checkpoint"] == str(row.id)


def test_the_clock_set_back(house: House) -> None:
    house.clock.ahead = -timedelta(hours=3)
    house.look(2)
    house.sign()
    house.clock.ahead = timedelta()
    house.look()
    house.sign()
    found = house.findings()
    told = found[Code.CLOCK_BACK]
    assert 3 * 3600 - 60 <= told["seconds"] <= 3 * 3600 + 600
    assert told["last"] - told["first"] >= 1
    assert Code.CHECKPOINT_TIME_BACK in found
    assert Code.CHECKPOINT_TIME_DIFFERS in found  # by the clock of the store


def test_the_catalog_restored_from_yesterdays_backup(house: House, tmp_path: Path) -> None:
    backup = _backup(house, tmp_path)
    house.look(3)
    house.sign()
    found = _verified_with(house, backup)
    assert Code.CHECKPOINT_UNKNOWN in found
    with house.runtime.catalog.reading() as session:
        assert found[Code.CHECKPOINT_UNKNOWN]["size"] == custody_log.checkpoints(session)[-1].size


def test_a_restored_catalog_that_lived_on(house: House, tmp_path: Path) -> None:
    """It has as many events again, but others: it signs nothing any more, and what it holds is not what was signed."""
    backup = _backup(house, tmp_path)
    house.look(3)
    house.sign()
    catalog = Catalog(backup)
    restored = House(_with(house.runtime, catalog), house.clock, tmp_path, house.recordings)
    restored.look(9)
    restored.runtime.custody.sequencer().run()
    catalog.close()
    assert Code.CHECKPOINT_UNKNOWN in _verified_with(house, backup)


def _with(runtime: Runtime, catalog: Catalog) -> Runtime:
    from dataclasses import replace

    return replace(runtime, catalog=catalog)


def _backup(house: House, folder: Path) -> Any:
    catalog = house.runtime.catalog
    if catalog.is_sqlite:
        path = folder / "backup.sqlite3"
        with sqlite3.connect(str(catalog.engine.url.database)) as live, sqlite3.connect(path) as copy:
            live.backup(copy)
        return sqlite_url(path)
    name = f"{catalog.engine.url.database}_backup"
    catalog.engine.dispose()
    from sqlalchemy import create_engine

    server = create_engine(catalog.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{catalog.engine.url.database}"'))
    server.dispose()
    return catalog.engine.url.set(database=name)


def _verified_with(house: House, backup: Any) -> dict[Code, dict[str, Any]]:
    catalog = Catalog(backup)
    try:
        verifier = Verifier(catalog, house.runtime.store, Tallies(), Beside(), now=house.clock())
        return {each.code: dict(each.facts) for each in verifier.run(Scope())}
    finally:
        catalog.close()


def test_the_key_swapped(house: House) -> None:
    """Somebody makes a key of their own the first one, and signs with it all that the catalog knows of."""
    with house.runtime.catalog.reading() as session:
        (key,) = custody_log.keys(session)
        rows = custody_log.checkpoints(session)
    theirs = stranger(key.name)
    house.attacker.change("custody_key", key.id, public_key=theirs.verifier.public_key)
    for row in rows:
        signed = note.sign(Checkpoint(key.name, row.size, row.root).text(), theirs)
        house.attacker.change("custody_checkpoint", row.id, note=signed)
    found = house.findings()
    assert {Code.KEY_CHANGED, Code.KEY_NOT_IN_STORE, Code.KEY_OUTSIDE, Code.CHECKPOINT_OBJECT_DIFFERS} <= set(found)
    assert found[Code.KEY_NOT_IN_STORE]["key"] == str(theirs.verifier)


def test_the_key_of_the_machine_swapped(house: House) -> None:
    from catalog.custody.key_files import key_text

    path = house.runtime.custody.key_ring().place.path
    theirs = stranger("zhilu/other")
    path.write_text(key_text(theirs))
    found = house.findings()
    assert set(found) == {Code.KEY_OUTSIDE}
    assert found[Code.KEY_OUTSIDE]["key"] == str(theirs.verifier)


def test_a_second_key_slipped_in(house: House) -> None:
    """One that the key before it never introduced."""
    theirs = stranger("zhilu/other")
    house.attacker.insert(
        "custody_key",
        id=new_id(),
        ordinal=1,
        name="zhilu/other",
        public_key=theirs.verifier.public_key,
        made_at=house.clock(),
        introduced_by=None,
    )
    found = house.findings()
    assert Code.KEY_NOT_INTRODUCED in found
    assert found[Code.KEY_NOT_INTRODUCED]["key"] == str(theirs.verifier)


# --- what could not be checked --------------------------------------------------------------------------------------


@pytest.mark.parametrize("house", ["embedded"], indirect=True)
def test_what_could_not_be_checked_never_passes(house: House) -> None:
    assert isinstance(house.runtime.store, LocalStore)
    promise = original(house)
    path = house.runtime.store.local_path(promise.serving)
    path.chmod(0o600)
    path.unlink()
    path.mkdir()  # what is no file cannot be read, even by root
    found, tallies = house.verify()
    assert {each.weight for each in found if each.part is Part.CONTENTS} == {Weight.UNCHECKED}
    assert not tallies.passed
    assert (tallies[Part.CONTENTS].checked, tallies[Part.CONTENTS].of) == (2, 3)


# --- what is asked for narrowly -------------------------------------------------------------------------------------


def _look_of(house: House, number: int = 0) -> CustodyEvent:
    house.look()
    house.sign()
    with house.runtime.catalog.reading() as session:
        looks = [each for each in custody.of_subject(session, house.recordings[number]) if each.action == "viewed"]
        session.expunge_all()
    return looks[-1]


def test_an_event_given_to_another_subject_is_found_where_one_recording_is_asked_for(house: House) -> None:
    look = _look_of(house)
    house.attacker.change("custody_event", look.id, subject_id=new_id())
    found = house.findings(Scope(recording_id=house.recordings[0]))
    assert found[Code.EVENT_CHANGED]["event"] == str(look.id)


def test_an_event_changed_and_dated_back_is_found_since_a_later_time(house: House) -> None:
    look = _look_of(house)
    house.attacker.change("custody_event", look.id, actor="wang", at=house.clock() - timedelta(minutes=5))
    found = house.findings(Scope(since=house.clock() - timedelta(minutes=4), contents=False))
    assert found[Code.EVENT_CHANGED]["event"] == str(look.id)


def test_a_row_changed_with_its_old_seal_is_found_since_a_later_time(house: House) -> None:
    table = SQLModel.metadata.tables["recording"]
    house.attacker.change("recording", house.recordings[1], officer_code="999999")
    name = f"recording/{house.recordings[1]}"
    with house.runtime.catalog.reading() as session:
        row = session.connection().execute(select(table).where(table.c.id == house.recordings[1])).mappings().one()
        sealing = [
            each
            for each in session.exec(
                select_rows(CustodyEvent).order_by(col(CustodyEvent.at), col(CustodyEvent.id))
            ).all()
            if name in (each.seals or {})
        ][-1]
        seals = {**(sealing.seals or {}), name: row_digest(dict(row))}
        event_id = sealing.id
    house.attacker.change("custody_event", event_id, seals=seals)
    found = house.findings(Scope(since=house.clock(), contents=False))
    assert found[Code.EVENT_CHANGED]["event"] == str(event_id)


# --- holds ----------------------------------------------------------------------------------------------------------


def test_a_hold_lifted_in_the_store_is_not_excused_by_a_job_that_failed(house: House) -> None:
    order = HoldOrder(authority="法院", document="1", reason="诉讼", recordings=[str(house.recordings[0])])
    house.runtime.retention.hold_desk().place(order)
    house.work()
    house.runtime.store.lift_hold(original(house).serving)
    house.attacker.execute("job", text("UPDATE job SET state = 'failed' WHERE kind = 'hold'"))
    assert Code.HOLD_MISSING in house.findings()
