"""Which job is done by what. The match is exhaustive: a new kind of job does not type-check until it is here."""

from collections.abc import Mapping
from functools import partial

from catalog.tables.jobs import JobKind
from catalog.work import Handler
from ingest.jobs import derive, manifest, probe
from ingest.jobs import match as matching
from ingest.jobs.services import IngestServices


def handlers(services: IngestServices, *, hold: Handler) -> Mapping[JobKind, Handler]:
    """All of them; holding is retention's, so it is handed over."""
    return {kind: _handler(services, kind, hold) for kind in JobKind}


def _handler(services: IngestServices, kind: JobKind, hold: Handler) -> Handler:
    match kind:
        case JobKind.PROBE:
            return partial(probe.probe, services)
        case JobKind.DERIVE:
            return partial(derive.derive, services)
        case JobKind.MATCH:
            return partial(matching.match, services)
        case JobKind.MANIFEST:
            return partial(manifest.manifest, services)
        case JobKind.HOLD:
            return hold
