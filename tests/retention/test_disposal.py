"""The narrow way out: what goes, what stays and why, and every attempt at going another way."""

import json
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from catalog.custody.note import read_note
from catalog.repositories import cases, recordings
from catalog.tables import Classification, DisposalApproval, Recording, Replacement
from catalog.tables.cases import LinkState
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.tables.disposals import DisposalItemState, DisposalState, Verdict
from catalog.tables.retention import RetentionClass
from retention import errors
from retention.disposal.waiting import WaitCode
from storage.local import LocalStore
from storage.model import Bucket, Lock, LockMode, VersionReference
from tests import rows
from tests.databases import database, migrated_postgresql, migrated_sqlite, open_catalogs
from tests.retention.disposing import DAYS, Agency, agency, between

__all__ = ["agency", "database", "migrated_postgresql", "migrated_sqlite", "open_catalogs"]


def kept_because(agency: Agency, recording: Recording) -> set[str]:
    (disposal,) = agency.lists()
    item = agency.items(disposal)[recording.id]
    assert item.state is DisposalItemState.KEPT
    assert agency.get(recording).disposed_at is agency.get(recording).leaving_since is None
    return {each["code"] for each in item.kept_because}


# --- the way --------------------------------------------------------------------------------------------------


def test_what_is_over_goes_by_two_people_after_the_days_and_is_certified(agency: Agency) -> None:
    going, staying = agency.recording(b"a"), agency.recording(b"b", captured_at=None)
    plan = agency.plan()
    assert ([each.recording.id for each in plan.candidates], plan.bytes) == ([going.id], 1)
    assert dict(plan.left_out) == {"undecided": 1}
    disposal = agency.approved()
    until = agency.standing(disposal).recoverable_until
    assert until == agency.now + timedelta(days=DAYS)
    agency.days_go_by()
    done = agency.execute(disposal)
    assert (done.deleted, done.kept) == (1, 0)
    assert agency.versions(going) == []
    assert len(agency.versions(staying)) == 3
    gone = agency.get(going)
    assert (gone.disposed_at, gone.leaving_since, gone.sha256) == (agency.now, agency.now, going.sha256)
    with agency.catalog.reading() as session:
        assert recordings.derivatives_of(session, going.id) == []
        assert len(recordings.sightings_of(session, going.id)) == 1
    (told,) = agency.events(CustodyAction.DISPOSED)
    assert (told.subject_id, told.approval, len(told.details["versions"])) == (going.id, disposal.number, 3)
    assert agency.standing(disposal).state is DisposalState.DONE


def test_the_certificate_is_signed_locked_and_in_the_log(agency: Agency) -> None:
    agency.recording(b"a")
    disposal = agency.approved()
    agency.days_go_by()
    agency.execute(disposal)
    found = agency.standing(disposal)
    assert found.certificate_key is not None
    assert found.certificate_version is not None
    stored = VersionReference(Bucket.CUSTODY, found.certificate_key, found.certificate_version)
    signed = json.loads(b"".join(agency.store.read(stored)))
    assert [each["name"] for each in signed["certificate"]["approvals"]] == ["扎西", "卓玛"]
    assert len(signed["certificate"]["deleted"]) == 1
    assert read_note(signed["note"]).signers([agency.key.verifier])
    lock = agency.store.head(stored).lock
    assert lock is not None
    assert lock.retain_until > agency.now
    (told,) = agency.events(CustodyAction.DISPOSAL_CERTIFIED)
    assert set(told.details["files"]) == {"certificate.json", "a.pdf"}


def test_every_version_of_a_repaired_recording_goes(agency: Agency) -> None:
    going = agency.recording(b"a")
    repaired = agency.put(Bucket.ORIGINALS, going.object_key, b"a", agency.now + timedelta(days=1)).reference
    agency.add(
        Replacement(
            recording_id=going.id,
            object_key=repaired.key,
            object_version=repaired.version_id,
            made_at=agency.now,
            origin="replica",
            reason="damaged",
        )
    )
    disposal = agency.approved()
    agency.days_go_by()
    assert agency.execute(disposal).deleted == 1
    assert agency.versions(going) == []


def test_what_is_taken_back_stays(agency: Agency) -> None:
    one, other = agency.recording(b"a"), agency.recording(b"b")
    disposal = agency.approved()
    assert agency.desk.recover(disposal.number, [str(one.id)], reason="asked for").taken_back == 1
    with pytest.raises(errors.NotOnList):
        agency.desk.recover(disposal.number, [str(one.id)], reason="asked for")
    agency.days_go_by()
    assert agency.execute(disposal).deleted == 1
    assert len(agency.versions(one)) == 3
    assert agency.versions(other) == []


