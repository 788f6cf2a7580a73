"""Renewal follows what was decided: exactly as long as the law says, on both engines; and nothing is left out."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from catalog.repositories import locks, schedules
from catalog.tables import (
    Classification,
    CustodyEvent,
    Disposal,
    DisposalItem,
    Recording,
    RetentionDecision,
    ScheduleVersion,
    StoredLock,
)
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.tables.disposals import DisposalState
from catalog.tables.retention import ActivationState, RetentionClass, RetentionOutcome
from ingest.held_as_recorded import differing
from ingest.reconcile_model import FindingKind, Tally
from retention.evaluation import Evaluator
from retention.holds import HoldDesk, HoldOrder
from retention.locks import LockSettings
from retention.renewal import LockRenewer, Renewal
from storage.model import Bucket, Lock, LockMode, VersionReference
from tests import rows
from tests.retention.catalogs import put_in_force
from tests.retention.fixity.conftest import (  # noqa: F401 - fixtures
    DAY,
    Archive,
    archive,
    bare_settings,
    embedded,
    migrated_postgresql,
    migrated_sqlite,
    s3_client,
    s3_server,
)

SETTINGS = LockSettings(first_days=92, days=366, renew_days_before=92)


def now_of(archive: Archive) -> datetime:  # noqa: F811
    """The store's clock is the real one: so is ours here."""
    from tests.conftest import real_clock

    archive.now = real_clock()
    return archive.now


def secured(archive: Archive, days: float) -> UUID:  # noqa: F811
    """A recording whose lock ends in so many days."""
    until = (now_of(archive) + DAY * days).replace(microsecond=0)
    row = rows.recording(secured_at=archive.now, locked_until=until)
    with archive.store.upload(Bucket.ORIGINALS, row.object_key, lock=Lock(LockMode.GOVERNANCE, until)) as upload:
        upload.write(b"x")
        row.object_version = upload.complete().reference.version_id
    with archive.catalog.writing() as session:
        rows.add(session, row)
    return row.id


SCHEDULE = """
id = "own"
version = "1"
name = { zh = "自定", en = "Own" }

[[rule]]
id = "general"
name = { zh = "一般", en = "All" }
keep = "2 years"
basis = { zh = "本机关规定", en = "Our own" }
verified = true

[[rule]]
id = "major"
name = { zh = "重大", en = "Major" }
keep = "permanent"
when = { class = ["major incident"] }
basis = { zh = "本机关规定", en = "Our own" }
verified = true
"""
ZONE = ZoneInfo("Asia/Shanghai")


def decided(
    archive: Archive,  # noqa: F811
    recording_id: UUID,
    *,
    days_left: int = 0,
    retention_class: RetentionClass = RetentionClass.ORDINARY,
) -> datetime | None:
    """A person has said what it is; the evaluation decides that it stays for so many days more. Returns the end."""
    with archive.catalog.writing() as session:
        if schedules.standing(session, ActivationState.IN_FORCE) is None:
            put_in_force(session, SCHEDULE, "1")
        row = session.get_one(Recording, recording_id)
        row.captured_at = row.captured_until = archive.now + DAY * (days_left - 731)
        session.add(row)
        if session.exec(select(Classification).where(Classification.recording_id == recording_id)).first() is None:
            session.add(
                Classification(
                    recording_id=recording_id,
                    retention_class=retention_class,
                    reason="r",
                    classified_by="li",
                    classified_at=archive.now,
                )
            )
    Evaluator(archive.catalog, zone=ZONE, clock=archive.clock).evaluate()
    with archive.catalog.reading() as session:
        return session.get_one(RetentionDecision, recording_id).expires_at


def held(archive: Archive, recording_id: UUID) -> None:  # noqa: F811
    order = HoldOrder(authority="court", document="7", reason="appeal", recordings=[str(recording_id)], cases=[])
    HoldDesk(archive.catalog, clock=archive.clock, actor="li", system_user={"uid": 7}).place(order)


