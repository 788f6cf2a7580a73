"""What Prometheus is told: of the catalog, of this process, and of engines that do not answer."""

import dataclasses
import re
import threading
import urllib.request
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

import api.metrics
from api.errors import MetricsPortTaken
from api.http import create_app
from api.metrics import (
    DockMetrics,
    FixityMetrics,
    RenewalMetrics,
    RingMetrics,
    WorkMetrics,
    registry_of,
    serving_metrics,
)
from api.metrics.timed_look import TimedLook
from catalog.doorbell import RingOutcome
from catalog.errors import CatalogUnavailable
from catalog.repositories import custody
from catalog.tables import Job
from catalog.tables.custody import CustodyAction
from catalog.tables.docking import SlotCondition, SlotState
from catalog.tables.jobs import JobKind
from catalog.tables.register import Slot, Station
from catalog.tables.storage_probes import StorageProbe
from catalog.types import new_id
from catalog.work import JobEnd
from ingest.intake import IntakeOutcome, IntakeResult
from ingest.slot_reason import Reason, ReasonCode
from ingest.slot_state import SlotReport
from retention.fixity import FixityRound
from retention.renewal import Renewal
from storage.errors import StoreUnavailable
from tests import rows
from tests.api.conftest import NOW
from tests.rows import secured
from tests.waiting import eventually

LONG = 60.0
OURS = re.compile(r"\bzhilu_[a-z_]+")


def told(registry: CollectorRegistry) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample by its name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
    }


def everything(runtime: Any) -> CollectorRegistry:
    """The registry of a process that does all there is, and has done some of each."""
    registry = registry_of(runtime)
    job = Job(recording_id=new_id(), kind=JobKind.DERIVE, due_at=NOW, created_at=NOW)
    WorkMetrics(registry).on_end(job, JobEnd.RETRIED, 12.0)
    RingMetrics(registry).on_rings(RingOutcome.SENT, 3)
    FixityMetrics(registry).on_round(FixityRound(versions=1, bytes_read=9), NOW)
    RenewalMetrics(registry).on_round(Renewal(10, 5, 3, 2), NOW)
    missing = (Reason(ReasonCode.TAKEN_OUT_UNREAD, {"at": NOW.isoformat(), "known": "no"}),)
    report = SlotReport(
        "station",
        "1",
        SlotCondition.SECURED,
        None,
        NOW,
        files_found=3,
        files_secured=2,
        bytes_found=9,
        taken_out=missing,
    )
    docks = DockMetrics(registry, lambda: [report])
    docks.on_result(IntakeResult("/card/a", IntakeOutcome.SECURED, size=1000), 2.0)
    docks.on_result(IntakeResult("/card/b", IntakeOutcome.FAILED, reason="no"), None)
    return registry


@pytest.fixture
def filled(archive: Any) -> Any:
    """One recording, one job, one probe, one slot."""
    with archive.runtime.catalog.writing() as session:
        session.add(rows.recording(size=7, locked_until=NOW))
        station = Station(name="四楼")
        session.add(station)
        session.flush()
        slot = Slot(station_id=station.id, name="1")
        session.add(slot)
        session.flush()
        session.add(SlotState(slot_id=slot.id, condition=SlotCondition.READING, since=NOW, told_at=NOW))
        session.add(StorageProbe(at=NOW, store="s3:a", immutable=True, trials=[], actor="li", program_version="0"))
        custody.record(
            session,
            CustodyAction.VERIFIED,
            at=NOW,
            actor="li",
            subject_kind="catalog",
            subject_id=None,
            contents=True,
            passed=False,
            discrepancies=2,
            unchecked=1,
        )
    return archive


def test_the_catalog_in_figures(filled: Any) -> None:
    found = told(registry_of(filled.runtime))
    assert found["zhilu_catalog_up", ()] == 1
    assert found["zhilu_store_up", ()] == 1
    assert found["zhilu_recordings", ()] == 1
    assert found["zhilu_recording_bytes", ()] == 7
    assert found["zhilu_locks_ending", ()] == 1
    assert found["zhilu_storage_probe_immutable", (("store", "s3:a"),)] == 1
    assert found["zhilu_storage_probe_timestamp_seconds", (("store", "s3:a"),)] == NOW.timestamp()
    assert found["zhilu_slots", (("condition", "reading"),)] == 1
    assert found["zhilu_slots", (("condition", "safe to remove"),)] == 0
    assert found["zhilu_slot_condition", (("condition", "reading"), ("slot", "1"), ("station", "四楼"))] == 1
    assert found["zhilu_slot_told_timestamp_seconds", (("slot", "1"), ("station", "四楼"))] == NOW.timestamp()
    assert found["zhilu_verified_timestamp_seconds", ()] == NOW.timestamp()
    assert found["zhilu_verified_passed", ()] == 0
    assert found["zhilu_verified_discrepancies", ()] == 2
    assert found["zhilu_verified_unchecked", ()] == 1
    assert not any(name == "zhilu_redis_up" for name, _ in found)


