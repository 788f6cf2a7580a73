"""How much of a register file is taken, so that a hostile or mistaken one cannot exhaust the machine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, lengths in characters.

    A register of 200,000 rows and 8 columns unpacks to some 100 MB of XML with 3 to 5 million elements. Measured, an
    element costs the workbook library some 300 bytes while its row, or a part other than a sheet, is being read.
    """

    file_bytes: int = 50 * 1024 * 1024
    unpacked_bytes: int = 256 * 1024 * 1024
    elements: int = 6_000_000
    row_elements: int = 60_000  # a full row of a spreadsheet is 16,384 cells of two to three elements
    other_elements: int = 200_000  # in all parts that are neither sheets nor their texts
    cells: int = 20_000_000  # between the edges of all rows, empty ones too
    depth: int = 64
    sheets: int = 50
    rows: int = 200_000
    lines: int = 1_048_576  # what a spreadsheet can have: blank ones count too
    columns: int = 256
    identifier_characters: int = 100
    text_characters: int = 2_000


LIMITS = Limits()
