"""Device time, measured offset and corrected time."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clock import (
    CapturedAt,
    ClockWarningCode,
    MeasuredOffset,
    OffsetBound,
    OffsetOrigin,
    TimeCandidate,
    TimeSource,
    ZoneOrigin,
    bound_from_the_future,
    choose,
    correct,
    disagreement_with_satellites,
    measure_offset,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
DOCKED = datetime(2026, 5, 1, 10, tzinfo=UTC)
NAIVE = datetime(2026, 5, 1, 16, 30)  # noqa: DTZ001  # 08:30 UTC


def codes(captured: CapturedAt) -> list[ClockWarningCode]:
    return [warning.code for warning in captured.warnings]


def measured(seconds: float, measured_at: datetime = DOCKED) -> MeasuredOffset:
    return MeasuredOffset(seconds, OffsetOrigin.DEVICE_ASKED, measured_at)


def test_without_a_measured_offset_the_device_is_quoted_and_not_corrected() -> None:
    captured = correct(NAIVE, SHANGHAI, None, DOCKED)
    assert captured.at == datetime(2026, 5, 1, 8, 30, tzinfo=UTC)
    assert (captured.device_time, captured.offset_s, captured.offset_origin) == (NAIVE, None, None)
    assert (captured.zone_origin, captured.warnings) == (ZoneOrigin.SETTING, ())


def test_measured_offset_is_added_and_kept_beside() -> None:
    captured = correct(NAIVE, SHANGHAI, measured(-30), DOCKED)
    assert captured.at == datetime(2026, 5, 1, 8, 29, 30, tzinfo=UTC)
    assert (captured.offset_s, captured.offset_origin, captured.warnings) == (-30, OffsetOrigin.DEVICE_ASKED, ())
    assert captured.device_time == NAIVE


@pytest.mark.parametrize(("seconds", "warned"), [(60, False), (-60, False), (61, True), (-61, True)])
def test_offsets_over_a_minute_are_flagged(seconds: float, *, warned: bool) -> None:
    assert (ClockWarningCode.OFFSET_LARGE in codes(correct(NAIVE, SHANGHAI, measured(seconds), DOCKED))) is warned


def test_unknown_stays_unknown() -> None:
    assert correct(None, SHANGHAI, measured(5), DOCKED) == CapturedAt(None, None)
    captured = correct(NAIVE, None, None, DOCKED)
    assert (captured.at, captured.zone_origin, codes(captured)) == (
        None,
        ZoneOrigin.UNKNOWN,
        [ClockWarningCode.ZONE_UNKNOWN],
    )


def test_aware_time_needs_no_setting() -> None:
    captured = correct(datetime(2026, 5, 1, 8, 30, tzinfo=UTC), None, None, DOCKED)
    assert (captured.at, captured.zone_origin) == (datetime(2026, 5, 1, 8, 30, tzinfo=UTC), ZoneOrigin.FILE)


@pytest.mark.parametrize(
    ("extreme", "hours", "offset"),
    [
        (datetime(1, 1, 1), 12, None),  # noqa: DTZ001
        (datetime(9999, 12, 31, 23), -12, None),  # noqa: DTZ001
        (datetime(9999, 12, 31, 23), 0, measured(7200)),  # noqa: DTZ001
    ],
)
def test_times_off_the_calendar_are_out_of_range(extreme: datetime, hours: int, offset: MeasuredOffset | None) -> None:
    captured = correct(extreme, timezone(timedelta(hours=hours)), offset, DOCKED)
    assert (captured.at, captured.device_time) == (None, extreme)
    assert ClockWarningCode.OUT_OF_RANGE in codes(captured)


def test_a_little_ahead_is_flagged_and_far_ahead_is_unknown() -> None:
    a_little = correct(DOCKED + timedelta(seconds=40), None, None, DOCKED)
    assert (a_little.at, codes(a_little)) == (DOCKED + timedelta(seconds=40), [ClockWarningCode.IN_THE_FUTURE])
    far = correct(datetime(2030, 1, 1, tzinfo=UTC), None, None, DOCKED)
    assert (far.at, codes(far)) == (None, [ClockWarningCode.IN_THE_FUTURE])
    assert far.device_time == datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("year", [1904, 1970, 1980, 2000])
def test_reset_clock_gives_no_time_unless_measured(year: int) -> None:
    device_time = datetime(year, 1, 1, 0, 3, tzinfo=UTC)
    captured = correct(device_time, None, None, DOCKED)
    assert (captured.at, codes(captured)) == (None, [ClockWarningCode.CLOCK_RESET])
    told = measure_offset(datetime(year, 1, 1, 1, 3, tzinfo=UTC), None, DOCKED)
    corrected = correct(device_time, None, told, DOCKED)
    assert corrected.at == DOCKED - timedelta(hours=1)
    assert {ClockWarningCode.CLOCK_RESET, ClockWarningCode.OFFSET_LARGE} <= set(codes(corrected))


def test_reset_that_the_offset_does_not_explain_stays_unknown() -> None:
    captured = correct(datetime(2000, 1, 1, tzinfo=UTC), None, measured(2), DOCKED)
    assert captured.at is None


def test_offset_measured_long_ago_is_flagged() -> None:
    captured = correct(NAIVE, SHANGHAI, measured(1, DOCKED + timedelta(days=30)), DOCKED)
    assert codes(captured) == [ClockWarningCode.OFFSET_MEASURED_LONG_AGO]


def test_local_time_that_happened_twice_or_never_is_unknown() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for local in (datetime(2025, 10, 26, 2, 30), datetime(2026, 3, 29, 2, 30)):  # noqa: DTZ001
        captured = correct(local, berlin, None, DOCKED)
        assert (captured.at, codes(captured)) == (None, [ClockWarningCode.LOCAL_TIME_AMBIGUOUS])


def test_offset_is_measured_when_the_device_tells_its_time() -> None:
    told = measure_offset(datetime(2026, 5, 1, 18, 2), SHANGHAI, DOCKED)  # noqa: DTZ001
    assert told == MeasuredOffset(-120, OffsetOrigin.DEVICE_ASKED, DOCKED)
    assert measure_offset(None, SHANGHAI, DOCKED) is None
    assert measure_offset(NAIVE, None, DOCKED) is None


def test_recording_from_the_future_proves_a_bound_that_corrects_nothing() -> None:
    bound = bound_from_the_future(datetime(2026, 5, 1, 18, 5), SHANGHAI, DOCKED)  # noqa: DTZ001
    assert bound == OffsetBound(300, DOCKED)
    captured = correct(NAIVE, SHANGHAI, bound, DOCKED)
    assert (captured.offset_s, codes(captured)) == (None, [ClockWarningCode.RUNS_AHEAD])
    assert captured.at == datetime(2026, 5, 1, 8, 30, tzinfo=UTC)
    assert bound_from_the_future(NAIVE, SHANGHAI, DOCKED) is None
    assert bound_from_the_future(None, SHANGHAI, DOCKED) is None


def test_naive_measurements_are_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        correct(NAIVE, SHANGHAI, None, NAIVE)
    with pytest.raises(ValueError, match="zone"):
        measured(0, NAIVE)


def candidate(source: TimeSource, time: datetime) -> TimeCandidate:
    return TimeCandidate(source, time)


def test_precedence_of_sources() -> None:
    everything = [candidate(source, NAIVE) for source in reversed(TimeSource)]
    picked = []
    while everything:
        choice = choose(everything)
        assert choice.candidate is not None
        picked.append(choice.candidate.source)
        everything.remove(choice.candidate)
    assert picked == [TimeSource.EXIF, TimeSource.RIFF, TimeSource.NAME, TimeSource.QUICKTIME]
    assert choose([]).candidate is None


def test_name_and_media_may_differ_by_two_seconds() -> None:
    name = candidate(TimeSource.NAME, NAIVE)
    assert choose([name, candidate(TimeSource.RIFF, NAIVE + timedelta(seconds=2))]).warnings == ()
    far = choose([name, candidate(TimeSource.RIFF, NAIVE + timedelta(hours=1))])
    assert [(each.code, each.seconds) for each in far.warnings] == [(ClockWarningCode.CLOCK_DISAGREES, 3600)]


def test_zones_explain_whole_steps_only() -> None:
    name = candidate(TimeSource.NAME, NAIVE)
    in_utc = candidate(TimeSource.QUICKTIME, datetime(2026, 5, 1, 8, 30, 1, tzinfo=UTC))
    assert choose([name, in_utc]).warnings == ()
    assert choose([name, in_utc], SHANGHAI).warnings == ()
    local_as_utc = candidate(TimeSource.QUICKTIME, NAIVE.replace(tzinfo=UTC))
    assert choose([name, local_as_utc]).warnings == ()
    mislabelled = choose([name, local_as_utc], SHANGHAI)
    assert [(each.code, each.seconds) for each in mislabelled.warnings] == [(ClockWarningCode.ZONE_DISAGREES, 28_800)]
    assert mislabelled.candidate == name
    off = candidate(TimeSource.QUICKTIME, datetime(2026, 5, 1, 8, 37, tzinfo=UTC))
    assert [each.code for each in choose([name, off]).warnings] == [ClockWarningCode.CLOCK_DISAGREES]
    another_day = candidate(TimeSource.QUICKTIME, datetime(2026, 5, 4, 8, 30, tzinfo=UTC))
    assert [each.code for each in choose([name, another_day]).warnings] == [ClockWarningCode.CLOCK_DISAGREES]


ZONES = st.sampled_from([None, UTC, SHANGHAI, ZoneInfo("Europe/Berlin"), timezone(timedelta(hours=-12))])
TIMES = st.one_of(st.datetimes(), st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(SHANGHAI)))
OFFSETS = st.one_of(
    st.none(),
    st.builds(measured, st.floats(-1e12, 1e12)),
    st.builds(OffsetBound, st.floats(0, 1e9), st.just(DOCKED)),
)


@given(TIMES, ZONES, OFFSETS)
def test_no_device_time_makes_it_fail_or_lie(
    device_time: datetime, zone: tzinfo | None, offset: MeasuredOffset | OffsetBound | None
) -> None:
    captured = correct(device_time, zone, offset, DOCKED)
    assert captured.device_time == device_time
    if captured.at is None:
        assert captured.warnings
    else:
        assert captured.at.tzinfo is UTC
        assert captured.at <= DOCKED + timedelta(seconds=60)
    if not isinstance(offset, MeasuredOffset):
        assert captured.offset_s is None


@given(st.lists(st.builds(TimeCandidate, st.sampled_from(TimeSource), TIMES), max_size=5), ZONES, st.randoms())
def test_choice_does_not_hang_on_the_order(
    candidates: list[TimeCandidate], zone: tzinfo | None, random: Random
) -> None:
    shuffled = list(candidates)
    random.shuffle(shuffled)
    assert choose(shuffled, zone) == choose(candidates, zone)


SATELLITE = datetime(2026, 5, 1, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize("hours", [27, -27, 24 * 365])
@pytest.mark.parametrize("zone", [None, UTC, SHANGHAI])
def test_a_clock_that_satellites_contradict_is_said(hours: int, zone: tzinfo | None) -> None:
    written = (SATELLITE + timedelta(hours=hours)).astimezone(zone or UTC)
    found = disagreement_with_satellites(written if zone else written.replace(tzinfo=None), SATELLITE)
    assert found is not None
    assert (found.code, found.seconds) == (ClockWarningCode.CLOCK_DISAGREES, abs(hours) * 3600)


def test_satellites_do_not_contradict_what_zones_explain_or_nobody_said() -> None:
    assert disagreement_with_satellites(SATELLITE.replace(tzinfo=None) + timedelta(hours=26), SATELLITE) is None
    assert disagreement_with_satellites(None, SATELLITE) is None
    assert disagreement_with_satellites(SATELLITE, None) is None
