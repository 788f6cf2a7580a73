"""What only an S3 store can get wrong, on a real one."""

from datetime import UTC, datetime, timedelta

import pytest
from minio import Minio
from minio.commonconfig import GOVERNANCE
from minio.objectlockconfig import DAYS, ObjectLockConfig
from pydantic import SecretStr, ValidationError

from storage.errors import LockInThePast, StoreMisconfigured, StoreUnavailable, VersionLocked, VersionNotFound
from storage.model import Bucket, Lock, LockMode, StoredVersion, VersionReference
from storage.s3 import ABANDONED_AFTER, S3Settings, S3Store

pytestmark = pytest.mark.s3

PART = 5 * 1024 * 1024
LONG_AFTER = ABANDONED_AFTER + timedelta(minutes=1)


def put(store: S3Store, key: str, content: bytes = b"content", lock: Lock | None = None) -> StoredVersion:
    with store.upload(Bucket.ORIGINALS, key, lock=lock) as upload:
        upload.write(content)
        return upload.complete()


def governance(**delta: float) -> Lock:
    return Lock(LockMode.GOVERNANCE, datetime.now(UTC).replace(microsecond=0) + timedelta(**delta))


def unfinished(client: Minio, settings: S3Settings, area: str) -> list[str]:
    name = f"{settings.bucket_prefix}-{Bucket.ORIGINALS}"
    found = client._list_multipart_uploads(bucket_name=name, prefix=area).uploads
    return [upload.object_name for upload in found]


class TestBuckets:
    def test_that_are_missing_are_reported_and_not_made(self, bare_settings: S3Settings, s3_client: Minio) -> None:
        store = S3Store(bare_settings)
        reference = VersionReference(Bucket.ORIGINALS, "recording.mp4", "1")
        for attempt in (
            lambda: store.upload(Bucket.ORIGINALS, "recording.mp4"),
            lambda: store.head(reference),
            lambda: list(store.read(reference)),
            lambda: store.delete_version(reference),
            lambda: list(store.list_versions(Bucket.ORIGINALS)),
            store.sweep_abandoned,
        ):
            with pytest.raises(StoreMisconfigured, match="storage init"):
                attempt()
        for bucket in Bucket:
            assert not s3_client.bucket_exists(bucket_name=f"{bare_settings.bucket_prefix}-{bucket}")

    def test_without_lock_are_refused_for_use_and_by_init(self, bare_settings: S3Settings, s3_client: Minio) -> None:
        s3_client.make_bucket(bucket_name=f"{bare_settings.bucket_prefix}-{Bucket.ORIGINALS}")
        with pytest.raises(StoreMisconfigured, match="no Object Lock"):
            S3Store(bare_settings).upload(Bucket.ORIGINALS, "recording.mp4")
        with pytest.raises(StoreMisconfigured, match="no Object Lock"):
            S3Store(bare_settings).create_buckets()

    def test_may_be_made_again_without_harm(self, s3_settings: S3Settings, area: str) -> None:
        store = S3Store(s3_settings)
        reference = put(store, f"{area}recording.mp4").reference
        store.create_buckets()
        assert b"".join(store.read(reference)) == b"content"


class TestServer:
    def test_refuses_a_deletion_that_our_clock_would_allow(self, s3_settings: S3Settings, area: str) -> None:
        store = S3Store(s3_settings)
        lock = governance(hours=1)
        reference = put(store, f"{area}recording.mp4", lock=lock).reference
        ahead = S3Store(s3_settings, now=lambda: lock.retain_until + timedelta(days=1))
        with pytest.raises(VersionLocked) as refused:
            ahead.delete_version(reference)
        assert refused.value.until == lock.retain_until
        assert b"".join(store.read(reference)) == b"content"

    def test_that_hides_a_key_does_not_hide_its_versions(
        self, s3_settings: S3Settings, s3_client: Minio, area: str
    ) -> None:
        store = S3Store(s3_settings)
        reference = put(store, f"{area}recording.mp4", lock=governance(hours=1)).reference
        name = f"{s3_settings.bucket_prefix}-{Bucket.ORIGINALS}"
        s3_client.remove_object(bucket_name=name, object_name=reference.key)  # what a delete without version does
        (marker,) = (item for item in s3_client.list_objects(name, area, include_version=True) if item.is_delete_marker)
        assert [stored.reference for stored in store.list_versions(Bucket.ORIGINALS, area)] == [reference]
        assert b"".join(store.read(reference)) == b"content"
        with pytest.raises(VersionNotFound):
            store.head(VersionReference(reference.bucket, reference.key, str(marker.version_id)))

    def test_with_a_default_retention_leaves_no_moment_without_lock(
        self, bare_settings: S3Settings, s3_client: Minio, area: str
    ) -> None:
        """The way out for stores that ignore the lock of a multipart upload: see storage/README.md."""
        store = S3Store(bare_settings.model_copy(update={"lock_after_complete": True}))
        store.create_buckets()
        name = f"{bare_settings.bucket_prefix}-{Bucket.ORIGINALS}"
        s3_client.set_object_lock_config(bucket_name=name, config=ObjectLockConfig(GOVERNANCE, 1, DAYS))
        lock = governance(days=2)
        assert put(store, f"{area}recording.mp4", b"x" * (PART + 1), lock=lock).lock == lock

    def test_that_is_silent_is_unavailable(self, s3_server: S3Settings) -> None:
        nobody = s3_server.model_copy(update={"endpoint": "127.0.0.1:1"})
        with pytest.raises(StoreUnavailable) as failed:
            S3Store(nobody).upload(Bucket.ORIGINALS, "recording.mp4")
        assert failed.value.retryable
        assert failed.value.where == "127.0.0.1:1"

    def test_that_refuses_the_key_says_so_without_showing_it(self, s3_settings: S3Settings) -> None:
        stranger = s3_settings.model_copy(update={"secret_key": SecretStr("not-the-secret")})
        with pytest.raises(StoreMisconfigured, match="access key") as refused:
            S3Store(stranger).upload(Bucket.ORIGINALS, "recording.mp4")
        assert "not-the-secret" not in str(refused.value)