def renew(archive: Archive) -> Renewal:  # noqa: F811
    return LockRenewer(archive.catalog, archive.store, SETTINGS, clock=archive.clock, zone=ZONE).renew()


def end_of(archive: Archive, recording_id: UUID) -> datetime:  # noqa: F811
    lock = archive.store.head(archive.original(recording_id)).lock
    assert lock is not None
    return lock.retain_until


def test_what_is_kept_is_locked_to_the_end_of_the_decision_and_no_longer(archive: Archive) -> None:  # noqa: F811
    kept = secured(archive, 92)
    until = decided(archive, kept, days_left=181)
    assert until is not None
    found = renew(archive)
    assert (found.due, found.renewed, found.failed) == (1, 1, 0)
    assert end_of(archive, kept) == until
    assert renew(archive).due == 0
    decided(archive, kept, days_left=91)
    assert renew(archive).due == 0, "a decision that moved to an earlier time shortens nothing"
    assert end_of(archive, kept) == until
    later = decided(archive, kept, days_left=211)
    assert renew(archive).renewed == 1
    assert end_of(archive, kept) == later


def test_what_is_expired_is_let_lapse_and_what_blocks_or_is_undecided_is_not(archive: Archive) -> None:  # noqa: F811
    expired, blocked, undecided, forever = (secured(archive, 10) for _ in range(4))
    before = end_of(archive, expired)
    for each in (expired, blocked):
        decided(archive, each, days_left=-10)
    held(archive, blocked)
    decided(archive, forever, retention_class=RetentionClass.MAJOR_INCIDENT)
    found = renew(archive)
    assert (found.recordings, found.due, found.renewed) == (4, 3, 3)
    assert end_of(archive, expired) == before
    assert end_of(archive, blocked) < archive.now + 93 * DAY
    assert end_of(archive, undecided) > archive.now + 365 * DAY
    assert end_of(archive, forever) > archive.now + 365 * DAY
    assert found.soonest is not None
    assert found.soonest > archive.now + 91 * DAY, "what may lapse is not the soonest"


def test_what_lapses_by_facts_too_is_not_due_in_its_last_days(archive: Archive) -> None:  # noqa: F811
    expired = secured(archive, 1)
    before = end_of(archive, expired)
    decided(archive, expired, days_left=-10)
    assert (renew(archive).due, end_of(archive, expired)) == (0, before)


@pytest.mark.parametrize(
    ("outcome", "days"), [(RetentionOutcome.EXPIRED, -1), (RetentionOutcome.KEPT, 0), (RetentionOutcome.KEPT, 1)]
)
@pytest.mark.parametrize("truth", ["kept", "undecided", "held"])
def test_a_forged_decision_that_says_its_time_is_over(
    archive: Archive,  # noqa: F811
    outcome: RetentionOutcome,
    days: int,
    truth: str,
) -> None:
    """A trigger of their own may write it again and again: the evaluation never gets to mend it."""
    named = secured(archive, 2)
    until = None if truth == "undecided" else decided(archive, named, days_left=-1 if truth == "held" else 100)
    if truth == "held":
        held(archive, named)
    with archive.catalog.writing() as session:
        forged = {"outcome": outcome, "expires_at": archive.now + DAY * days, "evaluated_at": archive.now}
        row = session.get(RetentionDecision, named) or RetentionDecision(recording_id=named, **forged)
        row.outcome, row.expires_at = outcome, archive.now + DAY * days
        session.add(row)
    assert renew(archive).renewed == 1
    wanted = {"kept": until, "undecided": archive.now + 365 * DAY, "held": archive.now + 90 * DAY}[truth]
    assert wanted is not None
    assert end_of(archive, named) >= wanted


