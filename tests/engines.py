"""The engines that tests run on beside the embedded ones, each found by its address in the environment.

`infra/services/services start` runs them and `settings` prints the addresses. An engine whose address is not set is
skipped with a sentence that says so; with ZHILU_REQUIRE_ENGINES=1, as in continuous integration, that is a failure.
"""

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text

from catalog.engine import Catalog, sqlite_url
from catalog.schema import upgrade


def address_of(engine: str) -> str:
    """The address of `postgresql` or `redis`; skips the test (or fails it) where there is none."""
    name = f"ZHILU_TEST_{engine.upper()}"
    found = os.environ.get(name)
    if found:
        return found
    sentence = (
        f"No {engine} to test on: {name} is not set. "
        f"Run `infra/services/services start {engine}` and take its `settings`."
    )
    if os.environ.get("ZHILU_REQUIRE_ENGINES") == "1":
        pytest.fail(sentence)
    pytest.skip(sentence)


class MigratedSqlite:
    """A database file built once by the migrations and copied for each test."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.sqlite3"
        catalog = Catalog(sqlite_url(self._template))
        upgrade(catalog)
        catalog.close()

    def copy(self, folder: Path) -> URL:
        path = folder / "catalog.sqlite3"
        shutil.copyfile(self._template, path)
        return sqlite_url(path)


class MigratedPostgresql:
    """A database built once by the migrations; each test gets a database made from it."""

    def __init__(self, address: str) -> None:
        self._address = make_url(address)
        self._server = _autocommit(self._address)
        self._template = self._create("zhilu_template")
        catalog = Catalog(self._template)
        upgrade(catalog)
        catalog.close()

    @contextlib.contextmanager
    def copy(self) -> Iterator[URL]:
        made = self._create("zhilu_test", template=self._template)
        try:
            yield made
        finally:
            self._drop(made)

    @contextlib.contextmanager
    def empty(self) -> Iterator[URL]:
        made = self._create("zhilu_empty")
        try:
            yield made
        finally:
            self._drop(made)

    def close(self) -> None:
        self._drop(self._template)
        self._server.dispose()

    def _create(self, name: str, template: URL | None = None) -> URL:
        made = self._address.set(database=f"{name}_{uuid.uuid4().hex}")
        using = f' TEMPLATE "{template.database}"' if template is not None else ""
        with self._server.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{made.database}"{using}'))
        return made

    def _drop(self, made: URL) -> None:
        with self._server.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{made.database}" WITH (FORCE)'))


def _autocommit(address: URL) -> Engine:
    return create_engine(address, isolation_level="AUTOCOMMIT")
