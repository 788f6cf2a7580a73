"""Receipts: what was secured as which version, read back when, under which lock, as the store itself reported it."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from catalog.repositories import receipts
from ingest.intake import IntakeDesk
from ingest.intake_record import Intake, origin
from ingest.naming import DeviceRegister, identify, load_patterns
from storage.errors import VersionLocked
from storage.local import LocalStore
from storage.metadata import METADATA_BYTES_AT_MOST, check_metadata
from storage.model import Bucket, StoredVersion, VersionReference
from tests.conftest import Home, OpenHome, real_clock

from .conftest import receipts_of, sha256, sightings_of


@pytest.fixture
def recording(card: Path) -> Path:
    path = card / "a.mp4"
    path.write_bytes(b"content")
    return path


def fresh(home: Home) -> IntakeDesk:
    return IntakeDesk(home.catalog, home.securer, load_patterns([]), fresh_receipts=True)


def test_a_secured_file_has_a_receipt_of_what_the_store_reports(home: Home, recording: Path) -> None:
    before = real_clock()
    (result,) = home.take(recording)
    (receipt,) = receipts_of(home)
    (stored,) = home.store.list_versions(Bucket.ORIGINALS)
    assert result.receipt_id == receipt.id
    assert result.receipt is not None
    assert result.receipt.fresh
    assert (receipt.recording_id, receipt.sha256, receipt.size) == (result.recording_id, sha256(b"content"), 7)
    assert (receipt.source, receipt.path_bytes, receipt.path) == (str(recording.parent), b"a.mp4", str(recording))
    assert receipt.modified_ns == recording.stat().st_mtime_ns
    assert (receipt.object_key, receipt.object_version) == (stored.reference.key, stored.reference.version_id)
    assert stored.lock is not None
    assert (receipt.lock_mode, receipt.locked_until) == (stored.lock.mode, stored.lock.retain_until)
    assert before <= receipt.read_back_at <= receipt.made_at <= real_clock()


def test_a_file_seen_again_unchanged_keeps_its_receipt(home: Home, recording: Path) -> None:
    (first,) = home.take(recording)
    (second,) = home.take(recording)
    assert (second.outcome, second.receipt_id) == ("duplicate", first.receipt_id)
    assert second.receipt is not None
    assert not second.receipt.fresh
    assert len(receipts_of(home)) == 1


def test_where_somebody_may_erase_each_look_makes_a_receipt(home: Home, recording: Path) -> None:
    results = [result for _ in range(3) for result in fresh(home).take_all([bytes(recording)], actor="tests")]
    assert [result.outcome for result in results] == ["secured", "duplicate", "duplicate"]
    assert all(result.receipt is not None and result.receipt.fresh for result in results)
    assert {result.receipt_id for result in results} == {receipt.id for receipt in receipts_of(home)}
    assert len(receipts_of(home)) == 3
    assert [sighting.times_seen for sighting in sightings_of(home)] == [3]


@pytest.mark.parametrize(
    "change",
    [lambda path: os.utime(path, ns=(0, 1)), lambda path: path.rename(path.with_name("b.mp4"))],
    ids=["another time", "another name"],
)
def test_another_file_of_the_same_content_has_a_receipt_of_its_own(
    home: Home, recording: Path, change: Callable[[Path], object]
) -> None:
    home.take(recording)
    change(recording)
    (second,) = home.take(recording.parent)
    assert second.outcome == "duplicate"
    assert second.receipt is not None
    assert second.receipt.fresh
    first, later = receipts_of(home)
    assert (first.recording_id, first.object_version) == (later.recording_id, later.object_version)


def test_the_receipt_of_a_known_content_tells_the_lock_as_it_is_by_now(home: Home, recording: Path) -> None:
    home.take(recording)
    (stored,) = home.store.list_versions(Bucket.ORIGINALS)
    assert stored.lock is not None
    longer = type(stored.lock)(stored.lock.mode, stored.lock.retain_until + timedelta(days=1000))
    home.store.extend_lock(stored.reference, longer)
    list(fresh(home).take_all([bytes(recording)], actor="tests"))
    assert [receipt.locked_until for receipt in receipts_of(home)] == [stored.lock.retain_until, longer.retain_until]


class HeldOnly(LocalStore):
    """A store in which versions carry a hold and no lock."""

    def head(self, reference: VersionReference) -> StoredVersion:
        stored = super().head(reference)
        return StoredVersion(stored.reference, stored.size, stored.stored_at, None, held=True)


def test_what_is_held_without_a_lock_has_no_receipt(open_home: OpenHome, recording: Path) -> None:
    home = open_home()
    home.take(recording)
    held = open_home(store=HeldOnly(home.folder / "objects"))
    (result,) = fresh(held).take_all([bytes(recording)], actor="tests")
    assert (result.outcome, result.receipt) == ("duplicate", None)
    assert len(receipts_of(home)) == 1


def test_receipts_are_append_only(home: Home, recording: Path) -> None:
    home.take(recording)
    for statement in ("UPDATE receipt SET locked_until = '2099-01-01'", "DELETE FROM receipt"):
        with pytest.raises(DBAPIError, match="append-only"), home.catalog.writing() as session:
            session.connection().execute(text(statement))
    assert len(receipts_of(home)) == 1


def test_the_receipt_names_a_version_that_cannot_be_deleted(home: Home, recording: Path) -> None:
    (result,) = home.take(recording)
    assert result.receipt is not None
    with home.catalog.reading() as session:
        row = receipts.get(session, result.receipt.id)
    assert row is not None
    with pytest.raises(VersionLocked):
        home.store.delete_version(VersionReference(Bucket.ORIGINALS, row.object_key, row.object_version))


# --- what travels with the bytes --------------------------------------------------------------------------------


def test_a_version_nobody_put_on_record_can_be_told(home: Home, card: Path) -> None:
    path = card / "执法 012345_1234567.mp4"
    path.write_bytes(b"content")
    home.take(path)
    (stored,) = home.store.list_versions(Bucket.ORIGINALS)
    assert unquote_to_bytes(stored.metadata["original-name"]) == os.fsencode(path.name)
    assert unquote_to_bytes(stored.metadata["source"]) == bytes(card) + b"/"


@given(st.binary(max_size=300), st.binary(max_size=600))
def test_any_name_travels(name: bytes, folder: bytes) -> None:
    name = name.replace(b"/", b"") or b"x"
    path = b"/" + folder + b"/" + name
    facts = identify(name, [], DeviceRegister())
    told = origin(Intake(path, "source", name, facts, "tests"))
    check_metadata(told)
    assert sum(len(key) + len(value) for key, value in told.items()) < METADATA_BYTES_AT_MOST
    assert all(len(value) <= 500 for value in told.values())
    assert name.startswith(unquote_to_bytes(told["original-name"]))
    assert (b"/" + folder + b"/").startswith(unquote_to_bytes(told["source"]))