def test_a_list_that_is_taken_back_as_a_whole_or_rejected_is_over(agency: Agency) -> None:
    agency.recording(b"a")
    taken_back = agency.approved()
    agency.desk.recover(taken_back.number, [], reason="asked for")
    assert agency.standing(taken_back).state is DisposalState.RECOVERED
    rejected = agency.submitted()
    agency.desk.reject(rejected.number, agency.person("卓玛"), reason="not yet")
    agency.days_go_by()
    for each in (taken_back, rejected):
        with pytest.raises(errors.DisposalNotOpen):
            agency.execute(each)


def test_a_recording_is_on_one_list_at_a_time(agency: Agency) -> None:
    agency.recording(b"a")
    agency.submitted()
    assert dict(agency.plan().left_out) == {"on_another_list": 1}
    with pytest.raises(errors.NothingToDispose):
        agency.submitted()


# --- alone ----------------------------------------------------------------------------------------------------


def test_the_same_approver_twice(agency: Agency) -> None:
    agency.recording(b"a")
    disposal = agency.submitted()
    agency.approve(disposal, "扎西")
    with pytest.raises(errors.SameApprover):
        agency.approve(disposal, "扎西")
    agency.days_go_by()
    with pytest.raises(errors.DisposalNotOpen):
        agency.execute(disposal)
    denied = [each for each in agency.events(CustodyAction.DISPOSAL_APPROVED) if each.result is CustodyResult.DENIED]
    assert [(each.details["approver"], each.details["why"]) for each in denied] == [("扎西", "SameApprover")]


def test_an_approver_who_was_revoked_since_counts_no_more(agency: Agency) -> None:
    going = agency.recording(b"a")
    both = [agency.person("扎西"), agency.person("卓玛")]
    agency.approvers.enrol("李雷", "reads by the window", both)
    disposal = agency.approved()
    agency.approvers.revoke("卓玛", both, reason="left")
    agency.days_go_by()
    with pytest.raises(errors.DisposalNotApproved) as refused:
        agency.execute(disposal)
    assert refused.value.code == "revoked"
    assert len(agency.versions(going)) == 3


def test_an_approval_written_past_the_program(agency: Agency) -> None:
    """Whoever may write into the tables is not two people: the custody log knows nothing of what they wrote."""
    going = agency.recording(b"a")
    disposal = agency.submitted()
    agency.approve(disposal, "扎西")
    with agency.catalog.writing() as session:
        from catalog.repositories import approvers

        other = approvers.named(session, "卓玛")
        assert other is not None
        session.add(
            DisposalApproval(
                disposal_id=disposal.id,
                approver_id=other.id,
                verdict=Verdict.APPROVED,
                list_sha256=disposal.list_sha256,
                reason="forged",
                actor="root",
                given_at=agency.now,
            )
        )
        forged = session.merge(agency.standing(disposal))
        forged.state, forged.recoverable_until = DisposalState.APPROVED, agency.now + timedelta(days=DAYS)
        session.add(forged)
    agency.days_go_by()
    with pytest.raises(errors.DisposalNotApproved) as refused:
        agency.execute(disposal)
    assert refused.value.code == "unsealed"
    assert len(agency.versions(going)) == 3


# --- another list than was approved ---------------------------------------------------------------------------


def test_approving_another_list_than_the_one_that_stands(agency: Agency) -> None:
    agency.recording(b"a")
    disposal = agency.submitted()
    with pytest.raises(errors.ListChanged):
        agency.desk.approve(disposal.number, agency.person("扎西"), list_sha256="0" * 64, reason="looked through")


@pytest.mark.parametrize("approved", [False, True], ids=["before it is approved", "after it was approved"])
def test_a_list_that_is_changed(agency: Agency, *, approved: bool) -> None:
    going, wanted = agency.recording(b"a"), agency.recording(b"b", captured_at=None)
    disposal = agency.approved() if approved else agency.submitted()
    with agency.catalog.writing() as session:
        (item,) = agency.items(disposal).values()
        changed = session.merge(item)
        changed.recording_id, changed.sha256 = wanted.id, wanted.sha256
        session.add(changed)
    agency.days_go_by()
    act = agency.execute if approved else partial(agency.approve, name="扎西")
    with pytest.raises(errors.ListChanged):
        act(disposal)
    assert len(agency.versions(going)) == len(agency.versions(wanted)) == 3