def test_the_process_in_figures(filled: Any) -> None:
    found = told(everything(filled.runtime))
    assert found["zhilu_job_duration_seconds_count", (("kind", "derive"), ("outcome", "retried"))] == 1
    assert found["zhilu_job_duration_seconds_sum", (("kind", "derive"), ("outcome", "retried"))] == 12
    assert found["zhilu_rings_total", (("outcome", "sent"),)] == 3
    assert found["zhilu_rings_total", (("outcome", "lost"),)] == 0
    assert found["zhilu_lock_renewal_timestamp_seconds", ()] == NOW.timestamp()
    assert found["zhilu_lock_renewals_total", (("outcome", "renewed"),)] == 3
    assert found["zhilu_lock_renewals_total", (("outcome", "failed"),)] == 2
    assert found["zhilu_intake_files_total", (("outcome", "secured"),)] == 1
    assert found["zhilu_intake_files_total", (("outcome", "failed"),)] == 1
    assert found["zhilu_intake_bytes_total", (("outcome", "secured"),)] == 1000
    assert found["zhilu_time_to_safe_seconds_count", ()] == 1
    assert found["zhilu_dock_slot_condition", (("condition", "secured"), ("slot", "1"))] == 1
    assert found["zhilu_dock_slot_files", (("slot", "1"), ("state", "found"))] == 3
    assert found["zhilu_dock_slot_bytes", (("slot", "1"), ("state", "found"))] == 9
    assert found["zhilu_dock_slot_cards_taken_out", (("slot", "1"),)] == 1


def test_the_age_of_what_waits(archive: Any) -> None:
    secured(archive.runtime.catalog, now=archive.runtime.clock() - timedelta(minutes=5))
    found = told(registry_of(archive.runtime))
    assert found["zhilu_jobs_due", ()] == 1
    assert found["zhilu_oldest_due_job_age_seconds", ()] >= 300


def test_nothing_is_told_of_renewal_before_its_first_round(archive: Any) -> None:
    registry = registry_of(archive.runtime)
    renewal = RenewalMetrics(registry)
    assert ("zhilu_lock_renewal_timestamp_seconds", ()) not in told(registry)
    for _ in range(2):
        renewal.on_round(Renewal(0, 0, 0, 0), NOW)
        assert told(registry)["zhilu_lock_renewal_timestamp_seconds", ()] == NOW.timestamp()


