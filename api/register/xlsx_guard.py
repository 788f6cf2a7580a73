"""Looking through a workbook's archive before a library unpacks it: sizes, entities, numbers of elements.

A few kilobytes can unpack to gigabytes, a document type can expand without end, and a million empty elements cost
memory long before a row is complete. Each entry is read once as a stream; nothing of it is kept.
"""

import re
import zipfile
import zlib
from typing import IO, Any
from xml.parsers import expat

from api.register.errors import RegisterFileTooLarge, RegisterFileUnreadable
from api.register.limits import Limits

_CHUNK_BYTES = 256 * 1024
# Sheets and their texts are read row by row, all other parts as a whole.
_SHEETS = re.compile(r"sheet|sharedstrings", re.IGNORECASE)
_ROW_DEPTH = 3  # worksheet, sheetData, row
_SAVE_AGAIN = "Open it in a spreadsheet program and save it again as .xlsx."


def guard(archive: zipfile.ZipFile, limits: Limits) -> None:
    """Raise RegisterFileTooLarge or RegisterFileUnreadable unless the archive is safe to unpack."""
    entries = archive.infolist()
    # The library never unpacks more of an entry than its declared size, so the declared sizes bound the real ones.
    if sum(entry.file_size for entry in entries) > limits.unpacked_bytes:
        raise RegisterFileTooLarge("unpacked bytes", limits.unpacked_bytes)
    if len({entry.filename for entry in entries}) != len(entries):
        raise RegisterFileUnreadable("two of its parts bear the same name", _SAVE_AGAIN)
    count = _Count(limits)
    try:
        for entry in entries:
            with archive.open(entry) as part:
                count.read(part, is_sheet=_SHEETS.search(entry.filename) is not None)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise RegisterFileUnreadable(f"its archive is damaged or encrypted ({error})", _SAVE_AGAIN) from error


class _Count:
    """Counts over all parts. What a part is does not depend on its name, so every one is tried as XML."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._elements = 0
        self._other_elements = 0
        self._row_elements = 0
        self._depth = 0
        self._is_sheet = False

    def read(self, part: IO[bytes], *, is_sheet: bool) -> None:
        self._depth, self._row_elements, self._is_sheet = 0, 0, is_sheet
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._document_type
        try:
            while chunk := part.read(_CHUNK_BYTES):
                parser.Parse(chunk, False)
        except expat.ExpatError:
            return  # no XML, such as a picture; or broken, which the library will meet at the same place

    def _start(self, _name: str, _attributes: Any) -> None:
        self._elements += 1
        self._depth += 1
        self._row_elements = 0 if self._depth <= _ROW_DEPTH else self._row_elements + 1
        self._other_elements += not self._is_sheet
        if self._elements > self._limits.elements or self._other_elements > self._limits.other_elements:
            raise RegisterFileTooLarge("elements", self._limits.elements)
        if self._row_elements > self._limits.row_elements:
            raise RegisterFileTooLarge("elements in a row", self._limits.row_elements)
        if self._depth > self._limits.depth:
            raise RegisterFileUnreadable("its parts are nested too deeply", _SAVE_AGAIN)

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _document_type(self, *_declaration: Any) -> None:
        raise RegisterFileUnreadable("it declares a document type, which no spreadsheet program writes", _SAVE_AGAIN)
