"""A catalog that is lost right after a disposal: made again, it knows what went, and nothing goes twice."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from catalog.engine import Catalog
from catalog.rebuild.report import FindingKind
from catalog.repositories import disposals
from catalog.tables import DisposalItem, Recording
from catalog.tables.custody import CustodyAction
from catalog.tables.disposals import DisposalItemState, DisposalState
from retention.disposal.certificate import Certifier
from tests.catalog.rebuild.archives import Archive, kinds
from tests.catalog.rebuild.conftest import EmptyCatalog
from tests.databases import database, migrated_postgresql, migrated_sqlite, open_catalogs
from tests.retention.disposing import Agency
from tests.retention.test_disposal import agency

__all__ = ["agency", "database", "migrated_postgresql", "migrated_sqlite", "open_catalogs"]


def written(agency: Agency, folder: Path) -> Archive:
    """An archive whose manifests, pages and log are in the store, and whose executor signs what it does."""
    made = Archive(agency.catalog, agency.store, folder, [])
    agency.sign_log = made.sign
    return made


def rebuilt(archive: Archive, empty_catalog: EmptyCatalog) -> tuple[Catalog, dict[FindingKind, int]]:
    after = empty_catalog("sqlite")
    return after, kinds(archive.rebuild(after))


def test_made_again_right_after_a_disposal(agency: Agency, tmp_path: Path, empty_catalog: EmptyCatalog) -> None:
    gone, stays = agency.recording(b"a"), agency.recording(b"b", captured_at=None)
    archive = written(agency, tmp_path)
    disposal = agency.approved()
    agency.days_go_by()
    archive.settle()
    agency.execute(disposal)  # and neither a page nor a manifest is written any more
    after, found = rebuilt(archive, empty_catalog)
    assert FindingKind.MISSING_ORIGINAL not in found
    with after.reading() as session:
        assert session.get_one(Recording, gone.id).disposed_at == agency.now
        assert session.get_one(Recording, stays.id).disposed_at is None
        (item,) = disposals.items_of(session, disposal.id)
        assert (item.state, len(item.deleted_versions)) == (DisposalItemState.DELETED, 3)


def test_the_log_is_signed_before_anything_goes_and_before_the_list_ends(
    agency: Agency, tmp_path: Path, empty_catalog: EmptyCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the certificate: what went is signed, and the list goes on to its end in the catalog made again."""
    gone = agency.recording(b"a")
    archive = written(agency, tmp_path)
    disposal = agency.approved()
    agency.days_go_by()
    archive.settle()

    def die(_self: Certifier, *_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Certifier, "_signed", die)
        with pytest.raises(KeyboardInterrupt):
            agency.execute(disposal)
    assert agency.events(CustodyAction.DISPOSAL_CERTIFIED) == []
    after, _found = rebuilt(archive, empty_catalog)
    agency.catalog = after
    agency.now += timedelta(hours=1)
    with after.reading() as session:
        assert session.get_one(Recording, gone.id).disposed_at is not None
        assert [each.state for each in session.exec(select(DisposalItem))] == [DisposalItemState.DELETED]
    agency.execute(disposal)
    assert agency.standing(disposal).state is DisposalState.DONE
    assert len(agency.events(CustodyAction.DISPOSED)) == 1
