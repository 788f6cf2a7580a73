"""PostgreSQL, S3 and Redis as the settings of the program: a database, buckets and a namespace of each test's own."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import redis
from minio import Minio
from sqlalchemy import URL, make_url

from storage.model import Bucket, LockMode
from storage.s3 import S3Settings
from storage.s3_buckets import DefaultRetention, make_buckets
from tests.engines import MigratedPostgresql, address_of
from tests.storage.conftest import remove_bucket, remove_buckets, with_new_prefix


@dataclass(frozen=True)
class RealEngines:
    """Three engines, each in order, and the settings that lead to them."""

    database: URL
    store: S3Settings
    redis_url: str
    namespace: str

    @property
    def catalog_settings(self) -> dict[str, str]:
        return {"ZHILU_CATALOG__URL": self.database.render_as_string(hide_password=False)}

    @property
    def store_settings(self) -> dict[str, str]:
        return {
            "ZHILU_STORAGE__ENGINE": "s3",
            "ZHILU_STORAGE__S3__ENDPOINT": self.store.endpoint,
            "ZHILU_STORAGE__S3__ACCESS_KEY": self.store.access_key,
            "ZHILU_STORAGE__S3__SECRET_KEY": self.store.secret_key.get_secret_value(),
            "ZHILU_STORAGE__S3__SECURE": str(self.store.secure).lower(),
            "ZHILU_STORAGE__S3__BUCKET_PREFIX": self.store.bucket_prefix,
            "ZHILU_STORAGE__S3__LOCK_AFTER_COMPLETE": str(self.store.lock_after_complete).lower(),
        }

    @property
    def dispatch_settings(self) -> dict[str, str]:
        return {"ZHILU_DISPATCH__URL": self.redis_url, "ZHILU_DISPATCH__NAMESPACE": self.namespace}

    @property
    def settings(self) -> dict[str, str]:
        return {**self.catalog_settings, **self.store_settings, **self.dispatch_settings}

    @property
    def secrets(self) -> list[str]:
        """What must never be written anywhere."""
        return [
            str(self.database.password),
            self.store.secret_key.get_secret_value(),
            str(urlsplit(self.redis_url).password),
        ]


@pytest.fixture
def buckets(s3_server: S3Settings, s3_client: Minio) -> Iterator[S3Settings]:
    """Buckets with Object Lock, removed at the end."""
    settings = with_new_prefix(s3_server)
    for bucket in Bucket:
        s3_client.make_bucket(bucket_name=f"{settings.bucket_prefix}-{bucket}", object_lock=True)
    yield settings
    remove_buckets(s3_client, settings)


@pytest.fixture
def no_buckets(s3_server: S3Settings, s3_client: Minio) -> Iterator[S3Settings]:
    """A prefix below which there is nothing yet; what a test makes there is removed."""
    settings = with_new_prefix(s3_server)
    yield settings
    remove_buckets(s3_client, settings)


@pytest.fixture
def namespace() -> Iterator[tuple[str, str]]:
    """The address of Redis and a namespace, emptied at the end."""
    address, name = address_of("redis"), f"zhilu-test-{uuid.uuid4().hex[:12]}"
    yield address, name
    with redis.Redis.from_url(address) as client:
        for key in client.scan_iter(f"{name}*"):
            client.delete(key)


@pytest.fixture
def real(
    migrated_postgresql: MigratedPostgresql, buckets: S3Settings, namespace: tuple[str, str]
) -> Iterator[RealEngines]:
    """All three, ready for work."""
    with migrated_postgresql.copy() as database:
        yield RealEngines(make_url(database), buckets, *namespace)


@pytest.fixture
def untouched(
    migrated_postgresql: MigratedPostgresql, no_buckets: S3Settings, namespace: tuple[str, str]
) -> Iterator[RealEngines]:
    """All three as they are before anybody prepared them for Zhilu."""
    with migrated_postgresql.empty() as database:
        yield RealEngines(make_url(database), no_buckets, *namespace)


def lock_by_default(settings: S3Settings, days: int = 366) -> None:
    """As `zhilu storage init` would have it: the originals' bucket locks what is uploaded at once."""
    list(make_buckets(settings, DefaultRetention(LockMode.GOVERNANCE, days)))


__all__ = ["buckets", "lock_by_default", "namespace", "no_buckets", "real", "remove_bucket", "untouched"]
