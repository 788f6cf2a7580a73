"""Two catalogs: the one that is lost, on either engine, and an empty one to put in its place."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from catalog import schema
from catalog.engine import Catalog, sqlite_url
from storage.local import LocalStore
from tests.catalog.rebuild.archives import Archive, archive
from tests.engines import MigratedPostgresql

EmptyCatalog = Callable[[str], Catalog]


@pytest.fixture
def empty_catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EmptyCatalog]:
    """Opens an empty catalog on the engine of that name."""
    with ExitStack() as stack:

        def opened(engine: str) -> Catalog:
            if engine == "sqlite":
                catalog = Catalog(sqlite_url(tmp_path / f"again-{len(list(tmp_path.iterdir()))}.sqlite3"))
                schema.upgrade(catalog)
            else:
                server: MigratedPostgresql = request.getfixturevalue("migrated_postgresql")
                catalog = Catalog(stack.enter_context(server.copy()))
            stack.callback(catalog.close)
            return catalog

        yield opened


@pytest.fixture
def small(catalog: Catalog, tmp_path: Path) -> Archive:
    """Some recordings, enough for a row in every table of evidence."""
    return archive(catalog, LocalStore(tmp_path / "objects"), tmp_path, 24)
