"""Times as devices write them, read into aware times that keep the zone they were written in."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from ingest.media.model import CapturedTime, ZoneOrigin

_QUICKTIME_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNIX_IN_QUICKTIME = int((_UNIX_EPOCH - _QUICKTIME_EPOCH).total_seconds())
_NUMERIC = re.compile(
    r"\s*(?P<year>\d{4})[:/.-](?P<month>\d{1,2})[:/.-](?P<day>\d{1,2})"
    r"(?:[ T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)"
)
_SPELLED = re.compile(
    r"\s*(?:[A-Za-z]{3,9},?\s+)?(?P<month>[A-Za-z]{3})\s+(?P<day>\d{1,2})\s+"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2})\s+(?P<year>\d{4})"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_OFFSET = re.compile(r"\s*(?:(?P<utc>Z)|(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2}))")


def from_text(
    raw: str, *, origin: str, zone: tzinfo, offset: str | None = None, fraction: str | None = None
) -> CapturedTime | None:
    """Read a written time: EXIF, XMP, RIFF or ISO 8601.

    A zone in the text or in `offset` is the file's own; otherwise `zone`, the configured one of device clocks,
    applies. `0000:00:00`, blanks and impossible dates are None: the device did not know.
    """
    match = _NUMERIC.match(raw) or _SPELLED.match(raw)
    if match is None:
        return None
    parts = match.groupdict()
    written = _offset(parts.get("zone") or offset or "")
    naive = _naive(parts, parts.get("fraction") or fraction)
    if naive is None:
        return None
    at = _place(naive, written or zone)
    origin_of_zone = ZoneOrigin.SETTING if written is None else ZoneOrigin.FILE
    return None if at is None else CapturedTime(at, raw.strip("\0 "), origin, origin_of_zone)


def from_quicktime(seconds: int, *, origin: str) -> CapturedTime | None:
    """Read a QuickTime time: seconds since 1904, UTC by format; 0 is unknown.

    Some devices count from 1970; as a date before 1970 in a recording is impossible, small numbers are read so.
    """
    if seconds <= 0:
        return None
    try:
        at = quicktime_epoch(seconds) + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return CapturedTime(at, str(seconds), origin, ZoneOrigin.FORMAT)


def quicktime_epoch(seconds: int) -> datetime:
    """The moment from which such a number of seconds is counted."""
    return _QUICKTIME_EPOCH if seconds >= _UNIX_IN_QUICKTIME else _UNIX_EPOCH


def _naive(parts: dict[str, str | None], fraction: str | None) -> datetime | None:
    month = parts["month"] or ""
    if not month.isdigit():
        name = month.lower()
        month = str(_MONTHS.index(name) + 1) if name in _MONTHS else "0"
    digits = "".join(character for character in fraction or "" if character.isdigit())
    numbers = (parts["year"], month, parts["day"], parts["hour"], parts["minute"], parts["second"])
    year, month_number, day, hour, minute, second = (int(number or 0) for number in numbers)
    try:
        return datetime(  # noqa: DTZ001 - the caller places it in its zone
            year, month_number, day, hour, minute, second, int(digits[:6].ljust(6, "0")) if digits else 0
        )
    except ValueError:
        return None


def _offset(text: str) -> tzinfo | None:
    match = _OFFSET.match(text)
    if match is None:
        return None
    if match["utc"]:
        return UTC
    hours, minutes = int(match["hours"]), int(match["minutes"])
    if hours > 14 or minutes > 59:  # noqa: PLR2004 - no zone on earth is further out
        return None
    delta = timedelta(hours=hours, minutes=minutes)
    return timezone(-delta if match["sign"] == "-" else delta)


def _place(naive: datetime, zone: tzinfo) -> datetime | None:
    """Give the wall clock its zone, as a fixed offset so that it survives being written and read."""
    try:
        offset = naive.replace(tzinfo=zone).utcoffset()
    except (OverflowError, ValueError):
        return None
    return None if offset is None else naive.replace(tzinfo=timezone(offset))
