"""What the workers of this process count."""

from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from catalog.doorbell import RingOutcome
from catalog.tables import Job
from catalog.work import JobEnd
from retention.renewal import Renewal

# From matching, which takes milliseconds, to transcoding hours of footage.
_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200)


class WorkMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "zhilu_job_duration_seconds",
            "How long jobs took in this process, by how they ended for it.",
            ["kind", "outcome"],
            registry=registry,
            buckets=_SECONDS,
        )

    def on_end(self, job: Job, end: JobEnd, seconds: float) -> None:
        self._seconds.labels(job.kind.value, end.value).observe(seconds)


class RingMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._rings = Counter(
            "zhilu_rings",
            "What became of rings for jobs; those that are skipped or lost cost time and lose nothing.",
            ["outcome"],
            registry=registry,
        )
        for outcome in RingOutcome:
            self._rings.labels(outcome.value)

    def on_rings(self, outcome: RingOutcome, count: int) -> None:
        self._rings.labels(outcome.value).inc(count)


class RenewalMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        # A label-less gauge would say 1970 before the first round.
        self._at = Gauge(
            "zhilu_lock_renewal_timestamp_seconds", "End of the last round of lock renewal here.", (), registry=None
        )
        self._registry = registry
        self._locks = Counter(
            "zhilu_lock_renewals", "Locks that were due in rounds of this process.", ["outcome"], registry=registry
        )
        self._told = False
        for outcome in ("renewed", "failed"):
            self._locks.labels(outcome)

    def on_round(self, renewal: Renewal, now: datetime) -> None:
        self._at.set(now.timestamp())
        if not self._told:
            self._registry.register(self._at)
            self._told = True
        self._locks.labels("renewed").inc(renewal.renewed)
        self._locks.labels("failed").inc(renewal.failed)
