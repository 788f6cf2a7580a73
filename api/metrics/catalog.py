"""The catalog in figures, read when Prometheus asks, and at most once in a few seconds."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.metrics.timed_look import TimedLook
from api.runtime import Runtime
from catalog.repositories.custody_standing import LogStanding
from catalog.repositories.evaluation import Standing
from catalog.repositories.fixity import Coverage
from catalog.repositories.measures import Measures, ProbeMeasure, SlotMeasure, measures
from catalog.tables.docking import SlotCondition
from retention.fixity_plan import due_before


class CatalogCollector(Collector):
    """Tells `zhilu_catalog_up 0` and nothing else when the catalog does not answer in time."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._measures = TimedLook(self._look, name="measures")

    def describe(self) -> list[Metric]:
        """Nothing beforehand: registering must not ask the catalog."""
        return []

    def collect(self) -> Iterator[Metric]:
        found = self._measures.latest()
        yield _gauge("zhilu_catalog_up", "Whether the catalog answered this process just now.", found is not None)
        if found is not None:
            yield from _families(found, self._runtime.clock())

    def _look(self) -> Measures:
        with self._runtime.catalog.reading() as session:
            now, fixity = self._runtime.clock(), self._runtime.settings.fixity
            return measures(
                session,
                now=now,
                margin=self._runtime.settings.lock.renewal_margin,
                fixity_since=now - fixity.window,
                fixity_due=due_before(fixity, now),
            )


def _families(found: Measures, now: datetime) -> Iterator[Metric]:
    yield _gauge("zhilu_recordings", "Recordings on record.", found.recordings)
    yield _gauge("zhilu_recording_bytes", "Size of all recordings on record.", found.recording_bytes)
    yield _gauge(
        "zhilu_locks_ending",
        "Locks that end within the renewal margin, or are unknown, and should not end.",
        found.locks_ending,
    )
    soonest = GaugeMetricFamily(
        "zhilu_lock_soonest_end_timestamp_seconds", "When the first lock of all ends that should not.", labels=[]
    )
    if found.soonest_lock_end is not None:
        soonest.add_metric([], found.soonest_lock_end.timestamp())
    yield soonest
    yield _gauge(
        "zhilu_disposals_waiting", "Lists of what may be disposed of that wait for approval.", found.disposals_waiting
    )
    until = found.disposal_recoverable_until
    yield _gauge(
        "zhilu_disposal_recoverable_until_seconds",
        "Until when the next of the approved lists can be taken back, 0 where none is approved.",
        until.timestamp() if until else 0.0,
    )
    yield from _fixity(found.fixity)
    yield _jobs(found)
    yield _gauge("zhilu_jobs_due", "Jobs that could begin now.", found.jobs_due)
    age = (now - found.oldest_due).total_seconds() if found.oldest_due else 0.0
    yield _gauge(
        "zhilu_oldest_due_job_age_seconds", "How long the job due for longest has been due; 0: none is.", max(age, 0.0)
    )
    yield _gauge("zhilu_intakes_failed_last_day", "Failed attempts to secure a file in 24 hours.", found.intakes_failed)
    yield _gauge(
        "zhilu_manifest_page_changes",
        "Changes of rows that no page in the store tells yet; manifests of recordings: zhilu_jobs of kind manifest.",
        found.page_changes,
    )
    waits = (now - found.oldest_page_change).total_seconds() if found.oldest_page_change else 0.0
    yield _gauge(
        "zhilu_oldest_manifest_page_change_age_seconds",
        "How long the first of these changes has waited; 0: none does.",
        max(waits, 0.0),
    )
    yield from _custody(found.custody, now)
    yield from _retention(found.retention)
    yield from _verified(found)
    yield from _probes(found.probes)
    yield from _slots(found.slots)


def _fixity(found: Coverage) -> Iterator[Metric]:
    yield _gauge("zhilu_fixity_versions", "Stored versions of recordings on record.", found.versions)
    yield _gauge("zhilu_fixity_checked", "Of these, read again within the window and put on record.", found.checked)
    yield _gauge("zhilu_fixity_overdue", "Neither read again nor stored within the window.", found.overdue)
    yield _gauge("zhilu_fixity_damaged", "Versions that serve and were not intact when read last.", found.damaged)


def _jobs(found: Measures) -> Metric:
    family = GaugeMetricFamily(
        "zhilu_jobs", "Jobs of the ledger; those that failed wait for a person.", labels=["kind", "state"]
    )
    for (kind, state), count in found.jobs.items():
        family.add_metric([kind.value, state.value], count)
    return family


