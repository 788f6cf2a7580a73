"""What somebody does who has the catalog's machine in their hands: past the program, past the triggers."""

import contextlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import URL, Connection, Table, create_engine, delete, insert, text, update
from sqlmodel import SQLModel

from catalog.engine import Catalog


class Attacker:
    """Writes into the database with all rights of its owner. Needs no key and leaves no word in the log."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def change(self, table: str, row_id: UUID, **values: Any) -> None:
        found = _table(table)
        self._run(found, update(found).where(found.c.id == row_id).values(**values))

    def remove(self, table: str, row_id: UUID) -> None:
        found = _table(table)
        self._run(found, delete(found).where(found.c.id == row_id))

    @contextlib.contextmanager
    def _unchecked(self) -> Iterator[Connection]:
        """References and checks of the database are not enforced."""
        if not self.catalog.is_sqlite:
            with self.catalog.engine.begin() as connection:
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
                yield connection
            return
        database = self.catalog.engine.url.database
        engine = create_engine(URL.create("sqlite", database=database))
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
                yield connection
        finally:
            engine.dispose()

    def insert(self, table: str, **values: Any) -> None:
        found = _table(table)
        self._run(found, insert(found).values(**values))

    def write(self, table: str, column: str, expression: str, row_id: UUID) -> None:
        """What no type of the program would let through."""
        statement = f'UPDATE "{table}" SET "{column}" = {expression} WHERE id = :id'  # noqa: S608 - by tests alone
        self.run(table, statement, id=row_id.hex)

    def execute(self, table: str, statement: Any) -> None:
        """Any statement, once the triggers of that table are out of the way."""
        self._run(_table(table), statement)

    def run(self, table: str, statement: str, **values: Any) -> None:
        self._run(_table(table), text(statement).bindparams(**values))

    def _run(self, table: Table, statement: Any) -> None:
        with self._unchecked() as connection:
            self._disarm(connection, table)
            connection.execute(statement)

    def _disarm(self, connection: Connection, table: Table) -> None:
        if not self.catalog.is_sqlite:
            connection.exec_driver_sql(f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER')
            return
        named = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
        for name in connection.execute(named, {"table": table.name}).scalars().all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]
