"""Locks and metadata as headers: rounding, comparison, and what stores really answer."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.metadata import METADATA_BYTES_AT_MOST, check_metadata
from storage.model import Bucket, Lock, LockMode, VersionReference
from storage.s3_headers import is_weaker, lock_headers, stored_version, whole_seconds

REFERENCE = VersionReference(Bucket.ORIGINALS, "recording.mp4", "1")
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@given(st.datetimes(max_value=datetime(9998, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_rounding_never_ends_a_lock_early_nor_moves_it_by_a_second(until: datetime) -> None:
    rounded = whole_seconds(Lock(LockMode.GOVERNANCE, until)).retain_until
    assert timedelta(0) <= rounded - until < timedelta(seconds=1)
    assert rounded.microsecond == 0


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9998, 1, 1)), st.sampled_from(LockMode))  # noqa: DTZ001
def test_a_lock_survives_the_way_through_the_headers(until: datetime, mode: LockMode) -> None:
    lock = Lock(mode, until.replace(microsecond=0, tzinfo=UTC))
    headers = {name: str(value) for name, value in lock_headers(lock).items()}
    assert stored_version(REFERENCE, 0, NOON, headers).lock == lock


def test_the_end_of_a_lock_goes_out_in_utc() -> None:
    until = datetime(2030, 1, 1, 20, tzinfo=timezone(timedelta(hours=8)))
    headers = lock_headers(Lock(LockMode.COMPLIANCE, until))
    assert headers == {
        "x-amz-object-lock-mode": "COMPLIANCE",
        "x-amz-object-lock-retain-until-date": "2030-01-01T12:00:00Z",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2030-01-01T12:00:00Z", NOON),
        ("2030-01-01T12:00:00.000Z", NOON),
        ("2030-01-01T12:00:00.564000000Z", NOON + timedelta(milliseconds=564)),  # Ceph
        ("2030-01-01T12:00:00.000000999Z", NOON),
    ],
)
def test_every_spelling_of_an_end_is_read(text: str, expected: datetime) -> None:
    headers = {"X-Amz-Object-Lock-Mode": "GOVERNANCE", "X-Amz-Object-Lock-Retain-Until-Date": text}
    assert stored_version(REFERENCE, 0, NOON, headers).lock == Lock(LockMode.GOVERNANCE, expected)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-amz-object-lock-retain-until-date": "2030-01-01T00:00:00"},
        {"x-amz-object-lock-retain-until-date": "9999-12-31T23:59:59-12:00"},
        {"x-amz-object-lock-mode": "FOREVER"},
        {"x-amz-version-id": "2"},
    ],
    ids=["an end without a zone", "an end past all years", "an unknown mode", "another version"],
)
def test_what_no_store_should_say_is_not_believed(headers: dict[str, str]) -> None:
    sound = {"x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": "2030-01-01T00:00:00Z"}
    assert stored_version(REFERENCE, 0, NOON, sound | {"x-amz-version-id": "1"}).lock is not None
    with pytest.raises((ValueError, OverflowError)):
        stored_version(REFERENCE, 0, NOON, sound | headers)


def test_hold_and_metadata_are_read_whatever_their_case() -> None:
    headers = {"X-Amz-Object-Lock-Legal-Hold": "ON", "X-Amz-Meta-Sha256": "AB", "Content-Type": "video/mp4"}
    stored = stored_version(REFERENCE, 7, NOON, headers)
    assert stored.held
    assert stored.metadata == {"sha256": "AB"}
    assert stored.lock is None
    assert not stored_version(REFERENCE, 7, NOON, {"x-amz-object-lock-legal-hold": "OFF"}).held


@pytest.mark.parametrize(
    ("mode", "end", "weaker"),
    [
        (LockMode.GOVERNANCE, NOON, False),
        (LockMode.COMPLIANCE, NOON, False),
        (LockMode.GOVERNANCE, NOON + timedelta(days=1), False),
        (LockMode.GOVERNANCE, NOON - timedelta(microseconds=1), True),
        (LockMode.COMPLIANCE, NOON - timedelta(days=1), True),
    ],
)
def test_weaker_than_a_governance_lock_is_only_what_ends_earlier(mode: LockMode, end: datetime, weaker: bool) -> None:  # noqa: FBT001
    assert is_weaker(Lock(mode, end), than=Lock(LockMode.GOVERNANCE, NOON)) is weaker


def test_governance_is_weaker_than_compliance_however_long() -> None:
    longer = Lock(LockMode.GOVERNANCE, NOON + timedelta(days=999))
    assert is_weaker(longer, than=Lock(LockMode.COMPLIANCE, NOON))


@pytest.mark.parametrize(
    "metadata", [{}, {"sha256": "ab"}, {"a-b": "x y"}, {"empty": ""}, {"a": "b" * (METADATA_BYTES_AT_MOST - 1)}]
)
def test_plain_metadata_is_taken(metadata: dict[str, str]) -> None:
    check_metadata(metadata)


@pytest.mark.parametrize(
    "metadata",
    [{"Upper": "a"}, {"": "a"}, {"a_b": "a"}, {"a": " a"}, {"a": "a "}, {"a": "é"}, {"a": "a\r\nx-evil: 1"}],
)
def test_metadata_that_would_change_on_its_way_is_refused(metadata: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        check_metadata(metadata)


def test_too_much_metadata_is_refused() -> None:
    with pytest.raises(ValueError, match="manifest"):
        check_metadata({"a": "b" * METADATA_BYTES_AT_MOST})
