"""Was a recording secured in time? Judged (pure) from when it ended to when it was secured, by the schedule's deadline.

What cannot be judged is counted apart, never as in time: a time that is not known, a clock in doubt, a working day that
no calendar tells.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import TypeVar

from retention.calendar import WorkingCalendar
from retention.periods import beginning_of, day_of
from retention.schedule import Deadline


class Promptness(StrEnum):
    IN_TIME = "in time"
    LATE = "late"
    TIME_UNKNOWN = "time unknown"
    CLOCK_IN_DOUBT = "clock in doubt"
    CALENDAR_UNKNOWN = "calendar unknown"


@dataclass
class Tally:
    """How many of each; the longest delay beyond the limit of those that were late."""

    counts: dict[Promptness, int] = field(default_factory=lambda: dict.fromkeys(Promptness, 0))
    longest: timedelta = timedelta()

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def judged(self) -> int:
        return self.counts[Promptness.IN_TIME] + self.counts[Promptness.LATE]

    @property
    def share_in_time(self) -> float | None:
        """Of those that could be judged; None where none could."""
        return self.counts[Promptness.IN_TIME] / self.judged if self.judged else None


def limit_of(deadline: Deadline, ended: datetime, calendar: WorkingCalendar, zone: tzinfo) -> datetime | None:
    """Until when it had to be secured; None where that is not known."""
    if deadline.hours is not None:
        return ended + timedelta(hours=deadline.hours)
    last = calendar.after(day_of(ended, zone), deadline.working_days or 0)
    return beginning_of(last + timedelta(days=1), zone) if last is not None else None


Key = TypeVar("Key", bound=Hashable)


class Judge:
    """Remembers the limits of days, which are the same for most recordings."""

    def __init__(self, deadline: Deadline, calendar: WorkingCalendar, zone: tzinfo) -> None:
        self._deadline, self._calendar, self._zone = deadline, calendar, zone
        self._limits: dict[object, datetime | None] = {}

    def judge(self, ended: datetime | None, secured: datetime, *, in_doubt: bool) -> tuple[Promptness, timedelta]:
        """How prompt, and by how much it was late."""
        if ended is None:
            return Promptness.TIME_UNKNOWN, timedelta()
        if in_doubt:
            return Promptness.CLOCK_IN_DOUBT, timedelta()
        limit = self._limit(ended)
        if limit is None:
            return Promptness.CALENDAR_UNKNOWN, timedelta()
        late = secured - limit
        return (Promptness.LATE, late) if late > timedelta() else (Promptness.IN_TIME, timedelta())

    def _limit(self, ended: datetime) -> datetime | None:
        if self._deadline.hours is not None:
            return limit_of(self._deadline, ended, self._calendar, self._zone)
        day = day_of(ended, self._zone)
        if day not in self._limits:
            self._limits[day] = limit_of(self._deadline, ended, self._calendar, self._zone)
        return self._limits[day]

    def tallies(self, recordings: Iterable[tuple[Key, datetime | None, datetime, bool]]) -> Mapping[Key, Tally]:
        """By key, of (key, when it ended, when it was secured, whether the clock is in doubt)."""
        found: dict[Key, Tally] = {}
        for key, ended, secured, in_doubt in recordings:
            tally = found.setdefault(key, Tally())
            promptness, late = self.judge(ended, secured, in_doubt=in_doubt)
            tally.counts[promptness] += 1
            tally.longest = max(tally.longest, late)
        return found
