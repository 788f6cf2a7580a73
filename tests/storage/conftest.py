"""The engines that the storage tests run on: the embedded store always, S3 when its address is set."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from minio import Minio
from minio.deleteobjects import DeleteObject
from minio.error import S3Error

from storage.contract import ObjectStore
from storage.local import LocalStore
from storage.model import Bucket
from storage.s3 import S3Settings, S3Store

PART_SIZE = 5 * 1024 * 1024
_NEEDED = ("ZHILU_TEST_S3_ENDPOINT", "ZHILU_TEST_S3_ACCESS_KEY", "ZHILU_TEST_S3_SECRET_KEY")


@pytest.fixture(scope="session")
def s3_server() -> S3Settings:
    missing = [name for name in _NEEDED if not os.environ.get(name)]
    if missing:
        sentence = (
            f"No S3 store to test on: {', '.join(missing)} is not set. "
            "Run `infra/services/services start ceph` and take its `settings`."
        )
        if os.environ.get("ZHILU_REQUIRE_ENGINES") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return S3Settings(
        endpoint=os.environ["ZHILU_TEST_S3_ENDPOINT"],
        access_key=os.environ["ZHILU_TEST_S3_ACCESS_KEY"],
        secret_key=os.environ["ZHILU_TEST_S3_SECRET_KEY"],
        secure=os.environ.get("ZHILU_TEST_S3_SECURE", "false") == "true",
        region=os.environ.get("ZHILU_TEST_S3_REGION", "us-east-1"),
        part_size=PART_SIZE,
        lock_after_complete=os.environ.get("ZHILU_TEST_S3_LOCK_AFTER_COMPLETE") == "true",
    )


@pytest.fixture(scope="session")
def s3_client(s3_server: S3Settings) -> Minio:
    """A client of its own, to look at and disturb what the store does."""
    return Minio(
        endpoint=s3_server.endpoint,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key.get_secret_value(),
        region=s3_server.region,
        secure=s3_server.secure,
    )


@pytest.fixture(scope="session")
def s3_settings(s3_server: S3Settings, s3_client: Minio) -> Iterator[S3Settings]:
    """Buckets with Object Lock, made on purpose and removed at the end."""
    settings = with_new_prefix(s3_server)
    S3Store(settings).create_buckets()
    yield settings
    remove_buckets(s3_client, settings)


@pytest.fixture
def bare_settings(s3_server: S3Settings, s3_client: Minio) -> Iterator[S3Settings]:
    """A prefix without buckets; what a test makes below it is removed."""
    settings = with_new_prefix(s3_server)
    yield settings
    remove_buckets(s3_client, settings)


def with_new_prefix(settings: S3Settings) -> S3Settings:
    return settings.model_copy(update={"bucket_prefix": f"zhilu-test-{uuid.uuid4().hex[:12]}"})


def remove_buckets(client: Minio, settings: S3Settings) -> None:
    for bucket in Bucket:
        name = f"{settings.bucket_prefix}-{bucket}"
        if client.bucket_exists(name):
            remove_bucket(client, name)


def remove_bucket(client: Minio, name: str) -> None:
    """Empty and remove a bucket of the tests: governance locks are bypassed, compliance locks of tests are short."""
    versions = list(client.list_objects(name, recursive=True, include_version=True))
    for item in versions:
        if not item.is_delete_marker and item.object_name:
            client.disable_object_legal_hold(name, item.object_name, version_id=item.version_id)
    doomed = [DeleteObject(item.object_name, item.version_id) for item in versions if item.object_name]
    refused = list(client.remove_objects(name, doomed, bypass_governance_mode=True))
    if refused:  # still locked for good reason; the unique name keeps it out of everybody's way
        return
    try:
        client.remove_bucket(name)
    except S3Error as error:
        if error.code != "BucketNotEmpty":
            raise


@pytest.fixture(params=["local", pytest.param("s3", marks=pytest.mark.s3)])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], ObjectStore]:
    """Open the engine anew on the same stored objects, as a process that starts again would."""
    if request.param == "local":
        return lambda: LocalStore(tmp_path / "objects")
    settings: S3Settings = request.getfixturevalue("s3_settings")
    return lambda: S3Store(settings)


@pytest.fixture
def store(open_store: Callable[[], ObjectStore]) -> ObjectStore:
    return open_store()


@pytest.fixture
def area() -> str:
    """A key prefix of this test's own: tests share buckets."""
    return f"test-{uuid.uuid4().hex}/"
