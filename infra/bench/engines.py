# ruff: noqa: INP001 - a program, no package
"""The engines of a measurement: those of the settings, each with a part of its own that is removed at the end."""

import contextlib
import os
import uuid
from collections.abc import Iterator

from buckets import empty_bucket
from minio import Minio
from minio.error import S3Error
from sqlalchemy import create_engine, make_url, text

from catalog import schema
from catalog.engine import Catalog
from storage.model import Bucket
from storage.s3 import S3Settings, S3Store

_NEEDED = ("ZHILU_STORAGE__S3__ENDPOINT", "ZHILU_CATALOG__URL", "ZHILU_DISPATCH__URL")


def are_there() -> bool:
    """Whether all engines are named."""
    return all(os.environ.get(name) for name in _NEEDED)


@contextlib.contextmanager
def engines() -> Iterator[dict[str, str]]:
    """Make a database, buckets and a namespace; yields the environment that names them."""
    name = f"zhilu-bench-{uuid.uuid4().hex[:8]}"
    with database(name.replace("-", "_")) as url, _buckets(name):
        yield {
            "ZHILU_STORAGE__ENGINE": "s3",
            "ZHILU_STORAGE__S3__BUCKET_PREFIX": name,
            "ZHILU_CATALOG__URL": url,
            "ZHILU_DISPATCH__NAMESPACE": name,
        }


@contextlib.contextmanager
def database(name: str) -> Iterator[str]:
    """A database of its own with the newest schema; yields its address."""
    server = make_url(os.environ["ZHILU_CATALOG__URL"])
    administration = create_engine(server, isolation_level="AUTOCOMMIT")
    with administration.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        made = server.set(database=name)
        catalog = Catalog(made)
        schema.upgrade(catalog)
        catalog.close()
        yield made.render_as_string(hide_password=False)
    finally:
        with administration.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        administration.dispose()


@contextlib.contextmanager
def _buckets(prefix: str) -> Iterator[None]:
    settings = S3Settings(
        endpoint=os.environ["ZHILU_STORAGE__S3__ENDPOINT"],
        access_key=os.environ["ZHILU_STORAGE__S3__ACCESS_KEY"],
        secret_key=os.environ["ZHILU_STORAGE__S3__SECRET_KEY"],
        secure=os.environ.get("ZHILU_STORAGE__S3__SECURE", "true") == "true",
        bucket_prefix=prefix,
    )
    S3Store(settings).create_buckets()
    try:
        yield
    finally:
        _remove(settings)


def _remove(settings: S3Settings) -> None:
    client = Minio(
        endpoint=settings.endpoint,
        access_key=settings.access_key,
        secret_key=settings.secret_key.get_secret_value(),
        secure=settings.secure,
    )
    for bucket in Bucket:
        name = f"{settings.bucket_prefix}-{bucket}"
        empty_bucket(client, name)
        with contextlib.suppress(S3Error):
            client.remove_bucket(name)
