"""The services of the custody log, wired: positions, signatures, time stamps. Read in only where they are asked for."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from api.settings import Settings
from catalog.custody.checkpoints import Checkpointer
from catalog.custody.keys import KeyPlace, KeyRing
from catalog.custody.log_locks import LogLockRenewer
from catalog.custody.objects import Shelf
from catalog.custody.sequencer import Sequencer
from catalog.custody.stamps import Authority, Stamper
from retention.locks import LockSettings, lasting_lock, renewed_lock

if TYPE_CHECKING:
    from api.runtime import Runtime


class CustodyServices:
    """Made by `Runtime.custody`; each call builds one service on the engines of that process."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime, self._settings = runtime, runtime.settings
        self._catalog, self._store, self._clock = runtime.catalog, runtime.store, runtime.clock

    def sequencer(self) -> Sequencer:
        return Sequencer(self._catalog)

    def key_ring(self) -> KeyRing:
        return KeyRing(self._catalog, self.shelf(), key_place(self._settings, self._runtime.home), clock=self._clock)

    def checkpointer(self) -> Checkpointer:
        custody = self._settings.custody
        every = timedelta(seconds=custody.stamp_seconds)
        return Checkpointer(
            self._catalog,
            self.shelf(),
            self.key_ring(),
            authorities={authority.name: every for authority in custody.authorities},
            clock=self._clock,
        )

    def sign(self) -> None:
        """Put all that is on record under a signature now; where another machine has the key, it does so in a minute.

        Raises CustodyError, CatalogError, StorageError.
        """
        self.sequencer().run()
        self.checkpointer().run()

    def stamper(self) -> Stamper:
        authorities = [Authority(each.name, each.url, each.ca_file) for each in self._settings.custody.authorities]
        return Stamper(self._catalog, self.shelf(), authorities, clock=self._clock)

    def log_lock_renewer(self) -> LogLockRenewer:
        lock = self._log_lock()
        return LogLockRenewer(
            self._catalog, self._store, partial(renewed_lock, lock), margin=lock.renewal_margin, clock=self._clock
        )

    def shelf(self) -> Shelf:
        return Shelf(self._store, partial(lasting_lock, self._log_lock()))

    def _log_lock(self) -> LockSettings:
        """As originals are locked, for so many days as the log is."""
        return self._settings.lock.model_copy(update={"days": self._settings.custody.lock_days})


def key_place(settings: Settings, home: Path) -> KeyPlace:
    """Where the key of the custody log is, or would be made."""
    custody = settings.custody
    given = custody.key.get_secret_value() if custody.key else None
    return KeyPlace(custody.key_file or home / "custody" / "log-key", given, custody.name)
