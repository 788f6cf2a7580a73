"""The registry of a process, and telling it over HTTP where the process has no page to do so on."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Gauge, PlatformCollector, ProcessCollector, start_http_server

from api.errors import MetricsPortTaken
from api.metrics.catalog import CatalogCollector
from api.metrics.engines import EngineCollector
from api.runtime import Runtime


def registry_of(runtime: Runtime) -> CollectorRegistry:
    """What every process tells, whatever it does. Raises DispatchMisconfigured."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    build = Gauge("zhilu_build_info", "The version of Zhilu.", ["version"], registry=registry)
    build.labels(version("zhilu")).set(1)
    registry.register(CatalogCollector(runtime))
    registry.register(EngineCollector(runtime))
    return registry


@contextmanager
def serving_metrics(registry: CollectorRegistry, host: str, port: int | None) -> Iterator[str | None]:
    """Tell of the registry at `/metrics` until the block ends; yields the address, None where no port is set.

    Port 0 takes a free one. Raises MetricsPortTaken.
    """
    if port is None:
        yield None
        return
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise MetricsPortTaken(host, port, error.strerror or str(error)) from error
    try:
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
