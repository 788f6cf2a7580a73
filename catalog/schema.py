"""Bringing a database to the schema of this version, from whichever version made it. Never rebuilt."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlmodel import Session

from catalog.engine import Catalog
from catalog.errors import CatalogNewer, CatalogOlder, CatalogUnavailable

_MIGRATION_LOCK = 0x5A68696C75  # any fixed number: PostgreSQL's advisory locks are named by numbers


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file: the migrations lie beside this module."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def newest_revision() -> str:
    revision = ScriptDirectory.from_config(configuration()).get_current_head()
    assert revision is not None  # noqa: S101 - the package ships its migrations
    return revision


def current_revision(catalog: Catalog) -> str | None:
    """The revision of the database, None if it is empty. Raises CatalogUnavailable."""
    with catalog.translated(), catalog.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def prepare(catalog: Catalog) -> None:
    """Make sure that the database has the schema of this version, as every process does at its start.

    A SQLite file is upgraded right away: it is ours alone. A PostgreSQL is upgraded on purpose, by a role that may:
    processes of other versions may be at work on it. Raises CatalogOlder, CatalogNewer, CatalogUnavailable.
    """
    if catalog.engine.dialect.name == "sqlite":
        upgrade(catalog)
        return
    current = current_revision(catalog)
    if current == newest_revision():
        return
    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if current is None or current in known:
        raise CatalogOlder(catalog.where, current)
    raise CatalogNewer(catalog.where, current)


def upgrade(catalog: Catalog) -> None:
    """Run what is missing; several processes may call this at once. Raises CatalogNewer, CatalogUnavailable."""
    current = current_revision(catalog)
    if current == newest_revision():
        return
    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if current is not None and current not in known:
        raise CatalogNewer(catalog.where, current)
    with catalog.translated(), _alone(catalog), catalog.engine.connect() as connection, connection.begin():
        command.upgrade(configuration(connection), "head")


def damage(session: Session) -> str | None:
    """What the database itself finds wrong with its files, None if nothing; PostgreSQL checks its pages as it reads."""
    if session.get_bind().dialect.name != "sqlite":
        return None
    first: str = session.connection().execute(text("PRAGMA quick_check(1)")).scalar_one()
    return None if first == "ok" else first


@contextlib.contextmanager
def _alone(catalog: Catalog) -> Iterator[None]:
    """Keep other processes from migrating the same database meanwhile."""
    database = catalog.engine.url.database
    if catalog.engine.dialect.name == "sqlite" and database:
        with _lock_file(catalog, Path(f"{database}.migrating")) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    with catalog.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:name)"), {"name": _MIGRATION_LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:name)"), {"name": _MIGRATION_LOCK})


def _lock_file(catalog: Catalog, path: Path) -> IO[str]:
    try:
        return path.open("w")
    except OSError as error:
        raise CatalogUnavailable(catalog.where, f"{path} cannot be written ({error.strerror})") from error
