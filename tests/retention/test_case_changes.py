"""Closing cases, opening them again, and how long their files are archived."""

from datetime import timedelta

import pytest

from catalog.engine import Catalog
from catalog.errors import NotFound
from catalog.repositories import cases, custody
from catalog.tables.cases import ArchiveTier, CaseStatus, LinkState
from catalog.tables.custody import CustodyAction
from retention.case_changes import CaseDesk
from retention.errors import CaseUnchanged, ClosingUnfit
from tests import rows
from tests.databases import catalog, database, migrated_postgresql, migrated_sqlite, open_catalogs

__all__ = ["catalog", "database", "migrated_postgresql", "migrated_sqlite", "open_catalogs"]


def test_a_case_closed_long_before_it_was_opened_or_in_the_future(catalog: Catalog) -> None:
    case, day = rows.case("A-1", opened_at=rows.NOW - timedelta(days=9)), timedelta(days=1)
    recording = rows.recording(captured_at=rows.NOW - 2 * day, secured_at=rows.NOW - day)
    with catalog.writing() as session:
        rows.add(session, case, recording)
        cases.decide(
            session,
            recording_id=recording.id,
            case_id=case.id,
            state=LinkState.CONFIRMED,
            stage=None,
            actor="li",
            now=rows.NOW,
        )
    desk = CaseDesk(catalog, clock=lambda: rows.NOW, actor="li", system_user={"uid": 7})
    for unfit in (rows.NOW.replace(year=1950), rows.NOW - 10 * day, rows.NOW - 3 * day, rows.NOW + day):
        with pytest.raises(ClosingUnfit):
            desk.close("A-1", purpose="x", closed_at=unfit)
    assert desk.close("A-1", purpose="x", closed_at=rows.NOW - 2 * day).closed_at == rows.NOW - 2 * day


def test_a_case_is_closed_reopened_and_archived_each_on_record_with_what_was_before(catalog: Catalog) -> None:
    case = rows.case("A-1", opened_at=rows.NOW - timedelta(days=9))
    with catalog.writing() as session:
        rows.add(session, case)
    desk = CaseDesk(catalog, clock=lambda: rows.NOW, actor="li", system_user={"uid": 7})
    closed = desk.close("A-1", purpose="decided", closed_at=rows.NOW - timedelta(days=1))
    assert (closed.status, closed.closed_at) == (CaseStatus.CLOSED, rows.NOW - timedelta(days=1))
    with pytest.raises(CaseUnchanged):
        desk.close("A-1", purpose="decided")
    desk.archive("A-1", ArchiveTier.YEARS_30, purpose="archived")
    desk.reopen("A-1", purpose="appeal")
    with pytest.raises(CaseUnchanged):
        desk.reopen("A-1", purpose="appeal")
    with pytest.raises(NotFound):
        desk.close("A-2", purpose="decided")
    with catalog.reading() as session:
        found = cases.by_number(session, "A-1")
        told = [each for each in custody.of_subject(session, case.id) if each.action is CustodyAction.CASE_CHANGED]
    assert (found.status, found.closed_at, found.archive_tier) == (CaseStatus.OPEN, None, ArchiveTier.YEARS_30)
    assert sorted(each.purpose or "" for each in told) == ["appeal", "archived", "decided"]
    reopened = next(each for each in told if each.purpose == "appeal")
    assert (reopened.details["before"]["status"], reopened.details["after"]["status"]) == ("closed", "open")
