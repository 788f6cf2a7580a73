"""A plan as a table for people to look through, what would go a line each; `api/spreadsheets.py` makes the file."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from api.messages.translator import Translator
from api.spreadsheets import Cell
from api.times import for_people
from retention.disposal.planning import Plan

_COLUMNS = ("recording", "name", "sha256", "bytes", "device", "captured", "secured", "rule", "expires")


def table_of(plan: Plan, say: Translator, zone: tzinfo) -> Iterator[Sequence[Cell]]:
    """The names of the columns, then a row for each recording that would go; times as people read them."""
    yield [say(f"cli-column-{name}") for name in _COLUMNS]
    for each in plan.candidates:
        recording = each.recording
        yield [
            str(recording.id),
            recording.name,
            recording.sha256,
            recording.size,
            recording.device_serial or "",
            for_people(recording.captured_at, zone) if recording.captured_at else say("cli-unknown"),
            for_people(recording.secured_at, zone),
            each.rule,
            for_people(each.expires_at, zone),
        ]
