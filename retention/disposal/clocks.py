"""Asking every clock there is: that of this machine, of the catalog's server, and of the store."""

from collections.abc import Callable
from datetime import datetime

from catalog import server
from catalog.engine import Catalog
from retention.disposal.waiting import Clocks

StoreClock = Callable[[], datetime | None]


def ask(catalog: Catalog, store_clock: StoreClock, clock: Callable[[], datetime]) -> Clocks:
    """Raises CatalogUnavailable, StorageError: a clock that cannot be asked is not one that agrees."""
    said = server.ask(catalog)
    return Clocks(ours=clock(), catalog=said.clock if said is not None else None, store=store_clock())
