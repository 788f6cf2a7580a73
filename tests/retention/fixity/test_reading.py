"""Reading stored bytes again: what is damaged is found and held, and a store that is away is nobody's mismatch."""

import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from minio import Minio
from sqlmodel import select

from catalog.repositories import fixity, recordings
from catalog.tables import FixityState, Job
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind
from retention.fixity import FixityRound
from retention.fixity_plan import due_before
from storage.local import LocalStore
from storage.s3 import S3Store
from tests.retention.fixity.conftest import DAY, STORED_AT, Archive, remove

MIB = 1024 * 1024


def outcomes(found: FixityRound) -> dict[str, int]:
    return {outcome.value: count for outcome, count in found.outcomes.items() if count}


def test_every_version_is_read_oldest_first_and_one_event_tells_of_the_batch(archive: Archive) -> None:
    ids = [archive.secure(b"%d" % number, secured_at=STORED_AT - number * DAY) for number in range(3)]
    found = archive.reader().read_due()
    assert (found.versions, outcomes(found), found.bytes_read, found.paused) == (3, {"intact": 3}, 3, None)
    assert [check.recording_id for check in archive.checks()] == ids[::-1]
    (event,) = archive.events(CustodyAction.FIXITY_CHECKED)
    assert event.details["versions"] == 3
    assert {key.partition("/")[0] for key in event.seals or {}} == {"fixity_check"}
    assert archive.reader().read_due().versions == 0, "what was just read is not due"


def test_two_workers_that_list_the_same_versions_at_once_list_each_once(archive: Archive) -> None:
    made = {archive.secure(b"%d" % number) for number in range(3)}
    listing = threading.Event()

    def list_too() -> None:
        listing.set()
        archive.catalog.write(fixity.take_up)

    with ThreadPoolExecutor() as others:
        with archive.catalog.writing() as session:
            fixity.take_up(session)
            other = others.submit(list_too)
            assert listing.wait(30)
            wait([other], timeout=0.5)  # it meets what is listed and not yet committed
        other.result(timeout=30)
    with archive.catalog.reading() as session:
        assert Counter(state.recording_id for state in session.exec(select(FixityState)).all()) == Counter(made)


def test_what_was_stored_lately_is_not_due_and_is_read_when_all_is_asked_for(archive: Archive) -> None:
    archive.secure(b"x", secured_at=archive.now - DAY)
    assert archive.reader().read_due().versions == 0
    assert archive.reader().read(archive.clock()).versions == 1


@pytest.mark.parametrize(
    "stored", [b"sOmething", b"some", b"something and more"], ids=["flipped", "truncated", "longer"]
)
def test_bytes_that_differ_alarm_and_hold_the_recording(archive: Archive, stored: bytes) -> None:
    archive.secure(b"sound")
    damaged = archive.secure(b"something", stored=stored)
    found = archive.reader().read_due()
    assert outcomes(found) == {"intact": 1, "differs": 1}
    (event,) = archive.events(CustodyAction.FIXITY_FAILED)
    assert (event.subject_id, event.details["outcome"]) == (damaged, "differs")
    (hold,) = archive.holds()
    assert (hold.authority, hold.placed_by, hold.released_at) == ("zhilu", "zhilu", None)
    with archive.catalog.reading() as session:
        (job,) = session.exec(select(Job).where(Job.kind == JobKind.HOLD)).all()
        assert job.recording_id == damaged
        assert fixity.damaged(session, at_most=9) == [damaged]
    archive.now += 80 * DAY
    archive.reader().read_due()
    assert len(archive.holds()) == 1, "it is held already"


def test_a_byte_flipped_on_the_disk_is_found(embedded: Archive) -> None:
    damaged = embedded.secure(b"x" * (3 * MIB))
    assert isinstance(embedded.store, LocalStore)
    path = embedded.store.local_path(embedded.original(damaged))
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(2 * MIB)
        file.write(b"y")
    assert outcomes(embedded.reader().read_due()) == {"differs": 1}


def test_a_version_that_was_removed_is_missing(archive: Archive, request: pytest.FixtureRequest) -> None:
    archive.secure(b"another")
    gone = archive.secure(b"gone")
    client: Minio | None = request.getfixturevalue("s3_client") if isinstance(archive.store, S3Store) else None
    remove(archive, gone, client)
    assert outcomes(archive.reader().read_due()) == {"intact": 1, "missing": 1}
    assert len(archive.holds()) == 1


def test_a_folder_that_is_not_mounted_any_more_pauses_the_round_and_is_nobodys_mismatch(embedded: Archive) -> None:
    for number in range(4):
        embedded.secure(b"%d" % number)
    objects = embedded.folder / "objects" / "objects"
    away = embedded.folder / "away"

    def after_two(_seconds: float) -> bool:
        rests.append(1)
        if len(rests) == 2:
            objects.rename(away)
            objects.mkdir()
        return False

    rests: list[int] = []
    found = embedded.reader(rest=after_two).read_due()
    assert found.paused is not None
    assert outcomes(found) == {"intact": 2}
    assert embedded.holds() == []
    objects.rmdir()
    away.rename(objects)
    assert outcomes(embedded.reader().read_due()) == {"intact": 2}, "what was read is not read again"


