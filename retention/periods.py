"""Calendar periods: from a day to the end of the day on which the period is over (pure).

A period is counted in the calendar of a zone. The day on which it begins is not counted, and it ends at the end of its
last day (民法典 Art 201 to 203). A month later is the same day of that month, or its last day where it has no such day:
six months after 31 August are over at the end of 28 or 29 February.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

LONGEST_YEARS = 1000
_LAST = datetime(9999, 12, 31, tzinfo=UTC)
_WRITTEN = re.compile(r"(?P<count>[1-9]\d{0,5}) (?P<unit>day|month|year)s?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """So many calendar months, and then so many days. None of either: to the end of the day itself."""

    months: int = 0
    days: int = 0

    @property
    def written(self) -> str:
        """As `period_of` reads it; years where the months are whole ones."""
        if self.days or not self.months:
            return f"{self.days} {'day' if self.days == 1 else 'days'}"
        count, unit = (self.months, "month") if self.months % 12 else (self.months // 12, "year")
        return f"{count} {unit}{'' if count == 1 else 's'}"


def period_of(written: str) -> Period | None:
    """`60 days`, `6 months`, `2 years`; None for anything else, and for more than `LONGEST_YEARS`."""
    match = _WRITTEN.fullmatch(written)
    if match is None:
        return None
    count = int(match["count"])
    unit = match["unit"]
    period = Period(days=count) if unit == "day" else Period(months=count * (12 if unit == "year" else 1))
    return period if period.months <= LONGEST_YEARS * 12 and period.days <= LONGEST_YEARS * 365 else None


def day_of(at: datetime, zone: tzinfo) -> date:
    """The day that an aware time falls on in the zone."""
    return at.astimezone(zone).date()


def end_after(period: Period, day: date, zone: tzinfo) -> datetime:
    """When a period that begins on `day` is over (aware, UTC): as the day after its last one begins in the zone.

    Beyond all calendars it is the last day of 9999.
    """
    try:
        return beginning_of(_plus_months(day, period.months) + timedelta(days=period.days + 1), zone)
    except (OverflowError, ValueError):
        return _LAST


def beginning_of(day: date, zone: tzinfo) -> datetime:
    """When a day begins in the zone (aware, UTC). Where clocks are changed at midnight, the later of two readings."""
    midnight = datetime.combine(day, time.min, zone)
    return max(midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def _plus_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))