@pytest.mark.parametrize("state", [DisposalState.APPROVED, DisposalState.EXECUTING])
def test_what_can_be_taken_back_stays_locked_until_it_cannot(archive: Archive, state: DisposalState) -> None:  # noqa: F811
    expired = secured(archive, 1)
    decided(archive, expired, days_left=-10)
    back = (archive.now + 7 * DAY).replace(microsecond=0)
    schedule = ScheduleVersion(
        schedule="x", version="1", content="", sha256="0" * 64, loaded_by="a", loaded_at=archive.now
    )
    disposal = Disposal(
        number="1",
        state=state,
        reason="x",
        schedule_version_id=schedule.id,
        planned_by="a",
        planned_at=archive.now,
        list_sha256="0" * 64,
        recoverable_until=back,
    )
    item = DisposalItem(
        disposal_id=disposal.id, recording_id=expired, size=1, sha256="0" * 64, expires_at=archive.now, rule="x"
    )
    with archive.catalog.writing() as session:
        rows.add(session, schedule, disposal, item)
    assert renew(archive).renewed == 1
    assert end_of(archive, expired) == back


def test_manifests_are_found_by_listing_and_renewed_for_ever_the_latest_of_each(
    archive: Archive,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("retention.renewal.LISTED_AT_ONCE", 2)
    soon = (now_of(archive) + 5 * DAY).replace(microsecond=0)
    made: dict[str, list[VersionReference]] = {}
    for key in ("a", "b", "b", "c"):
        with archive.store.upload(Bucket.MANIFESTS, key, lock=Lock(LockMode.GOVERNANCE, soon)) as upload:
            upload.write(b"{}")
            made.setdefault(key, []).append(upload.complete().reference)
    for _round in range(4):
        last = renew(archive)
    assert (last.others, last.due, last.failed) == (3, 0, 0)
    for versions in made.values():
        lock = archive.store.head(versions[-1]).lock
        assert lock is not None
        assert lock.retain_until > archive.now + 365 * DAY
    replaced = archive.store.head(made["b"][0]).lock
    assert replaced is not None
    assert replaced.retain_until == soon


def test_a_damaged_original_is_renewed_like_what_replaced_it(archive: Archive) -> None:  # noqa: F811
    now_of(archive)
    damaged = archive.secure(b"evidence", stored=b"evidenzz", secured_at=archive.now - 100 * DAY)
    archive.reader(replica=archive.replica({damaged: b"evidence"})).read_due()
    with archive.catalog.reading() as session:
        (row,) = session.exec(select(StoredLock)).all()
    assert (row.recording_id, row.object_version) == (damaged, archive.original(damaged).version_id)
    archive.now += 60 * DAY
    with archive.catalog.writing() as session:
        locks.remember(session, archive.original(damaged), archive.now)
    assert renew(archive).failed == 0


def test_a_lock_that_lapsed_lawfully_is_no_finding_of_reconcile(archive: Archive) -> None:  # noqa: F811
    now_of(archive)
    bare = rows.recording(secured_at=archive.now)
    bare.object_version = _without_lock(archive, bare.object_key)
    with archive.catalog.writing() as session:
        rows.add(session, bare)

    def found() -> list[FindingKind]:
        return [each.kind for each in differing(archive.catalog, archive.store, archive.clock, Tally())]

    assert found() == [FindingKind.NOT_LOCKED]
    decided(archive, bare.id, days_left=-10)
    assert found() == []


def _without_lock(archive: Archive, key: str) -> str:  # noqa: F811
    with archive.store.upload(Bucket.ORIGINALS, key) as upload:
        upload.write(b"x")
        return upload.complete().reference.version_id


def test_a_failure_is_on_record_with_the_denominator(archive: Archive) -> None:  # noqa: F811
    now_of(archive)
    lost = rows.recording(locked_until=archive.now, object_version="none")
    with archive.catalog.writing() as session:
        rows.add(session, lost)
    found = renew(archive)
    assert (found.recordings, found.due, found.renewed, found.failed) == (1, 1, 0, 1)
    with archive.catalog.reading() as session:
        (event,) = session.exec(select(CustodyEvent).where(CustodyEvent.action == CustodyAction.LOCK_EXTENDED)).all()
        standing = locks.standing(session, archive.now + timedelta(days=45))
    assert event.result is CustodyResult.FAILED
    assert (event.details["recordings"], event.details["failed"]) == (1, 1)
    assert standing.ending == 1
