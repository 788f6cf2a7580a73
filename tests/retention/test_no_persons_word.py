"""What no person looked at never expires, whatever devices and machines say of it."""

import hashlib
from datetime import timedelta

from catalog.repositories import cases
from catalog.tables import Case, Recording
from catalog.tables.cases import LinkState
from storage.model import Bucket
from tests import rows
from tests.databases import database, migrated_postgresql, migrated_sqlite, open_catalogs
from tests.retention.disposing import LONG_AGO, Agency, agency

__all__ = ["agency", "database", "migrated_postgresql", "migrated_sqlite", "open_catalogs"]


def unseen(agency: Agency) -> Recording:
    """Old, and nobody said what it is."""
    content, until = b"never looked at", agency.now + timedelta(days=1)
    fresh = rows.recording(
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        secured_at=LONG_AGO,
        captured_at=LONG_AGO,
        captured_until=LONG_AGO,
        locked_until=until,
    )
    fresh.object_version = agency.put(Bucket.ORIGINALS, fresh.object_key, content, until).reference.version_id
    agency.add(fresh)
    return fresh


def closed_case(agency: Agency) -> Case:
    case = rows.case("B-1", opened_at=LONG_AGO)
    agency.add(case)
    agency.cases.close("B-1", purpose="done", closed_at=LONG_AGO)
    return case


def matched(agency: Agency, recording: Recording, case: Case, *, by_device: bool) -> None:
    with agency.catalog.writing() as session:
        cases.suggest(
            session,
            recording_id=recording.id,
            case_id=case.id,
            activity_id=None,
            stage=None,
            score=1.0,
            reasons=[],
            by_device=by_device,
            now=agency.now,
        )


def test_a_case_number_in_the_name_of_a_file_lets_nothing_expire(agency: Agency) -> None:
    recording, case = unseen(agency), closed_case(agency)
    matched(agency, recording, case, by_device=True)
    plan = agency.plan()
    assert plan.candidates == []
    assert dict(plan.left_out) == {"undecided": 1}
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
    assert [each.recording.id for each in agency.plan().candidates] == [recording.id]


def test_matching_again_does_not_take_a_recording_from_under_the_hold_of_its_case(agency: Agency) -> None:
    recording, case = agency.recording(b"a"), closed_case(agency)
    matched(agency, recording, case, by_device=True)
    agency.hold(case)
    assert dict(agency.plan().left_out) == {"hold": 1}
    matched(agency, recording, case, by_device=False)
    assert dict(agency.plan().left_out) == {"hold": 1}
    assert agency.plan().candidates == []