# --- too early ------------------------------------------------------------------------------------------------


def too_early(agency: Agency) -> str:
    (disposal,) = agency.lists()
    with pytest.raises(errors.DisposalTooEarly) as refused:
        agency.execute(disposal)
    assert agency.events(CustodyAction.DISPOSED) == []
    return refused.value.code


def test_executing_before_the_days_are_over(agency: Agency) -> None:
    agency.recording(b"a")
    agency.approved()
    agency.days_go_by(DAYS - 1)
    assert too_early(agency) == WaitCode.TOO_EARLY


def test_a_clock_that_is_set_forward(agency: Agency) -> None:
    agency.recording(b"a")
    agency.approved()
    agency.now += timedelta(days=DAYS + 1)
    assert too_early(agency) == WaitCode.NOT_SEEN


def test_a_clock_that_is_set_forward_where_the_store_has_its_own(agency: Agency) -> None:
    agency.recording(b"a")
    agency.store_is_ahead = timedelta()
    agency.approved()
    agency.days_go_by()
    agency.store_is_ahead = -timedelta(days=DAYS)
    assert too_early(agency) == WaitCode.CLOCKS_APART
    agency.store_is_ahead = timedelta()
    assert agency.execute(agency.lists()[0]).deleted == 1


def test_a_clock_that_is_set_back_to_approve(agency: Agency) -> None:
    """Set back before the second approval, the days would have begun in the past."""
    agency.recording(b"a")
    disposal = agency.submitted()
    agency.approve(disposal, "扎西")
    person = agency.person("卓玛")
    agency.now -= timedelta(days=DAYS)
    with pytest.raises(errors.DisposalTooEarly) as refused:
        agency.desk.approve(disposal.number, person, list_sha256=disposal.list_sha256, reason="looked through")
    assert refused.value.code == WaitCode.CLOCK_SET_BACK


def test_a_machine_that_stood_still_waits_some_days_more(agency: Agency) -> None:
    agency.recording(b"a")
    disposal = agency.approved()
    agency.now += timedelta(days=DAYS)
    agency.executor().see_time_pass(disposal.number)
    assert too_early(agency) == WaitCode.NOT_SEEN
    agency.days_go_by(6)
    assert agency.execute(disposal).deleted == 1


# --- what stands in the way -----------------------------------------------------------------------------------


def test_a_hold_placed_between_approval_and_execution(agency: Agency) -> None:
    held, going = agency.recording(b"a"), agency.recording(b"b")
    disposal = agency.approved()
    agency.hold(held)
    agency.days_go_by()
    done = agency.execute(disposal)
    assert (done.deleted, done.kept) == (1, 1)
    assert kept_because(agency, held) == {"held"}
    assert len(agency.versions(held)) == 3
    assert agency.versions(going) == []
    (told,) = agency.events(CustodyAction.DISPOSAL_KEPT)
    assert (told.subject_id, told.result) == (held.id, CustodyResult.DENIED)


def test_a_case_opened_again_and_one_linked_between_approval_and_execution(agency: Agency) -> None:
    linked = agency.recording(b"a")
    case = rows.case("A-1")
    agency.add(case)
    disposal = agency.approved()
    with agency.catalog.writing() as session:
        cases.decide(
            session,
            recording_id=linked.id,
            case_id=case.id,
            state=LinkState.CONFIRMED,
            stage=None,
            actor="li",
            now=agency.now,
        )
    agency.days_go_by()
    assert agency.execute(disposal).kept == 1
    assert "open_case" in kept_because(agency, linked)


def test_a_class_that_keeps_it_for_longer_since_the_approval(agency: Agency) -> None:
    kept = agency.recording(b"a")
    disposal = agency.approved()
    with agency.catalog.writing() as session:
        row = recordings.get(session, kept.id)
        row.captured_at = row.captured_until = agency.now - timedelta(days=30)
        session.add(row)
    agency.add(
        Classification(
            recording_id=kept.id,
            retention_class=RetentionClass.EVIDENCE,
            reason="appeal",
            classified_by="li",
            classified_at=agency.now,
        )
    )
    agency.days_go_by()
    assert agency.execute(disposal).kept == 1
    assert kept_because(agency, kept) == {"kept"}


