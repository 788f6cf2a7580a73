# ruff: noqa: SLF001, T201, INP001 - minio-py cannot put a public access block otherwise; a script that prints
"""Put the policies beside this file on the buckets that `zhilu storage init` made, and close them to the public.

    ZHILU_SETTINGS=administrator.toml .venv/bin/python infra/deploy/ceph/apply_policies.py

Run it with the settings of the buckets' owner, whose key no dock, worker or server ever has. `--show` prints what
would be put. A bucket has one policy, so the statements of all roles are sorted by the bucket they speak of, and what
was there before is replaced. Exit codes: 0 every bucket has its policy, read back and compared; 2 wrong usage or
settings; 3 the store cannot be reached, or refuses.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

from minio import Minio

from api.errors import SettingsInvalid
from api.settings import load_settings
from storage.errors import StorageError, StoreMisconfigured
from storage.model import Bucket
from storage.s3 import S3Settings, bucket_name, open_client, translated

POLICIES = Path(__file__).parent / "policies"
ROLES = ("dock", "work", "serve", "retention", "probe")

# A policy cannot see the access list that CreateMultipartUpload carries: without this, whoever may write could make
# what he writes readable for everybody. Access lists are ignored, not refused: with BlockPublicAcls, Ceph 16 refuses
# every put.
# The settings about public policies stay off: Ceph 16 takes the refusals of everybody.json, which name everybody, for
# a grant to everybody.
_CLOSED = (
    b'<PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    b"<BlockPublicAcls>false</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>"
    b"<BlockPublicPolicy>false</BlockPublicPolicy><RestrictPublicBuckets>false</RestrictPublicBuckets>"
    b"</PublicAccessBlockConfiguration>"
)

Statement = dict[str, Any]


def statements_for(prefix: str, users: Mapping[str, str]) -> list[Statement]:
    """Return all statements, for the buckets with this prefix and the user that plays each role."""
    granted = [statement for role in ROLES for statement in _read(role, prefix, users[role])]
    return [*_read("everybody", prefix, "*"), *granted]


def policy_of(bucket: str, statements: list[Statement]) -> dict[str, Any]:
    """Return the policy of one bucket: the statements that speak of it, each narrowed to it."""
    kept = []
    for statement in statements:
        resources = [name for name in statement["Resource"] if name.split(":::")[1].split("/")[0] == bucket]
        if resources:
            kept.append(statement | {"Resource": resources})
    return {"Version": "2012-10-17", "Statement": kept}


def apply_policies(client: Minio, settings: S3Settings, users: Mapping[str, str]) -> None:
    """Close each bucket to the public, put its policy and read it back. Raises StorageError."""
    statements = statements_for(settings.bucket_prefix, users)
    for bucket in Bucket:
        name = bucket_name(settings, bucket)
        wanted = policy_of(name, statements)
        with translated(settings.endpoint):
            client._execute(
                "PUT",
                name,
                body=_CLOSED,
                query_params={"publicAccessBlock": ""},
                headers={
                    "Content-MD5": base64.b64encode(hashlib.md5(_CLOSED, usedforsecurity=False).digest()).decode()
                },
            )
            client.set_bucket_policy(bucket_name=name, policy=json.dumps(wanted))
            kept = json.loads(client.get_bucket_policy(bucket_name=name))
        if kept != wanted:
            raise StoreMisconfigured(f"The store keeps another policy for {name} than the one that was put.")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for role in ROLES:
        parser.add_argument(f"--{role}", default=f"zhilu-{role}", metavar="USER", help=f"default: zhilu-{role}")
    parser.add_argument("--show", action="store_true", help="print the policies, change nothing")
    given = parser.parse_args(arguments)
    users = {role: str(getattr(given, role)) for role in ROLES}
    try:
        settings = load_settings().storage.s3
    except SettingsInvalid as error:
        print(error, file=sys.stderr)
        return 2
    if settings is None:
        print("The settings name no S3 store: see [storage.s3] in infra/deploy/zhilu.example.toml.", file=sys.stderr)
        return 2
    if given.show:
        statements = statements_for(settings.bucket_prefix, users)
        names = [bucket_name(settings, bucket) for bucket in Bucket]
        print(json.dumps({name: policy_of(name, statements) for name in names}, indent=2))
        return 0
    try:
        apply_policies(open_client(settings), settings, users)
    except StorageError as error:
        print(error, file=sys.stderr)
        return 3
    print(f"The buckets {settings.bucket_prefix}-* have their policies.")
    return 0


def _read(role: str, prefix: str, user: str) -> Iterator[Statement]:
    text = (POLICIES / f"{role}.json").read_text(encoding="utf-8")
    yield from json.loads(Template(text).substitute(prefix=prefix, user=user))["Statement"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
