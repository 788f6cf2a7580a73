"""Closing cases, opening them again, and how long their files are archived."""

from datetime import timedelta

import pytest

from catalog.engine import Catalog
from catalog.errors import NotFound
from catalog.repositories import cases, custody
from catalog.tables.cases import ArchiveTier, CaseStatus
from catalog.tables.custody import CustodyAction
from retention.case_changes import CaseDesk
from retention.errors import CaseUnchanged
from tests import rows
from tests.databases import catalog, database, migrated_postgresql, migrated_sqlite, open_catalogs

__all__ = ["catalog", "database", "migrated_postgresql", "migrated_sqlite", "open_catalogs"]


def test_a_case_is_closed_reopened_and_archived_each_on_record_with_what_was_before(catalog: Catalog) -> None:
    case = rows.case("A-1")
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
