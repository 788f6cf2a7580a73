"""Assignments of one device to different officers must not overlap: only the period tells who wore it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Final
from zoneinfo import ZoneInfo

from api.register.entries import Entry
from api.register.problems import LineError, Problem, ProblemCode

_FOR_EVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """An officer (by certificate number) has a device (by serial) in [start, end); `entry` if the file says so."""

    device: str
    officer: str
    start: datetime
    end: datetime | None
    entry: Entry | None

    @property
    def until(self) -> datetime:
        return self.end or _FOR_EVER


def check_periods(periods: Iterable[Period], zone: ZoneInfo) -> Iterator[LineError]:
    """Yield one error for each period that begins while another officer still has the device.

    One row may overlap many that are registered: the first of them is named. Registered times are said in `zone`.
    """
    said: set[Entry] = set()
    ordered = sorted(periods, key=lambda period: (period.device, period.start, period.until))
    for _, of_device in groupby(ordered, key=attrgetter("device")):
        # Of all officers so far, the two whose periods reach furthest: one of them is not the next period's officer.
        furthest: list[Period] = []
        for period in of_device:
            earlier = next((each for each in furthest if each.officer != period.officer), None)
            if earlier and earlier.until > period.start:
                yield from _overlap(earlier, period, zone, said)
            furthest = _furthest([*furthest, period])


def _furthest(periods: list[Period]) -> list[Period]:
    by_officer: dict[str, Period] = {}
    for period in sorted(periods, key=attrgetter("until")):
        by_officer[period.officer] = period
    return sorted(by_officer.values(), key=attrgetter("until"), reverse=True)[:2]


def _overlap(earlier: Period, later: Period, zone: ZoneInfo, said: set[Entry]) -> Iterator[LineError]:
    if earlier.entry and later.entry:
        # The line further down is the one to blame: whoever reads the file meets the other first.
        one, other = sorted((earlier, later), key=_place, reverse=True)
        facts = {"device": one.device, "officer": one.officer, "other_officer": other.officer}
        if one.entry and other.entry:
            where = one.entry.elsewhere(other.entry)
            yield one.entry.error(Problem(ProblemCode.ASSIGNMENT_OVERLAPS, {**facts, **where}), "from")
        return
    new, registered = (later, earlier) if later.entry else (earlier, later)
    if new.entry and new.entry not in said:
        said.add(new.entry)
        problem = Problem(
            ProblemCode.ASSIGNMENT_OVERLAPS_REGISTERED,
            {
                "device": new.device,
                "officer": new.officer,
                "other_officer": registered.officer,
                "other_start": _local(registered.start, zone),
                "other_end": _local(registered.end, zone) if registered.end else "…",
            },
        )
        yield new.entry.error(problem, "from")


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(sep=" ", timespec="seconds")


def _place(period: Period) -> tuple[str, int]:
    return (period.entry.table.sheet or "", period.entry.row.line) if period.entry else ("", 0)
