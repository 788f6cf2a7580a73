"""The engines of a rebuild: the store as the settings say, and the catalog that is to be filled."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from api.engines import open_folder, open_postgresql, open_sqlite
from api.runtime import home_of, make_home
from api.settings import Settings
from api.start_checks import reach_store
from catalog import postgresql, schema
from catalog.engine import Catalog
from storage.contract import ObjectStore


def store_to_read(settings: Settings, clock: Callable[[], datetime]) -> ObjectStore:
    """Raises StorageError, ClocksApart."""
    store: ObjectStore | None = reach_store(settings.storage, clock)
    return store or open_folder(settings.storage, home_of(settings))


@contextmanager
def catalog_to_fill(settings: Settings, into: str | None) -> Iterator[Catalog]:
    """The catalog of the settings, or that `into` names (an address of PostgreSQL, or a home), with its schema.

    Raises CatalogError, StorageError.
    """
    catalog = _opened(settings, into)
    try:
        schema.prepare(catalog)
        yield catalog
    finally:
        catalog.close()


def _opened(settings: Settings, into: str | None) -> Catalog:
    if into is None and settings.catalog.url is not None:
        return open_postgresql(settings.catalog)
    if into is not None and into.startswith(("postgresql:", "postgresql+")):
        return Catalog(postgresql.address(into, None))
    home = Path(into) if into is not None else home_of(settings)
    make_home(home)
    return open_sqlite(home)
