"""Whether the locks of the store were tried and held: without that nothing is erased, unless the settings say so.

The only other copy of a file goes from its card on the word of the store that nobody can delete its version. Stores
have been seen that give that word and break it, so somebody has to have tried: `zhilu storage probe`.
"""

from catalog.engine import Catalog
from catalog.errors import CatalogError
from catalog.repositories import storage_probes
from ingest.erase_decision import broken_locks
from ingest.errors import ErasingRefused, KeptReason, SourceKept


class ProbeVerdict:
    """The latest probe of one store, as the catalog names it. Serves many threads."""

    def __init__(self, catalog: Catalog, store: str) -> None:
        self._catalog, self._store = catalog, store
        self._refused: ErasingRefused | None = None

    @property
    def refused(self) -> ErasingRefused | None:
        """Why nothing is erased, as the catalog told last."""
        return self._refused

    def ask(self) -> ErasingRefused | None:
        """Why nothing may be erased, None if the locks held. Raises CatalogError."""
        with self._catalog.reading() as session:
            probe = storage_probes.latest(session, self._store)
        if probe is None or not any(trial["weighs"] for trial in probe.trials):
            self._refused = ErasingRefused(self._store, ())
        else:
            broken = broken_locks(probe.trials)
            self._refused = ErasingRefused(self._store, broken) if broken else None
        return self._refused

    def check(self) -> None:
        """Raises SourceKept."""
        try:
            refused = self.ask()
        except CatalogError as error:
            raise SourceKept(KeptReason.CATALOG_SILENT, str(error).rstrip(".")) from error
        if refused is not None:
            raise SourceKept(KeptReason.LOCKS_BROKEN if refused.trials else KeptReason.NEVER_PROBED, refused.trials)
