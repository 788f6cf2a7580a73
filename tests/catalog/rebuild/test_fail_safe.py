"""Rebuilding keeps what keeps: holds and cases opened again, of which the log alone knows; locks of certificates."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from catalog.custody.objects import Shelf
from catalog.engine import Catalog
from catalog.rebuild.report import FindingKind
from catalog.repositories import holds, system_holds
from catalog.tables import Case, CustodyObject, Hold, Recording
from catalog.tables.cases import CaseStatus
from catalog.tables.custody import CustodyObjectKind
from retention.case_changes import CaseDesk
from retention.holds import HoldDesk, HoldOrder
from storage.model import Lock, LockMode
from tests.catalog.rebuild.archives import Archive, facts, kinds
from tests.catalog.rebuild.conftest import EmptyCatalog
from tests.rows import NOW
from tests.sealing import broken_seals

LATER = NOW + timedelta(days=1)


def kept(session: Session, archive: Archive) -> Recording:
    """A recording that is there and has no hold of its own."""
    for each in archive.recordings:
        found = session.get_one(Recording, each)
        if found.disposed_at is None and not holds.covering(session, each):
            return found
    raise AssertionError


def hold_desk(catalog: Catalog) -> HoldDesk:
    return HoldDesk(catalog, clock=lambda: LATER, actor="li", system_user={"name": "li"})


def case_desk(catalog: Catalog) -> CaseDesk:
    return CaseDesk(catalog, clock=lambda: LATER, actor="li", system_user={"name": "li"})


def place(archive: Archive, *, on_cases: tuple[str, ...] = ()) -> tuple[str, Recording]:
    with archive.catalog.reading() as session:
        victim = kept(session, archive)
    order = HoldOrder("court", "2026-7", "appeal", recordings=[str(victim.id)], cases=on_cases)
    return hold_desk(archive.catalog).place(order).hold.number, victim


def standing(catalog: Catalog, victim: Recording) -> list[str]:
    with catalog.reading() as session:
        return [each.number for each in holds.covering(session, victim.id)]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_hold_placed_in_the_last_minutes_holds_after_the_rebuild(
    small: Archive, empty_catalog: EmptyCatalog, engine: str
) -> None:
    number, victim = place(small)
    small.sign()  # the log is in the bucket; no page is written any more
    after = empty_catalog(engine)
    done = small.rebuild(after)
    assert kinds(done).get(FindingKind.FROM_LOG) == 2  # the hold, and what it is on
    assert FindingKind.LOST not in kinds(done)
    assert number in standing(after, victim)
    assert facts(after) == facts(small.catalog)
    assert broken_seals(after) == {}


def test_a_hold_made_from_the_log_gets_its_page(small: Archive, empty_catalog: EmptyCatalog) -> None:
    number, victim = place(small)
    small.sign()
    first, second = empty_catalog("sqlite"), empty_catalog("sqlite")
    small.rebuild(first)
    again = Archive(first, small.store, small.folder, small.recordings)
    again.settle()
    done = again.rebuild(second)
    assert done.findings == []
    assert number in standing(second, victim)


def test_a_damaged_page_of_holds_releases_nobody(small: Archive, empty_catalog: EmptyCatalog) -> None:
    number, victim = place(small)
    small.settle()
    pages = [
        path
        for path in (small.folder / "objects").rglob("*")
        if path.is_file() and ("tables/hold/" in str(path) or "tables/hold_subject/" in str(path))
    ]
    assert pages
    for path in pages:
        path.unlink()
    after = empty_catalog("sqlite")
    done = small.rebuild(after)
    assert FindingKind.FROM_LOG in kinds(done)
    assert number in standing(after, victim)
    assert broken_seals(after) == {}


def test_a_hold_released_in_the_last_minutes_is_not_placed_again(small: Archive, empty_catalog: EmptyCatalog) -> None:
    number, victim = place(small)
    hold_desk(small.catalog).release(number, document="2026-8", reason="withdrawn")
    small.sign()
    after = empty_catalog("sqlite")
    small.rebuild(after)
    assert number not in standing(after, victim)
    with after.reading() as session:
        assert session.exec(select(Hold).where(Hold.number == number)).one().release_document == "2026-8"


def test_a_hold_of_zhilu_itself_is_made_again(small: Archive, empty_catalog: EmptyCatalog) -> None:
    with small.catalog.writing() as session:
        victim = kept(session, small)
        system_holds.place(session, victim.id, number="ZL-1", document="fixity", reason="damaged", at=LATER)
    small.sign()
    after = empty_catalog("sqlite")
    small.rebuild(after)
    assert "ZL-1" in standing(after, victim)


def test_a_case_opened_again_in_the_last_minutes_is_open_after_the_rebuild(
    small: Archive, empty_catalog: EmptyCatalog
) -> None:
    with small.catalog.reading() as session:
        case = session.exec(select(Case)).one()
    if case.status is CaseStatus.OPEN:
        case_desk(small.catalog).close(case.number, purpose="decided")
    small.settle()
    case_desk(small.catalog).reopen(case.number, purpose="appeal")
    small.sign()
    after = empty_catalog("sqlite")
    done = small.rebuild(after)
    assert [each.subject for each in done.findings if each.kind is FindingKind.FROM_LOG] == [f"case/{case.id}"]
    with after.reading() as session:
        found = session.exec(select(Case)).one()
        assert (found.status, found.closed_at) == (CaseStatus.OPEN, None)
    assert facts(after) == facts(small.catalog)


def test_certificates_of_disposals_are_known_to_whoever_lengthens_locks(
    small: Archive, empty_catalog: EmptyCatalog
) -> None:
    shelf = Shelf(small.store, lambda now: Lock(LockMode.GOVERNANCE, now + timedelta(days=366)))
    names = ["certificate.json", "certificate.pdf"]
    stored = [shelf.put(f"disposal/DISP-1/{name}", b"{}", NOW) for name in names]
    after = empty_catalog("sqlite")
    assert kinds(small.rebuild(after)) == {}
    with after.reading() as session:
        found = session.exec(select(CustodyObject).where(CustodyObject.kind == CustodyObjectKind.CERTIFICATE)).all()
        assert {(each.object_key, each.object_version) for each in found} == {
            (each.reference.key, each.reference.version_id) for each in stored
        }
