"""Recognising a register by its headers: English, Chinese or both.

A register fits when all its required columns are there; of several the one that explains most headers is taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import Final

from api.register.model import Sheet, TableColumn
from api.register.problems import Problem, ProblemCode
from catalog.register_columns import REGISTER_COLUMNS, HeaderLanguage, RegisterColumn, RegisterKind

HEADER_LINES_AT_MOST: Final = 10  # titles and notes may stand above the headers
_LIKENESS: Final = 0.75

# Names that are as plain as those of the frozen columns. Held by (register, English name of the column).
_ALSO: Final[Mapping[tuple[RegisterKind, str], tuple[str, ...]]] = MappingProxyType(
    {
        (RegisterKind.AGENCIES, "parent_code"): ("上级机构代码",),
        (RegisterKind.AGENCIES, "level"): ("机构层级",),
        (RegisterKind.OFFICERS, "certificate_number"): ("执法证件号",),
        (RegisterKind.ASSIGNMENTS, "from"): ("starts_at",),
        (RegisterKind.ASSIGNMENTS, "to"): ("ends_at",),
        (RegisterKind.CASES, "category"): ("类别",),
        (RegisterKind.ACTIVITIES, "stage"): ("环节",),
        (RegisterKind.ACTIVITIES, "officers"): ("certificate_numbers", "执法人员证号"),
    }
)


@dataclass(frozen=True, slots=True)
class Headers:
    """The headers of one table: where they stand, what they mean (None: nothing known), what is wrong with them."""

    line: int
    kind: RegisterKind
    columns: tuple[TableColumn | None, ...]
    written: tuple[str, ...]
    problems: tuple[tuple[str | None, Problem], ...]

    @property
    def language(self) -> HeaderLanguage | None:
        found = {
            HeaderLanguage.CHINESE if any(ord(letter) > 0x7F for letter in column.header) else HeaderLanguage.ENGLISH  # noqa: PLR2004 - ASCII
            for column in self.columns
            if column
        }
        return found.pop() if len(found) == 1 else None

    @property
    def unknown(self) -> tuple[str, ...]:
        pairs = zip(self.written, self.columns, strict=True)
        return tuple(header for header, column in pairs if header and column is None)


def known_headers(cells: Sequence[str]) -> int:
    """How many of the cells are headers of the register that explains them best."""
    return max(len(_matched(kind, cells)) for kind in RegisterKind)


def recognise(sheet: Sheet, kind: RegisterKind | None) -> Headers:
    """Find the line of headers among the first lines, and what register it heads. Raises Problem if none does.

    With `kind` given, only that register is looked for, and missing columns are named.
    """
    first = sheet.lines[:HEADER_LINES_AT_MOST]
    kinds = (kind,) if kind else tuple(RegisterKind)
    for line in first:
        written = [cell.text for cell in line.cells]
        fitting = [each for each in kinds if not _missing(each, written)]
        if fitting:
            return _headers(_best(fitting, written), line.number, written)
    closest = max(first, key=lambda line: known_headers([cell.text for cell in line.cells]))
    written = [cell.text for cell in closest.cells]
    meant = kind or _nearly(written)
    if meant is None:
        raise Problem(ProblemCode.KIND_UNKNOWN, {"headers": [cell.text for cell in first[0].cells]})
    return _headers(meant, closest.number, written)


def _nearly(written: Sequence[str]) -> RegisterKind | None:
    """The one register that is nearly there, so that what is missing can be named."""
    near = {each: len(_matched(each, written)) - len(_missing(each, written)) for each in RegisterKind}
    most = max(near.values())
    best = [each for each, nearness in near.items() if nearness == most]
    return best[0] if most > 0 and len(best) == 1 else None


def _best(fitting: Sequence[RegisterKind], written: Sequence[str]) -> RegisterKind:
    explained = {kind: len(_matched(kind, written)) for kind in fitting}
    most = max(explained.values())
    best = [kind for kind, count in explained.items() if count == most]
    if len(best) > 1:
        raise Problem(ProblemCode.KIND_AMBIGUOUS, {"kinds": [str(kind) for kind in best]})
    return best[0]


def _headers(kind: RegisterKind, line: int, written: Sequence[str]) -> Headers:
    columns = [_column(kind, header) for header in written]
    problems: list[tuple[str | None, Problem]] = [
        (None, Problem(ProblemCode.COLUMN_MISSING, {"column": column.english, "kind": str(kind)}))
        for column in _missing(kind, written)
    ]
    seen: set[str] = set()
    for header, column in zip(written, columns, strict=True):
        if column and column.english in seen:
            problems.append((header, Problem(ProblemCode.COLUMN_TWICE, {"column": header})))
        elif column:
            seen.add(column.english)
    absent = [column for column in REGISTER_COLUMNS[kind] if column.english not in seen]
    for header, column in zip(written, columns, strict=True):
        meant = _meant(header, absent) if header and column is None else None
        if meant:
            problems.append((header, Problem(ProblemCode.COLUMN_MISSPELT, {"written": header, "column": meant})))
    described = (
        TableColumn(header, column) if column else None for header, column in zip(written, columns, strict=True)
    )
    return Headers(line, kind, tuple(described), tuple(written), tuple(problems))


def _column(kind: RegisterKind, header: str) -> RegisterColumn | None:
    for column in REGISTER_COLUMNS[kind]:
        if column.named(header) or header.casefold() in _ALSO.get((kind, column.english), ()):
            return column
    return None


def _matched(kind: RegisterKind, written: Sequence[str]) -> set[str]:
    return {column.english for header in written if (column := _column(kind, header))}


def _missing(kind: RegisterKind, written: Sequence[str]) -> list[RegisterColumn]:
    found = _matched(kind, written)
    return [column for column in REGISTER_COLUMNS[kind] if column.required and column.english not in found]


def _meant(header: str, absent: Sequence[RegisterColumn]) -> str | None:
    """Name the absent column that a header looks like: a misspelt one must not be left out in silence."""
    folded = header.casefold().replace(" ", "_").replace("-", "_")
    for column in absent:
        for name in (column.english, column.chinese):
            if folded == name or SequenceMatcher(None, folded, name).ratio() >= _LIKENESS:
                return name
    return None
