"""Pages: each row that speaks of no recording lies in the store, and only what changed is written again."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import select

from catalog.canonical import row_document
from catalog.engine import Catalog
from catalog.manifest import pages
from catalog.manifest.document import ToldRow, manifest_of, manifest_tables, rows_told
from catalog.manifest.page_document import BELOW, page_from, paged_tables
from catalog.manifest.pages import PagesWritten, PageWriter
from catalog.manifest.rows import row_from
from catalog.repositories import manifests
from catalog.seals import sealed_tables
from catalog.tables import Case, CustodyEvent, Device
from catalog.tables.custody import CustodyAction
from retention.locks import LockSettings, first_lock
from storage.errors import StoreUnavailable
from storage.local import LocalStore
from storage.model import Bucket
from tests import rows
from tests.catalog.manifest import evidence
from tests.rows import NOW


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "objects")


@pytest.fixture
def writer(catalog: Catalog, store: LocalStore) -> PageWriter:
    return PageWriter(catalog, store, clock=lambda: NOW, lock_for=lambda now: first_lock(LockSettings(), now))


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of three rows, two in a turn: what is large in life is small here."""
    monkeypatch.setattr(pages, "PAGE_ROWS", 3)
    monkeypatch.setattr(pages, "CUT_ABOVE", 6)
    monkeypatch.setattr(pages, "PAGES_AT_ONCE", 2)


def newest(store: LocalStore) -> Iterator[tuple[str, bytes]]:
    last = {each.reference.key: each.reference for each in store.list_references(Bucket.MANIFESTS, BELOW)}
    for key, reference in last.items():
        yield key, b"".join(store.read(reference))


def stored(store: LocalStore) -> dict[tuple[str, str], dict[str, object]]:
    found: dict[tuple[str, str], dict[str, object]] = {}
    for key, content in newest(store):
        for row in page_from(content, where=key).rows:
            assert (row.table, row.document["id"]) not in found, "a row stands in two pages"
            found[row.table, row.document["id"]] = dict(row.document)
    return found


def in_catalog(catalog: Catalog) -> dict[tuple[str, str], dict[str, object]]:
    found: dict[tuple[str, str], dict[str, object]] = {}
    with catalog.reading() as session:
        for table in paged_tables():
            for row in session.connection().execute(table.select()).mappings():
                if row.get("recording_id") is None:
                    found[table.name, str(row["id"])] = row_document({str(k): v for k, v in row.items()})
    return found


def devices(catalog: Catalog, count: int, *, serial: str = "S") -> list[UUID]:
    made = [Device(serial=f"{serial}{number}") for number in range(count)]
    ids = [each.id for each in made]
    with catalog.writing() as session:
        session.add_all(made)
    return ids


def test_every_table_of_evidence_has_its_place(catalog: Catalog) -> None:
    evidence.fill(catalog, 12)
    with catalog.reading() as session:
        assert evidence.tables_without_rows(session) == set()
    places = {table.name for table in manifest_tables()} | {table.name for table in paged_tables()}
    assert {table.name for table in sealed_tables()} <= places


def test_pages_and_manifests_together_hold_every_row_and_give_it_back(
    catalog: Catalog, store: LocalStore, writer: PageWriter
) -> None:
    made = evidence.fill(catalog, 12)
    writer.write()
    told: dict[tuple[str, str], ToldRow] = {}
    with catalog.reading() as session:
        for recording_id in made:
            for row in rows_told(manifest_of(session, recording_id), where="manifest"):
                told[row.table, row.document["id"]] = row
    for key, content in newest(store):
        for row in page_from(content, where=key).rows:
            told[row.table, row.document["id"]] = row
    with catalog.reading() as session:
        for table in [*sealed_tables(), *manifest_tables()]:
            for row in session.connection().execute(table.select()).mappings():
                standing = {str(name): value for name, value in row.items()}
                back = row_from(table, told[table.name, str(row["id"])].document, where="here")
                assert row_document(back) == row_document(standing), table.name
                assert {name: type(value) for name, value in back.items() if not isinstance(value, str)} == {
                    name: type(value) for name, value in standing.items() if not isinstance(value, str)
                }, table.name


def test_each_page_is_locked_and_told_to_the_custody_log(
    catalog: Catalog, store: LocalStore, writer: PageWriter
) -> None:
    devices(catalog, 1)
    writer.write()
    (only,) = store.list_versions(Bucket.MANIFESTS, BELOW)
    assert only.lock == first_lock(LockSettings(), NOW)
    with catalog.reading() as session:
        event = session.exec(select(CustodyEvent).where(CustodyEvent.action == CustodyAction.MANIFESTED)).one()
        (page,) = manifests.pages_of(session, "device")
    assert event.details["pages"] == [
        {"key": "tables/device/000000", "version": only.reference.version_id, "sha256": page.sha256}
    ]


