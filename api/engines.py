"""Opens the engines that the settings name. Nothing is made at a store or server here: that is done on purpose only."""

from pathlib import Path

from api.engine_settings import CatalogSettings, DispatchSettings, StorageSettings
from catalog.dispatch import Broker, redis_broker
from catalog.engine import Catalog, postgresql_url, sqlite_url
from storage.contract import ObjectStore
from storage.local import LocalStore
from storage.local_files import translated_errors
from storage.s3 import S3Store


def open_store(settings: StorageSettings, home: Path) -> ObjectStore:
    """The store, reached and found fit. Raises StorageError."""
    if settings.engine == "s3" and settings.s3 is not None:
        store = S3Store(settings.s3)
        store.check()
        return store
    return LocalStore(home / "objects", reserve_bytes=settings.reserve_mib * 1024 * 1024)


def open_catalog(settings: CatalogSettings, home: Path) -> Catalog:
    """The catalog; nothing is connected yet, except that a SQLite file is made. Raises StorageError."""
    if settings.url is not None:
        password = settings.password.get_secret_value() if settings.password else None
        return Catalog(
            postgresql_url(settings.url.get_secret_value(), password),
            connections=settings.connections,
            statement_seconds=settings.statement_seconds,
            lock_seconds=settings.lock_seconds,
        )
    _make_private(home / "catalog.sqlite3")
    return Catalog(sqlite_url(home / "catalog.sqlite3"))


def open_broker(settings: DispatchSettings) -> Broker | None:
    """The broker of the doorbell; None for one within this process. Nothing is connected yet."""
    if settings.url is None:
        return None
    password = settings.password.get_secret_value() if settings.password else None
    return redis_broker(
        settings.url.get_secret_value(), password=password, namespace=settings.namespace, ca_file=settings.ca_file
    )


def _make_private(database: Path) -> None:
    """Keep the catalog from other users of the machine; what SQLite puts beside it takes over its rights."""
    with translated_errors(database.parent):
        database.touch(mode=0o600)
        database.chmod(0o600)
