"""Buckets as production has them: made by their owner, closed by the policies, and a key for each role."""

import os
import uuid
from collections.abc import Callable, Iterator

import pytest
from minio import Minio
from minio.deleteobjects import DeleteObject
from pydantic import SecretStr

from infra.deploy.ceph.apply_policies import ROLES, apply_policies
from storage.model import Bucket
from storage.s3 import S3Settings, S3Store, bucket_name, open_client

PART_SIZE = 5 * 1024 * 1024
Keys = Callable[[str], S3Settings]


def _told(name: str) -> str:
    """What `services settings` says of Ceph; skips the test (or fails it) where it says nothing."""
    found = os.environ.get(f"ZHILU_TEST_S3_{name}")
    if found:
        return found
    sentence = (
        f"No S3 store with a user for each role: ZHILU_TEST_S3_{name} is not set. "
        "Run `infra/services/services start ceph` and take its `settings`."
    )
    if os.environ.get("ZHILU_REQUIRE_ENGINES") == "1":
        pytest.fail(sentence)
    pytest.skip(sentence)


def _key(role: str) -> tuple[str, str]:
    prefix = "" if role == "owner" else f"{role.upper()}_"
    return _told(f"{prefix}ACCESS_KEY"), _told(f"{prefix}SECRET_KEY")


@pytest.fixture(scope="session")
def owner() -> S3Settings:
    """The owner of the buckets, with a prefix of this run's own."""
    access_key, secret_key = _key("owner")
    return S3Settings(
        endpoint=_told("ENDPOINT"),
        access_key=access_key,
        secret_key=SecretStr(secret_key),
        secure=os.environ.get("ZHILU_TEST_S3_SECURE", "false") == "true",
        part_size=PART_SIZE,
        bucket_prefix=f"zhilu-roles-{uuid.uuid4().hex[:12]}",
        lock_after_complete=os.environ.get("ZHILU_TEST_S3_LOCK_AFTER_COMPLETE") == "true",
    )


@pytest.fixture(scope="session")
def keys(owner: S3Settings) -> Iterator[Keys]:
    """The settings that each role has, for buckets under the policies."""
    given = {role: _key(role) for role in ROLES}

    def settings_of(role: str) -> S3Settings:
        if role == "owner":
            return owner
        access_key, secret_key = given[role]
        return owner.model_copy(update={"access_key": access_key, "secret_key": SecretStr(secret_key)})

    S3Store(owner).create_buckets()
    client = open_client(owner)
    apply_policies(client, owner, {role: f"zhilu-{role}" for role in ROLES})
    yield settings_of
    for bucket in Bucket:
        _remove(client, bucket_name(owner, bucket))


def _remove(client: Minio, name: str) -> None:
    """Empty and remove a bucket: with its policy gone, its owner may bypass governance locks.

    What a compliance lock still protects stays; the unique name keeps it out of everybody's way.
    """
    client.delete_bucket_policy(bucket_name=name)
    for upload in client._list_multipart_uploads(bucket_name=name).uploads:
        client._abort_multipart_upload(bucket_name=name, object_name=upload.object_name, upload_id=upload.upload_id)
    doomed = [
        DeleteObject(item.object_name, item.version_id)
        for item in client.list_objects(bucket_name=name, recursive=True, include_version=True)
        if item.object_name
    ]
    if not list(client.remove_objects(bucket_name=name, delete_object_list=doomed, bypass_governance_mode=True)):
        client.remove_bucket(bucket_name=name)
