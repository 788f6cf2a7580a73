"""What time was it really? Device time, measured offset and corrected time, side by side; never guessed.

1. `choose` picks the device's statement of time among what the file and its name hold.
2. `measure_offset` compares the device's clock with ours at docking; `bound_from_the_future` learns less, from a
   recording that claims to end after it was docked: that the device is ahead by at least so much.
3. `correct` puts the statement into its zone, adds the measured offset, and checks that the outcome is possible.

Signs: an offset is dock time minus device time, the seconds to add to what the device says. A device that runs
ahead has a negative offset. A bound is never used to correct, only to warn.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import combinations

# Offsets above this are flagged: with up to 3 s of drift a day, a device unset for twenty days.
OFFSET_ALARM_S = 60.0
# Names have a resolution of 1 s, FAT of 2 s: closer than this, two statements say the same.
SAME_TIME_S = 2.0
_DRIFT_S_PER_DAY = 3.0
# Every zone in use lies a multiple of 15 minutes from UTC, and two zones at most 26 hours apart.
_ZONE_STEP_S = 900.0
_WIDEST_ZONES_S = 26 * 3600.0
# Clocks that lost power start again in 1904, 1970, 1980 or 2000; no digital recorder is older than 1990.
_RESET_YEAR = 2000
_FIRST_YEAR = 1990


class TimeSource(StrEnum):
    """Where a statement of time was read, the most trusted first.

    A name comes before QuickTime: it is written when the recording begins, QuickTime's time often when it ends,
    and many recorders write local time where QuickTime means UTC.
    """

    EXIF = "exif"
    RIFF = "riff"
    NAME = "name"
    QUICKTIME = "quicktime"


class OffsetOrigin(StrEnum):
    """How an offset came to be known."""

    DEVICE_ASKED = "device_asked"  # the device told its time when docked
    ENTERED = "entered"  # a person compared the clocks and wrote it down


class ZoneOrigin(StrEnum):
    """Who says which zone the device time is in."""

    FILE = "file"
    SETTING = "setting"
    UNKNOWN = "unknown"


class ClockWarningCode(StrEnum):
    CLOCK_DISAGREES = "clock_disagrees"  # name, media or satellites differ by more than zones explain
    ZONE_DISAGREES = "zone_disagrees"  # they differ by whole zone steps: one of them mislabels its zone
    OFFSET_LARGE = "offset_large"
    OFFSET_MEASURED_LONG_AGO = "offset_measured_long_ago"
    RUNS_AHEAD = "runs_ahead"  # only a bound is known: ahead by at least so much
    IN_THE_FUTURE = "in_the_future"  # after the moment the file was docked
    CLOCK_RESET = "clock_reset"
    ZONE_UNKNOWN = "zone_unknown"
    LOCAL_TIME_AMBIGUOUS = "local_time_ambiguous"  # twice or never on the night the clocks change
    OUT_OF_RANGE = "out_of_range"


@dataclass(frozen=True, slots=True)
class ClockWarning:
    """Something a person should know about a time; `seconds` says by how much, where that is known."""

    code: ClockWarningCode
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class MeasuredOffset:
    """Dock time minus device time in seconds, who says so, and when it was measured (aware)."""

    seconds: float
    origin: OffsetOrigin
    measured_at: datetime

    def __post_init__(self) -> None:
        _require_aware(self.measured_at)


@dataclass(frozen=True, slots=True)
class OffsetBound:
    """The device runs ahead by at least so many seconds; by how much really is unknown."""

    ahead_by_at_least_s: float
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class TimeCandidate:
    """One statement of time: naive if its source knows no zone, aware if it names one."""

    source: TimeSource
    time: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """The statement to go by (None if there is none) and how it gets on with the others."""

    candidate: TimeCandidate | None
    warnings: tuple[ClockWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class CapturedAt:
    """Device time as written, the offset used and the corrected time (aware, UTC), each with its origin.

    `at` is None where the time is unknown or cannot be true. `offset_s` is None where no offset was measured:
    `at` is then the device's own word.
    """

    at: datetime | None
    device_time: datetime | None
    offset_s: float | None = None
    offset_origin: OffsetOrigin | None = None
    offset_measured_at: datetime | None = None
    zone_origin: ZoneOrigin = ZoneOrigin.UNKNOWN
    warnings: tuple[ClockWarning, ...] = ()


def choose(candidates: Iterable[TimeCandidate], zone: tzinfo | None = None) -> Choice:
    """Pick the most trusted statement and report every disagreement, the worst of each kind.

    `zone` is where the devices are set, if that is known; without it a whole number of zone steps between a
    time with a zone and one without is no disagreement.
    """
    order = list(TimeSource)
    ranked = sorted(set(candidates), key=lambda each: (order.index(each.source), each.time.isoformat()))
    worst: dict[ClockWarningCode, float] = {}
    for first, second in combinations(ranked, 2):
        found = _disagreement(first.time, second.time, zone)
        if found is not None:
            code, seconds = found
            worst[code] = max(worst.get(code, 0.0), seconds)
    return Choice(
        candidate=ranked[0] if ranked else None,
        warnings=tuple(ClockWarning(code, worst[code]) for code in ClockWarningCode if code in worst),
    )


def disagreement_with_satellites(device_time: datetime | None, satellite_time: datetime | None) -> ClockWarning | None:
    """Compare the device's time with the satellites' (aware); None if any two zones explain how far they differ."""
    if device_time is None or satellite_time is None:
        return None
    _require_aware(satellite_time)
    device, satellite = _in_utc(device_time, UTC), _in_utc(satellite_time, UTC)
    if device is None or satellite is None:
        return None
    apart = abs((device - satellite).total_seconds())
    return ClockWarning(ClockWarningCode.CLOCK_DISAGREES, apart) if apart > _WIDEST_ZONES_S else None


def measure_offset(device_clock: datetime | None, zone: tzinfo | None, dock_time: datetime) -> MeasuredOffset | None:
    """Compare what the device's clock said at docking with ours; None if it said nothing or its zone is unknown."""
    _require_aware(dock_time)
    device = _in_utc(device_clock, zone) if device_clock is not None else None
    if device is None:
        return None
    return MeasuredOffset((dock_time - device).total_seconds(), OffsetOrigin.DEVICE_ASKED, dock_time)


