"""How to reach an S3 store, and what an upload to it may take."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from storage.model import Bucket

MIB = 1024 * 1024
# Amazon S3 User Guide, "Multipart upload limits"; the other servers keep to them.
LEAST_PART_SIZE, PARTS_AT_MOST = 5 * MIB, 10_000
# Two objects of Ceph's RADOS, which are of 4 MiB: parts of 5 MiB cost it a fifth more processor time.
_PART_SIZE = 8 * MIB


class PartChecksum(StrEnum):
    """The one checksum that travels with every body and by which the server refuses damaged bytes."""

    SHA256 = "sha256"
    """The SHA-256 of the payload, in the signature: Signature Version 4 makes the server verify it."""
    MD5 = "md5"
    """Content-MD5, for stores that demand it where an object is locked, as Amazon S3 does."""


class S3Settings(BaseModel):
    """How to reach the store; `part_size` in bytes. One upload holds up to one and a half and 1 MiB in memory.

    `part_size` is the least: a file too large for 10,000 such parts is sent in larger ones.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: Annotated[str, Field(pattern=r"^[^/\s]+$", description="host or host:port, without http://")]
    access_key: str
    secret_key: SecretStr
    region: str = "us-east-1"
    bucket_prefix: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,40}$")] = "zhilu"
    secure: bool = True
    ca_file: Path | None = Field(default=None, description="certificate authorities to trust instead of the system's")
    part_size: Annotated[int, Field(ge=LEAST_PART_SIZE, le=1024 * MIB)] = _PART_SIZE
    parallel_parts: Annotated[int, Field(ge=1, le=32)] = 8
    part_checksum: PartChecksum = PartChecksum.SHA256
    # A mistyped year in compliance mode cannot be taken back by anybody.
    retain_days_at_most: Annotated[int, Field(ge=1, le=36_600, description="no lock may end later than that")] = 3660
    # For stores that ignore the lock of a multipart upload (Ceph 16): lock the version by a request of its own then.
    # For the time of that request the version lies unlocked, unless the bucket has a default retention.
    lock_after_complete: bool = False


def bucket_name(settings: S3Settings, bucket: Bucket) -> str:
    return f"{settings.bucket_prefix}-{bucket}"


def part_size_for(size: int | None, least: int) -> int:
    """Return the part size for an object of `size` bytes, in whole MiB above `least`; None: its size is unknown."""
    if size is None or size <= least * PARTS_AT_MOST:
        return least
    return -(-size // (PARTS_AT_MOST * MIB)) * MIB
