"""The catalog's database: opening it, and the two kinds of transaction.

SQLite runs in WAL with synchronous=FULL: a commit is on the medium before `secured` is said. Writing transactions
take the write lock at their begin (BEGIN IMMEDIATE), since a read that later turns into a write cannot wait its turn.
PostgreSQL reads in REPEATABLE READ, so that all statements of one look see the same moment, as in SQLite.
"""

import contextlib
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import Session

from catalog import postgresql, seals
from catalog.engine_errors import meaning, unavailable
from catalog.errors import CatalogBusy
from catalog.manifest import owed
from catalog.postgresql import Limits

Result = TypeVar("Result")

_BUSY_SECONDS = 60
_READ_ONLY = "zhilu_read_only"
_READ_ONLY_POSTGRESQL = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_WRITTEN_AT_MOST = 4
_APART_SECONDS = 0.05


class Catalog:
    """One database. `writing()`, `write()` and `reading()` are the only transactions; they commit at the edge, once."""

    def __init__(
        self,
        url: str | URL,
        *,
        connections: int = 8,
        limits: Limits | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Open what `sqlite_url` gives or `postgresql+psycopg://...`; nothing is connected yet.

        The limits are those of PostgreSQL; the clock dates changes of which no custody event tells.
        """
        self._clock = clock
        self._url, self._limits = make_url(url), limits or Limits()
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        self.engine = (
            _sqlite(self._url)
            if self.is_sqlite
            else postgresql.pooled(self._url, connections=connections, limits=self._limits)
        )
        # Never with the password: this is for people and logs.
        self.where = self._url.render_as_string() if self.is_sqlite else postgresql.shown(self._url)

    @contextlib.contextmanager
    def writing(self, *, at_length: bool = False) -> Iterator[Session]:
        """A transaction that commits when the block ends and rolls back when it raises.

        At its end the custody log is told what it made of each row of evidence (`catalog/seals.py`), and the ledger
        that their manifests are to be written anew (`catalog/manifest/owed.py`).

        `at_length` lifts the limit of statements, for work that takes as long as it takes. Raises CatalogUnavailable,
        CatalogFull, CatalogMisconfigured.
        """
        with self.translated(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            self._lift_limit(session, at_length)
            seals.collect(session)
            yield session
            now = self._clock()
            seals.seal(session, now=now, owe=lambda session, touched: owed.put(session, touched, now=now))

    def write(self, function: Callable[[Session], Result]) -> Result:
        """Run the function in a transaction, again from its beginning where another stood in its way (CatalogBusy).

        So it must be one that may run more than once. Raises as `writing` does.
        """
        attempt = 1
        while True:
            try:
                with self.writing() as session:
                    return function(session)
            except CatalogBusy:
                if attempt == _WRITTEN_AT_MOST:
                    raise
            # Apart by chance, or the same two would meet again.
            time.sleep(random.uniform(0, _APART_SECONDS * attempt))  # noqa: S311 - no secret hangs on it
            attempt += 1

    @contextlib.contextmanager
    def reading(self, *, at_length: bool = False) -> Iterator[Session]:
        """A consistent look that changes nothing; `at_length` as in `writing`. Raises CatalogUnavailable."""
        engine = self.engine.execution_options(**({_READ_ONLY: True} if self.is_sqlite else _READ_ONLY_POSTGRESQL))
        with self.translated(), Session(engine, expire_on_commit=False, autoflush=False) as session:
            self._lift_limit(session, at_length)
            yield session

    @contextlib.contextmanager
    def unhurried(self) -> Iterator[Engine]:
        """An engine for changing the schema: no statement is stopped for the time it takes. Raises as `writing` does.

        Waiting for others keeps its limit on PostgreSQL: who waits for a whole table makes all others wait behind it.
        """
        if self.is_sqlite:
            with self.translated():
                yield self.engine
            return
        engine = postgresql.unpooled(self._url, Limits(statement=0, lock=self._limits.lock, idle=0))
        try:
            with self.translated():
                yield engine
        finally:
            engine.dispose()

    def close(self) -> None:
        self.engine.dispose()

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        """Tell what the engine meets in our own errors; faults of a statement itself go through as they are."""
        try:
            yield
        except NoConnectionFree as error:
            raise unavailable(self.where, "in_use") from error
        except DBAPIError as error:
            ours = meaning(error, self.where)
            if ours is None:
                raise
            raise ours from error

    def _lift_limit(self, session: Session, lifted: bool) -> None:  # noqa: FBT001 - handed on
        if lifted and not self.is_sqlite:
            session.connection().execute(text("SET LOCAL statement_timeout = 0"))


def _sqlite(url: URL) -> Engine:
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


def sqlite_url(path: Path) -> URL:
    """The address of a SQLite database file, whatever characters its path has."""
    return URL.create("sqlite", database=str(path))
