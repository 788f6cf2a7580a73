"""Reading a workbook: every sheet, values as they were typed, formulas as formulas.

Nothing is calculated, and results that a spreadsheet program left beside a formula are not taken either: nobody can
tell whether they are what the formula says today.
"""

import datetime as dt
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any, Final

import openpyxl
from openpyxl.styles.numbers import is_datetime
from openpyxl.utils.exceptions import InvalidFileException

from api.register.errors import RegisterFileError, RegisterFileTooLarge, RegisterFileUnreadable
from api.register.headers import HEADER_LINES_AT_MOST
from api.register.limits import Limits
from api.register.model import Cell, CellForm, Sheet, SheetLine
from api.register.text import stripped
from api.register.xlsx_guard import guard

ZIP_MARK: Final = b"PK\x03\x04"
OLD_MARK: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # OLE2: an .xls, or an .xlsx behind a password
_SAVE_AGAIN: Final = "Open it in a spreadsheet program and save it again as .xlsx."
# What openpyxl lets through when a workbook is not what it should be: it checks little itself.
_BROKEN: Final = (
    ArithmeticError,
    AttributeError,
    EOFError,
    InvalidFileException,
    LookupError,
    NotImplementedError,
    OSError,  # the content is in memory: this is how a missing part is said
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
)
_EMPTY: Final = Cell("")


def read_xlsx(content: bytes, limits: Limits) -> tuple[Sheet, ...]:
    """Read all sheets in which anything stands. Raises RegisterFileUnreadable, RegisterFileTooLarge."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            guard(archive, limits)
    except zipfile.BadZipFile as error:
        raise RegisterFileUnreadable("its archive is damaged", _SAVE_AGAIN) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library warns of styles and extensions that do not concern values
            return _sheets(content, limits)
    except RegisterFileError:
        raise
    except _BROKEN as error:
        why = f"it is not a workbook that can be opened ({type(error).__name__})"
        raise RegisterFileUnreadable(why, _SAVE_AGAIN) from error


def _sheets(content: bytes, limits: Limits) -> tuple[Sheet, ...]:
    workbook = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
    try:
        if len(workbook.worksheets) > limits.sheets:
            raise RegisterFileTooLarge("sheets", limits.sheets)
        spent, found = _Spent(), []
        for worksheet in workbook.worksheets:
            lines = tuple(_lines(worksheet, limits, spent))
            if lines:
                found.append(Sheet(worksheet.title, lines, hidden=worksheet.sheet_state != "visible"))
        return tuple(found)
    finally:
        workbook.close()


@dataclass(slots=True)
class _Spent:
    """How much of the limits all sheets together have used up."""

    rows: int = 0
    cells: int = 0


def _lines(worksheet: Any, limits: Limits, spent: _Spent) -> Iterator[SheetLine]:
    worksheet.reset_dimensions()  # what the sheet says of its own size may be wrong
    for number, row in enumerate(worksheet.iter_rows(), start=1):
        if number > limits.lines:
            raise RegisterFileTooLarge("lines", limits.lines)
        spent.cells += len(row)
        if spent.cells > limits.cells:
            raise RegisterFileTooLarge("cells", limits.cells)
        cells = [_cell(cell) for cell in row]
        while cells and not cells[-1].text:
            cells.pop()
        if not cells:
            continue
        if len(cells) > limits.columns:
            raise RegisterFileTooLarge("columns", limits.columns)
        spent.rows += 1
        if spent.rows > limits.rows + HEADER_LINES_AT_MOST:
            raise RegisterFileTooLarge("rows", limits.rows)
        yield SheetLine(number, tuple(cells))


def _cell(cell: Any) -> Cell:  # noqa: PLR0911 - one return for each form a cell can take
    value = cell.value
    if value is None:
        return _EMPTY
    if cell.data_type == "f":
        return Cell(str(getattr(value, "text", None) or value), CellForm.FORMULA)
    if cell.data_type == "e":
        return Cell(str(value), CellForm.FAULT)
    match value:
        case bool():
            return Cell("TRUE" if value else "FALSE")
        case int() | float():
            return Cell(_digits(value, cell.number_format), CellForm.NUMBER)
        case dt.datetime():
            return Cell(_time(value, cell.number_format), CellForm.TIME)
        case dt.date() | dt.time():
            return Cell(value.isoformat(), CellForm.TIME)
        case dt.timedelta():
            return Cell(str(value), CellForm.TIME)
        case _:
            pass
    text = stripped(str(value))
    return Cell(text, CellForm.FORMULA if text.startswith("=") else CellForm.TEXT)


def _digits(value: float, number_format: str | None) -> str:
    """The number as its digits, with the leading zeros that its format shows (`000000`)."""
    if value != int(value):
        return repr(value)
    digits = format(Decimal(value), "f")
    shown = number_format or ""
    return digits.zfill(len(shown)) if shown and not shown.strip("0") else digits


def _time(value: dt.datetime, number_format: str | None) -> str:
    """ISO 8601; the date alone where the cell shows no more."""
    if is_datetime(number_format or "") == "date" and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat(sep=" ")