def bound_from_the_future(device_end: datetime | None, zone: tzinfo | None, dock_time: datetime) -> OffsetBound | None:
    """Conclude what a recording that ends after its own docking proves; None if it proves nothing.

    `device_end` is the device's time at the end of the recording, or at its start if the duration is unknown.
    """
    _require_aware(dock_time)
    device = _in_utc(device_end, zone) if device_end is not None else None
    ahead = (device - dock_time).total_seconds() if device is not None else 0.0
    return OffsetBound(ahead, dock_time) if ahead > SAME_TIME_S else None


def correct(
    device_time: datetime | None,
    zone: tzinfo | None,
    offset: MeasuredOffset | OffsetBound | None,
    dock_time: datetime,
) -> CapturedAt:
    """Say when it was, as far as that is known.

    A naive `device_time` is read in `zone`; an aware one carries its own. Raises ValueError for a naive
    `dock_time`, which is a fault of the caller and not of the device.
    """
    _require_aware(dock_time)
    if device_time is None:
        return CapturedAt(None, None)
    measured = offset if isinstance(offset, MeasuredOffset) else None
    warnings = [*_offset_warnings(offset), *([ClockWarning(ClockWarningCode.CLOCK_RESET)] * _is_reset(device_time))]
    zone_origin = _zone_origin(device_time, zone)
    at, why = _corrected(device_time, zone, measured)
    if why is not None:
        warnings.append(ClockWarning(why))
    if at is not None and measured is not None:
        warnings += _age_warning(at, measured)
    if at is not None and (ahead := (at - dock_time).total_seconds()) > SAME_TIME_S:
        warnings.append(ClockWarning(ClockWarningCode.IN_THE_FUTURE, ahead))
        # Beyond what drift explains the statement is false, and a false time must not look like a known one.
        at = at if ahead <= OFFSET_ALARM_S else None
    if at is not None and _is_reset(at):
        at = None
    return CapturedAt(
        at=at,
        device_time=device_time,
        offset_s=measured.seconds if measured else None,
        offset_origin=measured.origin if measured else None,
        offset_measured_at=measured.measured_at if measured else None,
        zone_origin=zone_origin,
        warnings=tuple(warnings),
    )


