"""From a file to tables: what it is, which registers stand in it, and their rows by column."""

import hashlib
from dataclasses import replace
from pathlib import Path

from api.register.csv_file import read_csv
from api.register.errors import (
    RegisterFileEmpty,
    RegisterFileMissing,
    RegisterFileTooLarge,
    RegisterFileUnreadable,
)
from api.register.headers import Headers, recognise
from api.register.limits import LIMITS, Limits
from api.register.model import Cell, Ignored, Reading, Sheet, SheetLine, Table, TableRow
from api.register.problems import LineError, Problem, ProblemCode, line_error
from api.register.xlsx_file import OLD_MARK, ZIP_MARK, read_xlsx
from catalog.register_columns import RegisterKind

_NO_CELL = Cell("")


def read_rows(path: Path, *, kind: RegisterKind | None = None, limits: Limits = LIMITS) -> Reading:
    """Read every register in a CSV or XLSX file; what a file is tells its content, not its name.

    The bytes are read once: what is hashed is what is read. With `kind` given, all sheets must be that register.
    Raises RegisterFileMissing, RegisterFileTooLarge, RegisterFileUnreadable, RegisterFileEmpty.
    """
    content = _content(path, limits)
    reading = Reading(path.name, len(content), hashlib.sha256(content).hexdigest(), (), (), ())
    for sheet in _sheets(content, limits):
        reading = _with_sheet(reading, sheet, kind)
    return reading


def _content(path: Path, limits: Limits) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limits.file_bytes + 1)
    except OSError as error:
        raise RegisterFileMissing(path, error.strerror or type(error).__name__) from error
    if len(content) > limits.file_bytes:
        raise RegisterFileTooLarge("bytes", limits.file_bytes)
    return content


def _sheets(content: bytes, limits: Limits) -> tuple[Sheet, ...]:
    if content.startswith(OLD_MARK):
        raise RegisterFileUnreadable(
            "it is a workbook of the old .xls format, or protected by a password", "Save it as .xlsx without password."
        )
    sheets = read_xlsx(content, limits) if content.startswith(ZIP_MARK) else (read_csv(content, limits),)
    filled = tuple(sheet for sheet in sheets if sheet.lines)
    if not filled:
        raise RegisterFileEmpty
    return filled


def _with_sheet(reading: Reading, sheet: Sheet, kind: RegisterKind | None) -> Reading:
    try:
        headers = recognise(sheet, kind)
    except Problem as problem:
        # A hidden sheet holds lists for choosing from more often than a register.
        if sheet.hidden and problem.code is ProblemCode.KIND_UNKNOWN:
            return replace(reading, ignored=(*reading.ignored, Ignored(sheet.name, None)))
        error = line_error(problem, sheet=sheet.name, line=sheet.lines[0].number)
        return replace(reading, errors=(*reading.errors, error))
    below = [line for line in sheet.lines if line.number > headers.line]
    surplus = [error for line in below for error in _surplus(sheet, headers, line)]
    wrong = [
        line_error(problem, sheet=sheet.name, line=headers.line, column=column) for column, problem in headers.problems
    ]
    return replace(
        reading,
        tables=(*reading.tables, _table(sheet, headers, below)),
        errors=(*reading.errors, *wrong, *surplus),
        ignored=(*reading.ignored, *(Ignored(sheet.name, header) for header in headers.unknown)),
    )


def _table(sheet: Sheet, headers: Headers, below: list[SheetLine]) -> Table:
    places: dict[str, int] = {}
    for index, column in enumerate(headers.columns):
        if column:
            places.setdefault(column.meaning.english, index)
    columns = {column.meaning.english: column for column in reversed(headers.columns) if column}
    rows = []
    for line in below:
        width = len(line.cells)
        cells = {name: line.cells[index] if index < width else _NO_CELL for name, index in places.items()}
        if any(cell.text for cell in cells.values()):
            rows.append(TableRow(line.number, cells))
    return Table(sheet.name, headers.kind, headers.language, columns, tuple(rows))


def _surplus(sheet: Sheet, headers: Headers, line: SheetLine) -> list[LineError]:
    """Values where no header stands: most often a comma inside a value that was not quoted."""
    return [
        line_error(Problem(ProblemCode.CELL_WITHOUT_HEADER), sheet=sheet.name, line=line.number, value=cell.text)
        for index, cell in enumerate(line.cells)
        if cell.text and (index >= len(headers.written) or not headers.written[index])
    ]
