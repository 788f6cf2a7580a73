"""When a file counts as finished."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.stability import (
    Observation,
    StabilityReason,
    StabilitySettings,
    StabilityState,
    condense,
    decide,
)

START = datetime(2026, 5, 1, 8, tzinfo=UTC)
SETTINGS = StabilitySettings(quiet_seconds=5, alarm_after_seconds=600)


def look(seconds: float, size: int = 10, mtime_ns: int = 0) -> Observation:
    return Observation(size, mtime_ns, START + timedelta(seconds=seconds))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


LOOKS = st.lists(
    st.builds(
        look,
        seconds=st.integers(-30, 1000),
        size=st.integers(0, 2),
        mtime_ns=st.sampled_from([-1, 0, 2**62]),
    ),
    max_size=12,
)


def test_one_look_is_never_enough_however_old_the_file() -> None:
    decision = decide([look(0, mtime_ns=-(10**18))], at(3600), SETTINGS)
    assert (decision.state, decision.reason) == (StabilityState.GROWING, StabilityReason.SEEN_ONCE)
    assert decision.look_again_at == at(3600)


def test_still_for_the_quiet_period_is_stable() -> None:
    decision = decide([look(0), look(5)], at(5), SETTINGS)
    assert (decision.state, decision.reason) == (StabilityState.STABLE, StabilityReason.QUIET)
    assert decision.look_again_at is None


def test_quiet_counts_between_looks_and_not_until_now() -> None:
    decision = decide([look(0), look(2)], at(100), SETTINGS)
    assert (decision.state, decision.reason) == (StabilityState.GROWING, StabilityReason.QUIET_TOO_SHORT)


def test_same_size_with_a_new_mtime_is_a_change() -> None:
    decision = decide([look(0), look(10, mtime_ns=1)], at(10), SETTINGS)
    assert (decision.state, decision.reason) == (StabilityState.GROWING, StabilityReason.CHANGED)
    assert decision.look_again_at == at(15)


def test_mtimes_of_the_future_are_harmless() -> None:
    future = 4_102_444_800 * 10**9
    assert decide([look(0, mtime_ns=future), look(5, mtime_ns=future)], at(5), SETTINGS).state is StabilityState.STABLE


def test_empty_file_is_told_apart() -> None:
    assert decide([look(0, size=0), look(5, size=0)], at(5), SETTINGS).reason is StabilityReason.QUIET_BUT_EMPTY


def test_slow_writer_is_reported_but_never_given_up() -> None:
    looks = [look(4 * step, size=step) for step in range(200)]
    decision = decide(looks, at(800), SETTINGS)
    assert (decision.state, decision.reason) == (StabilityState.STALE_GROWING, StabilityReason.GROWS_FOR_TOO_LONG)
    assert decision.look_again_at is not None
    finished = decide([*looks, look(900, size=200), look(905, size=200)], at(905), SETTINGS)
    assert finished.state is StabilityState.STABLE


def test_a_service_that_slept_raises_no_alarm() -> None:
    assert decide([look(0)], at(10_000), SETTINGS).state is StabilityState.GROWING


def test_clock_set_back_starts_the_count_anew_and_does_not_wait_for_it() -> None:
    looks = [look(0), look(100_000), look(3)]
    decision = decide(looks, at(3), SETTINGS)
    assert decision.state is StabilityState.GROWING
    assert decision.look_again_at == at(8)
    assert decide([*looks, look(8)], at(8), SETTINGS).state is StabilityState.STABLE


def test_nothing_seen_yet() -> None:
    decision = decide([], at(0), SETTINGS)
    assert (decision.reason, decision.look_again_at) == (StabilityReason.NOT_SEEN, at(0))
    assert condense([]) == ()


def test_naive_times_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        Observation(1, 1, datetime(2026, 5, 1))  # noqa: DTZ001


@given(LOOKS, st.integers(-30, 2000))
def test_stable_means_two_equal_looks_a_quiet_period_apart(looks: list[Observation], now: int) -> None:
    decision = decide(looks, at(now), SETTINGS)
    if decision.state is StabilityState.STABLE:
        last = looks[-1]
        assert any(each.shows_the_same_as(last) and last.at - each.at >= timedelta(seconds=5) for each in looks[:-1])
    else:
        assert decision.look_again_at is not None
        assert at(now) <= decision.look_again_at <= at(now + 5)


@given(LOOKS, st.integers(-30, 2000))
def test_condensed_looks_decide_the_same(looks: list[Observation], now: int) -> None:
    assert len(condense(looks)) <= 5
    assert decide(condense(looks), at(now), SETTINGS) == decide(looks, at(now), SETTINGS)


@given(LOOKS, st.integers(-(10**18), 10**18))
def test_only_changes_of_mtime_count(looks: list[Observation], shift: int) -> None:
    shifted = [Observation(each.size, each.mtime_ns + shift, each.at) for each in looks]
    assert decide(shifted, at(2000), SETTINGS) == decide(looks, at(2000), SETTINGS)