class TestLongLock:
    def test_is_refused_before_any_request(self, bare_settings: S3Settings) -> None:
        """A mistyped year in compliance mode could never be taken back. There are no buckets that could be asked."""
        store = S3Store(bare_settings.model_copy(update={"retain_days_at_most": 400}))
        for days, error in ((399, "storage init"), (401, "retain_days_at_most")):
            with pytest.raises(StoreMisconfigured, match=error):
                put(store, "recording.mp4", lock=Lock(LockMode.COMPLIANCE, governance(days=days).retain_until))

    def test_is_refused_for_what_lies_there(self, s3_settings: S3Settings, area: str) -> None:
        store = S3Store(s3_settings)
        stored = put(store, f"{area}recording.mp4", lock=governance(minutes=10))
        with pytest.raises(StoreMisconfigured, match="retain_days_at_most"):
            store.extend_lock(stored.reference, governance(days=s3_settings.retain_days_at_most + 1))
        assert store.head(stored.reference).lock == stored.lock


class TestLockOfThePast:
    def test_is_refused_before_anything_is_sent(self, s3_settings: S3Settings, area: str) -> None:
        store = S3Store(s3_settings)
        with pytest.raises(LockInThePast):
            put(store, f"{area}recording.mp4", lock=governance(hours=-1))
        assert list(store.list_references(Bucket.ORIGINALS, area)) == []

    def test_by_the_server_s_clock_is_told_too(self, s3_settings: S3Settings, area: str) -> None:
        yesterday = S3Store(s3_settings, now=lambda: datetime.now(UTC) - timedelta(days=1))
        reference = put(yesterday, f"{area}recording.mp4").reference
        with pytest.raises(LockInThePast):
            yesterday.extend_lock(reference, governance(hours=-1))


class TestUnfinishedUpload:
    def test_that_was_left_is_aborted_on_the_server(self, s3_settings: S3Settings, s3_client: Minio, area: str) -> None:
        with S3Store(s3_settings).upload(Bucket.ORIGINALS, f"{area}recording.mp4") as upload:
            upload.write(b"x" * (PART + 1))
            assert unfinished(s3_client, s3_settings, area) == [f"{area}recording.mp4"]
        assert unfinished(s3_client, s3_settings, area) == []

    def test_of_a_dead_process_is_swept_when_it_is_old(
        self, s3_settings: S3Settings, s3_client: Minio, area: str
    ) -> None:
        upload = S3Store(s3_settings).upload(Bucket.ORIGINALS, f"{area}recording.mp4")
        upload.write(b"x" * (PART + 1))  # never completed, never left: as a killed process leaves it
        assert S3Store(s3_settings).sweep_abandoned() == 0
        assert unfinished(s3_client, s3_settings, area) == [f"{area}recording.mp4"]
        later = S3Store(s3_settings, now=lambda: datetime.now(UTC) + LONG_AFTER)
        assert later.sweep_abandoned() == 1
        assert unfinished(s3_client, s3_settings, area) == []

    def test_of_this_process_is_never_swept(self, s3_settings: S3Settings, area: str) -> None:
        store = S3Store(s3_settings, now=lambda: datetime.now(UTC) + LONG_AFTER)
        with store.upload(Bucket.ORIGINALS, f"{area}recording.mp4") as upload:
            upload.write(b"x" * (PART + 1))
            assert store.sweep_abandoned() == 0
            assert upload.complete().size == PART + 1

    def test_that_was_swept_away_fails_when_completed(self, s3_settings: S3Settings, area: str) -> None:
        def attempt() -> None:
            with S3Store(s3_settings).upload(Bucket.ORIGINALS, f"{area}recording.mp4") as upload:
                upload.write(b"x" * (PART + 1))
                S3Store(s3_settings, now=lambda: datetime.now(UTC) + LONG_AFTER).sweep_abandoned()
                upload.complete()

        with pytest.raises(StoreUnavailable) as failed:
            attempt()
        assert failed.value.retryable


class TestSettings:
    @pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9000", "store/path", "", "two words"])
    def test_take_an_address_without_scheme_or_path(self, endpoint: str) -> None:
        with pytest.raises(ValidationError):
            S3Settings(endpoint=endpoint, access_key="a", secret_key=SecretStr("b"))

    def test_never_show_the_secret(self) -> None:
        settings = S3Settings(endpoint="store:9000", access_key="a", secret_key=SecretStr("hush"))
        assert "hush" not in f"{settings!r} {settings} {settings.model_dump_json()}"
