"""Gathered transactions are tried on every database."""

from tests.databases import (  # noqa: F401 - fixtures
    catalog,
    database,
    migrated_postgresql,
    migrated_sqlite,
    open_catalogs,
)