def test_engines_that_do_not_answer_are_told_as_down(archive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("there", "it is gone")

    def gone(*_: object, **__: object) -> None:
        raise CatalogUnavailable("here", "it is gone")

    monkeypatch.setattr(type(archive.runtime.store), "list_versions", away)
    monkeypatch.setattr(type(archive.runtime.catalog), "reading", gone)
    found = told(everything(archive.runtime))
    assert (found["zhilu_catalog_up", ()], found["zhilu_store_up", ()]) == (0, 0)
    assert ("zhilu_recordings", ()) not in found
    assert found["zhilu_dock_slot_condition", (("condition", "secured"), ("slot", "1"))] == 1


def test_an_engine_that_hangs_holds_nobody_up(archive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hang(*_: object, **__: object) -> None:
        assert release.wait(LONG)

    monkeypatch.setattr("api.metrics.timed_look.PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(type(archive.runtime.store), "list_versions", hang)
    try:
        assert told(registry_of(archive.runtime))["zhilu_store_up", ()] == 0
    finally:
        release.set()


def test_no_two_processes_share_figures(archive: Any) -> None:
    one, another = registry_of(archive.runtime), registry_of(archive.runtime)
    RingMetrics(one).on_rings(RingOutcome.SENT, 1)
    RingMetrics(another)
    assert told(one)["zhilu_rings_total", (("outcome", "sent"),)] == 1
    assert told(another)["zhilu_rings_total", (("outcome", "sent"),)] == 0


def test_names_follow_the_conventions_and_say_what_they_mean(filled: Any) -> None:
    families = list(text_string_to_metric_families(generate_latest(everything(filled.runtime)).decode()))
    assert len({family.name for family in families}) == len(families)
    for family in families:
        assert family.name.startswith(("zhilu_", "process_", "python_")), family.name
        assert family.documentation.endswith(".") or not family.name.startswith("zhilu_"), family.name
        assert not family.name.endswith(("_ms", "_minutes", "_kilobytes", "_count", "_sum")), family.name
        assert family.type in {"gauge", "counter", "histogram"}, (family.name, family.type)


def test_what_is_written_down_is_what_is_told(filled: Any) -> None:
    with_redis = filled.runtime.settings.model_copy(
        update={"dispatch": filled.runtime.settings.dispatch.model_validate({"url": "redis://127.0.0.1:1/0"})}
    )
    registry = everything(dataclasses.replace(filled.runtime, settings=with_redis))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    names = {f"{each.name}_total" if each.type == "counter" else each.name for each in families}
    # When a counter was begun is added by prometheus-client itself.
    ours = {name for name in names if name.startswith("zhilu_") and not name.endswith("_created")}
    assert set(OURS.findall(api.metrics.__doc__ or "")) == ours


# --- over HTTP --------------------------------------------------------------------------------------------------


def test_the_page_tells_them_too(archive: Any) -> None:
    registry = registry_of(archive.runtime)
    RingMetrics(registry).on_rings(RingOutcome.LOST, 2)
    client = TestClient(create_app(archive.runtime, registry), base_url="http://127.0.0.1:8321")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'zhilu_rings_total{outcome="lost"} 2.0' in answer.text
    assert client.post("/metrics").status_code == 405
    assert client.get("/metrics", headers={"host": "evil.example"}).status_code == 421


def test_a_port_of_its_own(archive: Any) -> None:
    registry = registry_of(archive.runtime)
    with serving_metrics(registry, "127.0.0.1", None) as nowhere:
        assert nowhere is None
    with serving_metrics(registry, "127.0.0.1", 0) as address:
        assert address is not None
        with urllib.request.urlopen(address, timeout=LONG) as answer:  # noqa: S310 - our own
            assert b"zhilu_build_info" in answer.read()
        port = int(address.split(":")[2].partition("/")[0])
        with pytest.raises(MetricsPortTaken, match=str(port)), serving_metrics(registry, "127.0.0.1", port):
            pass
    with serving_metrics(registry, "127.0.0.1", port) as again:
        assert again == address


# --- looking without waiting ------------------------------------------------------------------------------------


@pytest.fixture
def release() -> Any:
    event = threading.Event()
    yield event
    event.set()


def test_what_was_seen_is_kept_for_a_while() -> None:
    looks: list[int] = []
    look = TimedLook(lambda: looks.append(1) or len(looks), name="look", fresh_seconds=3600)
    assert [look.latest() for _ in range(3)] == [1, 1, 1]


def test_what_is_not_fresh_is_looked_at_again() -> None:
    looks: list[int] = []
    look = TimedLook(lambda: looks.append(1) or len(looks), name="look", fresh_seconds=0)
    assert look.latest() == 1
    eventually(lambda: look.latest() not in {None, 1})


def test_that_there_was_no_answer_is_kept_too() -> None:
    looks: list[int] = []

    def fail() -> int:
        looks.append(1)
        raise LookupError

    look = TimedLook(fail, name="look", fresh_seconds=3600)
    assert [look.latest() for _ in range(3)] == [None, None, None]
    assert len(looks) == 1


def test_many_who_ask_at_once_make_one_look(release: threading.Event) -> None:
    looks: list[int] = []

    def slow() -> int:
        looks.append(1)
        assert release.wait(LONG)
        return 7

    look: TimedLook[int] = TimedLook(slow, name="look", fresh_seconds=3600, patience_seconds=LONG)
    answers: list[int | None] = []
    asking = [threading.Thread(target=lambda: answers.append(look.latest())) for _ in range(8)]
    for thread in asking:
        thread.start()
    eventually(lambda: looks)
    release.set()
    for thread in asking:
        thread.join(LONG)
    assert (answers, looks) == ([7] * 8, [1])


def test_who_lost_patience_gets_the_answer_next_time(release: threading.Event) -> None:
    def slow() -> int:
        assert release.wait(LONG)
        return 7

    look: TimedLook[int] = TimedLook(slow, name="look", fresh_seconds=3600, patience_seconds=0.01)
    assert look.latest() is None
    release.set()
    eventually(lambda: look.latest() == 7)
