"""A plan as a table for people to look through: CSV and XLSX, what would go a line each."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from openpyxl import Workbook

from api.errors import UsageWrong
from api.messages.translator import Translator
from api.times import in_utc
from retention.disposal.planning import Plan

_COLUMNS = ("id", "name", "sha256", "bytes", "captured", "secured", "rule", "expires")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(path: Path, plan: Plan, say: Translator) -> None:
    """UTF-8 with a mark, so that spreadsheet programs read Chinese right. Raises UsageWrong."""
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as opened:
            csv.writer(opened).writerows(_rows(plan, say))
    except OSError as error:
        raise _unwritable(path, error) from error


def write_xlsx(path: Path, plan: Plan, say: Translator) -> None:
    """Raises UsageWrong."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(say("cli-disposal-sheet"))
    for row in _rows(plan, say):
        sheet.append(list(row))
    try:
        book.save(path)
    except OSError as error:
        raise _unwritable(path, error) from error


def _rows(plan: Plan, say: Translator) -> Iterator[Sequence[str | int]]:
    yield [say(f"cli-column-{name}") for name in _COLUMNS]
    for each in plan.candidates:
        recording = each.recording
        yield [
            str(recording.id),
            _as_text(recording.name),
            recording.sha256,
            recording.size,
            in_utc(recording.captured_at) if recording.captured_at else "",
            in_utc(recording.secured_at),
            each.rule,
            in_utc(each.expires_at),
        ]


def _as_text(name: str) -> str:
    """A name that a spreadsheet program would take for a formula is shown as the text it is."""
    return f"'{name}" if name.startswith(_FORMULA) else name


def _unwritable(path: Path, error: OSError) -> UsageWrong:
    return UsageWrong(f"{path} cannot be written: {error.strerror}.")