def test_only_pages_in_which_a_row_was_touched_are_looked_at(catalog: Catalog, writer: PageWriter) -> None:
    ids = devices(catalog, 1)
    with catalog.writing() as session:
        session.add(rows.case("1"))
    with catalog.reading() as session:
        assert manifests.changes_behind(session) == 2
        assert manifests.oldest_change(session) is not None
    assert writer.write() == PagesWritten(2, 2)
    with catalog.reading() as session:
        assert (manifests.changes_behind(session), manifests.oldest_change(session)) == (0, None)
    assert writer.write() == PagesWritten(0, 0)
    with catalog.writing() as session:
        found = session.get_one(Device, ids[0])
        found.model = "A9"
        session.add(found)
    assert writer.write() == PagesWritten(1, 1)


@pytest.mark.usefixtures("small_pages")
def test_pages_grow_are_cut_and_never_move_what_they_hold(
    catalog: Catalog, store: LocalStore, writer: PageWriter
) -> None:
    ids = devices(catalog, 40)
    writer.write()
    assert stored(store) == in_catalog(catalog)
    with catalog.reading() as session:
        first = manifests.pages_of(session, "device")
    assert sum(page.rows for page in first) == 40
    assert all(page.rows <= 6 for page in first)
    devices(catalog, 9, serial="T")
    with catalog.writing() as session:
        session.delete(session.get_one(Device, ids[4]))
        session.delete(session.get_one(Device, ids[0]))
    done = writer.write()
    assert stored(store) == in_catalog(catalog)
    with catalog.reading() as session:
        second = {page.page: page for page in manifests.pages_of(session, "device")}
        assert manifests.changes_behind(session) == 0
    assert {page.page: page.first_id for page in first}.items() <= {n: p.first_id for n, p in second.items()}.items()
    assert done.written < len(second)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("uploads", range(11))
def test_killed_between_any_two_pages_the_next_run_completes_them(
    catalog: Catalog, store: LocalStore, writer: PageWriter, monkeypatch: pytest.MonkeyPatch, uploads: int
) -> None:
    devices(catalog, 10)
    writer.write()
    devices(catalog, 30, serial="T")
    left, upload = [uploads], LocalStore.upload

    def counted(self: LocalStore, *given: object, **more: object) -> object:
        if left[0] == 0:
            raise StoreUnavailable("here", "the power went")
        left[0] -= 1
        return upload(self, *given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(LocalStore, "upload", counted)
    with pytest.raises(StoreUnavailable):
        writer.write()
    monkeypatch.undo()
    monkeypatch.setattr(pages, "PAGE_ROWS", 3)
    monkeypatch.setattr(pages, "CUT_ABOVE", 6)
    monkeypatch.setattr(pages, "PAGES_AT_ONCE", 2)
    everything = {
        (row.table, row.document["id"]) for key, content in newest(store) for row in page_from(content, where=key).rows
    }
    assert everything >= {key for key in in_catalog(catalog) if key[0] != "device"}
    writer.write()
    assert stored(store) == in_catalog(catalog)


def test_what_changes_while_its_page_is_written_is_not_overlooked(
    catalog: Catalog, store: LocalStore, writer: PageWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with catalog.writing() as session:
        session.add(rows.case("1"))
    upload = LocalStore.upload

    def slow(self: LocalStore, *given: object, **more: object) -> object:
        monkeypatch.undo()
        with catalog.writing() as session:
            found = session.exec(select(Case)).one()
            found.cause = "changed meanwhile"
            session.add(found)
        return upload(self, *given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(LocalStore, "upload", slow)
    writer.write()
    assert stored(store) == in_catalog(catalog)


def test_the_first_version_of_manifests_is_still_read() -> None:
    recording = rows.recording("现场.mp4", captured_at=NOW)
    sighting = rows.sighting(recording)
    first = {
        "manifest_version": 1,
        "recording": recording.model_dump(mode="json"),
        "sightings": [
            {**sighting.model_dump(mode="json", exclude={"path_bytes"}), "path_bytes": sighting.path_bytes.hex()}
        ],
        "links": [],
    }
    told = rows_told(json.dumps(first, ensure_ascii=False, indent=1).encode(), where="here")
    assert [row.table for row in told] == ["recording", "sighting"]
    by_name = {table.name: table for table in manifest_tables()}
    back = [row_from(by_name[row.table], row.document, where="here") for row in told]
    assert back[0] == recording.model_dump()
    assert back[1] == sighting.model_dump()
