"""Reading a table of text: its encoding, its separator, its lines.

Neither is declared anywhere in such a file. Each encoding that decodes the whole of it, with each separator, is
tried on the first lines; the pair under which most headers are headers of registers is taken.
"""

import codecs
import csv
import re
from collections.abc import Iterator
from io import StringIO
from itertools import islice
from typing import Final

from api.register.errors import RegisterFileTooLarge, RegisterFileUnreadable
from api.register.headers import HEADER_LINES_AT_MOST, known_headers
from api.register.limits import Limits
from api.register.model import Cell, CellForm, Sheet, SheetLine
from api.register.text import stripped

_SEPARATORS: Final = (",", ";", "\t")
# A byte order mark settles it. GB18030 comes last: it decodes almost anything.
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_ENCODINGS: Final = ("utf-8", "gb18030")
_SEPARATOR_LINE: Final = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
_SAVE_AGAIN: Final = "Save it again as CSV UTF-8 or as .xlsx."


def read_csv(content: bytes, limits: Limits) -> Sheet:
    """Read all lines that are not blank. Raises RegisterFileUnreadable, RegisterFileTooLarge."""
    texts = list(_decoded(content))
    if not texts:
        raise RegisterFileUnreadable("it is neither UTF-8, UTF-16 nor GB18030 text", _SAVE_AGAIN)
    choices = [(text, separator) for text in texts for separator in _separators(text)]
    text, separator = max(choices, key=lambda choice: _likelihood(*choice))
    return Sheet(None, tuple(_lines(text, separator, limits)))


def _decoded(content: bytes) -> Iterator[str]:
    for encoding in _candidates(content):
        try:
            yield content.decode(encoding)
        except UnicodeDecodeError:
            continue


def _candidates(content: bytes) -> tuple[str, ...]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return (encoding,)
    # Text has no NUL unless every other byte of it may be one; a stray one is a mistake in a line, told with the line.
    return ("utf-16-le", "utf-16-be", *_ENCODINGS) if b"\x00" in content else _ENCODINGS


def _separators(text: str) -> tuple[str, ...]:
    declared = _SEPARATOR_LINE.match(text)
    return (declared.group(1),) if declared else _SEPARATORS


def _likelihood(text: str, separator: str) -> tuple[int, int]:
    try:
        first = [cells for _, cells in islice(_records(text, separator), HEADER_LINES_AT_MOST)]
    except csv.Error:
        return (0, 0)
    return max((known_headers(cells) for cells in first), default=0), max(map(len, first), default=0)


def _lines(text: str, separator: str, limits: Limits) -> Iterator[SheetLine]:
    taken = 0
    try:
        for number, record in _records(text, separator):
            cells = tuple(_cell(value) for value in record)
            if not any(cell.text for cell in cells):
                continue
            taken += 1
            if taken > limits.rows + HEADER_LINES_AT_MOST:
                raise RegisterFileTooLarge("rows", limits.rows)
            if len(cells) > limits.columns:
                raise RegisterFileTooLarge("columns", limits.columns)
            yield SheetLine(number, cells)
    except csv.Error as error:
        raise RegisterFileUnreadable(f"its quotes or separators are broken ({error})", _SAVE_AGAIN) from error


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    declared = _SEPARATOR_LINE.match(text)
    skipped = declared.end() if declared else 0
    # The reader is strict: a quote that nothing closes would otherwise swallow the rest of the file as one value.
    reader = csv.reader(StringIO(text[skipped:], newline=""), delimiter=separator, strict=True)
    begins = 2 if declared else 1
    offset = begins - 1
    for record in reader:
        yield begins, record
        begins = reader.line_num + offset + 1


def _cell(value: str) -> Cell:
    text = stripped(value)
    return Cell(text, CellForm.FORMULA if text.startswith("=") else CellForm.TEXT)
