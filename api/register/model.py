"""The words of importing a register: cells as read, tables recognised, and the report of what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.register.problems import LineError
from catalog.register_columns import HeaderLanguage, RegisterColumn, RegisterKind


class CellForm(StrEnum):
    """How a cell came: everything in a CSV is text; a spreadsheet tells more."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    FORMULA = "formula"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, outer blanks removed; numbers with the zeros that their format shows, times as ISO."""

    text: str
    form: CellForm = CellForm.TEXT


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line that is not blank, `number` counted as a spreadsheet or editor shows it, from 1."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook, or all of a CSV (`name` None). `hidden` sheets need not be registers."""

    name: str | None
    lines: tuple[SheetLine, ...]
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of the register and how the file spells its header."""

    header: str
    meaning: RegisterColumn


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row below the headers: cells by the English name of their column."""

    line: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """One recognised register. `language` is that of its headers, None where they are mixed."""

    sheet: str | None
    kind: RegisterKind
    language: HeaderLanguage | None
    columns: Mapping[str, TableColumn]
    rows: tuple[TableRow, ...]

    def header(self, column: str) -> str:
        found = self.columns.get(column)
        return found.header if found else column


@dataclass(frozen=True, slots=True)
class Ignored:
    """A column that no register has (`column` None: a hidden sheet): not imported, and said so."""

    sheet: str | None
    column: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: its name, size in bytes, SHA-256 (hexadecimal), and the tables found in it."""

    name: str
    size: int
    sha256: str
    tables: tuple[Table, ...]
    errors: tuple[LineError, ...]
    ignored: tuple[Ignored, ...]


@dataclass(frozen=True, slots=True)
class KindCounts:
    """Rows of one register, by what an import does (or did) with them."""

    kind: RegisterKind
    added: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do when it is a dry run. With any error it did nothing and all counts are 0.

    `withheld`: another file of the same import has errors, so that this one was not written either.
    """

    file: str
    sha256: str
    dry_run: bool
    counts: tuple[KindCounts, ...]
    errors: tuple[LineError, ...]
    ignored: tuple[Ignored, ...]
    withheld: bool = False

    @property
    def kinds(self) -> tuple[RegisterKind, ...]:
        return tuple(counts.kind for counts in self.counts)

    @property
    def added(self) -> int:
        return sum(counts.added for counts in self.counts)

    @property
    def changed(self) -> int:
        return sum(counts.changed for counts in self.counts)

    @property
    def unchanged(self) -> int:
        return sum(counts.unchanged for counts in self.counts)

    @property
    def written(self) -> bool:
        """Whether the catalog now holds what the file says."""
        return not (self.dry_run or self.errors or self.withheld)
