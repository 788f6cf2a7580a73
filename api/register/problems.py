"""What can be wrong with one line of a register, each with a stable code, its facts and its English sentence.

The sentence is made from the facts alone, so that another language needs nothing but its own table of sentences.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

Fact = str | int | list[str]


class ProblemCode(StrEnum):
    # headers
    KIND_UNKNOWN = "kind_unknown"
    KIND_AMBIGUOUS = "kind_ambiguous"
    COLUMN_MISSING = "column_missing"
    COLUMN_TWICE = "column_twice"
    COLUMN_MISSPELT = "column_misspelt"
    CELL_WITHOUT_HEADER = "cell_without_header"
    # cells
    VALUE_MISSING = "value_missing"
    VALUE_TOO_LONG = "value_too_long"
    FORMULA = "formula"
    FAULT = "fault"
    UNPRINTABLE = "unprintable"
    IDENTIFIER_INVALID = "identifier_invalid"
    DIGITS_LOST = "digits_lost"
    ZEROS_LOST = "zeros_lost"
    DEVICE_CODE_INVALID = "device_code_invalid"
    DEVICE_CODE_UNASSIGNED = "device_code_unassigned"
    WORD_UNKNOWN = "word_unknown"
    TIME_UNREADABLE = "time_unreadable"
    TIME_SKIPPED = "time_skipped"
    TIME_REPEATED = "time_repeated"
    # rows
    END_BEFORE_START = "end_before_start"
    TWICE_IN_FILE = "twice_in_file"
    DIFFERS_IN_CASE = "differs_in_case"
    AGENCY_UNKNOWN = "agency_unknown"
    OFFICER_UNKNOWN = "officer_unknown"
    DEVICE_UNKNOWN = "device_unknown"
    CASE_UNKNOWN = "case_unknown"
    AGENCY_CYCLE = "agency_cycle"
    LEVEL_NOT_BELOW_PARENT = "level_not_below_parent"
    LEVEL_NOT_ABOVE_CHILD = "level_not_above_child"
    DEVICE_CODE_TAKEN = "device_code_taken"
    ASSIGNMENT_OVERLAPS = "assignment_overlaps"
    ASSIGNMENT_OVERLAPS_REGISTERED = "assignment_overlaps_registered"


_SHEET_ADVICE: Final = "or delete the sheet if it is no register"
SENTENCES: Final[Mapping[ProblemCode, str]] = MappingProxyType(
    {
        ProblemCode.KIND_UNKNOWN: f"These headers are those of no register: use the headers of one, {_SHEET_ADVICE}.",
        ProblemCode.KIND_AMBIGUOUS: "These headers fit more than one register ({kinds}): say which with --kind.",
        ProblemCode.COLUMN_MISSING: "The column {column} is missing: the register of {kind} needs it.",
        ProblemCode.COLUMN_TWICE: "The column {column} stands here twice: remove one.",
        ProblemCode.COLUMN_MISSPELT: "The column {written} is unknown; did you mean {column}?",
        ProblemCode.CELL_WITHOUT_HEADER: "{value} stands in no column of the table: is a comma not in quotes?",
        ProblemCode.VALUE_MISSING: "{column} is empty: every row needs it.",
        ProblemCode.VALUE_TOO_LONG: "{column} has {length} characters: at most {limit} are taken.",
        ProblemCode.FORMULA: "{value} is a formula, and formulas are not calculated: write the value itself.",
        ProblemCode.FAULT: "{value} is an error of the spreadsheet: write the value itself.",
        ProblemCode.UNPRINTABLE: "{column} contains the unprintable character {character}: write it again.",
        ProblemCode.IDENTIFIER_INVALID: "{value} cannot be a number or code: {character} must not stand in one.",
        ProblemCode.DIGITS_LOST: "{value} has lost digits in the spreadsheet: write it as text, with all its digits.",
        ProblemCode.ZEROS_LOST: "{value} seems to have lost its leading zeros: write {expected} as text.",
        ProblemCode.DEVICE_CODE_INVALID: "{value} cannot be what a camera writes: 6 to 12 letters A-Z and digits.",
        ProblemCode.DEVICE_CODE_UNASSIGNED: "{value} is what cameras write for nobody: leave the cell empty.",
        ProblemCode.WORD_UNKNOWN: "{value} is none of: {words}.",
        ProblemCode.TIME_UNREADABLE: "{value} is no time: write it like 2026-11-23 08:30.",
        ProblemCode.TIME_SKIPPED: "{value} did not exist in {zone}, clocks were put forward: give its offset from UTC.",
        ProblemCode.TIME_REPEATED: "{value} happened twice in {zone}, clocks were put back: give its offset from UTC.",
        ProblemCode.END_BEFORE_START: "The end {end} is before the start {start}.",
        ProblemCode.TWICE_IN_FILE: "{value} stands in the file twice, first in line {other_line}{other_sheet}.",
        ProblemCode.DIFFERS_IN_CASE: "{value} differs from {expected} in upper and lower case only: write it that way.",
        ProblemCode.AGENCY_UNKNOWN: "There is no agency with the code {value}, neither registered nor in this file.",
        ProblemCode.OFFICER_UNKNOWN: "There is no officer with the certificate {value}, neither registered nor here.",
        ProblemCode.DEVICE_UNKNOWN: "There is no device with the serial {value}, neither registered nor in this file.",
        ProblemCode.CASE_UNKNOWN: "There is no case with the number {value}, neither registered nor in this file.",
        ProblemCode.AGENCY_CYCLE: "The agency {value} stands above itself: {path}.",
        ProblemCode.LEVEL_NOT_BELOW_PARENT: "{level} is not below {parent_level}, the level of the parent {parent}.",
        ProblemCode.LEVEL_NOT_ABOVE_CHILD: "{level} is not above {child_level}, the level of {child} below it.",
        ProblemCode.DEVICE_CODE_TAKEN: "{value} already stands for the officer {officer}: give each their own code.",
        ProblemCode.ASSIGNMENT_OVERLAPS: "{device} was given to {officer} and {other_officer} at the same time: "
        "see line {other_line}{other_sheet}.",
        ProblemCode.ASSIGNMENT_OVERLAPS_REGISTERED: "{device} was given to {officer} and, as registered, to "
        "{other_officer} at the same time (from {other_start} to {other_end}): end that assignment first.",
    }
)


class Problem(Exception):
    """What is wrong, before it is known where: `facts` holds all that the sentence names. Never leaves this package."""

    def __init__(self, code: ProblemCode, facts: Mapping[str, Fact] | None = None) -> None:
        self.code = code
        self.facts: Mapping[str, Fact] = facts or {}
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class LineError:
    """One problem of one line. `line` is the number that a spreadsheet or editor shows; `sheet` is None in a CSV.

    `column` is the header as the file spells it, None where the whole row is meant; `value` is the cell as read.
    """

    sheet: str | None
    line: int
    column: str | None
    value: str | None
    code: ProblemCode
    facts: Mapping[str, Fact]
    message: str


def line_error(
    problem: Problem, *, sheet: str | None, line: int, column: str | None = None, value: str | None = None
) -> LineError:
    """Say where a problem is. The column and the value become facts too, unless the problem names them itself."""
    place = {"column": column or "", "value": value or ""}
    facts = {**place, **problem.facts}
    spoken = {name: _spoken(name, fact) for name, fact in facts.items()}
    return LineError(sheet, line, column, value, problem.code, facts, SENTENCES[problem.code].format(**spoken))


def _spoken(name: str, fact: Fact) -> str:
    if name == "other_sheet":
        return f" of the sheet {fact!r}" if fact else ""
    if isinstance(fact, list):
        return ", ".join(fact)
    return repr(fact) if name in {"value", "expected"} else str(fact)
