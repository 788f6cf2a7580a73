"""Tables as files for people: CSV and XLSX. What a spreadsheet program would take for a formula is shown as text."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from api.errors import FileUnwritable

Cell = str | int | float | None
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(path: Path, rows: Iterable[Sequence[Cell]]) -> None:
    """UTF-8 with a mark, so that spreadsheet programs read Chinese right. Raises FileUnwritable."""
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as opened:
            csv.writer(opened).writerows([_shown(cell) for cell in row] for row in rows)
    except OSError as error:
        raise FileUnwritable(str(path), str(error.strerror)) from error


def write_xlsx(path: Path, rows: Iterable[Sequence[Cell]], *, title: str) -> None:
    """Raises FileUnwritable."""
    from openpyxl import Workbook  # noqa: PLC0415 - a fifth of a second that all other commands do without

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append([_shown(cell) for cell in row])
    # In memory first: a file that cannot be opened would leave the sheet half written, which it complains of later.
    content = io.BytesIO()
    book.save(content)
    try:
        path.write_bytes(content.getvalue())
    except OSError as error:
        raise FileUnwritable(str(path), str(error.strerror)) from error


def _shown(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
