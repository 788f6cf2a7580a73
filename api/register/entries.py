"""From rows to entries: the values of each row that could be read, and an error for each cell that could not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.register.model import Table, TableRow
from api.register.problems import LineError, Problem, ProblemCode, line_error
from api.register.values import Circumstances, Unsaid, read_value
from catalog.register_columns import REGISTER_COLUMNS, RegisterKind

_PERIODS = {RegisterKind.ASSIGNMENTS: ("from", "to"), RegisterKind.ACTIVITIES: ("started_at", "ended_at")}


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One row: its readable values by the English name of their column. A column the file lacks is not among them."""

    table: Table
    row: TableRow
    values: Mapping[str, Any]

    @property
    def kind(self) -> RegisterKind:
        return self.table.kind

    def error(self, problem: Problem, column: str | None = None) -> LineError:
        """The line error of a problem with this row, or with one column of it."""
        cell = self.row.cells.get(column) if column else None
        return line_error(
            problem,
            sheet=self.table.sheet,
            line=self.row.line,
            column=self.table.header(column) if column else None,
            value=cell.text if cell else None,
        )

    def elsewhere(self, other: "Entry") -> dict[str, str | int]:
        """Where another entry stands, as facts of a problem with this one; the sheet only if it is another."""
        same = self.table.sheet == other.table.sheet
        return {"other_line": other.row.line, "other_sheet": "" if same else other.table.sheet or ""}


def read_entries(tables: Iterable[Table], circumstances: Circumstances) -> tuple[list[Entry], list[LineError]]:
    """Read all rows of all tables, as far as they can be read."""
    entries: list[Entry] = []
    errors: list[LineError] = []
    for table in tables:
        required = {column.english for column in REGISTER_COLUMNS[table.kind] if column.required}
        for row in table.rows:
            entry, found = _entry(table, row, required, circumstances)
            entries.append(entry)
            errors.extend(found)
    return entries, errors


def _entry(
    table: Table, row: TableRow, required: set[str], circumstances: Circumstances
) -> tuple[Entry, list[LineError]]:
    values: dict[str, Any] = {}
    entry = Entry(table, row, values)
    errors = []
    for column, cell in row.cells.items():
        try:
            value = read_value(table.kind, column, cell, circumstances, required=column in required)
        except Problem as problem:
            errors.append(entry.error(problem, column))
        else:
            if value is not Unsaid.UNSAID:
                values[column] = value
    backwards = _backwards(entry)
    return entry, [*errors, backwards] if backwards else errors


def _backwards(entry: Entry) -> LineError | None:
    columns = _PERIODS.get(entry.kind)
    if columns is None:
        return None
    start: datetime | None = entry.values.get(columns[0])
    end: datetime | None = entry.values.get(columns[1])
    if start is None or end is None or end >= start:
        return None
    written = {"start": entry.row.cells[columns[0]].text, "end": entry.row.cells[columns[1]].text}
    return entry.error(Problem(ProblemCode.END_BEFORE_START, written), columns[1])
