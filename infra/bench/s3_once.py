# ruff: noqa: INP001 - a program, no package
"""Put a file, or those of a folder, into the store of the settings, locked, no more: `s3_once.py PATH`.

What `aws s3 cp` does, with the digest that Zhilu takes on the way and the look at the lock afterwards. Prints one JSON
object: seconds and processor seconds without the start of the program.
"""

import json
import os
import sys
import uuid
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from measuring import measured
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingest.source import open_source
from storage.digests import ContentHasher
from storage.model import Bucket, Lock, LockMode
from storage.s3 import S3Settings, S3Store

_FILES_AT_ONCE = 4


class _Environment(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ZHILU_STORAGE__", env_nested_delimiter="__", extra="ignore")

    s3: S3Settings


def main(source: str) -> None:
    """Upload the file and say what it took."""
    store = S3Store(_Environment().s3)  # type: ignore[call-arg] # it comes from the environment
    store.check()
    path = Path(source).absolute()
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    with ThreadPoolExecutor(_FILES_AT_ONCE) as threads:
        put = partial(_put, store)
        cost = measured(lambda: deque(threads.map(put, files), maxlen=0))
    sys.stdout.write(json.dumps({"wall_s": cost.wall_s, "processor_s": cost.processor_s}))


def _put(store: S3Store, source: Path) -> None:
    lock = Lock(LockMode.GOVERNANCE, datetime.now(UTC) + timedelta(days=1))
    size = source.stat().st_size
    with (
        open_source(os.fsencode(source), os.fsencode(source.name)) as opened,
        store.upload(Bucket.ORIGINALS, f"bench/{uuid.uuid4().hex}", lock=lock, size=size, again=opened.again) as upload,
        ContentHasher(sm3=False) as hasher,
    ):
        for chunk in opened.chunks(upload.space):
            hasher.update(chunk)
            upload.write(chunk)
        hasher.digests()
        upload.complete()


if __name__ == "__main__":
    main(*sys.argv[1:])