def _corrected(
    device_time: datetime, zone: tzinfo | None, measured: MeasuredOffset | None
) -> tuple[datetime | None, ClockWarningCode | None]:
    if device_time.tzinfo is None and zone is None:
        return None, ClockWarningCode.ZONE_UNKNOWN
    if device_time.tzinfo is None and _is_ambiguous(device_time, zone):
        return None, ClockWarningCode.LOCAL_TIME_AMBIGUOUS
    device = _in_utc(device_time, zone)
    try:
        at = device + timedelta(seconds=measured.seconds if measured else 0.0) if device is not None else None
    except (OverflowError, ValueError):
        at = None
    return at, ClockWarningCode.OUT_OF_RANGE if at is None else None


def _offset_warnings(offset: MeasuredOffset | OffsetBound | None) -> list[ClockWarning]:
    match offset:
        case MeasuredOffset(seconds=seconds) if abs(seconds) > OFFSET_ALARM_S:
            return [ClockWarning(ClockWarningCode.OFFSET_LARGE, seconds)]
        case OffsetBound(ahead_by_at_least_s=seconds):
            return [ClockWarning(ClockWarningCode.RUNS_AHEAD, seconds)]
        case _:
            return []


def _age_warning(at: datetime, measured: MeasuredOffset) -> list[ClockWarning]:
    drift = abs((measured.measured_at - at).total_seconds()) / 86_400 * _DRIFT_S_PER_DAY
    return [ClockWarning(ClockWarningCode.OFFSET_MEASURED_LONG_AGO, drift)] if drift > OFFSET_ALARM_S else []


def _disagreement(first: datetime, second: datetime, zone: tzinfo | None) -> tuple[ClockWarningCode, float] | None:
    readings = first.replace(tzinfo=None), second.replace(tzinfo=None)
    apart = abs((readings[0] - readings[1]).total_seconds())
    if (first.tzinfo is None) == (second.tzinfo is None):
        known = [_in_utc(time, UTC) for time in (first, second)]
        apart = abs((known[0] - known[1]).total_seconds()) if known[0] and known[1] else apart
        return (ClockWarningCode.CLOCK_DISAGREES, apart) if apart > SAME_TIME_S else None
    beside_a_step = abs((apart + _ZONE_STEP_S / 2) % _ZONE_STEP_S - _ZONE_STEP_S / 2)
    if beside_a_step > SAME_TIME_S or apart > _WIDEST_ZONES_S:
        return ClockWarningCode.CLOCK_DISAGREES, apart
    in_zone = [_in_utc(time, zone) for time in (first, second)]
    if in_zone[0] is None or in_zone[1] is None:
        return None
    apart = abs((in_zone[0] - in_zone[1]).total_seconds())
    return (ClockWarningCode.ZONE_DISAGREES, apart) if apart > SAME_TIME_S else None


def _in_utc(time: datetime, zone: tzinfo | None) -> datetime | None:
    placed = time if time.tzinfo is not None else time.replace(tzinfo=zone)
    if placed.tzinfo is None:
        return None
    try:
        return placed.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _is_ambiguous(naive: datetime, zone: tzinfo | None) -> bool:
    early, late = naive.replace(tzinfo=zone, fold=0), naive.replace(tzinfo=zone, fold=1)
    return early.utcoffset() != late.utcoffset()


def _zone_origin(device_time: datetime, zone: tzinfo | None) -> ZoneOrigin:
    if device_time.tzinfo is not None:
        return ZoneOrigin.FILE
    return ZoneOrigin.SETTING if zone is not None else ZoneOrigin.UNKNOWN


def _is_reset(time: datetime) -> bool:
    return time.year < _FIRST_YEAR or time.year == _RESET_YEAR


def _require_aware(time: datetime) -> None:
    if time.tzinfo is None:
        message = "a measured time needs a zone"
        raise ValueError(message)
