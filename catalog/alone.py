"""Doing something in one process at a time, of all that share a catalog."""

import contextlib
import fcntl
import hashlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from catalog.engine import Catalog
from catalog.lock_file import open_lock_file


@contextlib.contextmanager
def alone(catalog: Catalog, what: str) -> Iterator[bool]:
    """Whether nobody else is doing `what` now; if so, nobody else will until the block ends.

    Nobody waits: who comes second goes on with something else. A process that dies, or loses its connection, makes
    room; so this spares work, and nothing may depend on it. Raises CatalogUnavailable.
    """
    if catalog.is_sqlite:
        with _file_held(catalog, what) as held:
            yield held
        return
    # No transaction is kept open meanwhile: it would keep PostgreSQL from clearing away dead rows.
    engine = catalog.engine.execution_options(isolation_level="AUTOCOMMIT")
    name = int.from_bytes(hashlib.sha256(f"zhilu {what}".encode()).digest()[:8], signed=True)
    with catalog.translated():
        connection = engine.connect()
    try:
        with catalog.translated():
            held = bool(connection.execute(text("SELECT pg_try_advisory_lock(:name)"), {"name": name}).scalar_one())
        yield held
    finally:
        # Closed for good, which frees the lock even where saying so would not get through any more.
        connection.invalidate()
        connection.close()


@contextlib.contextmanager
def _file_held(catalog: Catalog, what: str) -> Iterator[bool]:
    path = Path(f"{catalog.engine.url.database}.{what.replace(' ', '-')}")
    with open_lock_file(catalog, path) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
