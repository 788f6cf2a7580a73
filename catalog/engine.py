"""The catalog's database: opening it, and the two kinds of transaction.

SQLite runs in WAL with synchronous=FULL: a commit is on the medium before `secured` is said. Writing transactions
take the write lock at their begin (BEGIN IMMEDIATE), since a read that later turns into a write cannot wait its turn.
PostgreSQL reads in REPEATABLE READ, so that all statements of one look see the same moment, as in SQLite.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import Session

from catalog.errors import CatalogDamaged, CatalogFull, CatalogUnavailable

_BUSY_SECONDS = 60
_READ_ONLY = "zhilu_read_only"
_READ_ONLY_POSTGRESQL = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_ROOM_GONE = ("disk is full", "No space left")


class Catalog:
    """One database. `writing()` and `reading()` are the only transactions; they commit at the edge, once."""

    def __init__(
        self, url: str | URL, *, connections: int = 8, statement_seconds: float = 60.0, lock_seconds: float = 30.0
    ) -> None:
        """Open what `sqlite_url` gives or `postgresql+psycopg://...`; nothing is connected yet.

        The limits are those of PostgreSQL: no statement takes or waits for a row longer than that.
        """
        self.engine = _open(url, connections, statement_seconds, lock_seconds)
        # Never with the password: this is for people and logs.
        self.where = make_url(url).render_as_string(hide_password=True)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that commits when the block ends and rolls back when it raises.

        Raises CatalogUnavailable, CatalogFull.
        """
        with self.translated(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent look that changes nothing. Raises CatalogUnavailable."""
        options = {_READ_ONLY: True} if self.engine.dialect.name == "sqlite" else _READ_ONLY_POSTGRESQL
        engine = self.engine.execution_options(**options)
        with self.translated(), Session(engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        """Tell what the engine meets in our own errors: CatalogUnavailable, CatalogDamaged, CatalogFull."""
        try:
            yield
        except OperationalError as error:
            if any(sign in str(error.orig) for sign in _ROOM_GONE):
                raise CatalogFull(self.where) from error
            raise CatalogUnavailable(self.where, _first_line(error)) from error
        except NoConnectionFree as error:
            raise CatalogUnavailable(self.where, "all its connections are in use") from error
        except DatabaseError as error:
            # SQLite tells of a damaged file by the base class itself; its subclasses are faults of statements.
            if type(error.orig) is not sqlite3.DatabaseError:
                raise
            raise CatalogDamaged(self.where, _first_line(error)) from error


def _first_line(error: DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error.orig).__name__


def _open(url: str | URL, connections: int, statement_seconds: float, lock_seconds: float) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        limits = f"-c statement_timeout={statement_seconds * 1000:.0f} -c lock_timeout={lock_seconds * 1000:.0f}"
        return create_engine(
            url,
            pool_pre_ping=True,
            pool_timeout=30,
            pool_size=connections,
            max_overflow=connections,
            connect_args={"connect_timeout": 10, "options": limits, "application_name": "zhilu"},
        )
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, pool_size=16, max_overflow=16)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    # Recursive triggers: without them INSERT OR REPLACE would remove a row past the triggers that keep evidence.
    for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql("BEGIN DEFERRED" if read_only else "BEGIN IMMEDIATE")


def postgresql_url(url: str, password: str | None = None) -> URL:
    """The address of a PostgreSQL database, with a password that was kept apart from it."""
    found = make_url(url)
    return found if password is None else found.set(password=password)


def sqlite_url(path: Path) -> URL:
    """The address of a SQLite database file, whatever characters its path has."""
    return URL.create("sqlite", database=str(path))
