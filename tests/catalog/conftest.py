"""The catalog's tests run on every database."""

from tests.databases import (  # noqa: F401 - fixtures
    catalog,
    database,
    empty_database,
    migrated_postgresql,
    migrated_sqlite,
    open_catalogs,
)