def _custody(found: LogStanding, now: datetime) -> Iterator[Metric]:
    yield _gauge("zhilu_custody_events", "Custody events that have their position in the tree.", found.placed)
    yield _gauge("zhilu_custody_events_waiting", "Custody events that wait for their position.", found.waiting)
    yield _gauge("zhilu_custody_events_signed", "Custody events under the last checkpoint.", found.signed)
    at = found.checkpoint_at.timestamp() if found.checkpoint_at else 0.0
    yield _gauge("zhilu_custody_checkpoint_timestamp_seconds", "When the last checkpoint was signed; 0: none was.", at)
    yield _gauge(
        "zhilu_custody_unsigned_age_seconds",
        "How long ago the first custody event was written that no checkpoint covers; 0: all are covered.",
        found.unsigned_for(now).total_seconds(),
    )
    yield _gauge("zhilu_custody_stamps_pending", "Time stamps that were asked for and have not come.", found.pending)
    waiting = (now - found.pending_since).total_seconds() if found.pending_since else 0.0
    yield _gauge(
        "zhilu_custody_stamp_age_seconds", "How long the oldest of those has been asked for.", max(waiting, 0.0)
    )


def _retention(found: Standing) -> Iterator[Metric]:
    yield _gauge("zhilu_retention_undecided", "Recordings that never expire by themselves.", found.undecided)
    yield _gauge("zhilu_retention_decided", "Recordings with a decision, of zhilu_recordings.", found.decided)
    yield _gauge("zhilu_retention_waiting", "Changes of facts since the latest evaluation.", found.waiting)
    yield _gauge("zhilu_retention_schedule_in_force", "Whether any schedule is in force.", found.in_force is not None)
    at = GaugeMetricFamily(
        "zhilu_retention_evaluation_timestamp_seconds", "When retention was evaluated last; absent: never.", labels=[]
    )
    if found.evaluated_at is not None:
        at.add_metric([], found.evaluated_at.timestamp())
    yield at


def _verified(found: Measures) -> Iterator[Metric]:
    """Nothing where there never was one: an alarm on its absence is what is wanted then."""
    if found.verified is None:
        return
    at = found.verified.at.timestamp()
    yield _gauge("zhilu_verified_timestamp_seconds", "When everything was verified last, bytes included.", at)
    yield _gauge("zhilu_verified_passed", "Whether all could be checked then, and was right.", found.verified.passed)
    yield _gauge("zhilu_verified_discrepancies", "What that found.", found.verified.discrepancies)
    yield _gauge("zhilu_verified_unchecked", "What could not be checked then.", found.verified.unchecked)


def _probes(probes: tuple[ProbeMeasure, ...]) -> Iterator[Metric]:
    immutable = GaugeMetricFamily(
        "zhilu_storage_probe_immutable", "Whether the latest probe of the store could break no lock.", labels=["store"]
    )
    at = GaugeMetricFamily("zhilu_storage_probe_timestamp_seconds", "When that probe was.", labels=["store"])
    until = GaugeMetricFamily(
        "zhilu_storage_probe_unclear_until_timestamp_seconds",
        "Only where nothing was broken and one trial takes days: by when it is to be known.",
        labels=["store"],
    )
    for probe in probes:
        immutable.add_metric([probe.store], probe.immutable)
        at.add_metric([probe.store], probe.at.timestamp())
        if probe.unclear_until is not None:
            until.add_metric([probe.store], probe.unclear_until.timestamp())
    yield immutable
    yield at
    yield until


def _slots(slots: tuple[SlotMeasure, ...]) -> Iterator[Metric]:
    counted = Counter(slot.condition for slot in slots)
    counts = GaugeMetricFamily("zhilu_slots", "Slots by what they show.", labels=["condition"])
    shown = GaugeMetricFamily(
        "zhilu_slot_condition", "1 for what a slot shows.", labels=["station", "slot", "condition"]
    )
    told = GaugeMetricFamily(
        "zhilu_slot_told_timestamp_seconds", "When its dock last told of the slot.", labels=["station", "slot"]
    )
    for condition in SlotCondition:
        counts.add_metric([condition.value], counted[condition])
        for slot in slots:
            shown.add_metric([slot.station, slot.slot, condition.value], slot.condition is condition)
    for slot in slots:
        told.add_metric([slot.station, slot.slot], slot.told_at.timestamp())
    yield counts
    yield shown
    yield told


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=float(value))
