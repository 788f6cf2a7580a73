"""A row of any table of evidence that was changed, removed or inserted past the program is found and named.

The catalogs are shared by the tests of this module: each attack is undone, which `verify` then finds in order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select

from api.verifying.model import Code, Finding, Part
from catalog.engine import Catalog
from catalog.seals import sealed_tables
from tests import evidence_rows
from tests.api.verifying.conftest import ENGINES, Verify, verifying
from tests.attacker import Attacker
from tests.engines import MigratedPostgresql, MigratedSqlite
from tests.evidence_rows import Made

TABLES = [pytest.param(table, id=table.name) for table in sealed_tables()]
FIXED = evidence_rows.LEFT_EMPTY | evidence_rows.ONE_VALUE.keys()


@dataclass
class Filled:
    """A catalog with rows in every table of evidence, somebody who is at it, and who looks afterwards."""

    catalog: Catalog
    made: Made
    attacker: Attacker
    verify: Verify

    def rows(self) -> list[Finding]:
        return [each for each in self.verify()[0] if each.part is Part.ROWS]

    def standing(self, table: Table, row_id: UUID) -> dict[str, Any]:
        with self.catalog.reading() as session:
            return dict(session.connection().execute(select(table).where(table.c.id == row_id)).mappings().one())


@pytest.fixture(scope="module", params=ENGINES)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    folder: Path = tmp_path_factory.mktemp("filled")
    if request.param == "sqlite":
        migrated: MigratedSqlite = request.getfixturevalue("migrated_sqlite")
        yield from _filled(Catalog(migrated.copy(folder)), folder)
        return
    server: MigratedPostgresql = request.getfixturevalue("migrated_postgresql")
    with server.copy() as address:
        yield from _filled(Catalog(address), folder)


def _filled(catalog: Catalog, folder: Path) -> Iterator[Filled]:
    with catalog.writing() as session:
        made = evidence_rows.fill(session)
    yield Filled(catalog, made, Attacker(catalog), verifying(catalog, folder / "objects"))
    catalog.close()


def test_rows_that_nobody_touched_are_as_sealed(filled: Filled) -> None:
    found, tallies = filled.verify()
    assert [each for each in found if each.part is Part.ROWS] == []
    rows = sum(len(ids) for ids in filled.made.values())
    assert (tallies[Part.ROWS].of, tallies[Part.ROWS].checked) == (rows, rows)


@pytest.mark.parametrize("table", TABLES)
def test_a_column_changed(filled: Filled, table: Table) -> None:
    row_id = filled.made[table.name][0]
    before = filled.standing(table, row_id)
    for column in table.columns:
        if column.name == "id" or (table.name, column.name) in FIXED:
            continue
        value = evidence_rows.changed(column, before[column.name], filled.made)
        filled.attacker.change(table.name, row_id, **{column.name: value})
        (finding,) = filled.rows()
        assert finding.code is Code.ROW_CHANGED, column.name
        assert (finding.facts["table"], finding.facts["row"]) == (table.name, str(row_id)), column.name
        filled.attacker.change(table.name, row_id, **{column.name: before[column.name]})
    assert filled.rows() == []


@pytest.mark.parametrize("table", TABLES)
def test_a_row_inserted(filled: Filled, table: Table) -> None:
    values = evidence_rows.another(table, filled.made, 2, apart=True)
    filled.attacker.insert(table.name, **values)
    (finding,) = filled.rows()
    assert finding.code is Code.ROW_UNSEALED
    assert (finding.facts["table"], finding.facts["row"]) == (table.name, str(values["id"]))
    filled.attacker.remove(table.name, values["id"])
    assert filled.rows() == []


@pytest.mark.parametrize("table", TABLES)
def test_a_row_removed(filled: Filled, table: Table) -> None:
    row_id = filled.made[table.name][1]
    before = filled.standing(table, row_id)
    filled.attacker.remove(table.name, row_id)
    (finding,) = filled.rows()
    assert finding.code is Code.ROW_GONE
    assert (finding.facts["table"], finding.facts["row"]) == (table.name, str(row_id))
    filled.attacker.insert(table.name, **before)
    assert filled.rows() == []


@pytest.mark.parametrize("filled", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("table", "column", "written"),
    [
        ("recording", "media", "'not json'"),
        ("recording", "secured_at", "'yesterday'"),
        ("sighting", "name", "CAST(x'ff41' AS TEXT)"),
        ("case", "status", "'gone'"),
    ],
)
def test_a_value_that_its_column_cannot_hold(filled: Filled, table: str, column: str, written: str) -> None:
    row_id = filled.made[table][0]
    (model,) = (each for each in sealed_tables() if each.name == table)
    before = filled.standing(model, row_id)[column]
    filled.attacker.write(table, column, written, row_id)
    (finding,) = filled.rows()
    assert (finding.code, finding.facts["row"]) == (Code.ROW_UNREADABLE, str(row_id))
    filled.attacker.change(table, row_id, **{column: before})
    assert filled.rows() == []
