"""Tables as files for people: CSV and XLSX. What a spreadsheet program would take for a formula is shown as text."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

Cell = str | int | float | None
_UNTOLD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def as_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a mark, so that spreadsheet programs read Chinese right."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_shown(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Iterable[Sequence[Cell]], *, title: str) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415 - a fifth of a second that all other commands do without

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append([_shown(cell) for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _shown(cell: Cell) -> Cell:
    """What begins as a formula does, after spaces too and in full width, gets a mark before it; signs that no table
    can hold, which names on cards may have, are replaced.
    """
    if not isinstance(cell, str):
        return cell
    told = _UNTOLD.sub("\ufffd", cell)
    return f"'{told}" if cell.lstrip(" ").startswith(_FORMULA) else told
