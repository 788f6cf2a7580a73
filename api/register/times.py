"""Times as people write them in tables."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from api.register.problems import Problem, ProblemCode

_TIME: Final = re.compile(
    r"""
    (?P<year>\d{4}) (?: [-/.] (?P<month>\d{1,2}) [-/.] (?P<day>\d{1,2})
                       | \s*年\s* (?P<m>\d{1,2}) \s*月\s* (?P<d>\d{1,2}) \s*日 )
    (?: [T\s]*
        (?P<hour>\d{1,2}) (?: : (?P<minute>\d{2}) (?: : (?P<second>\d{2}) (?: [.,] (?P<fraction>\d{1,6}) )? )?
                            | \s*[时点]\s* (?: (?P<min>\d{1,2}) \s*分\s* (?: (?P<sec>\d{1,2}) \s*秒 )? )? )
        \s* (?P<offset> Z | [+-]\d{2} :? \d{2} )?
    )?
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
_WIDE: Final = {
    ord(wide): narrow for wide, narrow in zip("０１２３４５６７８９：－／．", "0123456789:-/.", strict=True)
}


def read_time(text: str, zone: ZoneInfo, *, is_end: bool = False) -> datetime:
    """Read a time; one without an offset from UTC is `zone`'s. The answer is aware, in UTC. Raises Problem.

    A date alone means the whole day: its beginning as a start, the beginning of the next day as an end. A time that
    the zone's clocks skipped or showed twice is not guessed at.
    """
    found = _TIME.fullmatch(text.translate(_WIDE).strip())
    if found is None:
        raise Problem(ProblemCode.TIME_UNREADABLE)
    part = found.groupdict()
    try:
        day = date(int(part["year"]), int(part["month"] or part["m"]), int(part["day"] or part["d"]))
        if part["hour"] is None:
            whole = day + timedelta(days=1) if is_end else day
            return _located(datetime.combine(whole, time()), zone)
        moment = datetime.combine(day, _clock(part))
        offset = part["offset"]
        return moment.replace(tzinfo=_offset(offset)).astimezone(UTC) if offset else _located(moment, zone)
    except (ValueError, OverflowError) as error:
        raise Problem(ProblemCode.TIME_UNREADABLE) from error


def _clock(part: dict[str, str | None]) -> time:
    minute, second = part["minute"] or part["min"], part["second"] or part["sec"]
    microsecond = int((part["fraction"] or "").ljust(6, "0"))
    return time(int(part["hour"] or 0), int(minute or 0), int(second or 0), microsecond)


def _offset(written: str) -> timezone:
    if written.upper() == "Z":
        return UTC
    digits = written[1:].replace(":", "")
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-away if written.startswith("-") else away)


def _located(moment: datetime, zone: ZoneInfo) -> datetime:
    first, second = moment.replace(tzinfo=zone), moment.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != second.utcoffset():
        exists = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment
        raise Problem(ProblemCode.TIME_REPEATED if exists else ProblemCode.TIME_SKIPPED, {"zone": zone.key})
    return first.astimezone(UTC)
