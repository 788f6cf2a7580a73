"""Ringing for jobs from what does none itself: docks and commands."""

import contextlib
from collections.abc import Callable, Iterator

from api.engines import open_bell
from api.runtime import Runtime
from catalog.doorbell import Doorbell, RingOutcome
from catalog.errors import CatalogError
from catalog.sweep import sweep

OnRings = Callable[[RingOutcome, int], None]


@contextlib.contextmanager
def ringing(runtime: Runtime, *, on_rings: OnRings = lambda _outcome, _count: None) -> Iterator[Doorbell]:
    """A doorbell for a process that does no jobs itself; without a Redis it tells nobody, and the sweeps find them.

    Raises DispatchMisconfigured for an address that cannot be one.
    """
    doorbell = Doorbell(bell=open_bell(runtime.settings.dispatch), on_rings=on_rings)
    try:
        yield doorbell
    finally:
        doorbell.close()


def ring_for_due(runtime: Runtime) -> None:
    """Ring once for what a command has put on the ledger, where workers elsewhere can be rung for. Never an error."""
    if runtime.settings.dispatch.url is None:
        return
    with contextlib.suppress(CatalogError), ringing(runtime) as doorbell:
        sweep(runtime.catalog, doorbell.ring, runtime.clock())
