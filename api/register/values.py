"""From cells to values: for each column of each register, how its cells are read and what an empty one means."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from api.register.limits import Limits
from api.register.model import Cell, CellForm
from api.register.problems import Problem, ProblemCode
from api.register.text import unprintable
from api.register.times import read_time
from api.register.words import read_word
from catalog.register_columns import RegisterKind
from catalog.tables.cases import CaseStatus, Category, Stage
from catalog.tables.register import AgencyLevel


class Unsaid(StrEnum):
    """An empty cell that says nothing, not even that there is none: what is registered stays."""

    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What reading a value depends on beside the cell."""

    zone: ZoneInfo
    limits: Limits


@dataclass(frozen=True, slots=True)
class ColumnReader:
    """`read` is asked for cells with anything in them, `empty` is the value of the others."""

    read: Callable[[Cell, Circumstances], Any]
    empty: Any = None


_NOT_IN_IDENTIFIERS: Final = re.compile(r"[\s;；、,，'\"“”‘’/\\]")
_SCIENTIFIC: Final = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
_SURE_DIGITS: Final = 15  # a spreadsheet keeps no more of a number
_OFFICER_SEPARATORS: Final = re.compile(r"[;；、,，\n]")
_DEVICE_CODE: Final = re.compile(r"[0-9A-Za-z]{6,12}")
_DEVICE_CODE_LENGTH: Final = 6


def read_value(kind: RegisterKind, column: str, cell: Cell, circumstances: Circumstances, *, required: bool) -> Any:
    """Read one cell of one column. Raises Problem."""
    reader = COLUMN_READERS[kind][column]
    match cell.form:
        case CellForm.FORMULA:
            raise Problem(ProblemCode.FORMULA)
        case CellForm.FAULT:
            raise Problem(ProblemCode.FAULT)
        case CellForm.TEXT | CellForm.NUMBER | CellForm.TIME:
            pass
    if not cell.text:
        if required:
            raise Problem(ProblemCode.VALUE_MISSING)
        return reader.empty
    hidden = unprintable(cell.text)
    if hidden:
        raise Problem(ProblemCode.UNPRINTABLE, {"character": hidden})
    return reader.read(cell, circumstances)


def _bounded(text: str, limit: int) -> str:
    if len(text) > limit:
        raise Problem(ProblemCode.VALUE_TOO_LONG, {"length": len(text), "limit": limit})
    return text


def _text(cell: Cell, circumstances: Circumstances) -> str:
    return _bounded(" ".join(cell.text.split()), circumstances.limits.text_characters)


def _number(cell: Cell, circumstances: Circumstances) -> str:
    """A case or activity number: any text in one line, as long as the spreadsheet did not round it."""
    typed_as_number = cell.form is CellForm.NUMBER and len(cell.text.lstrip("0")) > _SURE_DIGITS
    if typed_as_number or _SCIENTIFIC.fullmatch(cell.text):
        raise Problem(ProblemCode.DIGITS_LOST)
    return _bounded(" ".join(cell.text.split()), circumstances.limits.identifier_characters)


def _identifier(cell: Cell, circumstances: Circumstances) -> str:
    """A code, serial or certificate number: nothing in it that separates values elsewhere."""
    text = _number(cell, circumstances)
    unfit = _NOT_IN_IDENTIFIERS.search(cell.text)
    if unfit:
        raise Problem(ProblemCode.IDENTIFIER_INVALID, {"character": repr(unfit.group())})
    return text


def _device_code(cell: Cell, circumstances: Circumstances) -> str:
    text = _identifier(cell, circumstances)
    if not text.strip("0"):
        raise Problem(ProblemCode.DEVICE_CODE_UNASSIGNED)
    if text.isdecimal() and len(text) < _DEVICE_CODE_LENGTH:
        raise Problem(ProblemCode.ZEROS_LOST, {"expected": text.zfill(_DEVICE_CODE_LENGTH)})
    if not _DEVICE_CODE.fullmatch(text):
        raise Problem(ProblemCode.DEVICE_CODE_INVALID)
    return text


def _officers(cell: Cell, circumstances: Circumstances) -> tuple[str, ...]:
    parts = [part.strip() for part in _OFFICER_SEPARATORS.split(cell.text)]
    numbers = dict.fromkeys(_identifier(Cell(part, cell.form), circumstances) for part in parts if part)
    if not numbers:
        raise Problem(ProblemCode.VALUE_MISSING)
    return tuple(numbers)


def _time(*, is_end: bool) -> ColumnReader:
    return ColumnReader(lambda cell, circumstances: read_time(cell.text, circumstances.zone, is_end=is_end))


def _word(words: type[StrEnum], *, empty: Any = None) -> ColumnReader:
    return ColumnReader(lambda cell, _circumstances: read_word(cell.text, words), empty)


_IDENTIFIER: Final = ColumnReader(_identifier)
_NUMBER: Final = ColumnReader(_number)
_TEXT: Final = ColumnReader(_text, empty="")

COLUMN_READERS: Final[Mapping[RegisterKind, Mapping[str, ColumnReader]]] = MappingProxyType(
    {
        RegisterKind.AGENCIES: {
            "code": _IDENTIFIER,
            "name": _TEXT,
            "parent_code": _IDENTIFIER,
            "level": _word(AgencyLevel),
        },
        RegisterKind.OFFICERS: {
            "certificate_number": _IDENTIFIER,
            "name": _TEXT,
            "agency_code": _IDENTIFIER,
            "device_code": ColumnReader(_device_code),
        },
        RegisterKind.DEVICES: {"serial": _IDENTIFIER, "model": ColumnReader(_text), "agency_code": _IDENTIFIER},
        RegisterKind.ASSIGNMENTS: {
            "device_serial": _IDENTIFIER,
            "certificate_number": _IDENTIFIER,
            "from": _time(is_end=False),
            "to": _time(is_end=True),
        },
        RegisterKind.CASES: {
            "number": _NUMBER,
            "cause": _TEXT,
            "category": _word(Category),
            "status": _word(CaseStatus, empty=Unsaid.UNSAID),
            "agency_code": _IDENTIFIER,
        },
        RegisterKind.ACTIVITIES: {
            "number": _NUMBER,
            "case_number": _NUMBER,
            "stage": _word(Stage),
            "officers": ColumnReader(_officers),
            "agency_code": _IDENTIFIER,
            "place": _TEXT,
            "started_at": _time(is_end=False),
            "ended_at": _time(is_end=True),
        },
    }
)
