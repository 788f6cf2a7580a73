"""Where the engines themselves are, past all faulty lines; and a place of one's own on them that goes at the end."""

import contextlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg
import redis
from minio import Minio
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from pydantic import SecretStr
from sqlalchemy import URL, make_url

from catalog import schema
from catalog.engine import Catalog
from storage.model import Bucket
from storage.s3 import S3Settings, S3Store

PART_BYTES = 5 * 1024 * 1024  # the least that S3 allows, so that files of some megabytes have several


@dataclass(frozen=True)
class Engines:
    """The addresses of PostgreSQL, Redis and S3, as `services settings` prints them for tests."""

    postgresql: URL
    redis: str
    s3: S3Settings

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> "Engines":
        """From names such as ZHILU_TEST_POSTGRESQL. Raises KeyError for what is missing."""
        s3 = S3Settings(
            endpoint=settings["ZHILU_TEST_S3_ENDPOINT"],
            access_key=settings["ZHILU_TEST_S3_ACCESS_KEY"],
            secret_key=SecretStr(settings["ZHILU_TEST_S3_SECRET_KEY"]),
            secure=settings.get("ZHILU_TEST_S3_SECURE") == "true",
            part_size=PART_BYTES,
            lock_after_complete=settings.get("ZHILU_TEST_S3_LOCK_AFTER_COMPLETE") == "true",
        )
        return cls(make_url(settings["ZHILU_TEST_POSTGRESQL"]), settings["ZHILU_TEST_REDIS"], s3)

    def database(self) -> psycopg.Connection:
        """A connection that sees each statement as of its own moment."""
        url = self.postgresql
        return psycopg.connect(
            host=url.host,
            port=url.port,
            user=url.username,
            password=url.password,
            dbname=url.database,
            autocommit=True,
            connect_timeout=10,
        )

    def store(self) -> Minio:
        return Minio(
            endpoint=self.s3.endpoint,
            access_key=self.s3.access_key,
            secret_key=self.s3.secret_key.get_secret_value(),
            region=self.s3.region,
            secure=self.s3.secure,
        )

    def bucket(self, bucket: Bucket) -> str:
        return f"{self.s3.bucket_prefix}-{bucket}"


@contextlib.contextmanager
def own_place(engines: Engines, *, keep: bool = False) -> Iterator[tuple[Engines, str]]:
    """A database with this version's schema and buckets of our own, and a namespace for Redis; all goes at the end."""
    name = uuid.uuid4().hex[:12]
    place = Engines(
        engines.postgresql.set(database=f"zhilu_chaos_{name}"),
        engines.redis,
        engines.s3.model_copy(update={"bucket_prefix": f"zhilu-chaos-{name}"}),
    )
    with engines.database() as server:
        server.execute(f'CREATE DATABASE "{place.postgresql.database}"')
    try:
        catalog = Catalog(place.postgresql)
        schema.upgrade(catalog)
        catalog.close()
        S3Store(place.s3).create_buckets()
        yield place, f"chaos-{name}"
    finally:
        if not keep:
            with engines.database() as server:
                server.execute(f'DROP DATABASE IF EXISTS "{place.postgresql.database}" WITH (FORCE)')
            _remove_buckets(place)
            _remove_messages(place, f"chaos-{name}")


def _remove_buckets(place: Engines) -> None:
    store = place.store()
    for bucket in Bucket:
        name = place.bucket(bucket)
        if not store.bucket_exists(bucket_name=name):
            continue
        found = store.list_objects(bucket_name=name, recursive=True, include_version=True)
        doomed = [DeleteObject(item.object_name, item.version_id) for item in found if item.object_name]
        refused = list(store.remove_objects(bucket_name=name, delete_object_list=doomed, bypass_governance_mode=True))
        with contextlib.suppress(S3Error):  # unfinished uploads may still lie in it; its name is in nobody's way
            if not refused:
                store.remove_bucket(bucket_name=name)


def _remove_messages(place: Engines, namespace: str) -> None:
    client = redis.Redis.from_url(place.redis)
    for key in client.scan_iter(f"{namespace}*"):
        client.delete(key)
    client.close()
