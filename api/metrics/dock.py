"""What the docks of this process count, and what its slots show at this moment, catalog or not."""

from collections.abc import Callable, Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from catalog.tables.docking import SlotCondition
from ingest.intake import IntakeOutcome, IntakeResult
from ingest.slot_state import SlotReport

_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)

Reports = Callable[[], Sequence[SlotReport]]


class DockMetrics:
    def __init__(self, registry: CollectorRegistry, reports: Reports = tuple) -> None:
        """`reports` gives the present state of the slots of this process; it is called when Prometheus asks."""
        self._files = Counter(
            "zhilu_intake_files", "Files that were taken in, by outcome.", ["outcome"], registry=registry
        )
        self._bytes = Counter(
            "zhilu_intake_bytes", "Size of the files that were taken in, by outcome.", ["outcome"], registry=registry
        )
        self._to_safe = Histogram(
            "zhilu_time_to_safe_seconds",
            "From a file standing still to its receipt.",
            registry=registry,
            buckets=_SECONDS,
        )
        for outcome in IntakeOutcome:
            self._files.labels(outcome.value)
            self._bytes.labels(outcome.value)
        registry.register(_Slots(reports))

    def on_result(self, result: IntakeResult, seconds_to_safe: float | None = None) -> None:
        """Count one file; `seconds_to_safe` where it is known since when it stood still."""
        self._files.labels(result.outcome.value).inc()
        if result.size is not None:
            self._bytes.labels(result.outcome.value).inc(result.size)
        if seconds_to_safe is not None and result.outcome is not IntakeOutcome.FAILED:
            self._to_safe.observe(seconds_to_safe)


class _Slots(Collector):
    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        shown = GaugeMetricFamily(
            "zhilu_dock_slot_condition", "1 for what a slot of this dock shows.", labels=["slot", "condition"]
        )
        files = GaugeMetricFamily(
            "zhilu_dock_slot_files", "Files of the card in the slot, by state.", labels=["slot", "state"]
        )
        sizes = GaugeMetricFamily(
            "zhilu_dock_slot_bytes", "Size of the files of the card in the slot, by state.", labels=["slot", "state"]
        )
        missing = GaugeMetricFamily(
            "zhilu_dock_slot_cards_taken_out",
            "Cards that went before they were done, and are still out.",
            labels=["slot"],
        )
        for report in self._reports():
            missing.add_metric([report.slot], len(report.taken_out))
            for condition in SlotCondition:
                shown.add_metric([report.slot, condition.value], report.condition is condition)
            for state, count in (
                ("found", report.files_found),
                ("secured", report.files_secured),
                ("failed", report.files_failed),
                ("waiting", report.files_waiting),
            ):
                files.add_metric([report.slot, state], count)
            sizes.add_metric([report.slot, "found"], report.bytes_found)
            sizes.add_metric([report.slot, "secured"], report.bytes_secured)
        yield shown
        yield files
        yield sizes
        yield missing