def test_a_store_that_does_not_answer_pauses_the_round(archive: Archive) -> None:
    archive.secure(b"x")
    archive.secure(b"y")
    if isinstance(archive.store, S3Store):
        archive.store = S3Store(archive.store._settings.model_copy(update={"endpoint": "127.0.0.1:1"}))
    else:
        archive.store = LocalStore(archive.folder / "another, which holds nothing")
    found = archive.reader().read_due()
    assert found.paused is not None
    assert archive.checks() == []
    assert archive.holds() == []


def test_killed_between_reading_and_the_commit_all_of_it_is_read_again(embedded: Archive) -> None:
    for number in range(3):
        embedded.secure(b"%d" % number)
    database = embedded.catalog.engine.url.database
    command = [sys.executable, "-m", "tests.retention.fixity.killed_reader", str(database)]
    killed = subprocess.run(
        [*command, str(embedded.folder / "objects"), str(embedded.now.timestamp())], check=False, timeout=120
    )
    assert killed.returncode == -9
    assert embedded.checks() == []
    assert embedded.reader().read_due().versions == 0, "its lease stands"
    embedded.now += fixity.LEASE
    assert outcomes(embedded.reader().read_due()) == {"intact": 3}
    assert len(embedded.checks()) == 3


def test_two_machines_share_the_work_and_do_nothing_twice(archive: Archive) -> None:
    ids = {archive.secure(b"%d" % number) for number in range(6)}
    other = archive.reader(identity="two")
    helped: list[FixityRound] = []

    def meanwhile(_seconds: float) -> bool:
        if not helped:
            helped.append(FixityRound())
            helped[0] = other.read(due_before(archive.settings, archive.now), at_most=4)
        return False

    mine = archive.reader(rest=meanwhile).read(due_before(archive.settings, archive.now), at_most=2)
    assert (mine.versions, helped[0].versions) == (2, 4)
    assert {check.recording_id for check in archive.checks()} == ids
    assert len(archive.checks()) == 6


def test_no_more_is_read_than_the_budget_allows(embedded: Archive) -> None:
    for number in range(3):
        embedded.secure(bytes([number]) * (2 * MIB))
    embedded.settings = embedded.settings.model_copy(update={"mib_per_second": 0.5})
    seconds = 0.0

    def rest(asked: float) -> bool:
        nonlocal seconds
        seconds += asked
        return False

    found = embedded.reader(rest=rest, seconds=lambda: seconds).read_due()
    assert found.bytes_read == 6 * MIB
    assert seconds == pytest.approx(12.0)


def test_who_wants_to_stop_keeps_what_was_read_and_leaves_the_rest_to_others(embedded: Archive) -> None:
    for number in range(3):
        embedded.secure(b"%d" % number)
    rests: list[float] = []

    def rest(asked: float) -> bool:
        rests.append(asked)
        return len(rests) == 2

    found = embedded.reader(rest=rest).read_due()
    assert (found.versions, found.paused) == (1, "stopped")
    assert embedded.reader(identity="two").read_due().versions == 2


def test_nothing_on_record_is_not_complete_and_all_versions_count(archive: Archive) -> None:
    def coverage() -> fixity.Coverage:
        with archive.catalog.reading() as session:
            return fixity.coverage(
                session,
                window_began=archive.now - timedelta(days=90),
                due_before=due_before(archive.settings, archive.now),
            )

    assert (coverage().versions, coverage().checked, coverage().oldest) == (0, 0, None)
    old, damaged = archive.secure(b"old"), archive.secure(b"bad", stored=b"dab")
    assert (coverage().versions, coverage().checked, coverage().never) == (2, 0, 2), "also before anybody listed them"
    archive.reader(replica=archive.replica({damaged: b"bad"})).read_due()
    found = coverage()
    assert (found.versions, found.checked, found.never, found.damaged, found.replaced) == (3, 3, 0, 0, 1)
    archive.now += 91 * DAY
    assert (coverage().checked, coverage().overdue) == (0, 3)
    with archive.catalog.writing() as session:
        recordings.get(session, old).disposed_at = archive.now
    archive.catalog.write(fixity.take_up)
    assert coverage().versions == 2
    assert [hold.released_by for hold in archive.holds()] == ["zhilu"]


def test_what_the_store_cannot_give_is_unreadable_and_no_mismatch(embedded: Archive) -> None:
    embedded.secure(b"fine")
    unreadable = embedded.secure(b"x" * 10)
    assert isinstance(embedded.store, LocalStore)
    path = embedded.store.local_path(embedded.original(unreadable))
    path.parent.chmod(0o755)
    path.unlink()
    path.mkdir()  # opens, and cannot be read: what a disk with bad blocks answers, too, is an error of the system
    found = embedded.reader().read_due()
    assert outcomes(found) == {"intact": 1, "unreadable": 1}
    assert embedded.holds() == []
    path.rmdir()
