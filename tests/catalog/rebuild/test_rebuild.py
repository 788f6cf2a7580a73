"""Rebuilding: what the buckets hold makes the same catalog again, and what they lack is told, never made up."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import select

from catalog.engine import Catalog
from catalog.errors import CatalogNotEmpty
from catalog.rebuild import putting
from catalog.rebuild.report import FindingKind
from catalog.repositories import custody_log, recordings
from catalog.tables import Case, CustodyEvent, Job, Recording
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind, JobState
from storage.local import LocalStore
from storage.model import Bucket, VersionReference
from tests.catalog.rebuild.archives import Archive, archive, facts, kinds, lines, log
from tests.catalog.rebuild.conftest import EmptyCatalog
from tests.sealing import broken_seals

ENGINES = ["sqlite", "postgresql"]


def check_equal(before: Catalog, after: Catalog) -> None:
    assert facts(after) == facts(before)
    *same, last = log(after)
    assert same == log(before)
    assert last["row"]["action"] == CustodyAction.REBUILT
    assert broken_seals(after) == {}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_rebuilt_catalog_is_equal_on_whatever_engine(
    small: Archive, empty_catalog: EmptyCatalog, engine: str
) -> None:
    after = empty_catalog(engine)
    done = small.rebuild(after)
    assert kinds(done) == {}
    assert done.rows["recording"] == 24
    assert done.checkpoints == done.checkpoints_found > 0
    assert done.objects_read == done.objects_listed
    check_equal(small.catalog, after)


@pytest.mark.slow
def test_two_thousand_recordings_come_back_equal(catalog: Catalog, tmp_path: Path, empty_catalog: EmptyCatalog) -> None:
    large = archive(catalog, LocalStore(tmp_path / "objects"), tmp_path, 2000)
    after = empty_catalog("sqlite" if catalog.is_sqlite else "postgresql")
    done = large.rebuild(after)
    assert (kinds(done), done.rows["recording"]) == ({}, 2000)
    check_equal(catalog, after)


def test_the_log_goes_on_where_it_was(small: Archive, empty_catalog: EmptyCatalog) -> None:
    after = empty_catalog("sqlite")
    small.rebuild(after)
    with small.catalog.reading() as session:
        size, latest = custody_log.size(session), custody_log.latest_checkpoint(session)
    with after.reading() as session:
        assert custody_log.size(session) == size
        found = custody_log.latest_checkpoint(session)
    assert latest is not None
    assert found is not None
    assert (found.size, found.root, found.note) == (latest.size, latest.root, latest.note)
    again = Archive(after, small.store, small.folder, small.recordings)
    again.sign()
    with after.reading() as session:
        grown = custody_log.latest_checkpoint(session)
        rebuilt = session.exec(select(CustodyEvent).where(CustodyEvent.action == CustodyAction.REBUILT)).one()
        assert custody_log.position_of(session, rebuilt.id) == size
    assert grown is not None
    assert grown.size > latest.size


def test_what_is_left_to_do_stands_in_the_ledger_and_nothing_is_claimed(
    small: Archive, empty_catalog: EmptyCatalog
) -> None:
    lacking = small.recordings[1]
    for each in list(small.store.list_references(Bucket.DERIVATIVES)):
        if str(lacking) in each.reference.key:
            small.store.delete_version(each.reference)
    after = empty_catalog("sqlite")
    small.rebuild(after)
    with after.reading() as session:
        ledger = {(job.recording_id, job.kind): job for job in session.exec(select(Job))}
        assert not any(job.owner or job.lease_until for job in ledger.values())
        disposed = {row.id for row in session.exec(select(Recording)) if row.disposed_at}
    waiting = {key for key, job in ledger.items() if job.state is JobState.WAITING}
    assert (lacking, JobKind.DERIVE) in waiting
    assert {kind for _id, kind in waiting} == {JobKind.DERIVE, JobKind.HOLD}
    assert {each for each, kind in waiting if kind is JobKind.DERIVE} == {lacking}
    assert not {each for each, _kind in waiting} & disposed


def test_a_catalog_that_holds_anything_is_refused(small: Archive) -> None:
    before = lines(small.catalog)
    with pytest.raises(CatalogNotEmpty):
        small.rebuild(small.catalog)
    assert lines(small.catalog) == before


def test_a_dry_run_writes_nothing(small: Archive, empty_catalog: EmptyCatalog) -> None:
    after = empty_catalog("sqlite")
    done = small.rebuild(after, dry_run=True)
    assert done.rows["recording"] == 24
    assert lines(after) == []
    assert kinds(small.rebuild(after)) == {}


def test_a_manifest_that_is_missing_is_told_with_each_row_it_held(small: Archive, empty_catalog: EmptyCatalog) -> None:
    gone = small.recordings[7]
    _remove(small, _manifest_key(small, gone))
    after = empty_catalog("sqlite")
    done = small.rebuild(after)
    lost = {finding.subject for finding in done.findings if finding.kind is FindingKind.LOST}
    assert f"recording/{gone}" in lost
    expected = {
        f"{line['table']}/{line['row']['id']}"
        for line in facts(small.catalog)
        if str(gone) in {line["row"].get("id"), line["row"].get("recording_id")}
    }
    assert lost == expected
    assert done.count(FindingKind.UNKNOWN_ORIGINAL) == 1 + 1  # its original, and what replaced it
    assert broken_seals(after) == {}


def test_a_damaged_manifest_is_told_and_an_older_one_read(small: Archive, empty_catalog: EmptyCatalog) -> None:
    changed = small.recordings[2]
    with small.catalog.writing() as session:
        found = recordings.get(session, changed)
        found.important = True
        session.add(found)
    small.settle()
    _damage(small, _manifest_key(small, changed), b"{")
    after = empty_catalog("sqlite")
    done = small.rebuild(after)
    assert kinds(done) == {FindingKind.CHANGED: 1, FindingKind.UNREADABLE: 1, FindingKind.STALE: 1}
    with after.reading() as session:
        assert not recordings.get(session, changed).important
    assert broken_seals(after) == {}


def test_a_row_changed_in_a_manifest_is_never_silently_taken(small: Archive, empty_catalog: EmptyCatalog) -> None:
    victim = small.recordings[3]
    key = _manifest_key(small, victim)
    content = _content(small, _newest(small, key))
    assert "现场0003".encode() in content
    _damage(small, key, content.replace("现场0003".encode(), "现场9999".encode()))
    after = empty_catalog("sqlite")
    done = small.rebuild(after)
    assert kinds(done) == {FindingKind.CHANGED: 1, FindingKind.CONTRADICTS: 2}  # the recording and its sighting
    # It stays marked: whoever verifies finds it.
    assert set(broken_seals(after)) == {
        finding.subject for finding in done.findings if finding.kind is FindingKind.CONTRADICTS
    }


def test_a_page_from_an_older_version_gives_rows_as_they_were(small: Archive, empty_catalog: EmptyCatalog) -> None:
    with small.catalog.writing() as session:
        case = session.exec(select(Case)).one()
        case.cause = "改变"
        session.add(case)
    small.settle()
    _remove(small, "tables/case/000000", newest_only=True)
    after = empty_catalog("sqlite")
    assert kinds(small.rebuild(after)) == {FindingKind.STALE: 1}
    with after.reading() as session:
        assert session.exec(select(Case)).one().cause == "无照经营"
    assert broken_seals(after) == {}


def test_a_forged_manifest_in_the_place_of_the_real_one_does_not_count(
    small: Archive, empty_catalog: EmptyCatalog
) -> None:
    key = _manifest_key(small, small.recordings[3])
    content = _content(small, _newest(small, key))
    with small.store.upload(Bucket.MANIFESTS, key) as upload:
        upload.write(content.replace("现场0003".encode(), "现场9999".encode()))
        upload.complete()
    after = empty_catalog("sqlite")
    assert kinds(small.rebuild(after)) == {FindingKind.UNTOLD: 1}
    check_equal(small.catalog, after)


def test_killed_in_the_middle_it_is_done_again(
    small: Archive, empty_catalog: EmptyCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = empty_catalog("sqlite" if small.catalog.is_sqlite else "postgresql")
    put_table, left = putting._put_table, [6]

    def killed(*given: object) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        put_table(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(putting, "_put_table", killed)
    with pytest.raises(KeyboardInterrupt):
        small.rebuild(after)
    monkeypatch.undo()
    assert kinds(small.rebuild(after)) == {}
    check_equal(small.catalog, after)


def test_what_happened_since_the_last_checkpoint_is_told(small: Archive, empty_catalog: EmptyCatalog) -> None:
    late = small.recordings[4]
    with small.catalog.writing() as session:
        found = recordings.get(session, late)
        found.important = True
        session.add(found)
    small.write_manifests()  # and the catalog is lost before the log is signed again
    after = empty_catalog("sqlite")
    done = small.rebuild(after)
    assert kinds(done) == {FindingKind.UNTOLD: 1}
    with after.reading() as session:
        assert not recordings.get(session, late).important
    assert broken_seals(after) == {}


def _manifest_key(archive: Archive, recording_id: UUID) -> str:
    with archive.catalog.reading() as session:
        return recordings.get(session, recording_id).object_key


def _newest(archive: Archive, key: str) -> VersionReference:
    *_, newest = [each.reference for each in archive.store.list_references(Bucket.MANIFESTS, key)]
    return newest


def _content(archive: Archive, reference: VersionReference) -> bytes:
    return b"".join(archive.store.read(reference))


def _files(archive: Archive, reference: VersionReference) -> list[Path]:
    """Past the store: its lock forbids what happens here."""
    folder = archive.folder / "objects"
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and reference.version_id in str(path) and reference.key in str(path)
    ]


def _remove(archive: Archive, key: str, *, newest_only: bool = False) -> None:
    for each in list(archive.store.list_references(Bucket.MANIFESTS, key)):
        if not newest_only or each.reference == _newest(archive, key):
            for path in _files(archive, each.reference):
                path.unlink()


def _damage(archive: Archive, key: str, content: bytes) -> None:
    for path in _files(archive, _newest(archive, key)):
        if path.stat().st_size > 0 and path.read_bytes() == _content(archive, _newest(archive, key)):
            path.chmod(0o600)
            path.write_bytes(content)
            return
    raise AssertionError(key)
