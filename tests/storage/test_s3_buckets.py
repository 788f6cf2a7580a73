"""Making buckets on purpose: with locks, with a default retention that closes the gap of multipart uploads."""

import hashlib
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from minio import Minio
from minio.datatypes import Part

from storage.model import Bucket, Lock, LockMode
from storage.s3 import S3Store
from storage.s3_buckets import (
    BucketReport,
    BucketState,
    DefaultRetention,
    make_buckets,
    set_default_retention,
    strengthened,
)
from storage.s3_headers import lock_headers
from storage.s3_settings import S3Settings, bucket_name

GOVERNANCE, COMPLIANCE = LockMode.GOVERNANCE, LockMode.COMPLIANCE
A_DAY = DefaultRetention(GOVERNANCE, 1)
PART = 5 * 1024 * 1024


@pytest.mark.parametrize(
    ("present", "wanted", "to_set"),
    [
        (None, A_DAY, A_DAY),
        (A_DAY, A_DAY, None),
        (A_DAY, DefaultRetention(GOVERNANCE, 2), DefaultRetention(GOVERNANCE, 2)),
        (DefaultRetention(GOVERNANCE, 9), A_DAY, None),
        (DefaultRetention(COMPLIANCE, 1), DefaultRetention(GOVERNANCE, 9), DefaultRetention(COMPLIANCE, 9)),
        (DefaultRetention(COMPLIANCE, 9), DefaultRetention(GOVERNANCE, 9), None),
        (DefaultRetention(GOVERNANCE, 9), DefaultRetention(COMPLIANCE, 1), DefaultRetention(COMPLIANCE, 9)),
    ],
)
def test_a_default_retention_is_never_made_shorter_nor_weaker(
    present: DefaultRetention | None, wanted: DefaultRetention, to_set: DefaultRetention | None
) -> None:
    assert strengthened(present, wanted) == to_set


def report(settings: S3Settings, default: DefaultRetention) -> dict[Bucket, BucketReport]:
    return dict(zip(Bucket, make_buckets(settings, default), strict=True))


@pytest.mark.s3
class TestOnTheServer:
    def test_are_made_once_with_lock_and_default(self, bare_settings: S3Settings) -> None:
        first = report(bare_settings, A_DAY)
        assert {each.state for each in first.values()} == {BucketState.MADE}
        assert [each.bucket for each in first.values()] == [bucket_name(bare_settings, each) for each in Bucket]
        assert {bucket: each.retention for bucket, each in first.items() if each.retention} == {Bucket.ORIGINALS: A_DAY}
        again = report(bare_settings, A_DAY)
        assert {each.state for each in again.values()} == {BucketState.THERE}
        assert again[Bucket.ORIGINALS].retention == A_DAY
        S3Store(bare_settings).check()

    def test_an_earlier_bucket_gets_the_default_and_keeps_a_longer_one(
        self, bare_settings: S3Settings, s3_client: Minio
    ) -> None:
        name = bucket_name(bare_settings, Bucket.ORIGINALS)
        s3_client.make_bucket(bucket_name=name, object_lock=True)
        found = report(bare_settings, A_DAY)
        assert found[Bucket.ORIGINALS] == BucketReport(name, BucketState.RETENTION_SET, A_DAY)
        longer = DefaultRetention(GOVERNANCE, 30)
        set_default_retention(s3_client, name, longer)
        assert report(bare_settings, A_DAY)[Bucket.ORIGINALS] == BucketReport(name, BucketState.THERE, longer)

    def test_without_lock_is_told_and_left_as_it_is(self, bare_settings: S3Settings, s3_client: Minio) -> None:
        name = bucket_name(bare_settings, Bucket.ORIGINALS)
        s3_client.make_bucket(bucket_name=name)
        found = report(bare_settings, A_DAY)
        assert found[Bucket.ORIGINALS] == BucketReport(name, BucketState.NO_LOCK)
        assert found[Bucket.ORIGINALS].state.wrong
        assert found[Bucket.MANIFESTS].state is BucketState.MADE

    @pytest.mark.parametrize("lock_after_complete", [False, True])
    def test_the_default_leaves_no_multipart_version_unlocked_for_a_moment(
        self, bare_settings: S3Settings, s3_client: Minio, *, lock_after_complete: bool
    ) -> None:
        """Whether or not the server heeds the lock headers of CreateMultipartUpload: see decision 0009."""
        report(bare_settings, DefaultRetention(GOVERNANCE, 2))
        name = bucket_name(bare_settings, Bucket.ORIGINALS)
        lock = Lock(GOVERNANCE, datetime.now(UTC) + timedelta(days=1))
        body = b"x" * 1000
        upload = s3_client._create_multipart_upload(bucket_name=name, object_name="raw", headers=lock_headers(lock))
        md5 = {"Content-MD5": b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()}
        etag = s3_client._upload_part(
            bucket_name=name, object_name="raw", data=body, headers=md5, upload_id=upload, part_number=1
        )
        s3_client._complete_multipart_upload(
            bucket_name=name, object_name="raw", upload_id=upload, parts=[Part(part_number=1, etag=etag)]
        )
        store = S3Store(bare_settings.model_copy(update={"lock_after_complete": lock_after_complete}))
        (found,) = store.list_versions(Bucket.ORIGINALS, "raw")
        assert found.lock is not None
        assert found.lock.retain_until >= lock.retain_until - timedelta(seconds=1)
        with store.upload(Bucket.ORIGINALS, "ours", lock=lock) as ours:
            ours.write(bytes(PART + 1))
            stored = ours.complete()
        assert stored.lock is not None
        assert stored.lock.retain_until >= lock.retain_until - timedelta(seconds=1)
