# ruff: noqa: INP001 - a program, no package
"""What a user would put files into S3 with instead: the aws command line of PyPI; Debian's rclone if it is there."""

import os
import shutil
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from buckets import empty_bucket
from measuring import Cost, command, measured
from minio import Minio

_AWSCLI = "1.46.3"


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket with Object Lock, as Zhilu's are, and how to reach it."""

    endpoint: str
    access_key: str
    secret_key: str
    region: str
    bucket: str
    ca_file: str | None

    @property
    def client(self) -> Minio:
        host = self.endpoint.partition("//")[2]
        return Minio(
            endpoint=host,
            access_key=self.access_key,
            secret_key=self.secret_key,
            region=self.region,
            secure=self.endpoint.startswith("https:"),
        )


@contextmanager
def place() -> Iterator[Place]:
    """A bucket of its own at the store of the settings; removed with all that is in it."""
    told = {name: os.environ.get(f"ZHILU_STORAGE__S3__{name}") for name in ("ENDPOINT", "ACCESS_KEY", "SECRET_KEY")}
    if not all(told.values()):
        raise SystemExit("the settings ZHILU_STORAGE__S3__* name no store: see `infra/services/services settings`")
    scheme = "http" if os.environ.get("ZHILU_STORAGE__S3__SECURE", "true").lower() in {"false", "0"} else "https"
    made = Place(
        f"{scheme}://{told['ENDPOINT']}",
        str(told["ACCESS_KEY"]),
        str(told["SECRET_KEY"]),
        os.environ.get("ZHILU_STORAGE__S3__REGION", "us-east-1"),
        f"zhilu-bench-{uuid.uuid4().hex[:8]}-other",
        os.environ.get("ZHILU_STORAGE__S3__CA_FILE"),
    )
    if made.ca_file:
        os.environ["SSL_CERT_FILE"] = made.ca_file  # where the client that looks after the bucket finds it
    made.client.make_bucket(bucket_name=made.bucket, object_lock=True)
    try:
        yield made
    finally:
        empty(made)
        made.client.remove_bucket(bucket_name=made.bucket)


def empty(place: Place) -> None:
    """Remove all that these tools put there."""
    empty_bucket(place.client, place.bucket)


class Aws:
    """The aws command line, in a virtual environment of its own that is kept for the next time."""

    def __init__(self, place: Place) -> None:
        self._place, self._program = place, _installed()

    def copy(self, source: object, target: object, *options: str) -> Cost:
        """`aws s3 cp`; a bucket's end of it is named by `address`."""
        trust = ("--ca-bundle", self._place.ca_file) if self._place.ca_file else ()
        words = (self._program, "--endpoint-url", self._place.endpoint, *trust, "s3", "cp", "--quiet", *options)
        return measured(lambda: command(*words, source, target, environment=self._environment))

    def address(self, key: str = "") -> str:
        return f"s3://{self._place.bucket}/{key}"

    @property
    def _environment(self) -> Mapping[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": self._place.access_key,
            "AWS_SECRET_ACCESS_KEY": self._place.secret_key,
            "AWS_DEFAULT_REGION": self._place.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


class Rclone:
    """rclone with its own defaults."""

    def __init__(self, place: Place) -> None:
        self._place = place

    @staticmethod
    def is_there() -> bool:
        return shutil.which("rclone") is not None

    def copy(self, source: object, key: str = "") -> Cost:
        """A file to a key, or all files of a folder."""
        verb = "copyto" if key else "copy"
        words = ("rclone", verb, "--config", os.devnull, "--s3-no-check-bucket", source)
        return measured(lambda: command(*words, f"bench:{self._place.bucket}/{key}", environment=self._environment))

    @property
    def _environment(self) -> Mapping[str, str]:
        settings = {
            "TYPE": "s3",
            "PROVIDER": "Ceph",
            "ENDPOINT": self._place.endpoint,
            "REGION": self._place.region,
            "ACCESS_KEY_ID": self._place.access_key,
            "SECRET_ACCESS_KEY": self._place.secret_key,
        }
        trust = {"RCLONE_CA_CERT": self._place.ca_file} if self._place.ca_file else {}
        # rclone takes over this variable of the aws command line, and fails if it is set.
        return (
            {f"RCLONE_CONFIG_BENCH_{name}": value for name, value in settings.items()} | {"AWS_CA_BUNDLE": ""} | trust
        )


def _installed() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = cache / "zhilu-bench" / f"awscli-{_AWSCLI}"
    program = home / "bin" / "aws"
    if not program.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        command(sys.executable, "-m", "venv", "--clear", home)
        command(home / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", f"awscli=={_AWSCLI}")
    return program
