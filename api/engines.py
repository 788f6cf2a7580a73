"""Opens the engines that the settings name. Nothing is made at a store or server here: that is done on purpose only."""

from pathlib import Path

from api.engine_settings import CatalogSettings, DispatchSettings, ReplicaSettings, StorageSettings
from catalog import postgresql
from catalog.dispatch import RedisBell
from catalog.engine import Catalog, sqlite_url
from retention.fixity_repair import Replica
from storage.contract import ObjectStore
from storage.errors import StoreUnavailable
from storage.local import LocalStore
from storage.local_files import translated_errors
from storage.s3 import S3Store


def open_folder(settings: StorageSettings, home: Path) -> LocalStore:
    """The store in the home; its folders are made. Raises StorageError."""
    return LocalStore(home / "objects", reserve_bytes=settings.reserve_mib * 1024 * 1024)


def replica_of(settings: ReplicaSettings) -> Replica:
    """What damaged recordings are repaired from; nothing is opened or connected yet, and nothing is ever made there."""
    if settings.engine == "s3":
        s3 = settings.s3
        assert s3 is not None  # noqa: S101 - the settings have looked
        return Replica(s3.endpoint, lambda: S3Store(s3))
    folder = settings.folder
    assert folder is not None  # noqa: S101 - the settings have looked

    def opened() -> ObjectStore:
        if not (folder / "objects").is_dir():
            raise StoreUnavailable(str(folder), "no store lies there", "no_store")
        return LocalStore(folder)

    return Replica(str(folder), opened)


def open_postgresql(settings: CatalogSettings) -> Catalog:
    """The catalog on the server that `settings.url` names; nothing is connected yet."""
    assert settings.url is not None  # noqa: S101 - the caller has looked
    password = settings.password.get_secret_value() if settings.password else None
    return Catalog(
        postgresql.address(settings.url.get_secret_value(), password),
        connections=settings.connections,
        limits=postgresql.Limits(settings.statement_seconds, settings.lock_seconds, settings.idle_seconds),
    )


def open_sqlite(home: Path) -> Catalog:
    """The catalog in the home; its file is made. Raises StorageError."""
    _make_private(home / "catalog.sqlite3")
    return Catalog(sqlite_url(home / "catalog.sqlite3"))


def open_bell(settings: DispatchSettings) -> RedisBell | None:
    """What rings between processes; None where rings stay within one. Nothing is connected yet.

    Raises DispatchMisconfigured.
    """
    if settings.url is None:
        return None
    password = settings.password.get_secret_value() if settings.password else None
    return RedisBell(
        settings.url.get_secret_value(), password=password, namespace=settings.namespace, ca_file=settings.ca_file
    )


def _make_private(database: Path) -> None:
    """Keep the catalog from other users of the machine; what SQLite puts beside it takes over its rights."""
    with translated_errors(database.parent):
        database.touch(mode=0o600)
        database.chmod(0o600)
