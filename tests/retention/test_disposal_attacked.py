"""What tries to make a disposal take more than it may, or leave something between here and gone."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from catalog.engine import Catalog
from catalog.repositories import cases, disposals, fixity, holds, locks, schedules
from catalog.repositories.locks import Terms
from catalog.tables import Case, Derivative, Recording, Replacement
from catalog.tables.cases import LinkState
from catalog.tables.custody import CustodyAction
from catalog.tables.disposals import DisposalItemState, DisposalState
from catalog.tables.retention import ActivationState
from retention.disposal.execution import Executor
from retention.errors import DisposalNotApproved, RecordingDisposed
from storage.model import Bucket, VersionReference
from tests import rows
from tests.attacker import Attacker
from tests.databases import database, migrated_postgresql, migrated_sqlite, open_catalogs
from tests.retention.disposing import LONG_AGO, SCHEDULE, Agency, between
from tests.retention.test_disposal import agency, kept_because

__all__ = ["agency", "database", "migrated_postgresql", "migrated_sqlite", "open_catalogs"]


def closed_case(agency: Agency) -> Case:
    case = rows.case("A-1")
    case.opened_at = LONG_AGO
    agency.add(case)
    agency.cases.close("A-1", purpose="done", closed_at=agency.now - timedelta(days=399))
    return case


def link(agency: Agency, recording: Recording, case: Case) -> None:
    with agency.catalog.writing() as session:
        cases.decide(
            session,
            recording_id=recording.id,
            case_id=case.id,
            state=LinkState.CONFIRMED,
            stage=None,
            actor="li",
            now=agency.now,
        )


def stays(agency: Agency, recording: Recording) -> bool:
    """Whether its lock is looked after, its bytes are read, and lists may name it."""
    far = agency.now + timedelta(days=1000)
    with agency.catalog.writing() as session:
        fixity.take_up(session)
        locked = [each.recording_id for each in locks.due(session, Terms(agency.now, far, far), after=None, at_most=99)]
        read = fixity.claim(session, owner="tests", now=agency.now, before=far, at_most=99)
        named = [each.id for each in disposals.staying_after(session, None, 99)]
        fixity.let_go(session, owner="tests")
    seen = {recording.id in locked, recording.id in [each.recording_id for each in read], recording.id in named}
    assert len(seen) == 1
    return seen.pop()


def test_a_derivative_row_that_names_an_original_is_refused(agency: Agency) -> None:
    going, other = agency.recording(b"a"), agency.recording(b"keep me", captured_at=None)
    with pytest.raises(IntegrityError):
        agency.add(poster(going, Bucket.ORIGINALS, other.object_key, other.object_version))


def test_a_derivative_row_that_names_the_derivative_of_another(agency: Agency) -> None:
    going, other = agency.recording(b"a"), agency.recording(b"keep me", captured_at=None)
    theirs = proxy_of(agency, other)
    agency.add(poster(going, theirs.bucket, theirs.key, theirs.version_id))
    disposal = agency.approved()
    agency.days_go_by()
    assert agency.execute(disposal).deleted == 1
    assert agency.versions(going) == []
    assert len(agency.versions(other)) == 3


def poster(of: Recording, bucket: Bucket, key: str, version: str) -> Derivative:
    return Derivative(
        recording_id=of.id,
        kind="poster",
        media_type="image/jpeg",
        size=1,
        sha256="0" * 64,
        bucket=bucket,
        object_key=key,
        object_version=version,
        made_at=LONG_AGO,
    )


@pytest.mark.parametrize("state", [DisposalItemState.LISTED, DisposalItemState.DELETING])
def test_an_item_that_names_the_original_of_another(agency: Agency, state: DisposalItemState) -> None:
    going, other = agency.recording(b"a"), agency.recording(b"keep me", captured_at=None)
    disposal = agency.approved()
    named = [{"bucket": "originals", "key": other.object_key, "version": other.object_version}]
    (item,) = agency.items(disposal).values()
    Attacker(agency.catalog).change("disposal_item", item.id, deleted_versions=named, state=state.value)
    agency.days_go_by()
    assert agency.execute(disposal).deleted == 1
    assert agency.versions(going) == []
    assert len(agency.versions(other)) == 3


def test_a_replacement_that_names_the_original_of_another(agency: Agency) -> None:
    going, other = agency.recording(b"a"), agency.recording(b"keep me", captured_at=None)
    agency.add(
        Replacement(
            recording_id=going.id,
            object_key=other.object_key,
            object_version=other.object_version,
            made_at=agency.now,
            origin="x",
            reason="y",
        )
    )
    disposal = agency.approved()
    agency.days_go_by()
    assert agency.execute(disposal).kept == 1
    assert kept_because(agency, going) == {"not_its_own"}
    assert len(agency.versions(other)) == len(agency.versions(going)) == 3


@pytest.mark.parametrize("how", ["reopened", "linked"])
def test_a_case_between_the_order_and_the_deletion(agency: Agency, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    saved, case = agency.recording(b"a"), closed_case(agency)
    if how == "reopened":
        link(agency, saved, case)
    disposal = agency.approved()
    agency.days_go_by()

    def happen() -> None:
        agency.cases.reopen(case.number, purpose="appeal")
        if how == "linked":
            link(agency, saved, case)

    between(monkeypatch, happen)
    assert agency.execute(disposal).kept == 1
    assert kept_because(agency, saved) == {"open_case"}
    assert len(agency.versions(saved)) == 3


def test_a_hold_that_comes_too_late_is_refused(agency: Agency) -> None:
    gone = agency.recording(b"a")
    disposal = agency.approved()
    agency.days_go_by()
    agency.execute(disposal)
    with pytest.raises(RecordingDisposed):
        agency.hold(gone)


def test_nobody_else_writes_while_the_bytes_go(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    """Placing, tying and opening again take the same lock: it is held from the last look until it is on record."""
    agency.recording(b"a")
    disposal = agency.approved()
    agency.days_go_by()
    seen = []
    delete = Executor._delete_originals

    def look(self: Executor, versions: list[VersionReference]) -> object:
        other = Catalog(agency.catalog.engine.url, clock=agency.clock)
        with other.reading() as session:
            if not other.is_sqlite:
                taken = session.connection().exec_driver_sql(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
                seen.append(taken.scalar_one())
        other.engine.dispose()
        return delete(self, versions)

    monkeypatch.setattr(Executor, "_delete_originals", look)
    assert agency.execute(disposal).deleted == 1
    assert seen == ([] if agency.catalog.is_sqlite else [1])


def test_killed_after_the_order_and_an_approver_revoked(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    left = agency.recording(b"a")
    agency.approvers.enrol("李雷", "李雷 walks by the river", [agency.person("扎西"), agency.person("卓玛")])
    disposal = agency.approved()
    agency.days_go_by()

    def die() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        between(patched, die)
        with pytest.raises(KeyboardInterrupt):
            agency.execute(disposal)
    assert not stays(agency, left)
    agency.approvers.revoke("扎西", [agency.person("卓玛"), agency.person("李雷")], reason="left")
    with pytest.raises(DisposalNotApproved):
        agency.execute(disposal)
    assert kept_because(agency, left) == {"not_approved"}
    assert agency.standing(disposal).state is DisposalState.DONE
    assert len(agency.versions(left)) == 3
    assert [each.recording.id for each in agency.plan().candidates] == [left.id]


def test_secured_anew_and_then_kept_is_looked_after(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    old = agency.recording(b"a")
    disposal = agency.approved()
    agency.days_go_by()

    def dock_again() -> None:
        agency.add(rows.recording(sha256=old.sha256, size=old.size))
        agency.hold(old)

    between(monkeypatch, dock_again)
    assert agency.execute(disposal).kept == 1
    assert agency.get(old).leaving_since is not None
    assert stays(agency, old)


def proxy_of(agency: Agency, recording: Recording) -> VersionReference:
    (found,) = agency.store.list_references(Bucket.DERIVATIVES, f"{recording.object_key}/proxy")
    return found.reference


def test_a_held_derivative_keeps_the_recording_and_stops_no_other_list(agency: Agency) -> None:
    held = agency.recording(b"a")
    first = agency.approved()
    other = agency.recording(b"b")
    agency.approved()
    agency.days_go_by()
    agency.store.set_hold(proxy_of(agency, held))
    assert [(each.deleted, each.kept) for each in agency.executor().execute_due().done] == [(0, 1), (1, 0)]
    assert {each["code"] for each in agency.items(first)[held.id].kept_because} == {"held_in_store"}
    assert len(agency.versions(held)) == 3
    assert agency.versions(other) == []


def test_a_derivative_held_once_the_original_is_gone_is_named(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = agency.recording(b"a")
    disposal = agency.approved()
    agency.days_go_by()
    proxy, delete = proxy_of(agency, gone), agency.store.delete_version

    def hold_then_delete(reference: VersionReference) -> None:
        if reference.bucket is Bucket.ORIGINALS:
            agency.store.set_hold(proxy)
        delete(reference)

    monkeypatch.setattr(agency.store, "delete_version", hold_then_delete)
    assert agency.execute(disposal).deleted == 1
    assert agency.versions(gone) == [str(proxy)]
    (event,) = agency.events(CustodyAction.DISPOSED)
    assert [each["version"] for each in event.details["left"]] == [proxy.version_id]
    assert proxy.version_id not in [each["version"] for each in agency.items(disposal)[gone.id].deleted_versions]


def test_what_went_before_the_one_that_serves_refused_is_told(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = agency.recording(b"a")
    serving = agency.put(Bucket.ORIGINALS, kept.object_key, b"a", agency.now + timedelta(days=1)).reference
    agency.add(
        Replacement(
            recording_id=kept.id,
            object_key=serving.key,
            object_version=serving.version_id,
            made_at=agency.now,
            origin="x",
            reason="y",
        )
    )
    disposal = agency.approved()
    agency.days_go_by()
    delete = agency.store.delete_version

    def refuse_the_last(reference: VersionReference) -> None:
        if reference == serving:
            agency.store.set_hold(reference)
        delete(reference)

    monkeypatch.setattr(agency.store, "delete_version", refuse_the_last)
    assert agency.execute(disposal).kept == 1
    assert kept_because(agency, kept) == {"held_in_store"}
    (event,) = agency.events(CustodyAction.DISPOSAL_KEPT)
    item = agency.items(disposal)[kept.id]
    assert [each["version"] for each in item.deleted_versions] == [kept.object_version]
    assert event.details["gone"] == item.deleted_versions


# --- rows written past the program ----------------------------------------------------------------------------


def rows_kept_for(agency: Agency, recording: Recording) -> set[str]:
    (disposal,) = agency.lists()
    item = agency.items(disposal)[recording.id]
    assert item.state is DisposalItemState.KEPT
    return {each["row"] for each in item.kept_because if each["code"] == "not_as_sealed"}


@pytest.mark.past_the_program
def test_a_recording_made_older_past_the_program(agency: Agency) -> None:
    young = agency.recording(b"young", captured_at=agency.now - timedelta(days=30), captured_until=None)
    other = agency.recording(b"old")
    attacker = Attacker(agency.catalog)
    attacker.change("recording", young.id, captured_at=LONG_AGO)
    disposal = agency.approved()
    agency.days_go_by()
    done = agency.execute(disposal)
    assert (done.deleted, done.kept) == (1, 1)
    assert len(agency.versions(young)) == 3
    assert agency.versions(other) == []
    item = agency.items(disposal)[young.id]
    assert [each["row"] for each in item.kept_because] == [f"recording/{young.id}"]


@pytest.mark.past_the_program
@pytest.mark.parametrize("after_the_order", [False, True])
def test_a_hold_released_past_the_program(
    agency: Agency, monkeypatch: pytest.MonkeyPatch, *, after_the_order: bool
) -> None:
    held = agency.recording(b"a")
    disposal = agency.approved()
    agency.days_go_by()

    def forge() -> None:
        number = agency.hold(held)
        with agency.catalog.reading() as session:
            (found,) = holds.covering(session, held.id)
        assert found.number == number
        released = {"released_at": agency.now, "released_by": "nobody"}
        Attacker(agency.catalog).change("hold", found.id, **released)
        names.append(f"hold/{found.id}")

    names: list[str] = []
    if after_the_order:
        between(monkeypatch, forge)
    else:
        forge()
    assert agency.execute(disposal).kept == 1
    assert rows_kept_for(agency, held) == set(names)
    assert len(agency.versions(held)) == 3


@pytest.mark.past_the_program
def test_a_case_closed_past_the_program(agency: Agency) -> None:
    named, case = agency.recording(b"a"), rows.case("A-1")
    case.opened_at = LONG_AGO
    agency.add(case)
    link(agency, named, case)
    assert agency.plan().candidates == []
    closed = {"status": "closed", "closed_at": LONG_AGO}
    Attacker(agency.catalog).change("case", case.id, **closed)
    disposal = agency.approved()
    agency.days_go_by()
    assert agency.execute(disposal).kept == 1
    assert rows_kept_for(agency, named) == {f"case/{case.id}"}


@pytest.mark.past_the_program
def test_a_schedule_put_in_force_past_the_program(agency: Agency) -> None:
    young = agency.recording(b"a", captured_at=agency.now - timedelta(days=60), captured_until=None)
    with agency.catalog.reading() as session:
        found = schedules.standing(session, ActivationState.IN_FORCE)
        assert found is not None
        version = found[1]
    Attacker(agency.catalog).change("schedule_version", version.id, content=SCHEDULE.replace("6 months", "1 month"))
    disposal = agency.approved()
    agency.days_go_by()
    assert agency.execute(disposal).kept == 1
    assert rows_kept_for(agency, young) == {f"schedule_version/{version.id}"}


@pytest.mark.past_the_program
def test_a_list_made_due_past_the_program(agency: Agency) -> None:
    kept = agency.recording(b"a", lock_until=agency.now + timedelta(minutes=1))
    disposal = agency.approved()
    agency.now += timedelta(minutes=2)
    Attacker(agency.catalog).change("disposal", disposal.id, recoverable_until=agency.now - timedelta(seconds=1))
    with pytest.raises(DisposalNotApproved) as refused:
        agency.execute(disposal)
    assert refused.value.code == "changed"
    assert len(agency.versions(kept)) == 3
