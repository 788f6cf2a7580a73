"""The catalog in numbers, on every database."""

from datetime import timedelta

from catalog.engine import Catalog
from catalog.repositories import custody, jobs
from catalog.repositories.measures import Measures, ProbeMeasure, SlotMeasure, measures
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.tables.docking import SlotCondition, SlotState
from catalog.tables.jobs import JobKind, JobState
from catalog.tables.register import Slot, Station
from catalog.tables.storage_probes import StorageProbe
from tests import rows
from tests.rows import NOW, secured

MARGIN = timedelta(days=92)


def counted(catalog: Catalog) -> Measures:
    with catalog.reading() as session:
        return measures(session, now=NOW, margin=MARGIN, fixity_since=NOW - MARGIN, fixity_due=NOW - MARGIN / 2)


def test_an_empty_catalog_is_all_zeros(catalog: Catalog) -> None:
    found = counted(catalog)
    assert (found.recordings, found.recording_bytes, found.locks_ending, found.intakes_failed) == (0, 0, 0, 0)
    assert (found.jobs_due, found.oldest_due, found.probes, found.slots) == (0, None, (), ())
    assert set(found.jobs) == {(kind, state) for kind in JobKind for state in JobState}
    assert set(found.jobs.values()) == {0}


def test_recordings_and_locks(catalog: Catalog) -> None:
    ends = (None, NOW - timedelta(days=1), NOW + MARGIN - timedelta(hours=1), NOW + MARGIN + timedelta(hours=1))
    with catalog.writing() as session:
        for size, until in zip((1, 10, 100, 6_000_000_000), ends, strict=True):
            rows.add(session, rows.recording(size=size, locked_until=until))
    found = counted(catalog)
    assert (found.recordings, found.recording_bytes, found.locks_ending) == (4, 6_000_000_111, 3)


def test_what_is_due_and_since_when(catalog: Catalog) -> None:
    since = NOW - timedelta(minutes=7)
    late, dead = secured(catalog, now=since), secured(catalog, JobKind.DERIVE, now=NOW - timedelta(hours=1))
    backing_off = secured(catalog)
    failed, running = secured(catalog, JobKind.MATCH), secured(catalog, JobKind.MATCH)
    with catalog.writing() as session:
        assert jobs.claim(session, backing_off, owner="alive", now=NOW)
        assert jobs.failed(session, backing_off, owner="alive", reason="later", retryable=True, now=NOW)
        assert jobs.claim(session, dead, owner="dead", now=NOW - timedelta(minutes=30))
        assert jobs.claim(session, running, owner="alive", now=NOW)
        assert jobs.claim(session, failed, owner="alive", now=NOW)
        assert jobs.failed(session, failed, owner="alive", reason="no", retryable=False, now=NOW) is JobState.FAILED
    found = counted(catalog)
    # Two manifests among them: of the one that has no chain that ends in one, and of the one whose chain was given up.
    assert (found.jobs_due, found.oldest_due) == (4, NOW - timedelta(hours=1))
    assert {pair: count for pair, count in found.jobs.items() if count} == {
        (JobKind.PROBE, JobState.WAITING): 2,
        (JobKind.DERIVE, JobState.RUNNING): 1,
        (JobKind.MATCH, JobState.RUNNING): 1,
        (JobKind.MATCH, JobState.FAILED): 1,
        (JobKind.MANIFEST, JobState.WAITING): 2,
    }
    with catalog.writing() as session:
        assert jobs.claim(session, dead, owner="alive", now=NOW)
    found = counted(catalog)
    assert (found.jobs_due, found.oldest_due) == (3, since)
    assert late


def test_failed_intakes_of_the_last_day(catalog: Catalog) -> None:
    with catalog.writing() as session:
        for hours, result in (
            (1, CustodyResult.FAILED),
            (23, CustodyResult.FAILED),
            (25, CustodyResult.FAILED),
            (1, CustodyResult.DONE),
        ):
            custody.record(
                session,
                CustodyAction.SECURED,
                at=NOW - timedelta(hours=hours),
                actor="tests",
                subject_kind="path",
                subject_id=None,
                result=result,
                path="/card/a",
            )
    assert counted(catalog).intakes_failed == 2


def test_the_latest_probe_of_each_store(catalog: Catalog) -> None:
    def probe(store: str, hours: int, *, immutable: bool) -> StorageProbe:
        at = NOW - timedelta(hours=hours)
        return StorageProbe(at=at, store=store, immutable=immutable, trials=[], actor="tests", program_version="0")

    with catalog.writing() as session:
        rows.add(session, probe("a", 1, immutable=False), probe("a", 2, immutable=True), probe("b", 5, immutable=True))
        rows.add(session, probe("c", 3, immutable=True), probe("c", 3, immutable=False))
    found = {each.store: each for each in counted(catalog).probes}
    assert found == {
        "a": ProbeMeasure("a", immutable=False, at=NOW - timedelta(hours=1)),
        "b": ProbeMeasure("b", immutable=True, at=NOW - timedelta(hours=5)),
        "c": ProbeMeasure("c", immutable=False, at=NOW - timedelta(hours=3)),
    }


def test_what_each_slot_shows(catalog: Catalog) -> None:
    with catalog.writing() as session:
        station = Station(name="四楼采集站")
        slots = [Slot(station_id=station.id, name=name) for name in ("2", "1")]
        rows.add(session, station, *slots)
        states = [
            SlotState(slot_id=slot.id, condition=condition, since=NOW, told_at=NOW)
            for slot, condition in zip(slots, (SlotCondition.ATTENTION, SlotCondition.SAFE_TO_REMOVE), strict=True)
        ]
        rows.add(session, *states)
    assert counted(catalog).slots == (
        SlotMeasure("四楼采集站", "1", SlotCondition.SAFE_TO_REMOVE, NOW),
        SlotMeasure("四楼采集站", "2", SlotCondition.ATTENTION, NOW),
    )
