"""Making the buckets of an S3 store, on purpose only: with Object Lock, which brings versioning.

The originals' bucket gets a default retention. Some servers (Ceph 16) ignore the lock headers of CreateMultipartUpload
but apply the bucket's default to what comes out: with it no version lies unlocked between two requests.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from minio import Minio
from minio.commonconfig import ENABLED
from minio.error import S3Error
from minio.objectlockconfig import DAYS, YEARS, ObjectLockConfig

from storage.model import Bucket, LockMode
from storage.s3_client import CHECKING, open_client, translated
from storage.s3_errors import NO_LOCK_ON_BUCKET
from storage.s3_settings import S3Settings, bucket_name

_DAYS_A_YEAR = 365
_MADE_BY_ANOTHER = {"BucketAlreadyOwnedByYou"}


@dataclass(frozen=True, slots=True)
class DefaultRetention:
    """The lock that a bucket gives what is stored without one, or whose own lock it lost; counted from then on."""

    mode: LockMode
    days: int


class BucketState(StrEnum):
    """What was found or done. The last two are wrong: a lock can only be given to a new bucket."""

    MADE = "made"
    THERE = "there"
    RETENTION_SET = "retention_set"
    NO_LOCK = "no_lock"
    NO_VERSIONS = "no_versions"

    @property
    def wrong(self) -> bool:
        return self in {BucketState.NO_LOCK, BucketState.NO_VERSIONS}


@dataclass(frozen=True, slots=True)
class BucketReport:
    """One bucket by its full name, and its default retention as it is now."""

    bucket: str
    state: BucketState
    retention: DefaultRetention | None = None


def make_buckets(settings: S3Settings, default: DefaultRetention) -> Iterator[BucketReport]:
    """Make what is missing and say what became of each. Idempotent. Raises StoreMisconfigured, StoreUnavailable."""
    client = open_client(settings)
    for bucket in Bucket:
        name = bucket_name(settings, bucket)
        with translated(settings.endpoint):
            report = BucketReport(name, ensure_bucket(client, name))
            if bucket is Bucket.ORIGINALS and not report.state.wrong:
                report = _with_retention(client, report, default)
        yield report


def ensure_bucket(client: Minio, name: str) -> BucketState:
    """Make one bucket with a lock, or look whether it is as it must be. Raises what the client raises."""
    if not client.bucket_exists(bucket_name=name):
        try:
            client.make_bucket(bucket_name=name, object_lock=True)
        except S3Error as error:
            if error.code not in _MADE_BY_ANOTHER:
                raise
        else:
            return BucketState.MADE
    try:
        client.get_object_lock_config(bucket_name=name)
    except S3Error as error:
        if error.code not in NO_LOCK_ON_BUCKET:
            raise
        return BucketState.NO_LOCK
    if client.get_bucket_versioning(bucket_name=name).status != ENABLED:
        return BucketState.NO_VERSIONS
    return BucketState.THERE


def default_retention(client: Minio, name: str) -> DefaultRetention | None:
    """The default retention of a bucket, None if it has none. Raises what the client raises."""
    found = client.get_object_lock_config(bucket_name=name)
    if found.mode is None or found.duration is None:
        return None
    days = found.duration * (_DAYS_A_YEAR if found.duration_unit == YEARS else 1)
    return DefaultRetention(LockMode(found.mode.lower()), days)


def originals_default(settings: S3Settings) -> DefaultRetention | None:
    """The default retention of the originals' bucket, None if it has none. Raises StorageError."""
    with translated(settings.endpoint):
        return default_retention(open_client(settings, CHECKING), bucket_name(settings, Bucket.ORIGINALS))


def set_default_retention(client: Minio, name: str, retention: DefaultRetention) -> None:
    """Give a bucket a default retention. Raises what the client raises."""
    client.set_object_lock_config(
        bucket_name=name, config=ObjectLockConfig(retention.mode.upper(), retention.days, DAYS)
    )


def strengthened(present: DefaultRetention | None, wanted: DefaultRetention) -> DefaultRetention | None:
    """The default retention to set, or None where the present one does. It is never made shorter, nor weaker."""
    if present is None:
        return wanted
    mode = LockMode.COMPLIANCE if LockMode.COMPLIANCE in {present.mode, wanted.mode} else LockMode.GOVERNANCE
    better = DefaultRetention(mode, max(present.days, wanted.days))
    return None if better == present else better


def _with_retention(client: Minio, report: BucketReport, wanted: DefaultRetention) -> BucketReport:
    present = default_retention(client, report.bucket)
    better = strengthened(present, wanted)
    if better is None:
        return BucketReport(report.bucket, report.state, present)
    set_default_retention(client, report.bucket, better)
    standing = default_retention(client, report.bucket)  # as the server understood it
    state = BucketState.MADE if report.state is BucketState.MADE else BucketState.RETENTION_SET
    return BucketReport(report.bucket, state, standing)
