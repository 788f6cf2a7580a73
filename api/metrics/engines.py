"""Whether the engines beside the catalog answer this process."""

from collections.abc import Callable, Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.engines import open_bell
from api.metrics.timed_look import TimedLook
from api.runtime import Runtime
from catalog.repositories import recordings
from storage.model import Bucket


class EngineCollector(Collector):
    """Asks the store, and Redis where there is one, when Prometheus asks."""

    def __init__(self, runtime: Runtime) -> None:
        """Raises DispatchMisconfigured."""
        self._store = TimedLook(answering(lambda: ask_store(runtime)), name="ask-store")
        bell = open_bell(runtime.settings.dispatch)
        self._redis = TimedLook(answering(bell.check), name="ask-redis") if bell is not None else None

    def describe(self) -> list[Metric]:
        """Nothing beforehand: registering must not ask anybody."""
        return []

    def collect(self) -> Iterator[Metric]:
        yield _up("zhilu_store_up", "Whether the store answered this process just now.", self._store)
        if self._redis is not None:
            yield _up("zhilu_redis_up", "Whether Redis answered; without it jobs begin a little later.", self._redis)


def answering(ask: Callable[[], None]) -> Callable[[], bool]:
    """Makes of something that raises when there is no answer something that says true when there is one."""

    def asked() -> bool:
        ask()
        return True

    return asked


def ask_store(runtime: Runtime) -> None:
    """Whatever is cheap and reaches the store. Raises StorageError."""
    next(runtime.store.list_versions(Bucket.MANIFESTS, "healthz/"), None)


def ask_catalog(runtime: Runtime) -> None:
    """Whatever is cheap and reaches the catalog. Raises CatalogError."""
    with runtime.catalog.reading() as session:
        recordings.count(session)


def _up(name: str, meaning: str, look: TimedLook[bool]) -> Metric:
    return GaugeMetricFamily(name, meaning, value=1.0 if look.latest() else 0.0)
