"""Alarms of disk and clock."""

from datetime import UTC, datetime, timedelta

from ingest.alarms import ClockWatch, disk_alarm
from ingest.slot_state import TroubleKind

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MIB = 1024 * 1024


def kind_at(watch: ClockWatch, wall: datetime, seconds: float) -> TroubleKind | None:
    trouble = watch.look(wall, seconds)
    return trouble.kind if trouble else None


def test_disk() -> None:
    assert disk_alarm(256 * MIB, 256 * MIB, "/home") is None
    low = disk_alarm(255 * MIB, 256 * MIB, "/home")
    assert low is not None
    assert low.sentence == "Only 255 MiB are free at /home, 256 MiB should be: make room."


def test_a_clock_that_goes_as_it_should() -> None:
    watch = ClockWatch(NOON - timedelta(days=1))
    for second in range(100):
        assert kind_at(watch, NOON + timedelta(seconds=second * 1.01), 50.0 + second) is None


def test_a_clock_set_back_is_told_for_ten_minutes() -> None:
    watch = ClockWatch()
    assert kind_at(watch, NOON, 0) is None
    back = NOON - timedelta(hours=1)
    assert kind_at(watch, back + timedelta(seconds=1), 1) is TroubleKind.CLOCK_WENT_BACK
    assert kind_at(watch, back + timedelta(seconds=600), 600) is TroubleKind.CLOCK_WENT_BACK
    assert kind_at(watch, back + timedelta(seconds=602), 602) is None


def test_a_clock_that_jumps_ahead() -> None:
    watch = ClockWatch()
    watch.look(NOON, 0)
    trouble = watch.look(NOON + timedelta(days=1, seconds=1), 1)
    assert trouble is not None
    assert trouble.kind is TroubleKind.CLOCK_JUMPED
    assert trouble.sentence.startswith("The clock went forward by 86400 s, to 2026-11-24 12:00:01 UTC")


def test_a_clock_that_nobody_set() -> None:
    assert kind_at(ClockWatch(), datetime(1970, 1, 1, tzinfo=UTC), 5) is TroubleKind.CLOCK_UNSET


def test_a_clock_that_is_before_what_was_told_before_the_restart() -> None:
    assert kind_at(ClockWatch(NOON), NOON - timedelta(minutes=5), 5) is TroubleKind.CLOCK_WENT_BACK
    assert kind_at(ClockWatch(NOON), NOON + timedelta(days=300), 5) is None
