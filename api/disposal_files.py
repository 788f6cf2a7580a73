"""A plan as a table for people to look through, what would go a line each; `api/spreadsheets.py` writes it."""

from collections.abc import Iterator, Sequence

from api.messages.translator import Translator
from api.spreadsheets import Cell
from api.times import in_utc
from retention.disposal.planning import Plan

_COLUMNS = ("id", "name", "sha256", "bytes", "captured", "secured", "rule", "expires")


def table_of(plan: Plan, say: Translator) -> Iterator[Sequence[Cell]]:
    """The names of the columns, then a row for each recording that would go."""
    yield [say(f"cli-column-{name}") for name in _COLUMNS]
    for each in plan.candidates:
        recording = each.recording
        yield [
            str(recording.id),
            recording.name,
            recording.sha256,
            recording.size,
            in_utc(recording.captured_at) if recording.captured_at else "",
            in_utc(recording.secured_at),
            each.rule,
            in_utc(each.expires_at),
        ]
