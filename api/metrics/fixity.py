"""What reading stored bytes again counts in this process."""

from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge

from catalog.tables.fixity import FixityOutcome
from retention.fixity import FixityRound


class FixityMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        # A label-less gauge would say 1970 before the first round.
        self._at = Gauge(
            "zhilu_fixity_round_timestamp_seconds", "End of the last complete round here.", (), registry=None
        )
        self._registry, self._told = registry, False
        self._bytes = Counter("zhilu_fixity_bytes", "Bytes read again in this process.", registry=registry)
        self._versions = Counter(
            "zhilu_fixity_reads", "Versions read again in this process.", ["outcome"], registry=registry
        )
        for outcome in FixityOutcome:
            self._versions.labels(outcome.value)

    def on_round(self, found: FixityRound, now: datetime) -> None:
        self._bytes.inc(found.bytes_read)
        for outcome, count in found.outcomes.items():
            self._versions.labels(outcome.value).inc(count)
        if found.paused is not None:
            return
        self._at.set(now.timestamp())
        if not self._told:
            self._registry.register(self._at)
            self._told = True
