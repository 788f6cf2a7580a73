"""Bringing a database to the schema of this version, from whichever version made it. Never rebuilt.

Alembic is read in only where something is to be upgraded: every process asks whether it is, few have to.
"""

import contextlib
import fcntl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlmodel import Session

from catalog.engine import Catalog
from catalog.engine_errors import misconfigured
from catalog.errors import CatalogNewer, CatalogOlder
from catalog.lock_file import open_lock_file

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x5A68696C75  # any fixed number: PostgreSQL's advisory locks are named by numbers


def configuration(connection: Connection | None = None) -> "Config":
    """Alembic's configuration, without a file: the migrations lie beside this module."""
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def newest_revision() -> str:
    return max(_revisions())


def _revisions() -> frozenset[str]:
    """All that this version knows: the number that the name of each migration begins with."""
    return frozenset(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def current_revision(catalog: Catalog) -> str | None:
    """The revision of the database, None if it is empty. Raises CatalogUnavailable."""
    with catalog.translated(), catalog.engine.connect() as connection:
        return _revision_of(connection)


def _revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return found


@dataclass(frozen=True, slots=True)
class Upgraded:
    """From which revision (None: an empty database) to which; the same twice where nothing was missing."""

    before: str | None
    after: str


def prepare(catalog: Catalog) -> None:
    """Make sure that the database has the schema of this version, as every process does at its start.

    A SQLite file is upgraded right away: it is ours alone. A PostgreSQL is upgraded on purpose, by a role that may:
    processes of other versions may be at work on it. Raises CatalogOlder, CatalogNewer, CatalogMisconfigured,
    CatalogUnavailable.
    """
    if catalog.is_sqlite:
        upgrade(catalog)
        return
    _check_encoding(catalog)
    current = current_revision(catalog)
    if current == newest_revision():
        return
    _refuse_unknown(catalog, current)
    raise CatalogOlder(catalog.where, current)


def upgrade(catalog: Catalog) -> Upgraded:
    """Run what is missing; several processes may call this at once. Raises as `prepare` does, but for CatalogOlder."""
    current, newest = current_revision(catalog), newest_revision()
    if current == newest:
        return Upgraded(current, newest)
    _refuse_unknown(catalog, current)
    _check_encoding(catalog)
    from alembic import command  # noqa: PLC0415 - see above

    with (
        catalog.unhurried() as engine,
        _alone(catalog),
        engine.connect() as connection,
        _foreign_keys_off(catalog, connection),
        connection.begin(),
    ):
        # Again, now that nobody else is at it.
        before = _revision_of(connection)
        command.upgrade(configuration(connection), "head")
        _check_foreign_keys(catalog, connection)
    return Upgraded(before, newest)


@contextlib.contextmanager
def _foreign_keys_off(catalog: Catalog, connection: Connection) -> Iterator[None]:
    """Let SQLite's tables be made anew; it heeds this outside transactions alone."""
    raw = connection.connection.dbapi_connection
    if not catalog.is_sqlite or raw is None:
        yield
        return
    raw.cursor().execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.cursor().execute("PRAGMA foreign_keys=ON")


def _check_foreign_keys(catalog: Catalog, connection: Connection) -> None:
    """Before the commit: whatever was made anew, what refers to it still must find it. Raises RuntimeError."""
    if catalog.is_sqlite:
        lost = connection.execute(text("PRAGMA foreign_key_check")).first()
        if lost is not None:
            message = f"the migration left a reference without its row: {tuple(lost)}"
            raise RuntimeError(message)


def refuse_newer(catalog: Catalog) -> None:
    """Raises CatalogNewer where a later version has been at work, CatalogUnavailable."""
    _refuse_unknown(catalog, current_revision(catalog))


def _refuse_unknown(catalog: Catalog, current: str | None) -> None:
    if current is not None and current not in _revisions():
        raise CatalogNewer(catalog.where, current)


def _check_encoding(catalog: Catalog) -> None:
    """Names are in any script and must come back as they were. Raises CatalogMisconfigured."""
    if catalog.is_sqlite:
        return
    with catalog.translated(), catalog.engine.connect() as connection:
        encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise misconfigured(catalog.where, "not_utf8", str(encoding))


def damage(session: Session) -> str | None:
    """What the database itself finds wrong with its files, None if nothing; PostgreSQL checks its pages as it reads."""
    if session.get_bind().dialect.name != "sqlite":
        return None
    first: str = session.connection().execute(text("PRAGMA quick_check(1)")).scalar_one()
    return None if first == "ok" else first


@contextlib.contextmanager
def _alone(catalog: Catalog) -> Iterator[None]:
    """Keep other processes from migrating the same database meanwhile; waited for as long as it takes."""
    database = catalog.engine.url.database
    if catalog.is_sqlite and database:
        with open_lock_file(catalog, Path(f"{database}.migrating")) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    with catalog.unhurried() as engine, _outside_transactions(engine) as connection:
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:name)"), {"name": _MIGRATION_LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:name)"), {"name": _MIGRATION_LOCK})


@contextlib.contextmanager
def _outside_transactions(engine: Engine) -> Iterator[Connection]:
    """A connection that holds no transaction open while it is kept: the migration may want all of them gone."""
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        yield connection