def test_a_lock_that_lasts_longer_is_waited_for_with_its_date(agency: Agency) -> None:
    locked = agency.recording(b"a")
    disposal = agency.approved()
    reference = VersionReference(Bucket.ORIGINALS, locked.object_key, locked.object_version)
    until = agency.now + timedelta(days=30)
    agency.store.extend_lock(reference, Lock(LockMode.GOVERNANCE, until))
    agency.days_go_by()
    assert agency.execute(disposal).kept == 1
    assert kept_because(agency, locked) == {"locked"}
    (item,) = agency.items(disposal).values()
    assert item.kept_because[0]["until"] == until.isoformat()
    assert len(agency.versions(locked)) == 3


def test_a_hold_that_somebody_set_in_the_store_itself(agency: Agency) -> None:
    held = agency.recording(b"a")
    disposal = agency.approved()
    agency.store.set_hold(VersionReference(Bucket.ORIGINALS, held.object_key, held.object_version))
    agency.days_go_by()
    assert agency.execute(disposal).kept == 1
    assert kept_because(agency, held) == {"held_in_store"}


def test_a_version_that_was_deleted_behind_our_back_is_no_disposal(agency: Agency) -> None:
    lost = agency.recording(b"a")
    disposal = agency.approved()
    agency.days_go_by()
    agency.store.delete_version(VersionReference(Bucket.ORIGINALS, lost.object_key, lost.object_version))
    assert agency.execute(disposal).kept == 1
    assert kept_because(agency, lost) == {"missing"}


def test_a_lock_too_long_keeps_it_off_the_list(agency: Agency) -> None:
    agency.recording(b"a", lock_until=agency.now + timedelta(days=90))
    assert dict(agency.plan().left_out) == {"locked": 1}


# --- between the order and the deletion -----------------------------------------------------------------------


class Interfering(LocalStore):
    """A store in which something happens just before a version is asked for, or deleted."""

    def on_delete(self, reference: VersionReference) -> None:
        """What happens before a version is deleted."""

    def delete_version(self, reference: VersionReference) -> None:
        self.on_delete(reference)
        super().delete_version(reference)


def test_a_hold_placed_between_the_order_and_the_deletion(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    held = agency.recording(b"a")
    disposal = agency.approved()
    agency.days_go_by()
    executor = agency.executor()
    between(monkeypatch, lambda: agency.get(held).leaving_since and agency.hold(held))
    assert executor.execute(disposal.number).kept == 1
    assert kept_because(agency, held) == {"held"}
    assert len(agency.versions(held)) == 3


def test_a_hold_that_reaches_the_store_at_the_very_last_moment(agency: Agency, tmp_path: Path) -> None:
    held = agency.recording(b"a")
    disposal = agency.approved()
    agency.days_go_by()
    store = Interfering(tmp_path / "objects", now=lambda: agency.now)
    store.on_delete = lambda reference: agency.store.set_hold(reference) and None  # type: ignore[method-assign]
    assert agency.executor(store).execute(disposal.number).kept == 1
    assert kept_because(agency, held) == {"held_in_store"}
    assert len(agency.versions(held)) == 3


def test_the_same_content_secured_anew_while_the_first_is_kept_after_all(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = agency.recording(b"a")
    disposal = agency.approved()
    agency.days_go_by()

    def dock_again() -> None:
        with agency.catalog.writing() as session:
            assert recordings.by_sha256(session, held.sha256) is None
            rows.add(session, rows.recording(sha256=held.sha256))
        agency.store.set_hold(recordings.original(held))

    between(monkeypatch, dock_again)
    assert agency.execute(disposal).kept == 1
    with agency.catalog.reading() as session:
        again = recordings.by_sha256(session, held.sha256)
    assert again is not None
    assert again.id != held.id
    assert again.disposed_at is agency.get(held).disposed_at is None
    assert len(agency.versions(held)) == 3


def test_lists_whose_time_has_come_are_carried_out_by_the_timer(agency: Agency) -> None:
    agency.recording(b"a")
    agency.approved()
    made = agency.executor().execute_due()
    assert (made.done, [each.why.code for each in made.waiting], made.refused) == ([], ["too_early"], [])
    for _day in range(DAYS):
        agency.now += timedelta(days=1)
        made = agency.executor().execute_due()
    assert [(each.deleted, each.kept) for each in made.done] == [(1, 0)]
    assert agency.executor().execute_due().done == []


def test_a_row_of_a_list_cannot_be_approved_twice_in_the_database_either(agency: Agency) -> None:
    agency.recording(b"a")
    agency.approved()
    with agency.catalog.engine.connect() as connection, pytest.raises(Exception, match="append-only"):
        connection.execute(text("UPDATE disposal_approval SET reason = 'another'"))
