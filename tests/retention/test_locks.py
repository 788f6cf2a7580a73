"""The laws of locks: none is ever shortened or weakened, and none ends before the decision on its recording does."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from retention.locks import Keeping, LockSettings, Standing, first_lock, lasting_lock, renewed_lock
from storage.model import Lock, LockMode

MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
SETTINGS = st.builds(
    LockSettings,
    mode=st.sampled_from(LockMode),
    first_days=st.integers(1, 36_600),
    days=st.integers(1, 36_600),
    renew_days_before=st.integers(0, 36_600),
)
LOCKS = st.builds(Lock, st.sampled_from(LockMode), MOMENTS)
KEEPINGS = st.one_of(
    st.builds(Keeping, st.just(Standing.KEPT), MOMENTS, st.none() | MOMENTS),
    st.builds(Keeping, st.just(Standing.BLOCKED), st.none() | MOMENTS, st.none() | MOMENTS),
    st.builds(Keeping, st.just(Standing.EXPIRED), MOMENTS, st.none() | MOMENTS),
    st.builds(Keeping, st.sampled_from((Standing.FOREVER, Standing.UNDECIDED)), st.none(), st.none() | MOMENTS),
)


@given(SETTINGS, MOMENTS)
def test_the_first_lock_lasts_the_days_that_are_set_and_never_longer_than_any_other(
    settings: LockSettings, now: datetime
) -> None:
    days = min(settings.first_days, settings.days)
    assert first_lock(settings, now) == Lock(settings.mode, now + timedelta(days=days))
    assert first_lock(settings, now).retain_until <= lasting_lock(settings, now).retain_until


@given(SETTINGS, LOCKS, MOMENTS, KEEPINGS)
def test_no_lock_is_shortened_or_weakened_whatever_is_decided(
    settings: LockSettings, present: Lock, now: datetime, keeping: Keeping
) -> None:
    renewed = renewed_lock(settings, present, now, keeping)
    if renewed is not None:
        assert renewed.retain_until > present.retain_until
        assert renewed.mode is LockMode.COMPLIANCE or present.mode is LockMode.GOVERNANCE


@given(SETTINGS, st.none() | LOCKS, MOMENTS)
def test_after_renewal_every_lock_lasts_beyond_the_margin(
    settings: LockSettings, present: Lock | None, now: datetime
) -> None:
    standing = renewed_lock(settings, present, now) or present
    assert standing is not None
    assert standing.retain_until >= now + settings.renewal_margin


@given(SETTINGS, st.none() | LOCKS, MOMENTS)
def test_renewing_twice_at_once_is_renewing_once(settings: LockSettings, present: Lock | None, now: datetime) -> None:
    renewed = renewed_lock(settings, present, now)
    if renewed is not None:
        assert renewed_lock(settings, renewed, now) is None


@given(SETTINGS, MOMENTS)
def test_a_fresh_lock_is_left_alone_until_half_of_it_is_over(settings: LockSettings, now: datetime) -> None:
    fresh = first_lock(settings, now)
    just_before = now + (fresh.retain_until - now) / 2 - timedelta(microseconds=1)
    assert renewed_lock(settings, fresh, just_before) is None


@given(SETTINGS, MOMENTS)
def test_what_has_no_lock_gets_one(settings: LockSettings, now: datetime) -> None:
    assert renewed_lock(settings, None, now) == lasting_lock(settings, now)


@given(SETTINGS, st.none() | LOCKS, MOMENTS, KEEPINGS)
def test_a_lock_never_ends_before_the_decision(
    settings: LockSettings, present: Lock | None, now: datetime, keeping: Keeping
) -> None:
    """At once where the decision's end is within reach; else, it lasts until long after the next round."""
    standing = renewed_lock(settings, present, now, keeping) or present
    end = standing.retain_until if standing else now
    match keeping.standing:
        case Standing.KEPT:
            assert keeping.until is not None
            assert keeping.until <= now or end >= min(keeping.until, now + settings.renewal_margin)
            if now < keeping.until <= now + timedelta(days=settings.days):
                assert end >= keeping.until
        case Standing.BLOCKED | Standing.FOREVER | Standing.UNDECIDED:
            assert end >= now + settings.renewal_margin
        case Standing.EXPIRED:
            pass
    if keeping.recoverable_until is not None:
        assert keeping.recoverable_until <= now or end >= keeping.recoverable_until


@given(SETTINGS, LOCKS, MOMENTS, st.data())
def test_no_lock_is_lengthened_beyond_the_end_of_the_decision(
    settings: LockSettings, present: Lock, now: datetime, data: st.DataObject
) -> None:
    until = data.draw(MOMENTS)
    renewed = renewed_lock(settings, present, now, Keeping(Standing.KEPT, until))
    assert renewed is None or renewed.retain_until <= until


@given(SETTINGS, LOCKS, MOMENTS, MOMENTS)
def test_what_is_expired_is_lengthened_for_taking_back_alone(
    settings: LockSettings, present: Lock, now: datetime, moment: datetime
) -> None:
    assert renewed_lock(settings, present, now, Keeping(Standing.EXPIRED, moment)) is None
    renewed = renewed_lock(settings, present, now, Keeping(Standing.EXPIRED, None, moment))
    assert renewed is None or renewed.retain_until == moment


@given(SETTINGS, MOMENTS, st.lists(st.tuples(KEEPINGS, st.floats(0.01, 1.0)), min_size=1, max_size=12))
def test_over_time_no_lock_lapses_before_what_was_last_decided(
    settings: LockSettings, now: datetime, rounds: list[tuple[Keeping, float]]
) -> None:
    """Whatever is decided and however often it changes, as long as somebody looks once in a margin."""
    present = first_lock(settings, now)
    for keeping, part in rounds:
        present = renewed_lock(settings, present, now, keeping) or present
        later = now + settings.renewal_margin * part
        match keeping.standing:
            case Standing.KEPT:
                assert keeping.until is not None
                assert present.retain_until >= min(later, keeping.until)
            case Standing.BLOCKED | Standing.FOREVER | Standing.UNDECIDED:
                assert present.retain_until >= later
            case Standing.EXPIRED:
                pass
        now = later


def test_the_first_lock_ends_within_the_shortest_period_of_the_police_and_leaves_time_to_decide() -> None:
    settings, shortest_six_months = LockSettings(), timedelta(days=181)
    assert timedelta(days=settings.first_days) < shortest_six_months
    assert settings.renewal_margin >= timedelta(days=30)
    assert settings.alarm_margin < settings.renewal_margin


def test_unrenewed_locks_outlast_the_six_months_of_the_rule() -> None:
    settings = LockSettings()
    longest_six_months = timedelta(days=184)
    assert timedelta(days=settings.days) - settings.renewal_margin > longest_six_months


@pytest.mark.parametrize(
    "wrong", [{"days": 0}, {"first_days": 0}, {"days": 36_601}, {"renew_days_before": -1}, {"mode": "none"}, {"x": 1}]
)
def test_impossible_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LockSettings.model_validate(wrong)
