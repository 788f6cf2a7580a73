"""The laws of locks: an original is never without one, and none is ever shortened or weakened."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from retention.locks import LockSettings, first_lock, renewed_lock
from storage.model import Lock, LockMode

MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
SETTINGS = st.builds(
    LockSettings,
    mode=st.sampled_from(LockMode),
    days=st.integers(1, 36_600),
    renew_days_before=st.integers(0, 36_600),
)
LOCKS = st.builds(Lock, st.sampled_from(LockMode), MOMENTS)


@given(SETTINGS, MOMENTS)
def test_the_first_lock_lasts_the_days_that_are_set(settings: LockSettings, now: datetime) -> None:
    assert first_lock(settings, now) == Lock(settings.mode, now + timedelta(days=settings.days))


@given(SETTINGS, LOCKS, MOMENTS)
def test_no_lock_is_shortened_or_weakened(settings: LockSettings, present: Lock, now: datetime) -> None:
    renewed = renewed_lock(settings, present, now)
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
    just_before = now + timedelta(days=settings.days) / 2 - timedelta(microseconds=1)
    assert renewed_lock(settings, fresh, just_before) is None


@given(SETTINGS, MOMENTS)
def test_what_has_no_lock_gets_one(settings: LockSettings, now: datetime) -> None:
    assert renewed_lock(settings, None, now) == first_lock(settings, now)


def test_unrenewed_locks_outlast_the_six_months_of_the_rule() -> None:
    settings = LockSettings()
    longest_six_months = timedelta(days=184)
    assert timedelta(days=settings.days) - settings.renewal_margin > longest_six_months


@pytest.mark.parametrize(
    "wrong", [{"days": 0}, {"days": 36_601}, {"renew_days_before": -1}, {"mode": "none"}, {"x": 1}]
)
def test_impossible_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LockSettings.model_validate(wrong)
