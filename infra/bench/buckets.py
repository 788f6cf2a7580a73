# ruff: noqa: INP001 - a program, no package
"""Emptying the buckets of a measurement."""

from minio import Minio
from minio.deleteobjects import DeleteObject


def empty_bucket(client: Minio, name: str) -> None:
    """Remove every version: what a measurement locks is locked in governance, which the owner may bypass."""
    doomed = (
        DeleteObject(item.object_name or "", item.version_id)
        for item in client.list_objects(bucket_name=name, recursive=True, include_version=True)
    )
    for refused in client.remove_objects(bucket_name=name, delete_object_list=doomed, bypass_governance_mode=True):
        raise SystemExit(f"{name} could not be emptied: {refused.code}")
