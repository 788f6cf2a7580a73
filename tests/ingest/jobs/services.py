"""The services that a job is handed, for tests that call one directly."""

from pathlib import Path
from zoneinfo import ZoneInfo

from catalog.engine import Catalog
from ingest.derive import DerivationSettings
from ingest.jobs.services import IngestServices
from ingest.matching import MatchingSettings
from retention.locks import LockSettings, first_lock
from storage.contract import ObjectStore
from tests.rows import NOW


def services_for(catalog: Catalog, store: ObjectStore, scratch: Path) -> IngestServices:
    """At the moment NOW, with the settings as they are by default and no naming patterns."""
    return IngestServices(
        catalog=catalog,
        store=store,
        scratch=scratch,
        clock=lambda: NOW,
        zone=ZoneInfo("Asia/Shanghai"),
        patterns=(),
        derivation=DerivationSettings(),
        matching=MatchingSettings(),
        lock_for=lambda now: first_lock(LockSettings(), now),
    )
