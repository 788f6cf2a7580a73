"""Which errors are faults of an engine, that every file would meet, and not of the file that met them."""

from catalog.errors import CatalogBusy, CatalogError, CatalogFull, NotFound
from ingest.breaker import Fault
from ingest.slot_reason import FaultFacts
from ingest.slot_state import TroubleKind
from storage.errors import StoreFull, StoreMisconfigured, StoreUnavailable


def engine_fault(error: Exception | None) -> Fault | None:
    """The fault of an engine that this error tells of; None if it is the file's own, or none at all."""
    match error:
        case StoreFull():
            return Fault(TroubleKind.STORE_FULL, FaultFacts.of(error))
        case StoreMisconfigured():
            return Fault(TroubleKind.STORE_MISCONFIGURED, FaultFacts.of(error))
        case StoreUnavailable():
            return Fault(TroubleKind.STORE_AWAY, FaultFacts.of(error))
        case CatalogFull():
            return Fault(TroubleKind.CATALOG_FULL, FaultFacts.of(error))
        case CatalogError() if not isinstance(error, CatalogBusy | NotFound):
            return Fault(TroubleKind.CATALOG_AWAY, FaultFacts.of(error))
        case _:
            return None
