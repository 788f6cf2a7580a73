"""Working days: the holidays of China with the days moved for them (节假日、调休), and the agency's own additions.

The data says nothing of years whose holidays were not announced yet, or long ago: then it is not known whether a day is
a working day, and that is what is answered. An agency that has set all days of a year by itself names that year.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

import chinese_calendar
from chinese_calendar import constants
from pydantic import BaseModel, ConfigDict, Field

_SATURDAY = 5
_AT_MOST = 400


class Holidays(StrEnum):
    CHINA = "china"
    NONE = "none"  # Saturdays and Sundays alone, for every year


class CalendarSettings(BaseModel):
    """The agency's own days, over those of the data; `years` are those that these settings tell completely."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    holidays: Holidays = Holidays.CHINA
    days_off: tuple[date, ...] = ()
    working_days: tuple[date, ...] = ()
    years: tuple[int, ...] = Field(default=(), description="years whose days off all stand in days_off")


def covered_years() -> tuple[int, int]:
    """The first and the last year of the data."""
    return min(constants.holidays).year, max(constants.holidays).year


@dataclass(frozen=True)
class WorkingCalendar:
    settings: CalendarSettings = field(default_factory=CalendarSettings)

    def is_working(self, day: date) -> bool | None:
        """None where it is not known."""
        if day in self.settings.days_off:
            return False
        if day in self.settings.working_days:
            return True
        if self.settings.holidays is Holidays.NONE or day.year in self.settings.years:
            return day.weekday() < _SATURDAY
        first, last = covered_years()
        return bool(chinese_calendar.is_workday(day)) if first <= day.year <= last else None

    def after(self, day: date, working_days: int) -> date | None:
        """The so many-th working day after `day`, which itself is not counted; None where it is not known."""
        left = working_days
        for each in range(1, _AT_MOST + working_days * 2):
            found = day + timedelta(days=each)
            working = self.is_working(found)
            if working is None:
                return None
            left -= working
            if not left:
                return found
        return None
